"""What a delivery-based item bills per slice: what was delivered, up to what was booked over its life (PI-DEL)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from shared.kernel.money import rounded_ratio
from shared.kernel.period import Period


@dataclass(frozen=True, slots=True)
class ItemDelivery:
    """Units delivered per day, and the days for which the received reports claim to be complete.

    `monthly` says that some of it is known per month only; the month's units then stand on its first running day.
    """

    by_day: Mapping[date, int] = field(default_factory=dict)
    covered: frozenset[date] = frozenset()
    monthly: bool = False

    def within(self, days: Period) -> int:
        """Units delivered on the given days, as far as they are known."""
        return sum(self.by_day.get(day, 0) for day in days.days())

    def covers(self, days: Period) -> bool:
        """Whether every day is covered: a covered day without a record counts as zero (PI-DEL-04)."""
        return all(day in self.covered for day in days.days())


@dataclass(frozen=True, slots=True)
class Billed:
    """Units and amount in minor units on one line."""

    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class DeliveredSlice:
    """Units delivered in one slice, and the slice's frozen line when it was invoiced already."""

    delivered: int
    frozen: Billed | None = None


def bill_delivery(
    amount: int, booked_quantity: int, delivered: Sequence[DeliveredSlice], *, unlimited: bool = False
) -> list[Billed]:
    """The line of each slice, in order; frozen lines come back as they are.

    A line takes what was delivered since the item's start, at most the booking, less what earlier lines took, never
    below 0 (PI-DEL-08, PI-DEL-15); its amount is the difference of rounded running totals (PI-DEL-13). An unlimited
    item has no cap (PI-DEL-11).

    >>> [line.quantity for line in bill_delivery(200000, 100000, [DeliveredSlice(40000), DeliveredSlice(70000)])]
    [40000, 60000]
    """
    lines: list[Billed] = []
    delivered_so_far = quantity_so_far = amount_so_far = 0
    frozen_later = sum(one.frozen.quantity for one in delivered if one.frozen)
    room = _capped(sum(one.delivered for one in delivered), booked_quantity, unlimited)
    for one in delivered:
        delivered_so_far += one.delivered
        if one.frozen:
            line = one.frozen
            frozen_later -= line.quantity
        else:
            due = _capped(delivered_so_far, booked_quantity, unlimited) - quantity_so_far
            quantity = max(0, min(due, room - frozen_later - quantity_so_far))
            running = rounded_ratio(amount * (quantity_so_far + quantity), booked_quantity)
            line = Billed(quantity, running - amount_so_far if quantity else 0)
        lines.append(line)
        quantity_so_far += line.quantity
        amount_so_far += line.amount
    return lines


def over_delivered(booked_quantity: int, delivered_quantity: int, *, unlimited: bool) -> int:
    """Units delivered beyond the booking, which are not billed (PI-DEL-10)."""
    return delivered_quantity - _capped(delivered_quantity, booked_quantity, unlimited)


def _capped(quantity: int, booked_quantity: int, unlimited: bool) -> int:
    return quantity if unlimited else min(quantity, booked_quantity)
