"""Invoices of radio contracts from gathering to issued."""

from datetime import date
from decimal import Decimal

import pytest

from shared.events.contracts import ContractCompleted
from shared.kernel.errors import NotAllowedNow
from shared.kernel.ids import new_id
from tests.invoicing.radio import FEBRUARY, JANUARY, Radio, february, january, sales_tax


@pytest.mark.rule("CT-CYC-03", "CT-CYC-13", "CT-CYC-15", "CT-CYC-16", "CT-CYC-12")
async def test_a_calendar_contract_gathers_per_month_and_is_issued_when_complete(radio: Radio) -> None:
    await radio.tell()
    assert await radio.invoices() == [
        ("gathering", "normal", *JANUARY, 0, 0),
        ("gathering", "normal", *FEBRUARY, 0, 0),
    ]
    await radio.reconcile(january(12), january(30))
    with pytest.raises(NotAllowedNow) as refused:
        await radio.issue()
    assert refused.value.code == "invoice_incomplete"
    await radio.reconcile(january(31), february(3))
    assert await radio.invoices() == [
        ("pending", "normal", *JANUARY, 33, 181500),
        ("gathering", "normal", *FEBRUARY, 4, 22000),
    ]
    assert await radio.issue() == "N2026-00001"
    (invoice,) = await radio.world.rows("SELECT * FROM invoice WHERE no IS NOT NULL")
    assert (invoice["invoice_on"], invoice["due_on"], invoice["total_amount"]) == (
        january(31),
        date(2026, 3, 2),
        181500,
    )
    assert [what for what, _ in await radio.told()] == ["opened", "opened", "pending", "issued"]
    assert await radio.world.broken() == {}


@pytest.mark.rule("CT-CYC-18")
async def test_a_makegood_bills_where_it_airs_as_in_ex_ct_18(radio: Radio) -> None:
    await radio.tell()
    await radio.reconcile(january(12), february(15), d0130_0="missed")
    assert [row[4:] for row in await radio.invoices()] == [(32, 176000), (22, 121000)]
    missed = radio.spot(january(30), 0, state="missed")
    await radio.makegood(missed, february(2))
    assert [row[4:] for row in await radio.invoices()] == [(32, 176000), (23, 126500)]
    await radio.trash(missed.model_copy(update={"version": 2}))
    assert [row[4:] for row in await radio.invoices()] == [(32, 176000), (22, 121000)]


@pytest.mark.rule("CT-COM-04", "CT-COM-07")
async def test_tokens_of_an_occurrence_mean_its_date_and_those_of_a_spot_line_the_invoices_end(radio: Radio) -> None:
    radio.terms, radio.line_changes = {"billing_cycle": "end_of_schedule"}, {"comment": "Up to <month>"}
    await radio.tell(lines=[radio.extra(2, {january(20): 1}, "150.00", kind="off_air", comment="Banner <month>")])
    await radio.fall_due(january(20), "150.00", comment="Banner <month>")
    await radio.reconcile(january(12), february(15))
    await radio.issue()
    (line,) = await radio.world.rows("SELECT text FROM invoice_line WHERE gross_amount = 15000")
    (frozen,) = await radio.world.rows("SELECT frozen -> 'lines' -> '001' ->> 'comment' AS comment FROM invoice")
    assert (line["text"], frozen["comment"]) == ("Banner January", "Up to February")


@pytest.mark.rule("CT-CYC-17", "CT-CYC-16")
async def test_late_items_as_in_ex_ct_24(radio: Radio) -> None:
    await radio.tell()
    await radio.reconcile(january(12), february(3))
    await radio.issue()
    banner = radio.extra(2, {january(20): 1}, "150.00", kind="off_air", comment="Web banner <month>")
    back_dated = radio.extra(3, {january(29): 2}, "55.00")
    await radio.tell(lines=[banner, back_dated])
    await radio.fall_due(january(20), "150.00")
    assert (await radio.invoices())[:2] == [
        ("issued", "normal", *JANUARY, 33, 181500),
        ("pending", "supplementary", *JANUARY, 1, 15000),
    ]
    assert await radio.issue() == "N2026-00002"
    (line,) = await radio.world.rows("SELECT text FROM invoice_line WHERE gross_amount = 15000")
    assert line["text"] == "Web banner January"
    # The two spots wait on the bump list, since the log of the 29th is reconciled, and run on 9 February.
    late = [
        radio.spot(january(29), 7 + number, line_id=back_dated.id, line_no=3, log_on=february(9)) for number in (0, 1)
    ]
    await radio.reconcile(february(4), february(8))
    await radio.tell_log(february(9), [*radio.units(february(9)), *late])
    await radio.reconcile(february(10), february(15))
    assert [one[0:] for one in await radio.invoices()] == [
        ("issued", "normal", *JANUARY, 33, 181500),
        ("issued", "supplementary", *JANUARY, 1, 15000),
        ("pending", "normal", *FEBRUARY, 24, 132000),
    ]
    assert await radio.world.broken() == {}


@pytest.mark.rule("CT-CYC-07", "CT-CYC-12")
async def test_end_of_schedule_waits_for_the_whole_contract_as_in_ex_ct_07(radio: Radio) -> None:
    radio.terms = {"billing_cycle": "end_of_schedule"}
    await radio.tell()
    await radio.reconcile(january(12), february(15), d0214_0="missed")
    whole = (january(12), february(15))
    assert await radio.invoices() == [("gathering", "normal", *whole, 54, 297000)]
    with pytest.raises(NotAllowedNow) as refused:
        await radio.issue()
    assert refused.value.code == "invoice_incomplete"
    await radio.makegood(radio.spot(february(14), 0, state="missed"), february(18))
    assert await radio.invoices() == [("pending", "normal", january(12), february(18), 55, 302500)]
    assert await radio.issue() == "N2026-00001"
    (invoice,) = await radio.world.rows("SELECT invoice_on FROM invoice WHERE no IS NOT NULL")
    assert invoice["invoice_on"] == february(18)


@pytest.mark.rule("CT-CYC-07")
async def test_a_trashed_unit_completes_end_of_schedule_at_once(radio: Radio) -> None:
    radio.terms = {"billing_cycle": "end_of_schedule"}
    await radio.tell()
    await radio.reconcile(january(12), february(15), d0214_0="missed")
    await radio.trash(radio.spot(february(14), 0, state="missed"))
    assert await radio.invoices() == [("pending", "normal", january(12), february(15), 54, 297000)]


@pytest.mark.rule("CT-CYC-02")
async def test_a_contract_without_cycle_is_never_invoiced(radio: Radio) -> None:
    radio.terms = {"billing_cycle": "none"}
    await radio.tell()
    await radio.reconcile(january(12), february(15))
    assert await radio.invoices() == []


@pytest.mark.rule("CT-CYC-14")
async def test_a_period_without_any_item_at_completion_is_removed(radio: Radio) -> None:
    await radio.tell()
    await radio.reconcile(january(12), january(31))
    await radio.trash(*(unit for day in range(1, 16) for unit in radio.units(february(day))))
    await radio.tell(ContractCompleted, state="completed", completed_on=february(1))
    assert await radio.invoices() == [("pending", "normal", *JANUARY, 33, 181500)]
    what, gone = (await radio.told())[-1]
    assert (what, gone["period_from"], gone["reason"], gone["state"]) == (
        "removed", "2026-02-01", "no_items", "removed",
    )  # fmt: skip


@pytest.mark.rule("CT-DSC-04", "CT-COM-01", "CT-COM-06", "CT-TAX-05", "CT-CMN-02", "CT-CMN-05", "CT-TAX-03")
async def test_deductions_tax_and_comment_are_frozen_at_issue(radio: Radio) -> None:
    tax = new_id()
    await radio.record(sales_tax(tax, 1, "6"))
    radio.terms = {
        "discount_percent": Decimal(10), "agency_commission_percent": Decimal(15),
        "sales_commission_percent": Decimal(12), "tax_id": tax, "comment": "Service for <month>",
    }  # fmt: skip
    await radio.tell()
    await radio.reconcile(january(12), february(15))
    # The percentage valid at approval of the invoice counts; an approved one keeps its own.
    await radio.record(sales_tax(tax, 2, "14.975"))
    await radio.issue()
    await radio.record(sales_tax(tax, 3, "20"))
    (invoice,) = await radio.world.rows("SELECT * FROM invoice WHERE no IS NOT NULL")
    names = ("gross", "discount", "agency_commission", "net", "vat", "total", "sales_commission")
    assert [invoice[f"{name}_amount"] for name in names] == [181500, 18150, 24503, 138847, 20792, 159639, 16662]
    assert invoice["text"] == "Service for January"
    (stored,) = await radio.world.rows("SELECT comment FROM contract")
    assert stored["comment"] == "Service for <month>"
    what, issued = (await radio.told())[-1]
    assert what == "issued"
    assert [issued[f"{name}_amount"] for name in names] == [
        "1815.00", "181.50", "245.03", "1388.47", "207.92", "1596.39", "166.62",
    ]  # fmt: skip
    assert (issued["comment"], issued["number"], issued["period_from"], len(issued["lines"])) == (
        "Service for January", 1, "2026-01-01", 33,
    )  # fmt: skip
    assert await radio.world.broken() == {}


@pytest.mark.rule("CT-CYC-01")
async def test_told_twice_or_in_the_wrong_order_the_books_stand_the_same(radio: Radio) -> None:
    await radio.tell()
    await radio.reconcile(january(12), february(15), version=2)
    before = await radio.invoices()
    await radio.reconcile(january(12), february(15), version=2)
    await radio.reconcile(january(12), february(15), version=1, d0130_0="missed")
    assert (
        await radio.invoices()
        == before
        == [
            ("pending", "normal", *JANUARY, 33, 181500),
            ("pending", "normal", *FEBRUARY, 22, 121000),
        ]
    )


@pytest.mark.rule("CT-DSC-05", "CT-DSC-03")
async def test_at_a_hundred_per_cent_the_invoice_exists_and_is_approved_at_zero(radio: Radio) -> None:
    radio.terms = {"discount_percent": Decimal(100)}
    await radio.tell(lines=[radio.extra(2, {january(20): 1}, "150.00", kind="off_air")])
    await radio.fall_due(january(20), "150.00")
    await radio.reconcile(january(12), february(15))
    assert await radio.issue() == "N2026-00001"
    (invoice,) = await radio.world.rows("SELECT * FROM invoice WHERE no IS NOT NULL")
    assert [invoice[f"{name}_amount"] for name in ("gross", "discount", "net", "total")] == [196500, 196500, 0, 0]
    assert await radio.world.broken() == {}
