"""How a linear item's amount and units spread over its slices (PI-DST); rounding is cumulative, per item."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.preinvoice.domain.campaign import DistributionPeriod, DistributionUnit
from shared.kernel.money import split_cumulative
from shared.kernel.period import Period

# Under a hundred units, one unit of rounding is more than a per cent of the slice (PI-DST-10).
_FEW_UNITS = 100


@dataclass(frozen=True, slots=True)
class Share:
    """What falls on one slice: the amount in minor units, the units delivered by it, and the units its line shows."""

    amount: int
    delivered_quantity: int | None
    quantity: int | None


def distribute(
    amount: int,
    booked_quantity: int | None,
    spans: Sequence[Period],
    *,
    unit: DistributionUnit,
    period: DistributionPeriod,
) -> list[Share]:
    """The share of each span of days, in order; the amounts add up to `amount`, the units to the booked quantity.

    With unit `amount` a line shows the full booked quantity and its share of the amount (PI-DST-15). With unit
    `quantity` the units are spread first and each amount follows from its units (PI-DST-09, PI-DST-13).

    >>> from datetime import date
    >>> weeks = [Period(date(2019, 12, 1), date(2019, 12, 8)), Period(date(2019, 12, 8), date(2019, 12, 10))]
    >>> [share.amount for share in distribute(900000, None, weeks, unit="amount", period="day_based")]
    [700000, 200000]
    """
    weights = [weight(span, period) for span in spans]
    units = None if booked_quantity is None else split_cumulative(booked_quantity, weights)
    if unit == "quantity":
        if not units:
            raise ValueError("an item spread by quantity has a booked quantity")
        return [Share(part, count, count) for part, count in zip(split_cumulative(amount, units), units, strict=True)]
    parts = split_cumulative(amount, weights)
    return [Share(part, units[index] if units else None, booked_quantity) for index, part in enumerate(parts)]


def weight(span: Period, period: DistributionPeriod) -> int:
    """Days of the span, or the calendar months it touches, be it for a single day (PI-DST-04, PI-DST-07)."""
    if period == "day_based":
        return span.day_count
    first, last = span.start_on, span.last_on
    return (last.year - first.year) * 12 + last.month - first.month + 1


def falls_below_hundred_units(booked_quantity: int, spans: Sequence[Period], period: DistributionPeriod) -> bool:
    """Whether whole units make the split visibly uneven: some exact share is under 100 units (PI-DST-10)."""
    weights = [weight(span, period) for span in spans]
    return booked_quantity * min(weights) < _FEW_UNITS * sum(weights)
