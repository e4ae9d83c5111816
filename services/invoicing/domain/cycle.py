"""Billing cycles of a radio contract: which period an item belongs to, and when its invoice is complete (CT-CYC)."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from shared.kernel.period import Period, broadcast_month, calendar_month, week


class Cycle(StrEnum):
    """How often a contract is invoiced (CT-CYC-02 to 08)."""

    NONE = "none"
    CALENDAR = "calendar"
    BROADCAST = "broadcast"
    WEEKLY = "weekly"
    END_OF_SCHEDULE = "end_of_schedule"
    BEGIN_OF_SCHEDULE = "begin_of_schedule"


def billing_period(cycle: Cycle, day: date, schedule: Period) -> Period | None:
    """The full bounds of the period that holds an item's date (CT-CYC-12); None when nothing is ever invoiced.

    `schedule` runs from the first line's start to the last line's end; End of Schedule stretches it to a makegood that
    ran later. The zero-dollar invoices of Begin of Schedule go by calendar month (CT-CYC-09).
    """
    match cycle:
        case Cycle.NONE:
            return None
        case Cycle.CALENDAR | Cycle.BEGIN_OF_SCHEDULE:
            return calendar_month(day)
        case Cycle.BROADCAST:
            return broadcast_month(day)
        case Cycle.WEEKLY:
            return week(day)
        case Cycle.END_OF_SCHEDULE:
            return Period.inclusive(min(schedule.start_on, day), max(schedule.last_on, day))


def periods_of(cycle: Cycle, days: Iterable[date], schedule: Period) -> list[Period]:
    """The periods that hold any of the ordered items, in order: one invoice opens for each (CT-CYC-13)."""
    periods = {billing_period(cycle, day, schedule) for day in days}
    return sorted(period for period in periods if period is not None)
