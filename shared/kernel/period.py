"""Periods of civil days, half-open inside the code and inclusive at the doors; calendar and broadcast months."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

_DAY = timedelta(days=1)


class Weekday(IntEnum):
    """Days of the week as `date.weekday()` counts them."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The civil days from `start_on` up to, but not including, `end_on`; never empty."""

    start_on: date
    end_on: date

    def __post_init__(self) -> None:
        if self.end_on <= self.start_on:
            raise ValueError("a period has at least one day")

    @classmethod
    def inclusive(cls, first: date, last: date) -> "Period":
        """The period that a door's `from` and `to` name; `ValueError` when `last` is before `first`."""
        return cls(first, last + _DAY)

    @property
    def last_on(self) -> date:
        """The last day of the period, as doors and documents show it."""
        return self.end_on - _DAY

    @property
    def day_count(self) -> int:
        """How many civil days the period has."""
        return (self.end_on - self.start_on).days

    def __contains__(self, day: date) -> bool:
        return self.start_on <= day < self.end_on

    def days(self) -> Iterator[date]:
        """Each day in order."""
        return (self.start_on + timedelta(days=offset) for offset in range(self.day_count))

    def overlap(self, other: "Period") -> "Period | None":
        """The days both have, or None."""
        start, end = max(self.start_on, other.start_on), min(self.end_on, other.end_on)
        return Period(start, end) if start < end else None


def first_of_month(day: date, months: int = 0) -> date:
    """The first day of the month that lies `months` after the month of `day` (before it, when negative)."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def calendar_month(day: date) -> Period:
    """The calendar month that holds a day (CT-CYC-03)."""
    return Period(first_of_month(day), first_of_month(day, 1))


def week(day: date, starting_on: Weekday = Weekday.MONDAY) -> Period:
    """The seven days that hold `day` and begin on the given weekday (CT-CYC-06, PI-INT-02)."""
    start = day - timedelta(days=(day.weekday() - starting_on) % 7)
    return Period(start, start + timedelta(days=7))


def broadcast_month(day: date) -> Period:
    """The whole Monday weeks that end on the last Sunday of a calendar month (CT-CYC-05).

    A day belongs to the month of the Sunday that closes its week, so each month begins in the week that holds its 1st:
    broadcast January 2026 runs from 29 December 2025 to 25 January 2026.
    """
    sunday = week(day).last_on
    return Period(week(first_of_month(sunday)).start_on, week(first_of_month(sunday, 1)).start_on)
