"""How a linear item's amount and units spread over its slices (PI-DST); rounding is cumulative, per item."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from services.preinvoice.domain.campaign import DistributionPeriod, DistributionUnit
from shared.kernel.money import split_cumulative
from shared.kernel.period import Period

# Under a hundred units, one unit of rounding is more than a per cent of the slice (PI-DST-10).
_FEW_UNITS = 100


class Shares(NamedTuple):
    """What falls on each span, in order: amounts in minor units, the units delivered by it, and those its line shows.

    Where an item has no booked quantity there are no units.
    """

    amounts: list[int]
    delivered_quantities: Sequence[int | None]
    quantities: Sequence[int | None]


def distribute(amount: int, booked_quantity: int | None, weights: Sequence[int], unit: DistributionUnit) -> Shares:
    """The share of each span by its weight; the amounts add up to `amount`, the units to the booked quantity.

    With unit `amount` a line shows the full booked quantity and its share of the amount (PI-DST-15). With unit
    `quantity` the units are spread first and each amount follows from its units (PI-DST-09, PI-DST-13).

    >>> distribute(900000, None, [7, 2], "amount").amounts
    [700000, 200000]
    """
    if booked_quantity is None and unit == "amount":
        none = [None] * len(weights)
        return Shares(split_cumulative(amount, weights), none, none)
    units = split_cumulative(booked_quantity or 0, weights)
    if unit == "quantity":
        if not booked_quantity:
            raise ValueError("an item spread by quantity has a booked quantity")
        return Shares(split_cumulative(amount, units), units, units)
    return Shares(split_cumulative(amount, weights), units, [booked_quantity] * len(weights))


def weigh(spans: Sequence[Period], period: DistributionPeriod) -> list[int]:
    """Days of each span, or the calendar months it touches, be it for a single day (PI-DST-04, PI-DST-07)."""
    if period == "day_based":
        return [(span.end_on - span.start_on).days for span in spans]
    return [_months_touched(span.start_on, span.last_on) for span in spans]


def falls_below_hundred_units(booked_quantity: int, weights: Sequence[int]) -> bool:
    """Whether whole units make the split visibly uneven: some exact share is under 100 units (PI-DST-10)."""
    return booked_quantity * min(weights) < _FEW_UNITS * sum(weights)


def _months_touched(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month + 1
