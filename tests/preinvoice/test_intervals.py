"""Intervals, accounting dates and planned invoice dates: EX-01, EX-02 and every row of EX-03."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.preinvoice.domain.campaign import PaymentInterval, PaymentStart
from services.preinvoice.domain.distribution import distribute, weigh
from services.preinvoice.domain.intervals import (
    Terms,
    accounting_interval,
    day_counts,
    planned_invoice_on,
    service_interval,
    slices,
)
from shared.kernel.period import Period, Weekday
from tests.preinvoice.builders import day, days, terms
from tests.words import cents

SUMMER = "2019-07-15..2019-10-14"
DECEMBER = "2019-12-01..2019-12-09"
FULL_WEEK = "700.00"

# interval, week starts on, number of drafts, then per printed row: draft no., slice, amount, accounting interval
# before or during, accounting interval after.
EX_03: list[tuple[PaymentInterval, Weekday, int, list[tuple[int, str, str, str, str]]]] = [
    (
        "weekly",
        Weekday.MONDAY,
        14,
        [
            (1, "2019-07-15..2019-07-21", "700.00", "2019-07-15..2019-07-21", "2019-07-22..2019-07-28"),
            (2, "2019-07-22..2019-07-28", "700.00", "2019-07-22..2019-07-28", "2019-07-29..2019-08-04"),
            (13, "2019-10-07..2019-10-13", "700.00", "2019-10-07..2019-10-13", "2019-10-14..2019-10-20"),
            (14, "2019-10-14..2019-10-14", "100.00", "2019-10-14..2019-10-14", "2019-10-15..2019-10-20"),
        ],
    ),
    (
        "weekly",
        Weekday.SUNDAY,
        14,
        [
            (1, "2019-07-15..2019-07-20", "600.00", "2019-07-15..2019-07-20", "2019-07-21..2019-07-27"),
            (2, "2019-07-21..2019-07-27", "700.00", "2019-07-21..2019-07-27", "2019-07-28..2019-08-03"),
            (13, "2019-10-06..2019-10-12", "700.00", "2019-10-06..2019-10-12", "2019-10-13..2019-10-19"),
            (14, "2019-10-13..2019-10-14", "200.00", "2019-10-13..2019-10-14", "2019-10-15..2019-10-19"),
        ],
    ),
    (
        "monthly",
        Weekday.MONDAY,
        4,
        [
            (1, "2019-07-15..2019-07-31", "1700.00", "2019-07-01..2019-07-31", "2019-08-01..2019-08-31"),
            (2, "2019-08-01..2019-08-31", "3100.00", "2019-08-01..2019-08-31", "2019-09-01..2019-09-30"),
            (3, "2019-09-01..2019-09-30", "3000.00", "2019-09-01..2019-09-30", "2019-10-01..2019-10-31"),
            (4, "2019-10-01..2019-10-14", "1400.00", "2019-10-01..2019-10-31", "2019-11-01..2019-11-30"),
        ],
    ),
    (
        "quarterly",
        Weekday.MONDAY,
        2,
        [
            (1, "2019-07-15..2019-09-30", "7800.00", "2019-07-01..2019-09-30", "2019-10-01..2019-10-31"),
            (2, "2019-10-01..2019-10-14", "1400.00", "2019-10-01..2019-10-31", "2019-11-01..2019-11-30"),
        ],
    ),
    ("half_yearly", Weekday.MONDAY, 1, [(1, SUMMER, "9200.00", "2019-07-01..2019-10-31", "2019-11-01..2019-11-30")]),
    ("yearly", Weekday.MONDAY, 1, [(1, SUMMER, "9200.00", "2019-07-01..2019-10-31", "2019-11-01..2019-11-30")]),
    ("total", Weekday.MONDAY, 1, [(1, SUMMER, "9200.00", SUMMER, "2019-10-15..2019-10-31")]),
]


@pytest.mark.rule(
    "PI-INT-01", "PI-INT-02", "PI-INT-03", "PI-INT-04", "PI-INT-05", "PI-INT-06", "PI-DST-04", "PI-DST-06"
)
@pytest.mark.parametrize(("interval", "starting_on", "count", "rows"), EX_03)
def test_every_interval_and_payment_start_of_ex_03(
    interval: PaymentInterval, starting_on: Weekday, count: int, rows: list[tuple[int, str, str, str, str]]
) -> None:
    agreed = terms(SUMMER, interval=interval, start_of_week=starting_on)
    cut = slices(days(SUMMER), agreed)
    shares = distribute(cents("9200.00"), None, weigh([one.days for one in cut], "day_based"), "amount")
    assert len(cut) == count
    for number, expected, amount, during, after in rows:
        part, share = cut[number - 1], shares.amounts[number - 1]
        assert (part.days, share) == (days(expected), cents(amount))
        for start, accounting in (("before_during", during), ("after", after)):
            found = accounting_interval(part.service, agreed, _start(start))
            assert found == days(accounting)
            assert planned_invoice_on(found, "interval_start") == days(accounting).start_on
            assert planned_invoice_on(found, "interval_end") == days(accounting).last_on
    printed = {number for number, *_ in rows}
    for number, share in enumerate(shares.amounts, 1):
        assert number in printed or share == cents(FULL_WEEK)


def _start(text: str) -> PaymentStart:
    return "after" if text == "after" else "before_during"


@pytest.mark.rule("PI-INT-02", "PI-INT-03", "PI-INT-07", "PI-DST-05")
@pytest.mark.parametrize(
    ("starting_on", "expected"),
    [
        (
            Weekday.SUNDAY,
            [("2019-12-01..2019-12-07", "7000.00", "2019-12-01"), ("2019-12-08..2019-12-09", "2000.00", "2019-12-08")],
        ),
        (
            Weekday.MONDAY,
            [
                ("2019-12-01..2019-12-01", "1000.00", "2019-12-01"),
                ("2019-12-02..2019-12-08", "7000.00", "2019-12-02"),
                ("2019-12-09..2019-12-09", "1000.00", "2019-12-09"),
            ],
        ),
        (
            Weekday.SATURDAY,
            [("2019-12-01..2019-12-06", "6000.00", "2019-12-01"), ("2019-12-07..2019-12-09", "3000.00", "2019-12-07")],
        ),
    ],
)
def test_nine_days_by_week_of_ex_01_and_ex_02(starting_on: Weekday, expected: list[tuple[str, str, str]]) -> None:
    agreed = terms(DECEMBER, interval="weekly", start_of_week=starting_on)
    cut = slices(days(DECEMBER), agreed)
    shares = distribute(cents("9000.00"), None, weigh([one.days for one in cut], "day_based"), "amount")
    dated = [accounting_interval(one.service, agreed, "before_during").start_on for one in cut]
    assert [(one.days, share, on) for one, share, on in zip(cut, shares.amounts, dated, strict=True)] == [
        (days(text), cents(amount), day(on)) for text, amount, on in expected
    ]


@pytest.mark.rule("PI-INT-04")
def test_accounting_ends_with_the_campaign_in_ex_01() -> None:
    agreed = terms(DECEMBER, interval="weekly", start_of_week=Weekday.SUNDAY)
    last = slices(days(DECEMBER), agreed)[-1]
    assert accounting_interval(last.service, agreed, "before_during").last_on == day("2019-12-09")


@pytest.mark.rule("PI-INT-05")
def test_weeks_billed_after_of_ex_02() -> None:
    agreed = terms(DECEMBER, interval="weekly", start_of_week=Weekday.SUNDAY)
    found = [accounting_interval(one.service, agreed, "after") for one in slices(days(DECEMBER), agreed)]
    assert found == [days("2019-12-08..2019-12-14"), days("2019-12-10..2019-12-14")]


@pytest.mark.rule("PI-INT-08")
def test_total_due_at_start_is_one_prepaid_slice_dated_at_campaign_start() -> None:
    agreed = terms(SUMMER, interval="total")
    (only,) = slices(days("2019-08-01..2019-08-31"), agreed)
    accounting = accounting_interval(only.service, agreed, "before_during")
    assert only.days == days("2019-08-01..2019-08-31")
    assert planned_invoice_on(accounting, "interval_start") == day("2019-07-15")


@pytest.mark.rule("PI-INT-07")
def test_a_week_is_not_split_at_the_turn_of_the_year() -> None:
    agreed = terms("2019-12-25..2020-01-10", interval="weekly", start_of_week=Weekday.MONDAY)
    assert slices(agreed.billing_period, agreed)[1].days == days("2019-12-30..2020-01-05")


@pytest.mark.rule("PI-INT-13")
def test_the_night_the_clocks_change_has_a_day_like_any_other() -> None:
    agreed = terms("2026-03-28..2026-03-30", interval="monthly")
    (only,) = slices(agreed.billing_period, agreed)
    assert (only.days.day_count, isinstance(only.days.start_on, datetime)) == (3, False)


@pytest.mark.rule("PI-INT-03", "PI-INT-07")
@pytest.mark.parametrize("interval", ["weekly", "monthly", "quarterly", "half_yearly", "yearly", "total"])
def test_slices_cover_each_day_of_the_runtime_once(interval: PaymentInterval) -> None:
    frame = Period(date(2023, 11, 5), date(2025, 2, 3))
    agreed = terms("2023-11-05..2025-02-02", interval=interval, start_of_week=Weekday.WEDNESDAY)
    for offset in range(0, 300, 17):
        runtime = Period(frame.start_on + timedelta(offset), frame.end_on - timedelta(offset // 3))
        cut = slices(runtime, agreed)
        assert [on for part in cut for on in part.days.days()] == list(runtime.days())


@pytest.mark.rule("PI-DST-04", "PI-INT-03", "PI-INT-07")
@given(
    start=st.dates(day("1990-01-01"), day("2190-12-31")),
    length=st.integers(1, 900),
    interval=st.sampled_from(["weekly", "monthly", "quarterly", "half_yearly", "yearly", "total"]),
    starting_on=st.sampled_from(list(Weekday)),
)
def test_slices_are_the_runtime_cut_without_gap_and_day_counts_are_theirs(
    start: date, length: int, interval: PaymentInterval, starting_on: Weekday
) -> None:
    runtime = Period(start, start + timedelta(days=length))
    agreed = Terms(interval, "after", "interval_end", runtime, starting_on)
    cut = slices(runtime, agreed)
    assert (cut[0].days.start_on, cut[-1].days.end_on) == (runtime.start_on, runtime.end_on)
    assert all(one.days.end_on == other.days.start_on for one, other in pairwise(cut))
    assert all(one.service.overlap(one.days) == one.days for one in cut)
    assert all(one.service == service_interval(one.days.start_on, agreed) for one in cut)
    assert day_counts(runtime, agreed) == weigh([one.days for one in cut], "day_based")


@pytest.mark.parametrize("year", [1989, 2200])
def test_the_calendar_ends_where_the_doors_do(year: int) -> None:
    outside = Period(date(year, 6, 1), date(year, 6, 3))
    with pytest.raises(ValueError, match="calendar"):
        slices(outside, Terms("monthly", "after", "interval_end", outside))
