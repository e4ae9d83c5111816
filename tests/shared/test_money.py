"""Amounts keep their sum, their sign's mirror and their precision, and the catalogue's figures come out."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import Invalid
from shared.kernel.money import (
    Currency,
    Money,
    converted,
    currency,
    percent_of,
    split_cumulative,
    split_largest_remainder,
    split_remainder_to,
)

Split = Callable[[int, Sequence[int]], list[int]]

EUR, JPY, KWD = currency("EUR"), currency("JPY"), currency("KWD")
AMOUNTS = st.integers(-(10**14), 10**14)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=40).filter(any)
PERCENTS = st.decimals(-999, 999, places=4)


def split_remainder_to_first(total: int, weights: Sequence[int]) -> list[int]:
    return split_remainder_to(total, weights, named=0)


every_split = pytest.mark.parametrize("split", [split_cumulative, split_largest_remainder, split_remainder_to_first])


def exact_shares(total: int, weights: Sequence[int]) -> list[Fraction]:
    return [Fraction(total * weight, sum(weights)) for weight in weights]


@every_split
@given(total=AMOUNTS, weights=WEIGHTS)
@pytest.mark.rule("PI-DST-12", "CT-TAX-04", "MA-INS-15")
def test_parts_add_up_to_the_total(split: Split, total: int, weights: list[int]) -> None:
    assert sum(split(total, weights)) == total


@every_split
@given(total=AMOUNTS, weights=WEIGHTS)
@pytest.mark.rule("PI-DST-12", "MA-GEN-02")
def test_a_credit_splits_as_the_mirror_of_its_debit(split: Split, total: int, weights: list[int]) -> None:
    assert split(-total, weights) == [-part for part in split(total, weights)]


@every_split
@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_weights_that_divide_nothing_are_a_mistake_in_the_program(split: Split, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(100, weights)


@given(total=AMOUNTS, weights=WEIGHTS)
@pytest.mark.rule("PI-DST-12")
def test_each_cumulative_part_is_less_than_one_unit_from_its_exact_share(total: int, weights: list[int]) -> None:
    parts = split_cumulative(total, weights)
    assert all(abs(part - exact) < 1 for part, exact in zip(parts, exact_shares(total, weights), strict=True))


@given(total=AMOUNTS, weights=WEIGHTS, end=st.integers(1, 40))
@pytest.mark.rule("PI-DST-11")
def test_running_totals_are_the_rounded_exact_ones(total: int, weights: list[int], end: int) -> None:
    exact = sum(exact_shares(total, weights)[:end], Fraction(0))
    assert abs(sum(split_cumulative(total, weights)[:end]) - exact) <= Fraction(1, 2)


@given(total=AMOUNTS, weights=WEIGHTS)
@pytest.mark.rule("CT-TAX-04")
def test_parts_by_largest_remainder_are_their_share_rounded_down_or_up(total: int, weights: list[int]) -> None:
    parts = split_largest_remainder(total, weights)
    assert all(abs(part - exact) < 1 for part, exact in zip(parts, exact_shares(total, weights), strict=True))


@given(total=AMOUNTS, weights=WEIGHTS)
@pytest.mark.rule("CT-TAX-04")
def test_no_part_with_a_smaller_remainder_gets_a_unit_before_a_larger_one(total: int, weights: list[int]) -> None:
    parts = split_largest_remainder(abs(total), weights)
    shares = exact_shares(abs(total), weights)
    raised = [share - int(share) for part, share in zip(parts, shares, strict=True) if part > share]
    left = [share - int(share) for part, share in zip(parts, shares, strict=True) if part <= share]
    assert not raised or min(raised) >= max(left, default=Fraction(0))


@given(total=AMOUNTS, weights=WEIGHTS, named=st.integers(0, 39))
@pytest.mark.rule("MA-INS-15")
def test_only_the_named_part_takes_the_remainder(total: int, weights: list[int], named: int) -> None:
    named %= len(weights)
    for index, (part, exact) in enumerate(
        zip(split_remainder_to(total, weights, named), exact_shares(total, weights), strict=True)
    ):
        assert index == named or abs(part - exact) <= Fraction(1, 2)


def test_of_equal_remainders_the_earlier_part_gets_the_unit() -> None:
    assert split_largest_remainder(100, [1, 1, 1]) == [34, 33, 33]
    assert split_largest_remainder(-200, [1, 1, 1]) == [-67, -67, -66]


@given(amount=AMOUNTS, percent=PERCENTS)
@pytest.mark.rule("MA-GEN-02")
def test_a_percentage_is_rounded_once_and_mirrored(amount: int, percent: Decimal) -> None:
    exact = Fraction(percent) * amount / 100
    assert abs(percent_of(amount, percent) - exact) <= Fraction(1, 2)
    assert percent_of(-amount, percent) == percent_of(amount, -percent) == -percent_of(amount, percent)


@pytest.mark.rule("MA-GEN-02")
@pytest.mark.parametrize(
    ("base", "percent", "vat"),
    [(3330, 25, 833), (-3330, 25, -833), (1070, 25, 268), (-1070, 25, -268), (1070, 6, 64), (-1070, 6, -64)],
)
def test_mirror_of_ex_03(base: int, percent: int, vat: int) -> None:
    assert percent_of(base, Decimal(percent)) == vat


@pytest.mark.rule("MA-INS-15")
@pytest.mark.parametrize(
    ("amount", "percents", "shares"),
    [
        (1000001, [34, 33, 33], [340001, 330000, 330000]),
        (845735, [50, 25, 25], [422867, 211434, 211434]),
    ],
)
def test_allocation_of_ex_05(amount: int, percents: list[int], shares: list[int]) -> None:
    assert split_remainder_to(amount, percents, named=0) == shares


@pytest.mark.rule("PI-DST-11")
@pytest.mark.parametrize(
    ("total", "intervals", "lines"),
    [
        (10000, 3, [3333, 3334, 3333]),
        (-10000, 3, [-3333, -3334, -3333]),
        (5, 3, [2, 1, 2]),
        (100000, 7, [14286, 14285, 14286, 14286, 14286, 14285, 14286]),
    ],
)
def test_distribution_of_ex_09(total: int, intervals: int, lines: list[int]) -> None:
    assert split_cumulative(total, [1] * intervals) == lines


@pytest.mark.rule("CT-TAX-04")
@pytest.mark.parametrize(("net", "tax", "parts"), [(184735, 27664, [9237, 18427]), (100004, 14976, [5000, 9976])])
def test_split_tax_of_ex_ct_11(net: int, tax: int, parts: list[int]) -> None:
    assert percent_of(net, Decimal("14.975")) == tax
    assert split_largest_remainder(tax, [5000, 9975]) == parts


@pytest.mark.rule("CT-TAX-04")
def test_the_second_part_of_ex_ct_11_alone_would_round_differently() -> None:
    assert percent_of(100004, Decimal("9.975")) == 9975


@given(minor=AMOUNTS, of=st.sampled_from([EUR, JPY, KWD]))
@pytest.mark.rule("MA-GEN-01")
def test_an_amount_survives_its_decimal_string(minor: int, of: Currency) -> None:
    money = Money(minor, of)
    assert Money.parse(str(money), of) == money
    assert len(str(money).partition(".")[2]) == of.places


@pytest.mark.rule("MA-GEN-01")
@pytest.mark.parametrize(
    ("text", "of", "code"),
    [
        ("1.001", EUR, "amount_precision"),
        ("1.5", JPY, "amount_precision"),
        ("1.2345", KWD, "amount_precision"),
        ("NaN", EUR, "invalid_value"),
        ("Infinity", EUR, "invalid_value"),
        ("12,50", EUR, "invalid_value"),
    ],
)
def test_an_amount_that_cannot_be_paid_is_refused(text: str, of: Currency, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        Money.parse(text, of)
    assert refused.value.code == code


@pytest.mark.rule("MA-GEN-01")
def test_money_is_never_a_float() -> None:
    with pytest.raises(TypeError, match="float"):
        Money.parse(1.5, EUR)  # type: ignore[arg-type]


def test_trailing_zeros_state_no_precision() -> None:
    assert Money.parse("1.500", EUR).minor == 150


def test_two_currencies_cannot_be_added() -> None:
    with pytest.raises(TypeError, match="cannot add JPY to EUR"):
        Money(1, EUR) + Money(1, JPY)


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        currency("XQZ")
    assert refused.value.code == "currency"


@pytest.mark.parametrize(
    ("amount", "rate", "of", "to", "result"),
    [(10000, "11.25", EUR, currency("SEK"), 112500), (100, "162.5", EUR, JPY, 163), (1000, "0.0061", JPY, EUR, 610)],
)
def test_conversion_knows_the_places_of_both_currencies(
    amount: int, rate: str, of: Currency, to: Currency, result: int
) -> None:
    assert converted(amount, Decimal(rate), of, to) == result


@pytest.mark.parametrize("rate", ["0", "-1"])
def test_a_rate_is_above_zero(rate: str) -> None:
    with pytest.raises(Invalid) as refused:
        converted(100, Decimal(rate), EUR, JPY)
    assert refused.value.code == "rate_missing"
