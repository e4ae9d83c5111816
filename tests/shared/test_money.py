"""Money: parts always add up, credits mirror debits, and the catalogues' figures come out to the cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import Invalid
from shared.kernel.money import (
    Money,
    converted,
    currency,
    percent_of,
    round_half_away,
    split_cumulative,
    split_largest_remainder,
    split_remainder_to,
)
from tests.words import cents

totals = st.integers(-(10**15), 10**15)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any)


@pytest.mark.rule("PI-DST-11", "PI-DST-12")
@given(totals, weights)
def test_cumulative_parts_add_up_and_each_is_within_a_unit_of_its_share(total: int, shares: list[int]) -> None:
    parts = split_cumulative(total, shares)
    assert sum(parts) == total
    whole = sum(shares)
    assert all(abs(part * whole - total * share) < whole for part, share in zip(parts, shares, strict=True))


@pytest.mark.rule("CT-TAX-04")
@given(totals, weights)
def test_largest_remainder_parts_add_up_and_none_is_a_unit_off(total: int, shares: list[int]) -> None:
    parts = split_largest_remainder(total, shares)
    assert sum(parts) == total
    whole = sum(shares)
    assert all(abs(part * whole - total * share) < whole for part, share in zip(parts, shares, strict=True))


@pytest.mark.rule("MA-INS-15")
@given(totals, weights)
def test_only_the_named_part_takes_the_remainder(total: int, shares: list[int]) -> None:
    parts = split_remainder_to(total, shares, named=0)
    assert sum(parts) == total
    whole = Decimal(sum(shares))
    for part, share in list(zip(parts, shares, strict=True))[1:]:
        assert part == split_remainder_to(total, [share, int(whole) - share], named=1)[0] if whole > share else True


@pytest.mark.rule("MA-GEN-02")
@given(totals, weights)
def test_every_split_of_a_credit_mirrors_that_of_its_debit(total: int, shares: list[int]) -> None:
    for split in (split_cumulative, split_largest_remainder):
        assert split(-total, shares) == [-part for part in split(total, shares)]
    assert split_remainder_to(-total, shares, 0) == [-part for part in split_remainder_to(total, shares, 0)]


@pytest.mark.rule("MA-GEN-02")
@given(totals, st.decimals(-100, 100, places=4))
def test_a_percentage_of_a_credit_mirrors_that_of_its_debit(total: int, percent: Decimal) -> None:
    assert percent_of(-total, percent) == -percent_of(total, percent)


@pytest.mark.rule("MA-GEN-02")
@pytest.mark.parametrize(
    ("base", "percent", "vat"),
    [("33.30", "25", "8.33"), ("-33.30", "25", "-8.33"), ("10.70", "25", "2.68"), ("10.70", "6", "0.64")],
)
def test_ex_03_vat_rounds_half_away_from_zero(base: str, percent: str, vat: str) -> None:
    assert percent_of(cents(base), Decimal(percent)) == cents(vat)
    assert percent_of(-cents(base), Decimal(percent)) == -cents(vat)


@pytest.mark.rule("PI-DST-11")
@pytest.mark.parametrize(
    ("total", "count", "parts"),
    [
        ("100.00", 3, ["33.33", "33.34", "33.33"]),
        ("-100.00", 3, ["-33.33", "-33.34", "-33.33"]),
        ("0.05", 3, ["0.02", "0.01", "0.02"]),
        ("1000.00", 7, ["142.86", "142.85", "142.86", "142.86", "142.86", "142.85", "142.86"]),
    ],
)
def test_ex_09_equal_shares(total: str, count: int, parts: list[str]) -> None:
    assert split_cumulative(cents(total), [1] * count) == [cents(part) for part in parts]


@pytest.mark.rule("MA-INS-15")
@pytest.mark.parametrize(
    ("total", "shares", "parts"),
    [
        ("10000.01", [34, 33, 33], ["3400.01", "3300.00", "3300.00"]),
        ("8457.35", [50, 25, 25], ["4228.67", "2114.34", "2114.34"]),
    ],
)
def test_ex_05_the_head_client_takes_the_remainder(total: str, shares: list[int], parts: list[str]) -> None:
    assert split_remainder_to(cents(total), shares, named=0) == [cents(part) for part in parts]


@pytest.mark.rule("CT-TAX-04")
@pytest.mark.parametrize(("tax", "parts"), [("276.64", ["92.37", "184.27"]), ("149.76", ["50.00", "99.76"])])
def test_ex_ct_11_a_split_tax_prints_parts_that_add_up(tax: str, parts: list[str]) -> None:
    assert split_largest_remainder(cents(tax), [5000, 9975]) == [cents(part) for part in parts]


@pytest.mark.rule("MA-GEN-01")
def test_an_amount_is_never_finer_than_its_currency_pays() -> None:
    with pytest.raises(Invalid, match="amount_precision"):
        Money.parse("1.005", currency("EUR"))
    with pytest.raises(Invalid, match="amount_precision"):
        Money.parse("1.5", currency("JPY"))
    assert str(Money.parse("1.005", currency("KWD"))) == "1.005"
    with pytest.raises(TypeError):
        Money.parse(1.5, currency("EUR"))  # type: ignore[arg-type]


@pytest.mark.rule("MA-GEN-10")
def test_a_foreign_amount_is_rounded_once_at_the_rate_given() -> None:
    assert converted(cents("4200.00"), Decimal("11.345"), currency("EUR"), currency("SEK")) == cents("47649.00")
    assert converted(100, Decimal("0.0067"), currency("JPY"), currency("EUR")) == 67
    with pytest.raises(Invalid, match="rate_missing"):
        converted(100, Decimal(0), currency("EUR"), currency("SEK"))


def test_two_currencies_do_not_add_and_unknown_ones_are_refused() -> None:
    with pytest.raises(TypeError):
        Money(1, currency("EUR")) + Money(1, currency("SEK"))
    with pytest.raises(Invalid, match="currency"):
        currency("EURO")
    assert round_half_away(Decimal("-2.5")) == -3


@pytest.mark.parametrize("shares", [[], [0, 0], [1, -1]])
def test_a_split_without_weight_is_a_mistake_of_the_program(shares: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split_cumulative(100, shares)
