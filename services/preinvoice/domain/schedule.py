"""Schedules of generations and billing runs: when their next time is (PI-GEN-20, PI-RUN-17)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.kernel.errors import Fault
from shared.kernel.period import calendar_month

Every = Literal["day", "week", "month"]
ScheduleKind = Literal["draft_generation", "billing_run"]
_DAY, _MINUTES_OF_DAY = timedelta(days=1), 24 * 60


@dataclass(frozen=True, slots=True)
class Times:
    """When a schedule falls due, in the legal entity's time zone; a month too short for the day takes its last one."""

    every: Every
    at_minute: int
    weekday: int | None = None
    day_of_month: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is generated or billed each time, beside the legal entity.

    Campaigns that run, or drafts planned, from so many days before to so many days after the day itself; None is open.
    """

    client_ids: Sequence[UUID] = ()
    campaign_ids: Sequence[UUID] = ()
    payment_intervals: Sequence[str] = ()
    payment_starts: Sequence[str] = ()
    due_at: Sequence[str] = ()
    days_before: int | None = None
    days_after: int | None = 0
    zero_invoices: bool = False
    documents: bool = True

    def days_around(self, today: date) -> tuple[date | None, date | None]:
        """First and last day meant, each None where it is open."""
        first = None if self.days_before is None else today - timedelta(days=self.days_before)
        return first, None if self.days_after is None else today + timedelta(days=self.days_after)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule as stored; `last_…` is what came of its latest time."""

    id: UUID
    version: int
    kind: ScheduleKind
    legal_entity_id: UUID
    times: Times
    wanted: Wanted
    active: bool
    next_at: datetime
    created_by: str
    last_at: datetime | None = None
    last_outcome: Literal["queued", "failed"] | None = None
    last_code: str = ""
    last_message: str = ""
    last_job_id: UUID | None = None


def times_faults(times: Times) -> list[Fault]:
    """What makes a schedule invalid: `pi_e_25` each."""
    return [Fault(f"/{name}", "pi_e_25", f"{name}: {reason}.", field=name) for name, reason in _wrong(times)]


def next_time(times: Times, after: datetime, time_zone: str) -> datetime:
    """The first time after a moment: however many were missed, the next one is all that is left (PI-RUN-17)."""
    zone = ZoneInfo(time_zone)
    day = after.astimezone(zone).date()
    while True:
        if _falls_on(times, day):
            at = datetime.combine(day, time(times.at_minute // 60, times.at_minute % 60), zone).astimezone(UTC)
            if at > after:
                return at
        day += _DAY


def _falls_on(times: Times, day: date) -> bool:
    if times.every == "week":
        return day.weekday() == times.weekday
    if times.every == "month":
        return day.day == min(times.day_of_month or 1, calendar_month(day).last_on.day)
    return True


def _wrong(times: Times) -> Iterator[tuple[str, str]]:
    if times.at_minute >= _MINUTES_OF_DAY:
        yield "at", "the day ends before 24:00"
    if times.every == "week" and times.weekday is None:
        yield "weekday", "a weekly schedule needs its weekday"
    if times.every == "month" and times.day_of_month is None:
        yield "day_of_month", "a monthly schedule needs its day"
    if times.every != "week" and times.weekday is not None:
        yield "weekday", "only a weekly schedule has a weekday"
    if times.every != "month" and times.day_of_month is not None:
        yield "day_of_month", "only a monthly schedule has a day of the month"
