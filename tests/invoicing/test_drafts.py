"""Locked draft pre-invoices become invoices, or are refused with a code."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.invoicing.application.issue_drafts import issue_drafts
from services.invoicing.inbox import HANDLERS
from shared.events.contracts import Recipient
from shared.events.envelope import envelope_json
from shared.events.preinvoice import DraftLineState, DraftLocked, DraftReleased
from shared.events.topology import topology_of
from shared.kernel.ids import new_id
from shared.runtime.clock import now
from shared.runtime.consumer import Consumer
from shared.runtime.db import Context, Database
from shared.runtime.inprocess import InProcessTransport
from tests.invoicing.world import World


def draft(world: World, client: Any, *lines: tuple[str, str], **changes: Any) -> DraftLocked:
    """A locked draft with lines of (amount, VAT percent)."""
    values: dict[str, Any] = {
        "id": new_id(), "version": 1, "draft_no": 1, "status": "created", "campaign_id": new_id(), "campaign_no": 4,
        "legal_entity_id": world.legal_entity_id, "client_id": client, "recipient": Recipient(name="Acme"),
        "currency": "EUR", "service_start_on": date(2026, 9, 1), "service_end_on": date(2026, 9, 30),
        "accounting_on": date(2026, 9, 1), "accounting_end_on": date(2026, 9, 30),
        "planned_invoice_on": date(2026, 9, 30),
        "total_amount": sum((Decimal(amount) for amount, _ in lines), Decimal(0)),
        "billing_run_id": new_id(),
        "lines": [
            DraftLineState(
                id=new_id(), item_id=new_id(), item_line_no=number, text=f"Item {number}",
                slice_start_on=date(2026, 9, 1), slice_end_on=date(2026, 9, 30), amount=Decimal(amount),
                vat_percent=Decimal(percent),
            )
            for number, (amount, percent) in enumerate(lines, 1)
        ],
    } | changes  # fmt: skip
    return DraftLocked(**values)


async def lock(world: World, *drafts: DraftLocked) -> None:
    async with world.database.transaction(world.context) as session:
        await issue_drafts(session, drafts)


@pytest.mark.rule("PI-RUN-06", "PI-RUN-16", "PI-RUN-20", "PI-INT-09", "PI-INT-10", "MA-GEN-03")
async def test_drafts_are_issued_in_order_with_vat_per_rate(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    client = await world.client()
    ex_02 = [("1234.55", "25"), ("87.25", "25"), ("0.33", "25"), ("410.09", "6"), ("19.96", "6"), ("300.00", "0")]
    later = draft(world, client, *ex_02, planned_invoice_on=date(2026, 10, 1))
    earlier = draft(world, client, ("-400.00", "25"), manual_invoice_on=date(2026, 10, 2), payment_days=10)
    await lock(world, later, earlier)
    rows = await world.rows(
        "SELECT invoice_no, document, draft_id, invoice_on, due_on, net_amount, vat_amount, total_amount "
        "FROM invoice ORDER BY no"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("N2026-00001", "credit_note", earlier.id, date(2026, 10, 2), date(2026, 10, 12), -40000, -10000, -50000),
        ("N2026-00002", "invoice", later.id, date(2026, 10, 1), date(2026, 10, 31), 205218, 35633, 240851),
    ]
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-13")
async def test_a_draft_yields_one_invoice_however_often_it_is_told(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    one = draft(world, await world.client(), ("100.00", "25"))
    await lock(world, one)
    await lock(world, one, one)
    assert len(await world.rows("SELECT id FROM invoice")) == 1


@pytest.mark.rule("PI-RUN-11", "PI-RUN-15")
async def test_what_cannot_be_issued_is_refused_and_the_others_stand(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    client = await world.client()
    zero = draft(world, client, ("10.00", "25"), ("-10.00", "25"))
    wanted = draft(world, client, ("0.00", "25"), zero_invoices=True)
    stranger = draft(world, new_id(), ("10.00", "25"))
    good = draft(world, client, ("10.00", "25"))
    await lock(world, zero, wanted, stranger, good)
    told = await world.rows("SELECT envelope -> 'data' AS data FROM outbox WHERE routing_key LIKE '%refused%'")
    assert {row["data"]["draft_id"]: row["data"]["refusal_code"] for row in told} == {
        str(zero.id): "skipped_zero",
        str(stranger.id): "unknown_reference",
    }
    issued = await world.rows("SELECT draft_id FROM invoice")
    assert {row["draft_id"] for row in issued} == {wanted.id, good.id}
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-13")
@pytest.mark.parametrize(("order", "issued"), [(("locked", "released"), 1), (("released", "locked"), 0)])
async def test_a_draft_given_back_before_its_hand_over_arrives_is_not_issued(
    database: Database, context: Context, order: tuple[str, str], issued: int
) -> None:
    world = await World(database, context).open()
    locked = draft(world, await world.client(), ("100.00", "25"))
    released = DraftReleased(**(dict(locked) | {"version": 2, "billing_run_id": None}))
    bodies = {
        name: envelope_json(
            type(fact),
            fact.model_dump_json().encode(),
            event_id=new_id(),
            subject=fact.id,
            legal_entity_id=None,
            tenant_id=context.tenant_id,
            correlation_id=new_id(),
            causation_id=None,
            occurred_at=now(),
            traceparent=None,
        )[:-1]
        + b',"sequence":%d}' % sequence
        for name, fact, sequence in (("locked", locked, 1), ("released", released, 2))
    }
    consumer = Consumer("invoicing", database, InProcessTransport(topology_of({})), HANDLERS)
    for name in order:
        await consumer.receive([consumer.read(bodies[name])], asyncio.Event())
    assert len(await world.rows("SELECT id FROM invoice")) == issued
    assert await world.rows("SELECT event_id FROM parked WHERE resolved_at IS NULL") == []


@pytest.mark.rule("PI-RUN-04")
async def test_a_run_without_documents_prints_none(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    client = await world.client()
    await lock(world, draft(world, client, ("100.00", "25"), documents=False))
    assert await world.rows("SELECT id FROM job WHERE kind = 'print_documents'") == []
    await lock(world, draft(world, client, ("100.00", "25")))
    assert len(await world.rows("SELECT id FROM job WHERE kind = 'print_documents'")) == 1
