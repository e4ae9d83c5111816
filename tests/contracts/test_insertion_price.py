"""What an insertion costs and how shares split it: the catalogue's examples."""

from decimal import Decimal
from uuid import UUID

import pytest

from services.contracts.domain.allocation import Share, allocate, allocate_price, check_allocation
from services.contracts.domain.insertion_price import (
    Charge,
    Discount,
    Price,
    Surcharge,
    Terms,
    fixed_amount,
    gross_amount,
    price_row,
)
from shared.kernel.errors import Invalid
from shared.kernel.money import currency

EUR, SEK, JPY = currency("EUR"), currency("SEK"), currency("JPY")
EX_01 = Terms(
    gross=4800000,
    discounts=(Discount(Decimal(12)), Discount(Decimal(5))),
    received_percents=(Decimal(15), Decimal(3)),
    passed_on_percents=(Decimal(12),),
    fees=(Charge(Decimal("2.5")),),
    capital_cost=Charge(Decimal("0.6"), base="client_net"),
)


@pytest.mark.rule("MA-INS-02", "MA-INS-03", "MA-INS-04", "MA-INS-05", "MA-INS-06", "MA-INS-07")
def test_the_price_row_of_the_catalogue() -> None:
    assert price_row(EX_01) == Price(
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
    of_gross = Terms(10000, discounts=(Discount(amount=1000), Discount(Decimal(10), of_gross=True)))
    of_rest = Terms(10000, discounts=(Discount(amount=1000), Discount(Decimal(10))), surcharges=(Surcharge(500),))
    assert price_row(of_gross).net == 8000
    assert (price_row(of_rest).discount, price_row(of_rest).net) == (1900, 8600)
    with pytest.raises(Invalid, match="discount_exceeds_price"):
        price_row(Terms(10000, discounts=(Discount(amount=9000), Discount(amount=1001))))


@pytest.mark.rule("MA-INS-03")
def test_commissions_are_of_net_do_not_cascade_and_may_leave_a_surcharge_out() -> None:
    terms = Terms(
        10000, surcharges=(Surcharge(1000, bears_commission=False),), received_percents=(Decimal(10), Decimal(10))
    )
    assert (price_row(terms).net, price_row(terms).commission, price_row(terms).net_net) == (11000, 2000, 9000)
    with pytest.raises(Invalid, match="commission_exceeds_net"):
        price_row(Terms(10000, received_percents=(Decimal(60), Decimal("40.0001"))))


@pytest.mark.rule("MA-INS-04")
def test_passing_on_more_than_received_is_allowed_and_worth_a_warning() -> None:
    subsidised = price_row(Terms(10000, received_percents=(Decimal(5),), passed_on_percents=(Decimal(8),)))
    assert (subsidised.client_net, subsidised.margin_negative) == (9200, True)
    assert not price_row(EX_01).margin_negative


@pytest.mark.rule("MA-INS-05", "MA-INS-06")
@pytest.mark.parametrize(("base", "fee"), [("gross", 1000), ("net", 900), ("client_net", 810), ("net_net", 765)])
def test_a_fee_is_a_percent_of_the_base_it_names(base: str, fee: int) -> None:
    terms = Terms(
        10000,
        discounts=(Discount(Decimal(10)),),
        received_percents=(Decimal(15),),
        passed_on_percents=(Decimal(10),),
        fees=(Charge(Decimal(10), base=base),),  # type: ignore[arg-type]
        capital_cost=Charge(Decimal(10), base=base),  # type: ignore[arg-type]
    )
    assert (price_row(terms).fee, price_row(terms).capital_cost) == (fee, fee)


@pytest.mark.rule("MA-INS-05")
def test_fees_are_at_most_four_and_of_a_known_base() -> None:
    assert price_row(Terms(0, fees=(Charge(amount=1),) * 4)).fee == 4
    with pytest.raises(Invalid, match="too_many_fees"):
        price_row(Terms(0, fees=(Charge(amount=1),) * 5))
    with pytest.raises(Invalid, match="unknown_fee_base"):
        price_row(Terms(0, fees=(Charge(Decimal(1), base="margin"),)))  # type: ignore[arg-type]


@pytest.mark.rule("MA-INS-07")
def test_a_surcharge_only_for_the_client_raises_only_the_price() -> None:
    price = price_row(Terms(10000, surcharges=(Surcharge(300, by_media=False),)))
    assert (price.net, price.net_net, price.surcharge, price.price) == (10000, 10000, 300, 10300)


@pytest.mark.rule("MA-INS-08", "MA-INS-18")
def test_a_zero_insertion_bears_its_fee_and_its_credit_turns_the_sign() -> None:
    zero = Terms(0, fees=(Charge(amount=6500),))
    assert price_row(zero).price == 6500
    assert (-price_row(zero)).price == -6500
    assert price_row(Terms(0, fees=(Charge(amount=6500),), exclude_fee=True)).price == 0
    assert price_row(Terms(10000, capital_cost=Charge(Decimal(1)), exclude_capital_cost=True)).price == 10000


@pytest.mark.rule("MA-INS-09")
def test_a_fixed_amount_goes_through_base_currency_rounded_at_each_step() -> None:
    rates = Decimal("11.345"), Decimal("0.0666")
    assert fixed_amount(333, EUR, SEK, JPY, rates) == 3  # 37.78 SEK, then 2.516… yen
    assert fixed_amount(333, EUR, EUR, EUR, rates) == 333


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
    whole = price_row(EX_01)
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
