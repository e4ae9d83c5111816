"""Money: exact amounts in minor units, the three splits, and the only place that rounds (MA-GEN-01, MA-GEN-02).

Amounts inside the code are `int` minor units (cents, yen, fils) beside one `Currency`; percentages, unit prices and
exchange rates are exact `Decimal`s. `Money` carries both at the doors, where an amount is a decimal string.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache

import iso4217

from shared.kernel.errors import Fault, Invalid


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency and the number of decimal places of its minor unit (2 for EUR, 0 for JPY, 3 for KWD)."""

    code: str
    places: int

    def __str__(self) -> str:
        return self.code


@lru_cache
def currency(code: str) -> Currency:
    """The currency of an ISO code; `Invalid("currency")` for a code that ISO 4217 does not list."""
    try:
        known = iso4217.Currency(code)
    except ValueError:
        raise Invalid("currency", "Not an ISO 4217 currency code.") from None
    return Currency(known.code, known.exponent or 0)


def major_text(minor: int, of: Currency) -> str:
    """Minor units as the decimal string that the doors speak, with all the currency's places.

    >>> major_text(-5, currency("EUR")), major_text(1234, currency("JPY"))
    ('-0.05', '1234')
    """
    if not of.places:
        return str(minor)
    digits = str(abs(minor)).zfill(of.places + 1)
    return f"{'-' if minor < 0 else ''}{digits[: -of.places]}.{digits[-of.places :]}"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency. Adding two currencies is a mistake in the program and raises `TypeError`."""

    minor: int
    currency: Currency

    @classmethod
    def parse(cls, text: str | Decimal, of: Currency, pointer: str = "") -> "Money":
        """The amount a decimal string states: `Invalid("amount_precision")` when it is finer than the currency pays.

        `pointer` says where in a request it was stated.

        >>> Money.parse("1234.50", currency("EUR")).minor
        123450
        """
        if isinstance(text, float):
            raise TypeError("money is never a float")
        try:
            scaled = Decimal(text).scaleb(of.places)
        except InvalidOperation:
            raise _refused(pointer, "invalid_value", "Not a decimal amount.") from None
        if not scaled.is_finite():
            raise _refused(pointer, "invalid_value", "Not a decimal amount.")
        if scaled != scaled.to_integral_value():
            raise _refused(pointer, "amount_precision", f"{of.code} has {of.places} decimal places.")
        return cls(int(scaled), of)

    @classmethod
    def rounded(cls, value: Decimal | Fraction, of: Currency) -> "Money":
        """The nearest payable amount to an exact value in major units, halves away from zero."""
        return cls(round_half_away(Fraction(value) * 10**of.places), of)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with the currency's own number of places."""
        return Decimal(self.minor).scaleb(-self.currency.places)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return f"{self.decimal:f}"

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise TypeError(f"cannot add {other.currency} to {self.currency}")
        return other.minor


def _refused(pointer: str, code: str, message: str) -> Invalid:
    if not pointer:
        return Invalid(code, message)
    return Invalid.of([Fault(pointer, code, message, field=pointer.rpartition("/")[2])])


def rounded_ratio(numerator: int, denominator: int) -> int:
    """`numerator / denominator` to the nearest whole number, halves away from zero; the denominator is positive."""
    whole, rest = divmod(abs(numerator), denominator)
    nearest = whole + (2 * rest >= denominator)
    return nearest if numerator >= 0 else -nearest


def round_half_away(value: Decimal | Fraction) -> int:
    """The nearest whole number, halves away from zero, so that a credit mirrors its debit (MA-GEN-02)."""
    return rounded_ratio(*value.as_integer_ratio())


@lru_cache(maxsize=4096)
def _ratio_of_percent(percent: Decimal) -> tuple[int, int]:
    numerator, denominator = percent.as_integer_ratio()
    return numerator, denominator * 100


def percent_of(amount: int, percent: Decimal) -> int:
    """`percent` per cent of an amount in minor units, rounded once.

    >>> percent_of(3330, Decimal(25)), percent_of(-3330, Decimal(25))
    (833, -833)
    """
    numerator, denominator = _ratio_of_percent(percent)
    return rounded_ratio(amount * numerator, denominator)


def converted(amount: int, rate: Decimal | Fraction, of: Currency, to: Currency) -> int:
    """An amount in minor units of `of` at `rate` (units of `to` for one of `of`), rounded once (MA-GEN-10)."""
    if rate <= 0:
        raise Invalid("rate_missing", "An exchange rate is missing or not above zero.")
    return round_half_away(Fraction(rate) * amount * 10**to.places / 10**of.places)


def split_cumulative(total: int, weights: Sequence[int]) -> list[int]:
    """Parts by the difference of rounded running totals: no part collects the remainder (PI-DST-11).

    >>> split_cumulative(10000, [1, 1, 1])
    [3333, 3334, 3333]
    """
    whole = _sum_of(weights)
    # rounded_ratio written out: distribution spends most of its time here, and a negative total splits as the mirror.
    doubled, twice = 2 * abs(total), 2 * whole
    parts, before, running = [], 0, 0
    for weight in weights:
        running += weight
        so_far = (doubled * running + whole) // twice
        parts.append(so_far - before)
        before = so_far
    return parts if total >= 0 else [-part for part in parts]


def split_largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Parts rounded towards zero, missing units to the largest remainders, earlier parts first (CT-TAX-04, CB-SEP-25).

    >>> split_largest_remainder(14976, [5000, 9975])
    [5000, 9976]
    """
    whole = _sum_of(weights)
    sign = 1 if total >= 0 else -1
    shares = [divmod(abs(total) * weight, whole) for weight in weights]
    parts = [share for share, _ in shares]
    by_remainder = sorted(range(len(shares)), key=lambda index: -shares[index][1])
    for index in by_remainder[: abs(total) - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]


def split_remainder_to(total: int, weights: Sequence[int], named: int) -> list[int]:
    """Each part rounded on its own; what is missing or over goes to part `named` (MA-INS-15, PI-FPP-06, MA-SET-15).

    >>> split_remainder_to(845735, [50, 25, 25], named=0)
    [422867, 211434, 211434]
    """
    whole = _sum_of(weights)
    parts = [rounded_ratio(total * weight, whole) for weight in weights]
    parts[named] += total - sum(parts)
    return parts


def _sum_of(weights: Sequence[int]) -> int:
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights are whole numbers of at least 0 that add up to more than 0")
    return whole
