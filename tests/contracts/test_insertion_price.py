"""What an insertion costs and how shares split it: the catalogue's examples."""

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.domain.allocation import Share, allocate, allocate_price, check_allocation
from services.contracts.domain.insertion_price import (
    Charge,
    Discount,
    Price,
    PriceRow,
    Surcharge,
    fixed_amount,
    gross_amount,
    insertion_price,
    row_price,
)
from shared.kernel.errors import Invalid
from shared.kernel.money import converted, currency

EUR, SEK, JPY = currency("EUR"), currency("SEK"), currency("JPY")
EX_01 = PriceRow(
    gross=4800000,
    discounts=(Discount(Decimal(12)), Discount(Decimal(5))),
    received_percents=(Decimal(15), Decimal(3)),
    passed_on_percents=(Decimal(12),),
    fees=(Charge(Decimal("2.5")),),
    capital_cost=Charge(Decimal("0.6"), base="client_net"),
)


@pytest.mark.rule("MA-INS-02", "MA-INS-03", "MA-INS-04", "MA-INS-05", "MA-INS-06", "MA-INS-07")
def test_the_price_row_of_the_catalogue() -> None:
    assert row_price(EX_01) == Price(
        gross=4800000,
        discount=787200,
        net=4012800,
        commission=722304,
        net_net=3290496,
        client_net=3531264,
        fee=100320,
        capital_cost=21188,
        surcharge=0,
        price=3652772,
    )


@pytest.mark.rule("MA-INS-01")
def test_gross_is_unit_price_times_quantity_rounded_once() -> None:
    assert gross_amount(Decimal("0.333333"), 1000, EUR) == 33333
    assert gross_amount(Decimal("12.345"), 1, EUR) == 1235
    assert gross_amount(Decimal("12.5"), 1, JPY) == 13
    assert gross_amount(Decimal(-5), 2, EUR, corrects=True) == -1000
    with pytest.raises(Invalid, match="negative_gross"):
        gross_amount(Decimal(-5), 2, EUR)


@pytest.mark.rule("MA-INS-02")
def test_a_percent_takes_the_rest_or_gross_and_media_surcharges_come_after() -> None:
    of_gross = PriceRow(10000, discounts=(Discount(amount=1000), Discount(Decimal(10), of_gross=True)))
    of_rest = PriceRow(
        10000, discounts=(Discount(amount=1000), Discount(Decimal(10))), surcharges=(Surcharge(amount=500),)
    )
    assert row_price(of_gross).net == 8000
    assert (row_price(of_rest).discount, row_price(of_rest).net) == (1900, 8600)
    with pytest.raises(Invalid, match="discount_exceeds_price"):
        row_price(PriceRow(10000, discounts=(Discount(amount=9000), Discount(amount=1001))))


@pytest.mark.rule("MA-INS-03")
def test_commissions_are_of_net_do_not_cascade_and_may_leave_a_surcharge_out() -> None:
    terms = PriceRow(
        10000,
        surcharges=(Surcharge(amount=1000, bears_commission=False),),
        received_percents=(Decimal(10), Decimal(10)),
    )
    assert (row_price(terms).net, row_price(terms).commission, row_price(terms).net_net) == (11000, 2000, 9000)
    with pytest.raises(Invalid, match="commission_exceeds_net"):
        row_price(PriceRow(10000, received_percents=(Decimal(60), Decimal("40.0001"))))


@pytest.mark.rule("MA-INS-04")
def test_passing_on_more_than_received_is_allowed_and_worth_a_warning() -> None:
    subsidised = row_price(PriceRow(10000, received_percents=(Decimal(5),), passed_on_percents=(Decimal(8),)))
    assert (subsidised.client_net, subsidised.margin_negative) == (9200, True)
    assert not row_price(EX_01).margin_negative


@pytest.mark.rule("MA-INS-05", "MA-INS-06")
@pytest.mark.parametrize(
    ("base", "fee"),
    [
        ("gross", 1000),
        ("net", 900),
        ("client_net", 810),
        ("net_net", 765),
        ("gross_less_passed_on", 910),
        ("gross_less_received", 865),
        ("discount", 100),
        ("commission_base", 900),
    ],
)
def test_a_fee_is_a_percent_of_the_base_it_names(base: str, fee: int) -> None:
    terms = PriceRow(
        10000,
        discounts=(Discount(Decimal(10)),),
        received_percents=(Decimal(15),),
        passed_on_percents=(Decimal(10),),
        fees=(Charge(Decimal(10), base=base),),  # type: ignore[arg-type]
        capital_cost=Charge(Decimal(10), base=base),  # type: ignore[arg-type]
    )
    assert (row_price(terms).fee, row_price(terms).capital_cost) == (fee, fee)


@pytest.mark.rule("MA-INS-05")
def test_the_medias_own_commission_base_leaves_out_what_bears_none() -> None:
    row = PriceRow(
        10000,
        surcharges=(Surcharge(amount=1000, bears_commission=False),),
        fees=(Charge(Decimal(10), base="net"), Charge(Decimal(10), base="commission_base")),
    )
    assert row_price(row).fee == 1100 + 1000


@pytest.mark.rule("MA-INS-05")
def test_fees_are_at_most_four_and_of_a_known_base() -> None:
    assert row_price(PriceRow(0, fees=(Charge(amount=1),) * 4)).fee == 4
    with pytest.raises(Invalid, match="too_many_fees"):
        row_price(PriceRow(0, fees=(Charge(amount=1),) * 5))
    with pytest.raises(Invalid, match="unknown_fee_base"):
        row_price(PriceRow(0, fees=(Charge(Decimal(1), base="margin"),)))  # type: ignore[arg-type]


@pytest.mark.rule("MA-INS-03", "MA-REG-20")
def test_a_discount_that_bears_no_commission_does_not_lower_its_base() -> None:
    row = PriceRow(10000, discounts=(Discount(Decimal(10), bears_commission=False),), received_percents=(Decimal(15),))
    assert (row_price(row).net, row_price(row).commission, row_price(row).net_net) == (9000, 1500, 7500)


@pytest.mark.rule("MA-INS-02", "MA-REG-20")
@pytest.mark.parametrize(("of_gross", "net"), [(True, 9000 + 500), (False, 9000 + 450)])
def test_a_surcharge_in_percent_takes_gross_or_what_the_discounts_left(of_gross: bool, net: int) -> None:
    surcharge = Surcharge(percent=Decimal(5), of_gross=of_gross)
    assert row_price(PriceRow(10000, discounts=(Discount(Decimal(10)),), surcharges=(surcharge,))).net == net


@pytest.mark.rule("MA-INS-07")
def test_a_surcharge_only_for_the_client_raises_only_the_price() -> None:
    price = row_price(PriceRow(10000, surcharges=(Surcharge(amount=300, by_media=False),)))
    assert (price.net, price.net_net, price.surcharge, price.price) == (10000, 10000, 300, 10300)


@pytest.mark.rule("MA-INS-08", "MA-INS-18")
def test_a_zero_insertion_bears_its_fee_and_its_credit_turns_the_sign() -> None:
    """EX-11."""
    zero = PriceRow(0, fees=(Charge(amount=6500),))
    assert insertion_price([zero]).price == 6500
    assert (-insertion_price([zero])).price == -6500
    assert insertion_price([zero], exclude_fee=True).price == 0
    financed = PriceRow(10000, capital_cost=Charge(Decimal(1)))
    assert insertion_price([financed], exclude_capital_cost=True) == insertion_price([PriceRow(10000)])


@pytest.mark.rule("MA-INS-07", "MA-GEN-02")
def test_the_rows_of_an_insertion_add_up_and_each_is_rounded_by_itself() -> None:
    third = PriceRow(3333, received_percents=(Decimal(15),), fees=(Charge(Decimal("2.5")),))
    alone, together = row_price(third), insertion_price([third, third, third])
    assert (alone.commission, alone.fee) == (500, 83)
    assert (together.commission, together.fee, together.price) == (1500, 249, 9999 + 249)


@pytest.mark.rule("MA-INS-09")
def test_a_fixed_amount_goes_through_base_currency_rounded_at_each_step() -> None:
    rates = Decimal("11.345"), Decimal("0.0666")
    assert fixed_amount(333, EUR, SEK, JPY, rates) == 3  # 37.78 SEK, then 2.516… yen
    assert fixed_amount(333, EUR, EUR, EUR, rates) == 333
    assert fixed_amount(333, EUR, SEK, EUR, rates) == 333


@pytest.mark.rule("MA-INS-09")
@pytest.mark.parametrize("rate", ["11.20", "11.345", "3"])
def test_an_order_rate_is_turned_round_exactly(rate: str) -> None:
    to_order = 1 / Fraction(Decimal(rate))
    in_base = converted(6500, Decimal(rate), EUR, SEK)
    assert fixed_amount(in_base, SEK, SEK, EUR, (Decimal(1), to_order)) == 6500


@pytest.mark.rule("MA-INS-15")
@pytest.mark.parametrize(
    ("total", "percents", "parts"),
    [
        (1000001, ("34", "33", "33"), [340001, 330000, 330000]),
        (845735, ("50", "25", "25"), [422867, 211434, 211434]),
        (-845735, ("50", "25", "25"), [-422867, -211434, -211434]),
        (100, ("33.3333", "66.6667"), [33, 67]),
    ],
)
def test_the_rounding_remainder_goes_to_the_head_client(
    total: int, percents: tuple[str, ...], parts: list[int]
) -> None:
    shares = [Share(UUID(int=index), Decimal(percent)) for index, percent in enumerate(percents)]
    assert allocate(total, shares) == parts


@pytest.mark.rule("MA-INS-15")
def test_every_component_is_split_and_adds_up() -> None:
    shares = [
        Share(UUID(int=1), Decimal("33.34")),
        Share(UUID(int=2), Decimal("33.33")),
        Share(UUID(int=3), Decimal("33.33")),
    ]
    whole = row_price(EX_01)
    parts = allocate_price(whole, shares)
    for component in ("gross", "net", "net_net", "client_net", "fee", "capital_cost", "price"):
        assert sum(getattr(part, component) for part in parts) == getattr(whole, component)


@pytest.mark.rule("MA-INS-15")
@pytest.mark.parametrize(
    ("shares", "code"),
    [
        ([(1, "50"), (2, "49.9999")], "allocation_not_100"),
        ([(1, "110"), (2, "-10")], "allocation_not_100"),
        ([(1, "100")], "duplicate_client"),
        ([(1, "50"), (1, "50")], "duplicate_client"),
    ],
)
def test_an_allocation_adds_up_between_different_clients(shares: list[tuple[int, str]], code: str) -> None:
    with pytest.raises(Invalid, match=code):
        check_allocation([Share(UUID(int=client), Decimal(percent)) for client, percent in shares])


_PERCENTS = st.decimals(0, 30, places=2)
_ROWS = st.builds(
    PriceRow,
    gross=st.integers(0, 10**9),
    discounts=st.lists(st.builds(Discount, percent=_PERCENTS), max_size=3).map(tuple),
    received_percents=st.lists(_PERCENTS, max_size=3).map(tuple),
    passed_on_percents=st.lists(_PERCENTS, max_size=2).map(tuple),
    fees=st.lists(st.builds(Charge, percent=_PERCENTS), max_size=4).map(tuple),
    capital_cost=st.builds(Charge, percent=_PERCENTS),
)


@pytest.mark.rule("MA-GEN-02", "MA-CRD-11", "MA-INS-03", "MA-INS-07", "MA-INS-15")
@given(st.lists(_ROWS, min_size=1, max_size=3), st.integers(1, 9999), st.booleans(), st.booleans())
def test_a_credit_mirrors_its_debit_share_by_share(
    rows: list[PriceRow], part: int, exclude_fee: bool, exclude_capital_cost: bool
) -> None:
    price = insertion_price(rows, exclude_fee=exclude_fee, exclude_capital_cost=exclude_capital_cost)
    percents = (Decimal(part) / 100, 100 - Decimal(part) / 100)
    shares = [Share(UUID(int=index), percent) for index, percent in enumerate(percents)]
    mirrored = [-share for share in allocate_price(price, shares)]
    assert allocate_price(-price, shares) == mirrored
    assert sum(mirrored, Price()) + price == Price()
    for one in (price, *mirrored):
        assert one.price == one.client_net + one.fee + one.capital_cost + one.surcharge
        assert one.commission == one.net - one.net_net


@pytest.mark.rule("MA-INS-04", "MA-CRD-08")
@pytest.mark.parametrize(("received", "passed_on", "negative"), [("10", "10", False), ("10", "10.01", True)])
def test_a_credit_warns_of_what_its_debit_warns_of(received: str, passed_on: str, negative: bool) -> None:
    row = PriceRow(100_000, received_percents=(Decimal(received),), passed_on_percents=(Decimal(passed_on),))
    assert (row_price(row).margin_negative, (-row_price(row)).margin_negative) == (negative, negative)
