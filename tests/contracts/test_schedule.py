"""Units per day, skip weeks, spots per week, off-air occurrences: the catalogue's examples."""

from datetime import date
from decimal import Decimal

import pytest

from services.contracts.domain.line import Line, SpotTerms, line_faults, summary
from services.contracts.domain.schedule import (
    DailySchedule,
    Frequency,
    Schedule,
    WeeklySchedule,
    repeated,
    spots_per_week,
    units_per_day,
)
from shared.kernel.errors import Invalid
from shared.kernel.period import Period, Weekday

WORKDAYS = frozenset({Weekday(day) for day in range(5)})


def flight(first: str, last: str) -> Period:
    return Period.inclusive(date.fromisoformat(first), date.fromisoformat(last))


def spots(flight: Period, schedule: Schedule, rate: int, **terms: object) -> Line:
    window = {"avail_type": "A", "start_minute": 360, "end_minute": 600, "length_seconds": 30, **terms}
    return Line(1, flight, rate, SpotTerms(schedule=schedule, **window))  # type: ignore[arg-type]


@pytest.mark.rule("CT-LIN-09", "CT-LIN-14", "CT-LIN-15", "CT-LIN-05")
@pytest.mark.parametrize(
    ("flown", "schedule", "rate", "quantity", "total"),
    [
        (("2026-03-04", "2026-03-31"), WeeklySchedule((2, 2, 2, 2, 2, 1, 0)), 4500, 44, 198000),
        (("2026-04-09", "2026-05-17"), WeeklySchedule((3, 0, 3, 0, 2, 0, 0), 1), 6250, 18, 112500),
        (("2026-04-09", "2026-05-17"), WeeklySchedule((3, 0, 3, 0, 2, 0, 0)), 6250, 42, 262500),
        (("2026-07-01", "2026-08-31"), WeeklySchedule((1, 1, 1, 1, 1, 0, 0), 2), 3875, 14, 54250),
        (("2026-09-07", "2026-10-04"), spots_per_week(17, WORKDAYS), 2900, 68, 197200),
        (("2026-09-09", "2026-10-04"), spots_per_week(17, WORKDAYS), 2900, 60, 174000),
        (("2026-01-12", "2026-02-15"), WeeklySchedule((2, 2, 2, 2, 2, 1, 0)), 5500, 55, 302500),
        (("2026-03-04", "2026-03-04"), WeeklySchedule((0, 0, 1, 0, 0, 0, 0)), 100, 1, 100),
    ],
)
def test_the_examples_of_the_catalogue(
    flown: tuple[str, str], schedule: Schedule, rate: int, quantity: int, total: int
) -> None:
    line = spots(flight(*flown), schedule, rate)
    assert (line.quantity, line.total) == (quantity, total)


@pytest.mark.rule("CT-LIN-12")
def test_skipping_starts_with_the_week_that_holds_the_start_date_even_if_partial() -> None:
    days = units_per_day(flight("2026-04-09", "2026-05-17"), WeeklySchedule((3, 0, 3, 0, 2, 0, 0), 1))
    assert {day.isoformat(): count for day, count in days.items()} == {
        "2026-04-10": 2,
        "2026-04-20": 3,
        "2026-04-22": 3,
        "2026-04-24": 2,
        "2026-05-04": 3,
        "2026-05-06": 3,
        "2026-05-08": 2,
    }
    third = units_per_day(flight("2026-07-01", "2026-08-31"), WeeklySchedule((1, 1, 1, 1, 1, 0, 0), 2))
    weeks: dict[int, int] = {}
    for day, count in third.items():
        weeks[day.isocalendar().week] = weeks.get(day.isocalendar().week, 0) + count
    assert weeks == {27: 3, 30: 5, 33: 5, 36: 1}


@pytest.mark.rule("CT-LIN-21")
def test_skip_weeks_in_words() -> None:
    assert [repeated(weeks) for weeks in (0, 1, 2)] == ["every week", "every 2 weeks", "every 3 weeks"]


@pytest.mark.rule("CT-LIN-11")
@pytest.mark.parametrize(
    ("number", "days", "counts"),
    [
        (17, range(5), (4, 4, 3, 3, 3, 0, 0)),
        (5, (0, 2, 4, 5, 6), (1, 0, 1, 0, 1, 1, 1)),
        (2, range(5), (1, 1, 0, 0, 0, 0, 0)),
    ],
)
def test_spots_per_week_are_spread_evenly_leftovers_first(
    number: int, days: tuple[int, ...], counts: tuple[int, ...]
) -> None:
    assert spots_per_week(number, frozenset(Weekday(day) for day in days)).counts == counts


@pytest.mark.rule("CT-LIN-10")
def test_daily_counts_stay_inside_the_flight() -> None:
    inside = DailySchedule({date(2026, 5, 4): 2, date(2026, 5, 9): 0, date(2026, 5, 6): 1})
    assert units_per_day(flight("2026-05-04", "2026-05-10"), inside) == {date(2026, 5, 4): 2, date(2026, 5, 6): 1}
    with pytest.raises(Invalid, match="date_outside_flight"):
        units_per_day(flight("2026-05-05", "2026-05-10"), inside)


@pytest.mark.rule("CT-LIN-09", "CT-LIN-11", "CT-LIN-12", "CT-LIN-26")
def test_impossible_schedules_are_refused() -> None:
    for counts in ((0,) * 7, (100, 0, 0, 0, 0, 0, 0), (-1, 1, 0, 0, 0, 0, 0), (1,) * 6):
        with pytest.raises(Invalid, match=r"^schedule"):
            WeeklySchedule(counts)
    for weeks in (-1, 53):
        with pytest.raises(Invalid, match="skip_weeks"):
            WeeklySchedule((1,) * 7, weeks)
    with pytest.raises(Invalid, match=r"^schedule"):
        spots_per_week(3, frozenset())
    with pytest.raises(Invalid, match="frequency"):
        Frequency("monthly", month_day=29)


@pytest.mark.rule("CT-LIN-26", "CT-LIN-28", "CT-LIN-33", "CT-LIN-13")
def test_the_summary_of_a_mixed_contract() -> None:
    may = flight("2026-05-04", "2026-05-31")
    lines = [
        spots(may, WeeklySchedule((4, 4, 4, 4, 4, 0, 0)), 4000),
        spots(flight("2026-05-09", "2026-05-31"), WeeklySchedule((0, 0, 0, 0, 0, 6, 6)), 2250),
        spots(may, WeeklySchedule((1,) * 7), 0),
        Line(4, flight("2026-05-04", "2026-05-08"), 7500, Frequency("daily")),
        Line(5, may, 12000, Frequency("weekly")),
        Line(6, flight("2026-05-01", "2026-07-31"), 35000, Frequency("monthly")),
        Line(7, flight("2026-05-04", "2026-05-04"), 150000, Frequency("single")),
    ]
    assert [(line.quantity, line.total) for line in lines] == [
        (80, 320000),
        (48, 108000),
        (28, 0),
        (5, 37500),
        (4, 48000),
        (3, 105000),
        (1, 150000),
    ]
    assert summary(lines) == (169, 768500)


@pytest.mark.rule("CT-LIN-26")
def test_a_weekly_line_may_use_another_weekday_and_a_monthly_one_another_day() -> None:
    span = flight("2026-05-04", "2026-06-02")
    thursdays = Line(1, span, 1, Frequency("weekly", weekday=Weekday.THURSDAY))
    firsts = Line(1, span, 1, Frequency("monthly", month_day=1))
    assert [day.isoformat() for day in thursdays.ordered] == ["2026-05-07", "2026-05-14", "2026-05-21", "2026-05-28"]
    assert [day.isoformat() for day in firsts.ordered] == ["2026-06-01"]


@pytest.mark.rule("CT-LIN-04", "CT-LIN-06", "CT-LIN-07", "CT-LIN-08", "CT-LIN-13", "CT-LIN-17", "CT-LIN-20")
@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"avail_type": ""}, "avail_type_required"),
        ({"start_minute": 600, "end_minute": 600}, "time_order"),
        ({"start_minute": 1320, "end_minute": 60}, "time_order"),
        ({"length_seconds": 0}, "length"),
        ({"length_seconds": 3601}, "length"),
        ({"placement": 0}, "placement"),
        ({"placement": 11}, "placement"),
        ({"end_minute": 1440}, None),
    ],
)
def test_a_spot_line_is_checked_on_its_own(terms: dict[str, object], code: str | None) -> None:
    line = spots(flight("2026-05-04", "2026-05-31"), WeeklySchedule((1,) * 7), 100, **terms)
    found = line_faults(line, "/lines/0", today=date(2026, 5, 4))
    assert [fault.code for fault in found] == ([code] if code else [])


@pytest.mark.rule("CT-LIN-06", "CT-LIN-13", "CT-LIN-17")
def test_back_dating_needs_the_override_and_every_fault_is_listed() -> None:
    line = Line(1, flight("2026-01-20", "2026-01-20"), -1, Frequency("single"), "x" * 501)
    late = date(2026, 2, 6)
    assert [fault.code for fault in line_faults(line, "/lines/0", today=late)] == [
        "start_in_past",
        "rate",
        "comment_length",
    ]
    assert "start_in_past" not in [one.code for one in line_faults(line, "", today=late, override_start=True)]
    assert Decimal(line.rate) < 0
