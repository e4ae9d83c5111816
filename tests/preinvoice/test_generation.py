"""Generation: grouping, re-runs and amendments, from EX-13 to EX-19."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.preinvoice.domain.campaign import MediaCampaign
from services.preinvoice.domain.draft import Draft, Manual
from services.preinvoice.domain.generation import Merge
from shared.kernel.ids import derived_id
from shared.kernel.period import Weekday
from tests.preinvoice.builders import (
    ENTITY,
    campaign,
    day,
    generate,
    invoiced,
    item,
    item_id,
    percents,
    stored,
)
from tests.words import cents

EX_01 = campaign(item(1, "2019-12-01..2019-12-09", "9000.00"))


def shown(drafts: list[Draft]) -> list[tuple[str, str, list[int]]]:
    """Accounting date, planned date and line amounts of each draft."""
    return [
        (
            str(draft.key.accounting_on),
            str(draft.key.planned_invoice_on),
            [line.figures.amount for line in draft.lines],
        )
        for draft in drafts
    ]


def counts(done: Merge) -> tuple[int, int, int, int, int]:
    """Created, updated, deleted, unchanged, skipped."""
    return len(done.created), len(done.updated), len(done.deleted), len(done.unchanged), len(done.skipped)


def first_week_invoiced() -> list[Draft]:
    first, second = stored(generate(EX_01))
    return [invoiced(first), second]


def amended(amount: str, **changes: Any) -> MediaCampaign:
    return replace(EX_01, items=(replace(EX_01.items[0], amount=cents(amount), **changes),))


@pytest.mark.rule("PI-GEN-01", "PI-GEN-05")
def test_one_command_makes_the_drafts_of_every_interval_future_ones_included() -> None:
    drafts = stored(generate(EX_01, today="2019-11-20"))
    assert shown(drafts) == [
        ("2019-12-01", "2019-12-01", [cents("7000.00")]),
        ("2019-12-08", "2019-12-08", [cents("2000.00")]),
    ]
    header = drafts[1].header
    assert (header.billing_period.start_on, header.billing_period.last_on) == (day("2019-12-01"), day("2019-12-09"))
    assert (header.service.start_on, header.service.last_on) == (day("2019-12-08"), day("2019-12-09"))
    assert drafts[1].billing_run_id is None


@pytest.mark.rule("PI-GEN-03", "PI-GEN-04", "PI-GEN-05")
def test_grouping_and_gaps_of_ex_19() -> None:
    sold = campaign(
        item(1, "2020-01-01..2020-01-31", "500.00"),
        item(2, "2020-01-16..2020-01-31", "320.00"),
        item(3, "2020-04-01..2020-04-30", "700.00"),
        period="2020-01-01..2020-04-30",
        payment_interval="monthly",
        due_at="interval_end",
    )
    january, april = stored(generate(sold))
    assert shown([january, april]) == [
        ("2020-01-01", "2020-01-31", [cents("500.00"), cents("320.00")]),
        ("2020-04-01", "2020-04-30", [cents("700.00")]),
    ]
    assert (january.total, january.header.accounting_end_on) == (cents("820.00"), day("2020-01-31"))
    assert (january.header.service.start_on, january.header.service.last_on) == (day("2020-01-01"), day("2020-01-31"))


@pytest.mark.rule("PI-OFF-02", "PI-OFF-03", "PI-OFF-04", "PI-GEN-03")
def test_billing_offset_of_ex_13() -> None:
    offset = item(1, "2020-06-01..2020-07-31", "6100.00", payment_start="before_during")
    plain = item(2, "2020-06-01..2020-07-31", "12200.00")
    sold = campaign(offset, plain, period="2020-06-01..2020-07-31", payment_interval="monthly", payment_start="after")
    assert shown(stored(generate(sold))) == [
        ("2020-06-01", "2020-06-01", [cents("3000.00")]),
        ("2020-07-01", "2020-07-01", [cents("3100.00"), cents("6000.00")]),
        ("2020-08-01", "2020-08-01", [cents("6200.00")]),
    ]


@pytest.mark.rule("PI-OFF-05")
@pytest.mark.parametrize("own", [None, "after"])
def test_an_empty_or_equal_offset_changes_nothing_in_ex_13(own: Any) -> None:
    items = (
        item(1, "2020-06-01..2020-07-31", "6100.00", payment_start=own),
        item(2, "2020-06-01..2020-07-31", "12200.00"),
    )
    sold = campaign(*items, period="2020-06-01..2020-07-31", payment_interval="monthly", payment_start="after")
    drafts = stored(generate(sold))
    assert [(str(draft.key.accounting_on), draft.total) for draft in drafts] == [
        ("2020-07-01", cents("9000.00")),
        ("2020-08-01", cents("9300.00")),
    ]


@pytest.mark.rule("PI-FPP-03", "PI-FPP-04", "PI-FPP-05", "PI-FPP-12", "PI-DST-02")
@pytest.mark.parametrize("interval", ["weekly", "monthly", "quarterly", "half_yearly", "yearly", "total"])
def test_a_plan_gives_its_own_dates_whatever_the_interval_in_ex_14(interval: str) -> None:
    planned = item(
        1, "2020-02-01..2020-03-31", "1000.00", payment_plan=percents("33", "33", "34"), booked_quantity=50_000
    )
    sold = campaign(planned, period="2020-02-01..2020-03-31", payment_interval=interval, payment_start="after")
    drafts = stored(generate(sold))
    assert shown(drafts) == [
        ("2020-02-10", "2020-02-10", [cents("330.00")]),
        ("2020-02-24", "2020-02-24", [cents("330.00")]),
        ("2020-03-09", "2020-03-09", [cents("340.00")]),
    ]
    for draft in drafts:
        (line,) = draft.lines
        assert draft.header.accounting_end_on == draft.key.accounting_on
        assert (line.figures.days, line.figures.quantity, line.figures.note) == (planned.runtime, 50_000, "")


@pytest.mark.rule("PI-FPP-14")
def test_two_entries_of_an_item_on_one_date_are_two_lines_on_one_draft() -> None:
    entries = tuple(replace(entry, invoice_on=day("2020-02-10")) for entry in percents("50", "50"))
    (draft,) = stored(
        generate(
            campaign(item(1, "2020-02-01..2020-02-29", "80.00", payment_plan=entries), period="2020-02-01..2020-02-29")
        )
    )
    assert [line.figures.amount for line in draft.lines] == [cents("40.00"), cents("40.00")]


@pytest.mark.rule("PI-GEN-08", "PI-GEN-09", "PI-GEN-18")
def test_a_re_run_without_change_of_ex_17() -> None:
    before = first_week_invoiced()
    done = generate(EX_01, before)
    assert counts(done) == (0, 0, 0, 1, 1)
    assert done.unchanged == (before[1],)


@pytest.mark.rule("PI-GEN-22", "PI-GEN-07", "PI-GEN-09")
@pytest.mark.parametrize(
    ("amount", "plan", "adjusted", "total"),
    [("9900.00", "2200.00", "700.00", "2900.00"), ("6600.00", "1466.67", "-1866.67", "-400.00")],
)
def test_an_amendment_of_ex_17_adjusts_the_earliest_open_draft(
    amount: str, plan: str, adjusted: str, total: str
) -> None:
    before = first_week_invoiced()
    done = generate(amended(amount), before)
    assert counts(done) == (0, 1, 0, 0, 1)
    week_1, week_2 = stored(done)
    assert week_1 == before[0]
    assert [line.figures.amount for line in week_2.lines] == [cents(plan), cents(adjusted)]
    assert (week_2.id, week_2.total) == (before[1].id, cents(total))
    assert week_2.lines[1].figures.note == "Adjusts invoice 2019-0042."
    assert counts(generate(amended(amount), stored(done))) == (0, 0, 0, 1, 1)


@pytest.mark.rule("PI-GEN-22", "PI-CAN-12")
def test_with_nothing_open_the_adjustment_gets_a_draft_of_the_day_it_was_found_and_stays_there() -> None:
    march = campaign(
        item(1, "2020-03-01..2020-03-31", "3100.00"), period="2020-03-01..2020-03-31", payment_interval="monthly"
    )
    (whole,) = stored(generate(march))
    ended = replace(march, items=(item(1, "2020-03-01..2020-03-20", "2000.00"),))
    after = stored(generate(ended, [invoiced(whole)], today="2020-04-17"))
    assert shown(after)[1] == ("2020-04-01", "2020-04-01", [cents("-1100.00")])
    assert counts(generate(ended, after, today="2020-05-04")) == (0, 0, 0, 1, 1)


@pytest.mark.rule("PI-GEN-22")
def test_a_second_amendment_adjusts_again_beside_the_invoiced_adjustment() -> None:
    first = stored(generate(amended("9900.00"), first_week_invoiced()))
    billed = [first[0], invoiced(first[1], "2019-0043")]
    (created,) = generate(amended("10000.00"), billed, today="2019-12-20").created
    (line,) = created.lines
    assert (line.figures.amount, line.key.amendment_no) == (cents("100.00"), 2)


@pytest.mark.rule("PI-GEN-22", "PI-GEN-09")
@pytest.mark.parametrize(("amount", "parts"), [("9000.00", ["2000.00"]), ("9450.00", ["2100.00", "350.00"])])
def test_a_reversed_week_is_planned_again_in_ex_16(amount: str, parts: list[str]) -> None:
    first, second = first_week_invoiced()
    reversed_lines = tuple(replace(line, reversed=True) for line in second.lines)
    cancelled = replace(second, status="cancelled", lines=reversed_lines)
    (created,) = generate(amended(amount), [first, cancelled]).created
    assert created.key.accounting_on == day("2019-12-08")
    assert [line.figures.amount for line in created.lines] == [cents(part) for part in parts]


@pytest.mark.rule("PI-GEN-09")
@pytest.mark.parametrize("held", [{"status": "reviewed"}, {"billing_run_id": derived_id("run")}])
def test_reviewed_and_locked_drafts_stay_and_a_new_line_gets_the_next_sequence_number(held: dict[str, Any]) -> None:
    first, second = stored(generate(EX_01))
    kept = replace(first, **held)
    wider = replace(EX_01, items=(*EX_01.items, item(2, "2019-12-01..2019-12-07", "70.00")))
    done = generate(wider, [kept, second])
    assert counts(done) == (1, 0, 0, 1, 1)
    assert (done.created[0].key, done.created[0].sequence_no) == (kept.key, 2)
    assert [line.key.item_id for line in done.created[0].lines] == [item_id(2)]


@pytest.mark.rule("PI-GEN-10")
@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param(amended("9000.00", end_on=date(2019, 12, 7)), (0, 1, 1, 0, 0), id="shortened"),
        pytest.param(replace(EX_01, payment_interval="total"), (0, 1, 1, 0, 0), id="other interval"),
        pytest.param(
            replace(EX_01, items=(replace(EX_01.items[0], bill_me=False), item(2, "2019-12-09..2019-12-09", "5.00"))),
            (0, 1, 1, 0, 0),
            id="bill me off",
        ),
        pytest.param(amended("9000.00", payment_plan=percents("50", "50")), (2, 0, 2, 0, 0), id="plan added"),
    ],
)
def test_lines_that_no_longer_follow_are_removed_and_empty_drafts_deleted(
    changed: MediaCampaign, expected: tuple[int, ...]
) -> None:
    assert counts(generate(changed, stored(generate(EX_01)))) == expected


@pytest.mark.rule("PI-INT-11")
def test_other_terms_before_the_first_invoice_recut_all_drafts() -> None:
    recut = generate(replace(EX_01, due_at="interval_end"), stored(generate(EX_01)))
    assert counts(recut) == (2, 0, 2, 0, 0)


@pytest.mark.rule("PI-INT-14")
def test_another_start_of_week_bills_no_day_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    before = first_week_invoiced()
    monkeypatch.setattr("tests.preinvoice.builders.ENTITY", replace(ENTITY, start_of_week=Weekday.MONDAY))
    after = stored(generate(EX_01, before))
    assert [(str(line.figures.days.start_on), line.figures.amount) for draft in after for line in draft.lines] == [
        ("2019-12-01", cents("7000.00")),
        ("2019-12-08", cents("1000.00")),
        ("2019-12-09", cents("1000.00")),
    ]


@pytest.mark.rule("PI-GEN-11", "PI-GEN-23")
def test_what_a_user_typed_survives_and_what_is_calculated_follows_the_campaign() -> None:
    first, second = stored(generate(EX_01))
    typed = Manual(invoice_on=day("2019-12-20"), text="As agreed", payment_days=10, dispatch="print")
    moved = replace(EX_01, payment_days=45, recipient=replace(EX_01.recipient, city="Hamburg"))
    after = stored(generate(moved, [replace(first, manual=typed), second]))
    assert (after[0].manual, after[0].header.payment_days, after[0].header.recipient.city) == (typed, 45, "Hamburg")
    assert after[0].key == first.key


@pytest.mark.rule("PI-DST-15", "PI-DST-16")
@pytest.mark.parametrize(
    ("unit", "quantities", "noted"), [("amount", [900, 900], True), ("quantity", [700, 200], False)]
)
def test_unit_amount_shows_the_booking_and_a_note_unit_quantity_its_own_units(
    unit: Any, quantities: list[int], noted: bool
) -> None:
    drafts = stored(generate(campaign(item(1, booked_quantity=900, distribution_unit=unit))))
    lines = [line.figures for draft in drafts for line in draft.lines]
    assert [line.quantity for line in lines] == quantities
    assert [line.delivered_quantity for line in lines] == [700, 200]
    assert all(bool(line.note) is noted for line in lines)


@pytest.mark.rule("PI-DST-18")
def test_lines_of_zero_are_kept() -> None:
    drafts = stored(generate(campaign(item(1, amount="0.01"))))
    assert [draft.total for draft in drafts] == [1, 0]


@pytest.mark.rule("PI-DEL-01", "PI-DEL-14")
def test_delivery_lines_wait_for_their_reports() -> None:
    counted = item(1, billing_basis="delivery", billing_category="CPM", booked_quantity=100_000)
    drafts = stored(generate(campaign(counted)))
    assert [(draft.total, draft.pending) for draft in drafts] == [(0, True), (0, True)]
