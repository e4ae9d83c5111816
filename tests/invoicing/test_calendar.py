"""Periods, comment tokens and due dates."""

from datetime import date, timedelta

import pytest

from services.invoicing.domain.comment import with_months
from services.invoicing.domain.cycle import Cycle, billing_period, periods_of
from services.invoicing.domain.due_date import draft_invoice_on, due_on
from shared.kernel.errors import Invalid
from shared.kernel.period import Period

FLIGHT = Period.inclusive(date(2026, 1, 12), date(2026, 2, 15))
PER_WEEKDAY = (2, 2, 2, 2, 2, 1, 0)
UNITS = [day for day in FLIGHT.days() for _ in range(PER_WEEKDAY[day.weekday()])]


def week_of(month: int, day: int) -> tuple[date, date, int]:
    start = date(2026, month, day)
    return start, start + timedelta(days=6), 11


@pytest.mark.rule("CT-CYC-02", "CT-CYC-03", "CT-CYC-04", "CT-CYC-05", "CT-CYC-06", "CT-CYC-12")
@pytest.mark.parametrize(
    ("cycle", "expected"),
    [
        (Cycle.CALENDAR, [(date(2026, 1, 1), date(2026, 1, 31), 33), (date(2026, 2, 1), date(2026, 2, 28), 22)]),
        (Cycle.BROADCAST, [(date(2025, 12, 29), date(2026, 1, 25), 22), (date(2026, 1, 26), date(2026, 2, 22), 33)]),
        (Cycle.WEEKLY, [week_of(1, 12), week_of(1, 19), week_of(1, 26), week_of(2, 2), week_of(2, 9)]),
        (Cycle.END_OF_SCHEDULE, [(date(2026, 1, 12), date(2026, 2, 15), 55)]),
        (Cycle.NONE, []),
        (
            Cycle.BEGIN_OF_SCHEDULE,
            [(date(2026, 1, 1), date(2026, 1, 31), 33), (date(2026, 2, 1), date(2026, 2, 28), 22)],
        ),
    ],
)
def test_one_contract_under_each_cycle_as_in_ex_ct_06(cycle: Cycle, expected: list[tuple[date, date, int]]) -> None:
    assert len(UNITS) == 55
    periods = periods_of(cycle, UNITS, FLIGHT)
    assert [(period.start_on, period.last_on, sum(day in period for day in UNITS)) for period in periods] == expected


@pytest.mark.rule("CT-CYC-12")
def test_end_of_schedule_stretches_to_a_later_makegood() -> None:
    period = billing_period(Cycle.END_OF_SCHEDULE, date(2026, 2, 18), FLIGHT)
    assert period == Period.inclusive(date(2026, 1, 12), date(2026, 2, 18))


@pytest.mark.rule("CT-CYC-14")
def test_a_period_without_ordered_items_opens_nothing() -> None:
    days = [date(2026, 1, 5), date(2026, 3, 5)]
    flight = Period.inclusive(days[0], days[1])
    assert [period.start_on.month for period in periods_of(Cycle.CALENDAR, days, flight)] == [1, 3]


@pytest.mark.rule("CT-COM-02", "CT-COM-03", "CT-COM-04")
@pytest.mark.parametrize(
    ("cycle", "holds", "end_on", "months"),
    [
        (Cycle.CALENDAR, date(2026, 11, 9), date(2026, 11, 30), ("November", "October", "December")),
        (Cycle.CALENDAR, date(2026, 12, 1), date(2026, 12, 31), ("December", "November", "January")),
        (Cycle.BROADCAST, date(2026, 12, 1), date(2026, 12, 27), ("December", "November", "January")),
        (Cycle.WEEKLY, date(2026, 12, 21), date(2026, 12, 27), ("December", "November", "January")),
        (Cycle.WEEKLY, date(2026, 12, 28), date(2027, 1, 3), ("January", "December", "February")),
        (Cycle.WEEKLY, date(2025, 12, 29), date(2026, 1, 4), ("January", "December", "February")),
        (Cycle.CALENDAR, date(2026, 3, 31), date(2026, 3, 31), ("March", "February", "April")),
    ],
)
def test_tokens_over_a_year_end_as_in_ex_ct_16(
    cycle: Cycle, holds: date, end_on: date, months: tuple[str, str, str]
) -> None:
    comment = "Service for <month>; thanks for <priormonth>; see you in <nextmonth>"
    month, prior, following = months
    period = billing_period(cycle, holds, Period.inclusive(holds, holds))
    assert period is not None
    assert period.last_on == end_on
    said = with_months(comment, period.last_on)
    assert said == f"Service for {month}; thanks for {prior}; see you in {following}"


@pytest.mark.rule("CT-COM-07")
def test_an_occurrences_tokens_mean_its_own_date_as_in_ex_ct_16() -> None:
    billed = [date(2026, 11, 24), date(2026, 12, 24), date(2027, 1, 24)]
    assert [with_months("Web banner <month>", day) for day in billed] == [
        "Web banner November", "Web banner December", "Web banner January",
    ]  # fmt: skip


@pytest.mark.rule("CT-COM-05")
def test_tokens_match_in_any_case_and_unknown_ones_stay() -> None:
    assert with_months("<MONTH> <Month> <year> <spotcount>", date(2027, 1, 24)) == "January January <year> <spotcount>"
    assert with_months("<prıormonth> <PRİORMONTH>", date(2027, 1, 24)) == "<prıormonth> <PRİORMONTH>", "no ASCII i"


@pytest.mark.rule("MA-REG-08")
@pytest.mark.parametrize(
    ("invoice_on", "days", "from_month_end", "expected"),
    [
        (date(2024, 5, 14), 20, False, date(2024, 6, 3)),
        (date(2024, 5, 14), 20, True, date(2024, 6, 20)),
        (date(2026, 3, 17), 10, False, date(2026, 3, 27)),
        (date(2026, 3, 17), 10, True, date(2026, 4, 10)),
        (date(2026, 12, 31), 0, True, date(2026, 12, 31)),
    ],
)
def test_due_dates_as_in_ex_22(invoice_on: date, days: int, from_month_end: bool, expected: date) -> None:
    assert due_on(invoice_on, days, from_month_end=from_month_end) == expected


@pytest.mark.rule("PI-INT-10")
def test_negative_payment_days_are_refused() -> None:
    with pytest.raises(Invalid) as refused:
        due_on(date(2026, 1, 1), -1)
    assert refused.value.code == "pi_e_25"


@pytest.mark.rule("PI-INT-09")
def test_the_runs_date_beats_the_drafts_and_that_the_planned_one() -> None:
    given, manual, planned = date(2026, 1, 3), date(2026, 1, 2), date(2026, 1, 1)
    assert draft_invoice_on(given, manual, planned) == given
    assert draft_invoice_on(None, manual, planned) == manual
    assert draft_invoice_on(None, None, planned) == planned
