"""Periods: months of both calendars and weeks, and what two periods share."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.period import Period, Weekday, broadcast_month, calendar_month, first_of_month, week

_days = st.dates(date(1990, 2, 1), date(2199, 11, 30))
# The table of contracts.md section 2.4: first day, last day, weeks.
_BROADCAST = {
    2026: (
        "2025-12-29 2026-01-25 4", "2026-01-26 2026-02-22 4", "2026-02-23 2026-03-29 5", "2026-03-30 2026-04-26 4",
        "2026-04-27 2026-05-31 5", "2026-06-01 2026-06-28 4", "2026-06-29 2026-07-26 4", "2026-07-27 2026-08-30 5",
        "2026-08-31 2026-09-27 4", "2026-09-28 2026-10-25 4", "2026-10-26 2026-11-29 5", "2026-11-30 2026-12-27 4",
    ),
    2027: (
        "2026-12-28 2027-01-31 5", "2027-02-01 2027-02-28 4", "2027-03-01 2027-03-28 4", "2027-03-29 2027-04-25 4",
        "2027-04-26 2027-05-30 5", "2027-05-31 2027-06-27 4", "2027-06-28 2027-07-25 4", "2027-07-26 2027-08-29 5",
        "2027-08-30 2027-09-26 4", "2027-09-27 2027-10-31 5", "2027-11-01 2027-11-28 4", "2027-11-29 2027-12-26 4",
    ),
}  # fmt: skip


@pytest.mark.rule("CT-CYC-05")
@pytest.mark.parametrize(
    ("year", "month", "row"),
    [(year, month, row) for year, rows in _BROADCAST.items() for month, row in enumerate(rows, 1)],
)
def test_the_broadcast_calendar_is_that_of_the_catalogue(year: int, month: int, row: str) -> None:
    first, last, weeks = row.split()
    found = broadcast_month(date(year, month, 15))
    assert (found.start_on.isoformat(), found.last_on.isoformat()) == (first, last)
    assert found.day_count == 7 * int(weeks)


@pytest.mark.rule("CT-CYC-05")
@given(_days)
def test_broadcast_months_follow_each_other_without_gap(day: date) -> None:
    month = broadcast_month(day)
    assert day in month
    assert month.start_on.weekday() == Weekday.MONDAY
    assert broadcast_month(month.end_on).start_on == month.end_on
    assert month.last_on.month == (month.end_on - timedelta(days=1)).month


@given(_days, st.sampled_from(Weekday))
def test_a_week_holds_its_day_and_begins_on_the_day_asked_for(day: date, start: Weekday) -> None:
    found = week(day, start)
    assert day in found
    assert (found.start_on.weekday(), found.day_count) == (start, 7)


@given(_days, st.integers(-1200, 1200))
def test_months_are_counted_over_years(day: date, months: int) -> None:
    found = first_of_month(date(2095, day.month, 1), months)
    assert (found.year * 12 + found.month) - (2095 * 12 + day.month) == months


def test_a_calendar_month_ends_on_its_last_day() -> None:
    assert calendar_month(date(2024, 2, 10)).last_on == date(2024, 2, 29)


@given(_days, st.integers(1, 400), _days, st.integers(1, 400))
def test_what_two_periods_share_lies_in_both(one: date, length: int, other: date, other_length: int) -> None:
    first = Period(one, one + timedelta(days=length))
    second = Period(other, other + timedelta(days=other_length))
    shared = first.overlap(second)
    expected = [day for day in first.days() if day in second]
    assert (list(shared.days()) if shared else []) == expected


def test_an_empty_period_is_none() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        Period.inclusive(date(2026, 1, 2), date(2026, 1, 1))
