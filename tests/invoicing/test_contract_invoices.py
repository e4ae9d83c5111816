"""Invoices of radio contracts from gathering to issued."""

from datetime import date
from decimal import Decimal

import pytest
import pytest_asyncio

from services.invoicing.application.hear_registers import keep_records
from services.invoicing.application.issue_contract_invoice import issue_contract_invoice
from shared.events.contracts import TaxChanged
from shared.kernel.errors import NotAllowedNow
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from tests.invoicing.radio import Radio, february, january
from tests.invoicing.world import World

JANUARY, FEBRUARY = (january(1), january(31)), (february(1), february(28))


@pytest_asyncio.fixture(loop_scope="session")
async def radio(database: Database, context: Context) -> Radio:
    world = await World(database, context).open()
    return await Radio(world, await world.client("OAK")).open()


async def issue_first(radio: Radio) -> str:
    (row, *_) = await radio.world.rows(
        "SELECT id FROM invoice WHERE contract_id = $1 AND state IN ('gathering', 'pending') ORDER BY period_from",
        radio.contract_id,
    )
    async with radio.world.database.transaction(radio.world.context) as session:
        return (await issue_contract_invoice(session, row["id"])).invoice_no


@pytest.mark.rule("CT-CYC-03", "CT-CYC-13", "CT-CYC-15", "CT-CYC-16", "CT-CYC-12")
async def test_a_calendar_contract_gathers_per_month_and_is_issued_when_complete(radio: Radio) -> None:
    await radio.tell()
    assert await radio.invoices() == [
        ("gathering", "normal", *JANUARY, 0, 0),
        ("gathering", "normal", *FEBRUARY, 0, 0),
    ]
    await radio.reconcile(january(12), january(30))
    with pytest.raises(NotAllowedNow) as refused:
        await issue_first(radio)
    assert refused.value.code == "invoice_incomplete"
    await radio.reconcile(january(31), february(3))
    assert await radio.invoices() == [
        ("pending", "normal", *JANUARY, 33, 181500),
        ("gathering", "normal", *FEBRUARY, 4, 22000),
    ]
    assert await issue_first(radio) == "N2026-00001"
    (invoice,) = await radio.world.rows("SELECT * FROM invoice WHERE no IS NOT NULL")
    assert (invoice["invoice_on"], invoice["due_on"], invoice["total_amount"]) == (
        january(31),
        date(2026, 3, 2),
        181500,
    )
    told = await radio.world.rows(
        "SELECT routing_key FROM outbox WHERE routing_key LIKE 'invoicing.invoice.%' ORDER BY seq"
    )
    assert [row["routing_key"].split(".")[2] for row in told] == ["opened", "opened", "pending", "issued"]
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


@pytest.mark.rule("CT-CYC-17")
async def test_a_late_item_goes_on_a_supplementary_invoice_as_in_ex_ct_24(radio: Radio) -> None:
    await radio.tell()
    await radio.reconcile(january(12), february(3))
    await issue_first(radio)
    await radio.fall_due(january(20), "150.00", "Web banner <month>")
    assert (await radio.invoices())[:2] == [
        ("issued", "normal", *JANUARY, 33, 181500),
        ("pending", "supplementary", *JANUARY, 1, 15000),
    ]
    assert await issue_first(radio) == "N2026-00002"
    (line,) = await radio.world.rows("SELECT text FROM invoice_line WHERE gross_amount = 15000")
    assert line["text"] == "Web banner January"


@pytest.mark.rule("CT-CYC-07", "CT-CYC-12")
async def test_end_of_schedule_waits_for_the_whole_contract_as_in_ex_ct_07(radio: Radio) -> None:
    radio.terms = {"billing_cycle": "end_of_schedule"}
    await radio.tell()
    await radio.reconcile(january(12), february(15), d0214_0="missed")
    whole = (january(12), february(15))
    assert await radio.invoices() == [("gathering", "normal", *whole, 54, 297000)]
    with pytest.raises(NotAllowedNow) as refused:
        await issue_first(radio)
    assert refused.value.code == "invoice_incomplete"
    await radio.makegood(radio.spot(february(14), 0, state="missed"), february(18))
    await radio.tell(state="completed", completed_on=february(19))
    assert await radio.invoices() == [("pending", "normal", january(12), february(18), 55, 302500)]


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
    await radio.tell(state="completed", completed_on=february(1))
    assert await radio.invoices() == [("pending", "normal", *JANUARY, 33, 181500)]
    (told,) = await radio.world.rows("SELECT routing_key FROM outbox WHERE routing_key LIKE '%removed%'")
    assert told["routing_key"] == "invoicing.invoice.removed.v1"


@pytest.mark.rule("CT-DSC-04", "CT-COM-01", "CT-COM-06", "CT-TAX-04", "CT-TAX-05")
async def test_deductions_tax_parts_and_comment_are_frozen_at_issue(radio: Radio) -> None:
    tax = TaxChanged.model_validate(
        {"id": new_id(), "code": "QC", "name": "Sales tax", "version": 1, "percent": "14.975",
         "parts": [{"name": "one", "percent": "5"}, {"name": "two", "percent": "9.975"}]}
    )  # fmt: skip
    async with radio.world.database.transaction(radio.world.context) as session:
        await keep_records(session, [tax])
    radio.terms = {
        "discount_percent": Decimal(10), "agency_commission_percent": Decimal(15),
        "sales_commission_percent": Decimal(12), "tax_id": tax.id, "comment": "Service for <month>",
    }  # fmt: skip
    await radio.tell()
    await radio.reconcile(january(12), february(15))
    await issue_first(radio)
    (invoice,) = await radio.world.rows("SELECT * FROM invoice WHERE no IS NOT NULL")
    names = ("gross", "discount", "agency_commission", "net", "vat", "total", "sales_commission")
    assert [invoice[f"{name}_amount"] for name in names] == [181500, 18150, 24503, 138847, 20792, 159639, 16662]
    assert invoice["text"] == "Service for January"
    assert [part["amount"] for part in invoice["frozen"]["tax"]["parts"]] == ["69.42", "138.50"]
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
