"""Periods are half-open inside and inclusive at the doors; months and weeks follow the catalogue's calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.period import Period, Weekday, broadcast_month, calendar_month, first_of_month, week

DAYS = st.dates(date(1991, 1, 1), date(2198, 12, 31))
PERIODS = st.builds(lambda start, length: Period(start, start + timedelta(days=length)), DAYS, st.integers(1, 400))

# The broadcast calendar of the catalogue: calendar month, first day, last day, weeks.
BROADCAST_MONTHS = [
    (date(2026, 1, 1), date(2025, 12, 29), date(2026, 1, 25), 4),
    (date(2026, 2, 1), date(2026, 1, 26), date(2026, 2, 22), 4),
    (date(2026, 3, 1), date(2026, 2, 23), date(2026, 3, 29), 5),
    (date(2026, 4, 1), date(2026, 3, 30), date(2026, 4, 26), 4),
    (date(2026, 5, 1), date(2026, 4, 27), date(2026, 5, 31), 5),
    (date(2026, 6, 1), date(2026, 6, 1), date(2026, 6, 28), 4),
    (date(2026, 7, 1), date(2026, 6, 29), date(2026, 7, 26), 4),
    (date(2026, 8, 1), date(2026, 7, 27), date(2026, 8, 30), 5),
    (date(2026, 9, 1), date(2026, 8, 31), date(2026, 9, 27), 4),
    (date(2026, 10, 1), date(2026, 9, 28), date(2026, 10, 25), 4),
    (date(2026, 11, 1), date(2026, 10, 26), date(2026, 11, 29), 5),
    (date(2026, 12, 1), date(2026, 11, 30), date(2026, 12, 27), 4),
    (date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 31), 5),
    (date(2027, 2, 1), date(2027, 2, 1), date(2027, 2, 28), 4),
    (date(2027, 3, 1), date(2027, 3, 1), date(2027, 3, 28), 4),
    (date(2027, 4, 1), date(2027, 3, 29), date(2027, 4, 25), 4),
    (date(2027, 5, 1), date(2027, 4, 26), date(2027, 5, 30), 5),
    (date(2027, 6, 1), date(2027, 5, 31), date(2027, 6, 27), 4),
    (date(2027, 7, 1), date(2027, 6, 28), date(2027, 7, 25), 4),
    (date(2027, 8, 1), date(2027, 7, 26), date(2027, 8, 29), 5),
    (date(2027, 9, 1), date(2027, 8, 30), date(2027, 9, 26), 4),
    (date(2027, 10, 1), date(2027, 9, 27), date(2027, 10, 31), 5),
    (date(2027, 11, 1), date(2027, 11, 1), date(2027, 11, 28), 4),
    (date(2027, 12, 1), date(2027, 11, 29), date(2027, 12, 26), 4),
]


@pytest.mark.rule("CT-CYC-05")
@pytest.mark.parametrize(("month", "first", "last", "weeks"), BROADCAST_MONTHS)
def test_broadcast_calendar_of_the_catalogue(month: date, first: date, last: date, weeks: int) -> None:
    period = Period.inclusive(first, last)
    assert {broadcast_month(day) for day in period.days()} == {period}
    assert period.day_count == 7 * weeks
    assert first_of_month(last) == month


@given(day=DAYS)
@pytest.mark.rule("CT-CYC-05")
def test_a_broadcast_month_ends_on_the_last_sunday_of_its_calendar_month(day: date) -> None:
    period = broadcast_month(day)
    assert day in period
    assert (period.start_on.weekday(), period.last_on.weekday()) == (Weekday.MONDAY, Weekday.SUNDAY)
    assert (period.last_on + timedelta(days=7)).month != period.last_on.month
    assert period.day_count in {28, 35}


@given(day=DAYS)
@pytest.mark.rule("CT-CYC-05")
def test_the_day_after_a_broadcast_month_starts_the_next(day: date) -> None:
    period = broadcast_month(day)
    assert broadcast_month(period.end_on).start_on == period.end_on


@pytest.mark.rule("CT-CYC-05")
@given(year=st.integers(1991, 2198))
def test_a_broadcast_year_has_52_or_53_weeks(year: int) -> None:
    months = [broadcast_month(date(year, month, 15)) for month in range(1, 13)]
    assert sum(month.day_count for month in months) in {52 * 7, 53 * 7}


@given(day=DAYS)
def test_a_calendar_month_has_the_days_of_its_month_and_no_other(day: date) -> None:
    period = calendar_month(day)
    assert day in period
    assert {(each.year, each.month) for each in period.days()} == {(day.year, day.month)}
    assert (period.start_on - timedelta(days=1)).month != day.month != period.end_on.month


@given(day=DAYS, starting_on=st.sampled_from(Weekday))
def test_a_week_has_seven_days_from_its_first_weekday(day: date, starting_on: Weekday) -> None:
    period = week(day, starting_on)
    assert day in period
    assert period.day_count == 7
    assert period.start_on.weekday() == starting_on


@given(day=DAYS, months=st.integers(-11, 11))
def test_months_are_counted_forth_and_back(day: date, months: int) -> None:
    there = first_of_month(day, months)
    assert there.day == 1
    assert first_of_month(there, -months) == first_of_month(day)


@given(one=PERIODS, other=PERIODS)
def test_an_overlap_is_what_both_hold(one: Period, other: Period) -> None:
    both = one.overlap(other)
    assert both == other.overlap(one)
    assert set(both.days() if both else ()) == set(one.days()) & set(other.days())


@given(period=PERIODS)
def test_a_door_states_the_same_period_inclusively(period: Period) -> None:
    assert Period.inclusive(period.start_on, period.last_on) == period
    assert period.last_on in period
    assert period.end_on not in period
    assert len(list(period.days())) == period.day_count


def test_a_period_is_never_empty() -> None:
    day = date(2026, 10, 1)
    assert Period.inclusive(day, day).day_count == 1
    with pytest.raises(ValueError, match="at least one day"):
        Period(day, day)
