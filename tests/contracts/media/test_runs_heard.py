"""Contracts and invoicing with a database each: what a run works on is not changed under its hands (MA-INV-26)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

import pytest
import pytest_asyncio

from deploy.registry import handlers_of
from shared.events.topology import topology_of
from shared.runtime.consumer import Consumer
from shared.runtime.db import Database
from shared.runtime.inprocess import InProcessTransport
from tests.contracts.media.world import World
from tests.invoicing.world import ACCOUNTS
from tests.invoicing.world import World as InvoicingWorld
from tests.words import as_clerk

_TOLD = "SELECT routing_key, envelope::text AS body FROM outbox WHERE tenant_id = $1 ORDER BY seq"
PRICE = {"price_rows": [{"unit_price": "2"}]}


@pytest_asyncio.fixture(loop_scope="session")
async def invoicing(world: World, pools: Callable[[str], Awaitable[Database]]) -> InvoicingWorld:
    """The same tenant in invoicing, which knows nothing yet."""
    return InvoicingWorld(await pools("invoicing"), as_clerk(world.tenant_id))


async def hand_over(speaker: World | InvoicingWorld, listener: str, database: Database, world: World) -> None:
    """Everything that one has told, put on the other's queue; what was heard before is heard once more."""
    rows = await speaker.rows(_TOLD, world.tenant_id)
    heard = {fact.TYPE for fact in handlers_of(listener)}
    consumer = Consumer(listener, database, InProcessTransport(topology_of({listener: []})), handlers_of(listener))
    for row in rows:
        if row["routing_key"] in heard:
            await consumer.receive([consumer.read(row["body"].encode())], asyncio.Event())
    assert await world.rows("SELECT error FROM parked WHERE resolved_at IS NULL") == []


@pytest.mark.rule("MA-INV-26")
async def test_an_insertion_stays_as_it_is_while_a_run_works_and_is_billed_so(
    world: World, invoicing: InvoicingWorld
) -> None:
    made, later = await world.insertion("100.00"), await world.insertion("50.00", insertion_on="2026-11-02")
    await world.changed(f"/legal-entities/{world.entity_id}/parameters", {"accounts": ACCOUNTS})
    await hand_over(world, "invoicing", invoicing.database, world)
    run = await invoicing.start(legal_entity_ids=(UUID(world.entity_id),), to_on=date(2026, 10, 31))
    await hand_over(invoicing, "contracts", world.database, world)
    path = f"/insertions/{made['id']}"
    refused = await world.change(path, PRICE)
    assert (refused.status_code, refused.json()["code"]) == (409, "in_invoice_run")
    assert refused.json()["blockers"][0]["link"] == f"/v1/invoicing/invoice-runs/{run.id}"
    assert (await world.change(f"/insertions/{later['id']}", PRICE)).status_code == 200
    assert (await invoicing.work(run))["invoice_count"] == 1
    await hand_over(invoicing, "contracts", world.database, world)
    billed = await world.get(path)
    assert (billed["status"], billed["price_amount"], billed["changed_in_run"]) == ("invoiced", "100.00", False)
    refused = await world.change(path, PRICE)
    assert (refused.status_code, refused.json()["code"]) == (409, "insertion_invoiced")


@pytest.mark.rule("MA-INV-26")
async def test_a_run_that_bills_nothing_lets_go_at_its_end(world: World, invoicing: InvoicingWorld) -> None:
    made = await world.insertion("100.00")
    await world.changed(f"/legal-entities/{world.entity_id}/parameters", {"accounts": ACCOUNTS})
    await hand_over(world, "invoicing", invoicing.database, world)
    await invoicing.rows("UPDATE billable_item SET ad_check_missing = true")
    run = await invoicing.start(legal_entity_ids=(UUID(world.entity_id),))
    await hand_over(invoicing, "contracts", world.database, world)
    assert (await world.change(f"/insertions/{made['id']}", PRICE)).status_code == 409
    assert (await invoicing.work(run))["invoice_count"] == 0
    await hand_over(invoicing, "contracts", world.database, world)
    assert (await world.change(f"/insertions/{made['id']}", PRICE)).status_code == 200
