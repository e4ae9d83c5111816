"""Which open invoices a contract should have, what they wait for, and when they are complete."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from services.invoicing.domain.cycle import Cycle
from services.invoicing.domain.gathering import Executed, OpenInvoice, Slot, open_invoices
from services.invoicing.domain.standing import Items, Log, OrderedLine, Standing
from shared.kernel.period import Period
from tests.invoicing.builders import minor, named
from tests.invoicing.radio import FEBRUARY, FLIGHT, JANUARY, PER_WEEKDAY, february, january

KAAA, KBBB = named("KAAA"), named("KBBB")
RATE = minor("55.00")
ORDERED = {day: PER_WEEKDAY[day.weekday()] for day in FLIGHT.days() if PER_WEEKDAY[day.weekday()]}
WHOLE = (FLIGHT.start_on, FLIGHT.last_on)


def line(number: int = 1, ordered: dict[date, int] = ORDERED, rate: str = "55.00", **changes: object) -> OrderedLine:
    total = int(sum(ordered.values()) * Decimal(rate) * 100)
    flight = FLIGHT if ordered is ORDERED else Period.inclusive(min(ordered), max(ordered))
    built = OrderedLine(named(f"line {number}"), number, "spots", KAAA, flight, ordered, total, None, is_billed=False)
    return built._replace(**changes)


def days(first: date, last: date) -> list[date]:
    return list(Period.inclusive(first, last).days())


def logs(first: date, last: date, *, station: object = KAAA, reconciled: bool = True) -> list[Log]:
    return [Log(station, day, reconciled) for day in days(first, last)]


def aired(
    on: Iterable[date], *, status: str = "aired", less: dict[date, int] | None = None, station: object = KAAA
) -> list[Items]:
    counts = {day: ORDERED.get(day, 0) - (less or {}).get(day, 0) for day in on}
    return [Items(station, "spot", day, status, False, count, count * RATE) for day, count in counts.items() if count]


def units(day: date, status: str, count: int = 1) -> Items:
    return Items(KAAA, "spot", day, status, is_billed=False, item_count=count, gross_amount=count * RATE)


def standing(cycle: Cycle = Cycle.CALENDAR, **known: object) -> Standing:
    return Standing(**{"cycle": cycle, "lines": [line()], "logs": [], "items": []} | known)


def seen(found: list[OpenInvoice]) -> list[tuple[object, ...]]:
    return [
        (one.state, one.variant, one.period.start_on, one.period.last_on, one.executed.item_count,
         one.executed.gross_amount)
        for one in found
    ]  # fmt: skip


def week(start: date) -> tuple[date, date]:
    return start, start + timedelta(days=6)


ALL_AIRED = {"logs": logs(january(12), february(15)), "items": aired(ORDERED)}


@pytest.mark.rule("CT-CYC-02", "CT-CYC-03", "CT-CYC-04", "CT-CYC-05", "CT-CYC-06", "CT-CYC-07", "CT-CYC-12")
@pytest.mark.parametrize(
    ("cycle", "expected"),
    [
        (Cycle.CALENDAR, [(*JANUARY, 33, "1815.00"), (*FEBRUARY, 22, "1210.00")]),
        (
            Cycle.BROADCAST,
            [
                (date(2025, 12, 29), january(25), 22, "1210.00"),
                (january(26), february(22), 33, "1815.00"),
            ],
        ),
        (
            Cycle.WEEKLY,
            [(*week(january(12) + timedelta(weeks=number)), 11, "605.00") for number in range(5)],
        ),
        (Cycle.END_OF_SCHEDULE, [(*WHOLE, 55, "3025.00")]),
        (Cycle.NONE, []),
    ],
)
def test_one_contract_under_each_cycle_as_in_ex_ct_06(
    cycle: Cycle, expected: list[tuple[date, date, int, str]]
) -> None:
    found = seen(open_invoices(standing(cycle, **ALL_AIRED), set()))
    assert found == [("pending", "normal", first, last, count, minor(gross)) for first, last, count, gross in expected]


@pytest.mark.rule("CT-CYC-13")
def test_approval_opens_every_period_ahead() -> None:
    assert seen(open_invoices(standing(), set())) == [
        ("gathering", "normal", *JANUARY, 0, 0),
        ("gathering", "normal", *FEBRUARY, 0, 0),
    ]


@pytest.mark.rule("CT-CYC-07", "CT-CYC-15", "CT-CYC-12")
def test_end_of_schedule_waits_for_a_missed_unit_as_in_ex_ct_07() -> None:
    ran = {"logs": logs(january(12), february(15)), "items": aired(ORDERED, less={february(14): 1})}
    missed = standing(Cycle.END_OF_SCHEDULE, **{**ran, "items": [*ran["items"], units(february(14), "missed")]})
    assert seen(open_invoices(missed, set())) == [("gathering", "normal", *WHOLE, 54, minor("2970.00"))]
    (waiting,) = missed.waiting(FLIGHT)
    assert (waiting.reason, waiting.on, waiting.item_count) == ("unit_missed", february(14), 1)
    # (a) it airs as a makegood on the 18th
    made_good = standing(Cycle.END_OF_SCHEDULE, **{**ran, "items": [*ran["items"], units(february(18), "aired")]})
    assert seen(open_invoices(made_good, set())) == [
        ("pending", "normal", january(12), february(18), 55, minor("3025.00"))
    ]
    # (b) it is trashed
    trashed = standing(Cycle.END_OF_SCHEDULE, **{**ran, "items": [*ran["items"], units(february(14), "trashed")]})
    assert seen(open_invoices(trashed, set())) == [("pending", "normal", *WHOLE, 54, minor("2970.00"))]


@pytest.mark.rule("CT-CYC-07")
def test_end_of_schedule_waits_for_a_unit_nobody_has_told_of() -> None:
    ran = standing(
        Cycle.END_OF_SCHEDULE, logs=logs(january(12), february(15)), items=aired(ORDERED, less={january(30): 1})
    )
    assert [one.reason for one in ran.waiting(FLIGHT)] == ["unit_scheduled"]


@pytest.mark.rule("CT-CYC-15")
def test_a_month_is_pending_with_its_last_log_and_missed_units_do_not_hold_it_back() -> None:
    items = [*aired(days(january(12), january(30)), less={january(30): 1}), units(january(30), "missed")]
    before = standing(logs=logs(january(12), january(30)), items=items)
    (january_,) = [one for one in open_invoices(before, set()) if one.period.start_on == january(1)]
    assert january_.state == "gathering"
    assert [(one.reason, one.on, one.item_count) for one in before.waiting(january_.period)] == [
        ("log_not_reconciled", january(31), 1)
    ]
    after = standing(logs=logs(january(12), january(31)), items=[*items, *aired([january(31)])])
    assert seen(open_invoices(after, set())) == [
        ("pending", "normal", *JANUARY, 32, minor("1760.00")),
        ("gathering", "normal", *FEBRUARY, 0, 0),
    ]


@pytest.mark.rule("CT-CYC-15")
def test_a_log_without_units_of_the_contract_holds_its_period_up_too() -> None:
    """Sunday the 18th closes the week: a makegood may still run there."""
    to_saturday = logs(january(12), january(17))
    first = Period.inclusive(january(12), january(18))
    items = aired(days(january(12), january(17)))
    unheard = standing(Cycle.WEEKLY, logs=to_saturday, items=items)
    assert [one.on for one in unheard.waiting(first)] == [january(18)]
    locked = standing(Cycle.WEEKLY, logs=[*to_saturday, Log(KAAA, january(18), is_reconciled=False)], items=items)
    assert [one.on for one in locked.waiting(first)] == [january(18)]
    done = standing(Cycle.WEEKLY, logs=[*to_saturday, Log(KAAA, january(18), is_reconciled=True)], items=items)
    assert done.waiting(first) == []
    # With a later log closed, one of the 18th that was never told of does not exist: logs lock in date order.
    skipped = standing(Cycle.WEEKLY, logs=[*to_saturday, Log(KAAA, january(19), is_reconciled=False)], items=items)
    assert skipped.waiting(first) == []


@pytest.mark.rule("CT-CYC-15")
def test_the_last_period_needs_logs_only_to_the_last_ordered_date() -> None:
    """Another unit is still to come elsewhere, so that the contract is not over."""
    missed = units(january(12), "missed")
    ran = standing(logs=logs(january(12), february(14)), items=[*aired(ORDERED, less={january(12): 1}), missed])
    assert [one.state for one in open_invoices(ran, set())] == ["pending", "pending"]


@pytest.mark.rule("CT-CYC-15", "CT-LIN-27")
def test_a_month_waits_for_its_occurrences_but_an_off_air_station_for_no_log() -> None:
    off_air = line(2, {january(24): 1, february(24): 1}, kind="off_air", station_id=KBBB)
    only = standing(lines=[off_air])
    assert [(one.reason, one.on) for one in only.waiting(Period.inclusive(*JANUARY))] == [
        ("occurrence_not_due", january(24))
    ]
    due = Items(KBBB, "off_air", january(24), "due", is_billed=False, item_count=1, gross_amount=RATE)
    assert seen(open_invoices(standing(lines=[off_air], items=[due]), set())) == [
        ("pending", "normal", *JANUARY, 1, RATE),
        ("gathering", "normal", *FEBRUARY, 0, 0),
    ]


@pytest.mark.rule("CT-CYC-01", "CT-CYC-18")
def test_a_unit_bills_where_it_ran_as_in_ex_ct_18() -> None:
    reconciled = logs(january(12), february(15))
    held = aired(ORDERED, less={january(30): 1})
    good = standing(logs=reconciled, items=[*held, units(february(2), "aired")])
    assert [one[4:] for one in seen(open_invoices(good, set()))] == [(32, minor("1760.00")), (23, minor("1265.00"))]
    gone = standing(logs=reconciled, items=[*held, units(january(30), "trashed")])
    assert [one[4:] for one in seen(open_invoices(gone, set()))] == [(32, minor("1760.00")), (22, minor("1210.00"))]


@pytest.mark.rule("CT-CYC-13")
def test_a_makegood_opens_the_period_it_airs_in() -> None:
    items = [*aired(ORDERED, less={february(14): 1}), units(date(2026, 3, 2), "aired")]
    late = standing(logs=logs(january(12), february(15)), items=items)
    assert seen(open_invoices(late, set()))[-1] == ("pending", "normal", date(2026, 3, 1), date(2026, 3, 31), 1, RATE)


@pytest.mark.rule("CT-CYC-14")
def test_a_period_left_without_items_has_no_invoice_once_the_contract_is_over() -> None:
    held = aired(days(january(12), january(31)))
    trashed = aired(days(february(1), february(15)), status="trashed")
    assert seen(open_invoices(standing(items=[*held, *trashed]), set())) == [
        ("pending", "normal", *JANUARY, 33, minor("1815.00"))
    ]


@pytest.mark.rule("CT-CYC-17")
def test_a_late_item_in_an_issued_period_is_supplementary_as_in_ex_ct_24() -> None:
    banner = line(2, {january(20): 1}, "150.00", kind="off_air")
    billed = [one._replace(is_billed=True) for one in aired(days(january(12), january(31)))]
    due = Items(KAAA, "off_air", january(20), "due", is_billed=False, item_count=1, gross_amount=minor("150.00"))
    late = standing(lines=[line(), banner], logs=logs(january(12), february(5)), items=[*billed, due])
    issued = {Slot(Period.inclusive(*JANUARY))}
    assert seen(open_invoices(late, issued))[0] == ("pending", "supplementary", *JANUARY, 1, minor("150.00"))
    without = standing(logs=logs(january(12), february(5)), items=billed)
    assert [one.period.start_on for one in open_invoices(without, issued)] == [february(1)]


@pytest.mark.rule("CT-CYC-17", "CT-CYC-07", "CT-CYC-12")
def test_a_late_item_of_end_of_schedule_has_the_period_of_the_issued_invoice() -> None:
    made_good = Slot(Period.inclusive(january(12), february(18)))
    banner = line(2, {january(20): 1}, "150.00", kind="off_air")
    due = Items(KAAA, "off_air", january(20), "due", is_billed=False, item_count=1, gross_amount=minor("150.00"))
    late = standing(Cycle.END_OF_SCHEDULE, **{**ALL_AIRED, "lines": [line(), banner], "items": [due]})
    (found,) = open_invoices(late, {made_good})
    assert (found.variant, found.period) == ("supplementary", made_good.period)


@pytest.mark.rule("CT-CYC-17", "CT-CYC-20")
def test_a_late_item_is_supplementary_though_the_contract_was_split_by_station_since() -> None:
    billed = [one._replace(is_billed=True) for one in aired(days(january(12), january(31)))]
    banner = line(2, {january(20): 1}, "150.00", kind="off_air", station_id=KBBB)
    due = Items(KBBB, "off_air", january(20), "due", is_billed=False, item_count=1, gross_amount=minor("150.00"))
    late = standing(lines=[line(), banner], logs=logs(january(12), february(5)), items=[*billed, due])
    whole = {Slot(Period.inclusive(*JANUARY))}
    found = [one for one in open_invoices(late, whole, by_station=True) if one.period.start_on == january(1)]
    assert [(one.variant, one.slot.station_id) for one in found] == [("supplementary", KBBB)]


@pytest.mark.rule("CT-CYC-08", "CT-CYC-09", "CT-CYC-12")
def test_begin_of_schedule_bills_up_front_and_lists_at_zero_as_in_ex_ct_08() -> None:
    at_approval = open_invoices(standing(Cycle.BEGIN_OF_SCHEDULE), set())
    assert seen(at_approval) == [
        ("pending", "upfront", *WHOLE, 1, minor("3025.00")),
        ("gathering", "zero", *JANUARY, 0, 0),
        ("gathering", "zero", *FEBRUARY, 0, 0),
    ]
    ran = standing(Cycle.BEGIN_OF_SCHEDULE, **{**ALL_AIRED, "lines": [line(is_billed=True)]})
    assert seen(open_invoices(ran, {at_approval[0].slot})) == [
        ("pending", "zero", *JANUARY, 33, 0),
        ("pending", "zero", *FEBRUARY, 22, 0),
    ]


@pytest.mark.rule("CT-CYC-08")
def test_a_total_of_zero_makes_no_upfront_invoice() -> None:
    bonus = standing(Cycle.BEGIN_OF_SCHEDULE, lines=[line(rate="0.00")])
    assert {one.variant for one in open_invoices(bonus, set())} == {"zero"}


@pytest.mark.rule("CT-CYC-10", "CT-LIF-24")
def test_two_approvals_that_are_not_billed_yet_have_an_upfront_invoice_each() -> None:
    first, later = (datetime(2026, 1, day, tzinfo=UTC) for day in (9, 20))
    lines = [line(approved_at=first), line(2, {february(20): 4}, "100.00", approved_at=later)]
    found = open_invoices(standing(Cycle.BEGIN_OF_SCHEDULE, lines=lines), set())
    assert [(one.period.last_on, one.executed.gross_amount) for one in found if one.variant == "upfront"] == [
        (february(15), minor("3025.00")),
        (february(20), minor("400.00")),
    ]


@pytest.mark.rule("CT-CYC-10")
def test_lines_approved_later_have_an_upfront_invoice_of_their_own() -> None:
    more = line(2, {february(20): 4}, "100.00")
    added = standing(Cycle.BEGIN_OF_SCHEDULE, lines=[line(is_billed=True), more])
    assert seen(open_invoices(added, {Slot(FLIGHT, None, is_upfront=True)}))[0] == (
        "pending", "upfront", february(20), february(20), 1, minor("400.00"),
    )  # fmt: skip


@pytest.mark.rule("CT-CYC-09", "CT-CYC-15")
def test_off_air_occurrences_of_begin_of_schedule_are_listed_and_awaited_too() -> None:
    banner = line(2, {january(24): 1}, "150.00", kind="off_air", is_billed=True)
    only = standing(Cycle.BEGIN_OF_SCHEDULE, lines=[banner])
    assert seen(open_invoices(only, set())) == [("gathering", "zero", *JANUARY, 0, 0)]
    due = Items(KAAA, "off_air", january(24), "due", is_billed=False, item_count=1, gross_amount=minor("150.00"))
    assert seen(open_invoices(standing(Cycle.BEGIN_OF_SCHEDULE, lines=[banner], items=[due]), set())) == [
        ("pending", "zero", *JANUARY, 1, 0)
    ]


@pytest.mark.rule("CT-CYC-20")
def test_a_split_contract_has_its_invoices_per_station() -> None:
    both = standing(
        lines=[line(), line(2, station_id=KBBB)], logs=logs(january(12), february(15)), items=aired(ORDERED)
    )
    together = open_invoices(both, set())
    assert [(one.slot.station_id, one.state, one.executed) for one in together] == [
        (None, "gathering", Executed(33, 33 * RATE)),
        (None, "gathering", Executed(22, 22 * RATE)),
    ]
    apart = open_invoices(both, set(), by_station=True)
    assert {(one.slot.station_id, one.period.start_on, one.state, one.executed.item_count) for one in apart} == {
        (KAAA, january(1), "pending", 33),
        (KAAA, february(1), "pending", 22),
        (KBBB, january(1), "gathering", 0),
        (KBBB, february(1), "gathering", 0),
    }
