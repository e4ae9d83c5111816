"""Which days a line's units run on, and how many a day (CT-LIN-09 to CT-LIN-12, CT-LIN-26)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, TypeAlias, assert_never

from shared.kernel.errors import Invalid
from shared.kernel.period import Period, Weekday, week

DAILY_COUNT_MAX = 99
SKIP_WEEKS_MAX = 52
MONTHLY_DAY = 24

FrequencyName = Literal["daily", "weekly", "monthly", "single"]


@dataclass(frozen=True, slots=True)
class WeeklySchedule:
    """A count for each of Monday to Sunday, repeated in every scheduled week of the flight (CT-LIN-09, CT-LIN-12).

    Refused with `schedule` when a count lies outside 0–99 or all are zero, with `skip_weeks` outside 0–52.
    """

    counts: tuple[int, ...]
    skip_weeks: int = 0
    # Sold as a number a week: a makegood may run on any day of its week (CT-LOG-14).
    any_day: bool = False

    def __post_init__(self) -> None:
        if len(self.counts) != 7 or not any(self.counts) or not all(0 <= n <= DAILY_COUNT_MAX for n in self.counts):
            raise Invalid("schedule", "A week needs seven counts of 0 to 99, not all zero.")
        if not 0 <= self.skip_weeks <= SKIP_WEEKS_MAX:
            raise Invalid("skip_weeks", "Between 0 and 52 weeks can be skipped.")


@dataclass(frozen=True, slots=True)
class DailySchedule:
    """Counts set date by date (CT-LIN-10)."""

    counts: Mapping[date, int] = field(hash=False)

    def __post_init__(self) -> None:
        if not any(self.counts.values()) or not all(0 <= n <= DAILY_COUNT_MAX for n in self.counts.values()):
            raise Invalid("schedule", "Each date has a count of 0 to 99, not all zero.")


@dataclass(frozen=True, slots=True)
class Frequency:
    """When an off-air line falls due; `weekday` serves weekly, `month_day` monthly (CT-LIN-26)."""

    name: FrequencyName
    weekday: Weekday = Weekday.MONDAY
    month_day: int = MONTHLY_DAY

    def __post_init__(self) -> None:
        if not 1 <= self.month_day <= 28:
            raise Invalid("frequency", "The monthly day lies between 1 and 28.")


Schedule: TypeAlias = WeeklySchedule | DailySchedule


def spots_per_week(number: int, days: frozenset[Weekday], skip_weeks: int = 0) -> WeeklySchedule:
    """A weekly number spread evenly over the ticked days, leftovers one each from the first ticked day (CT-LIN-11).

    >>> spots_per_week(5, frozenset({Weekday.MONDAY, Weekday.WEDNESDAY})).counts
    (3, 0, 2, 0, 0, 0, 0)
    """
    if not days:
        raise Invalid("schedule", "No weekday is ticked.")
    each, left = divmod(number, len(days))
    ticked = sorted(days)
    counts = tuple(each + (ticked.index(day) < left) if day in days else 0 for day in Weekday)
    return WeeklySchedule(counts, skip_weeks, any_day=True)


def units_per_day(flight: Period, schedule: Schedule) -> dict[date, int]:
    """The dates of the flight that carry units, in order, with their counts (CT-LIN-09 to CT-LIN-12).

    `Invalid("date_outside_flight")` for a daily count on a date the flight does not hold.
    """
    match schedule:
        case WeeklySchedule(counts, skip_weeks):
            first_week = week(flight.start_on).start_on
            return {
                day: counts[day.weekday()]
                for day in flight.days()
                if counts[day.weekday()] and ((day - first_week).days // 7) % (skip_weeks + 1) == 0
            }
        case DailySchedule(dated):
            if any(day not in flight for day in dated):
                raise Invalid("date_outside_flight", "A date of the schedule lies outside the flight.")
            return {day: dated[day] for day in sorted(dated) if dated[day]}
        case _:
            assert_never(schedule)


def occurrences(flight: Period, frequency: Frequency) -> list[date]:
    """The dates on which an off-air line falls due (CT-LIN-26)."""
    match frequency.name:
        case "daily":
            return list(flight.days())
        case "weekly":
            start = flight.start_on + timedelta(days=(frequency.weekday - flight.start_on.weekday()) % 7)
            return [day for day in flight.days() if day >= start and (day - start).days % 7 == 0]
        case "monthly":
            return [day for day in flight.days() if day.day == frequency.month_day]
        case "single":
            return [flight.start_on]
        case _:
            assert_never(frequency.name)


def repeated(skip_weeks: int) -> str:
    """The skip-weeks setting in words (CT-LIN-21)."""
    return "every week" if skip_weeks == 0 else f"every {skip_weeks + 1} weeks"
