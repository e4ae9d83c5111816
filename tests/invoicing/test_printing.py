"""Proofs of open invoices, documents of issued ones, and printing that waits for a station's text."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.invoicing.application.ready_contract_invoice import ready_contract_invoice
from services.invoicing.jobs import JOBS
from services.invoicing.printing import print_now, shown
from services.invoicing.repository.contracts import find_contract
from services.invoicing.repository.documents import content_of
from services.invoicing.repository.open_invoices import find_invoice
from shared.events.contracts import (
    ContractCorrected,
    ContractPresentationChanged,
    CopyChanged,
    StationChanged,
    StationGroupChanged,
)
from shared.kernel.errors import BillingError
from shared.kernel.ids import derived_id, new_id
from shared.runtime.db import driver
from shared.runtime.jobs import RunningJob
from tests.invoicing.radio import FEBRUARY, JANUARY, Radio, february, january, sales_tax

NOW = datetime(2026, 2, 3, 9, tzinfo=UTC)


async def first_open(radio: Radio) -> UUID:
    (row, *_) = await radio.world.rows(
        "SELECT id FROM invoice WHERE state IN ('gathering', 'pending') ORDER BY period_from, period_to"
    )
    return row["id"]


async def frozen_now(radio: Radio, invoice_id: UUID) -> dict[str, Any]:
    """What an open invoice would freeze if it were issued now."""
    async with radio.world.database.transaction(radio.world.context, read_only=True) as session:
        contract, stored = await find_contract(session, radio.contract_id), await find_invoice(session, invoice_id)
        assert contract
        assert stored
        return (await ready_contract_invoice(session, contract, stored, NOW)).invoice.frozen


async def look(radio: Radio, invoice_id: UUID) -> bytes:
    async with radio.world.database.transaction(radio.world.context, read_only=True) as session:
        return await shown(session, invoice_id, NOW)


async def work_off(radio: Radio, kind: str) -> list[str]:
    """Run every queued job of a kind as a worker would; the codes of what they refused."""
    world = radio.world
    async with world.database.transaction(world.context) as session:
        claimed = await (await driver(session)).fetch(
            "UPDATE job SET state = 'running', lease_epoch = lease_epoch + 1 WHERE kind = $1 AND state = 'queued' "
            "RETURNING id, request, lease_epoch",
            kind,
        )
    for row in claimed:
        job = RunningJob(
            id=row["id"], kind=kind, request=row["request"], checkpoint={}, context=world.context,
            database=world.database, epoch=row["lease_epoch"],
        )  # fmt: skip
        await JOBS[kind](job)
    return [row["code"] for row in await world.rows("SELECT code FROM job_error")]


def station(radio: Radio, version: int, **texts: Any) -> StationChanged:
    return StationChanged(
        id=radio.station_id, code="KAAA", name="Radio KAAA", version=version,
        legal_entity_id=radio.world.legal_entity_id, time_zone="UTC", **texts,
    )  # fmt: skip


@pytest.mark.rule("CT-ITY-13", "CT-ITY-11", "CT-LIF-20")
async def test_open_invoices_follow_a_changed_type_and_issued_ones_do_not_as_in_ex_ct_23(radio: Radio) -> None:
    radio.terms = {"invoice_type": "detail", "affidavit": "affidavit"}
    await radio.record(station(radio, 2, affidavit_text="<spotcount> ran."))
    await radio.tell()
    await radio.reconcile(january(12), february(3))
    await radio.issue()
    (issued,) = await radio.world.rows("SELECT id, frozen FROM invoice WHERE no IS NOT NULL")
    open_one = await first_open(radio)
    assert (await frozen_now(radio, open_one))["invoice_type"] == "detail"
    assert (await look(radio, open_one)).startswith(b"%PDF")
    # To Summary: accepted, and the affidavit option falls to none.
    radio.terms = {"invoice_type": "summary", "affidavit": "none"}
    await radio.tell(ContractPresentationChanged)
    after = await frozen_now(radio, open_one)
    assert (after["invoice_type"], after["affidavit"]) == ("summary", "none")
    (kept,) = await radio.world.rows("SELECT frozen FROM invoice WHERE no IS NOT NULL")
    assert kept["frozen"] == issued["frozen"]
    # A saved correction changes what the proof shows.
    await radio.tell(ContractCorrected, product="Spring range", discount_percent=Decimal(10))
    assert (await frozen_now(radio, open_one))["product"] == "Spring range"
    # To show an approved invoice in another type it is reversed and approved again.
    await radio.reverse((await numbers(radio))[0])
    await radio.issue()
    (again,) = await radio.world.rows(
        "SELECT frozen FROM invoice WHERE no IS NOT NULL AND reverses_id IS NULL AND reversed_by_id IS NULL"
    )
    assert again["frozen"]["invoice_type"] == "summary"


async def numbers(radio: Radio) -> list[str]:
    rows = await radio.world.rows("SELECT invoice_no FROM invoice WHERE no IS NOT NULL ORDER BY no")
    return [row["invoice_no"] for row in rows]


@pytest.mark.rule("CT-ITY-08", "CT-ITY-13")
async def test_printing_is_refused_until_the_station_has_its_text_and_then_kept_for_ever(radio: Radio) -> None:
    radio.terms = {"affidavit": "notarized"}
    await radio.tell()
    await radio.reconcile(january(12), february(3))
    with pytest.raises(BillingError) as proof:
        await look(radio, await first_open(radio))
    assert proof.value.code == "station_text_missing"
    await radio.issue()
    (issued,) = await radio.world.rows("SELECT id FROM invoice WHERE no IS NOT NULL")
    assert await work_off(radio, "print_documents") == ["station_text_missing"]
    with pytest.raises(BillingError) as refused:
        await look(radio, issued["id"])
    assert (refused.value.code, len(refused.value.blockers)) == ("station_text_missing", 1)
    await radio.record(station(radio, 2, notarized_text="<spotcount> spots ran."))
    with pytest.raises(BillingError) as waiting:
        await look(radio, issued["id"])
    assert waiting.value.code == "not_printed"
    async with radio.world.database.transaction(radio.world.context) as session:
        content = await print_now(session, issued["id"])
    await radio.record(station(radio, 3, notarized_text="Another text."))
    async with radio.world.database.transaction(radio.world.context) as session:
        assert await print_now(session, issued["id"]) == content == await content_of(session, issued["id"])


@pytest.mark.rule("CT-ITY-10", "CT-LOG-19")
async def test_the_breakdown_takes_the_copy_that_ran_and_approval_warns_of_none(radio: Radio) -> None:
    radio.terms = {"invoice_type": "co_op_notarized_affidavit", "affidavit": "notarized"}
    copy_id = new_id()
    await radio.record(
        CopyChanged(
            id=copy_id, code="A1", name="Oak spring", version=1, client_id=radio.client_id, cart_no="C1",
            length_seconds=30, script="Spring is here.",
        )
    )  # fmt: skip
    await radio.tell()
    await radio.reconcile(january(12), january(30))
    last = radio.spot(january(31), 0, copy_id=copy_id, copy_name="Oak spring", cart_no="C1")
    await radio.tell_log(january(31), [last])
    open_one = await first_open(radio)
    frozen = await frozen_now(radio, open_one)
    assert frozen["copies"] == {str(copy_id): {"name": "Oak spring", "cart_no": "C1", "script": "Spring is here."}}
    async with radio.world.database.transaction(radio.world.context, read_only=True) as session:
        contract, stored = await find_contract(session, radio.contract_id), await find_invoice(session, open_one)
        assert contract
        assert stored
        ready = await ready_contract_invoice(session, contract, stored, NOW)
    assert ready.warnings == ("no_copy",)


@pytest.mark.rule("CT-CYC-20", "CT-ITY-14")
async def test_a_group_option_splits_open_invoices_by_station(radio: Radio) -> None:
    other, group_id = new_id(), new_id()
    await radio.record(station(radio, 2, group_id=group_id))
    group = StationGroupChanged(id=group_id, code="G", name="Group", version=1, remit_address="Box 1")
    await radio.record(group)
    await radio.tell(lines=[radio.extra(2, {january(20): 1}, "80.00", station_id=other)])
    await radio.reconcile(january(12), february(3))
    assert [one[:3] for one in await radio.invoices()] == [
        ("gathering", "normal", JANUARY[0]),
        ("gathering", "normal", FEBRUARY[0]),
    ]
    await radio.record(group.model_copy(update={"version": 2, "split_by_station": True}))
    await work_off(radio, "settle_contracts")
    rows = await radio.world.rows(
        "SELECT station_id, state, line_count, gross_amount FROM invoice WHERE state <> 'removed' "
        "ORDER BY period_from, line_count DESC"
    )
    assert [tuple(row.values()) for row in rows] == [
        (radio.station_id, "pending", 33, 181500),
        (other, "gathering", 0, 0),
        (radio.station_id, "gathering", 4, 22000),
    ]
    (waiting,) = await radio.world.rows("SELECT id FROM invoice WHERE state = 'pending'")
    assert (await frozen_now(radio, waiting["id"]))["layout"]["remit_address"] == "Box 1"
    assert await radio.issue() == "N2026-00001"
    (told,) = [one for what, one in await radio.told() if what == "issued"]
    assert (told["station_id"], len(told["lines"])) == (str(radio.station_id), 33)
    assert await radio.world.broken() == {}


@pytest.mark.rule("CT-TAX-05")
async def test_open_invoices_follow_a_changed_tax(radio: Radio) -> None:
    tax = derived_id(radio.contract_id, "tax")
    await radio.record(sales_tax(tax, 1, "6"))
    radio.terms = {"tax_id": tax}
    await radio.tell()
    await radio.reconcile(january(12), february(3))
    await work_off(radio, "settle_contracts")
    await radio.record(sales_tax(tax, 2, "10"))
    await work_off(radio, "settle_contracts")
    (invoice, _) = await radio.world.rows("SELECT vat_amount FROM invoice ORDER BY period_from")
    assert invoice["vat_amount"] == 18150


@pytest.mark.rule("CT-TAX-02")
async def test_a_tax_merged_into_another_is_charged_as_that_one(radio: Radio) -> None:
    old, new = derived_id(radio.contract_id, "old"), derived_id(radio.contract_id, "new")
    await radio.record(sales_tax(old, 1, "6"), sales_tax(new, 1, "10"))
    radio.terms = {"tax_id": old}
    await radio.tell()
    await radio.reconcile(january(12), february(3))
    await radio.record(sales_tax(old, 2, "6").model_copy(update={"merged_into_id": new}))
    await work_off(radio, "settle_contracts")
    (invoice, _) = await radio.world.rows("SELECT vat_amount FROM invoice ORDER BY period_from")
    assert invoice["vat_amount"] == 18150
    await radio.record(sales_tax(new, 2, "20"))
    await work_off(radio, "settle_contracts")
    (invoice, _) = await radio.world.rows("SELECT vat_amount FROM invoice ORDER BY period_from")
    assert invoice["vat_amount"] == 36300
