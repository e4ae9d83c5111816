"""The relay: everything recorded reaches the broker, in order, whatever fails on the way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import pytest_asyncio

from shared.kernel.ids import new_id
from shared.runtime.db import Database
from shared.runtime.inprocess import InProcessTransport
from shared.runtime.outbox import record
from shared.runtime.relay import Relay
from shared.runtime.transport import Message
from tests.database import MakeDatabase
from tests.shared.facts import SERVICE, ThingChanged, envelope_of, of_tenant, rows, transport


@pytest_asyncio.fixture
async def database(fresh_database: MakeDatabase) -> AsyncIterator[Database]:
    opened = Database((await fresh_database("plumbing")).app_url)
    yield opened
    await opened.close()


async def tell(database: Database, tenant_id: UUID, subject: UUID, count: int) -> None:
    async with database.transaction(of_tenant(tenant_id)) as session:
        for _ in range(count):
            await record(session, ThingChanged(id=subject))


async def relayed(database: Database, broker: InProcessTransport, *, relays: int = 1) -> None:
    """Run relays until the outbox is empty."""
    stopping = asyncio.Event()
    running = [asyncio.create_task(Relay(SERVICE, database, broker).run(stopping)) for _ in range(relays)]
    async with asyncio.timeout(30):
        while await rows(database, "SELECT seq FROM outbox WHERE published_at IS NULL"):
            await asyncio.sleep(0.02)
    stopping.set()
    await asyncio.gather(*running)


async def sequences(broker: InProcessTransport) -> list[int]:
    async with broker.subscription(f"{SERVICE}.inbox", 10_000) as subscription:
        return [envelope_of(delivery.body).sequence for delivery in await subscription.take(0.1, 10_000)]


class Faulty(InProcessTransport):
    """Confirms only some of what it carries: every second publish loses the confirms after the third message."""

    calls = 0

    @asynccontextmanager
    async def publisher(self) -> AsyncIterator["Faulty"]:
        yield self

    async def publish(self, messages: Sequence[Message]) -> int:
        self.calls += 1
        await super().publish(messages)
        return min(3, len(messages)) if self.calls % 2 else len(messages)


async def test_events_arrive_in_the_order_of_their_sequence(database: Database, tenant_id: UUID) -> None:
    broker = transport()
    await tell(database, tenant_id, new_id(), 250)
    await relayed(database, broker)
    assert await sequences(broker) == list(range(1, 251))


async def test_two_relays_publish_each_event_once_and_in_order(database: Database, tenant_id: UUID) -> None:
    broker = transport()
    await tell(database, tenant_id, new_id(), 250)
    await relayed(database, broker, relays=2)
    assert await sequences(broker) == list(range(1, 251))


async def test_only_the_confirmed_prefix_is_marked_and_the_rest_is_published_again(
    database: Database, tenant_id: UUID
) -> None:
    broker = Faulty(transport().topology)
    await tell(database, tenant_id, new_id(), 10)
    await relayed(database, broker)
    # Three were confirmed, the other seven went out twice: a lost confirm never becomes a lost event.
    assert await sequences(broker) == [*range(1, 11), *range(4, 11)]


async def test_no_event_leaves_before_all_earlier_batches_are_confirmed(database: Database, tenant_id: UUID) -> None:
    broker = Faulty(transport().topology)
    await tell(database, tenant_id, new_id(), 320)
    await relayed(database, broker)
    arrived = await sequences(broker)
    assert list(dict.fromkeys(arrived)) == list(range(1, 321))
    assert await rows(database, "SELECT position FROM outbox ORDER BY seq") == list(range(1, 321))


async def test_positions_count_up_without_holes_in_the_order_of_publishing(database: Database, tenant_id: UUID) -> None:
    await tell(database, tenant_id, new_id(), 120)
    await relayed(database, transport())
    assert await rows(database, "SELECT position FROM outbox ORDER BY seq") == list(range(1, 121))
    await tell(database, tenant_id, new_id(), 5)
    await relayed(database, transport())
    assert await rows(database, "SELECT position FROM outbox ORDER BY seq") == list(range(1, 126))


async def test_a_relay_goes_on_after_its_connection_was_killed(database: Database, tenant_id: UUID) -> None:
    broker, stopping = transport(), asyncio.Event()
    running = asyncio.create_task(Relay(SERVICE, database, broker).run(stopping))
    try:
        await tell(database, tenant_id, new_id(), 3)
        await published(database, 3)
        await rows(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        await tell(database, tenant_id, new_id(), 3)
        await published(database, 6)
    finally:
        stopping.set()
        await running
    assert await sequences(broker) == [1, 2, 3, 1, 2, 3]


async def published(database: Database, count: int) -> None:
    async with asyncio.timeout(10):
        while await rows(database, "SELECT count(*) FROM outbox WHERE published_at IS NOT NULL") != [count]:
            await asyncio.sleep(0.02)
