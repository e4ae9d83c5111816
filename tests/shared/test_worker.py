"""A whole worker over RabbitMQ: what one transaction told takes effect once, and stopping is quick and clean."""

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

import aio_pika

from shared.events.envelope import Fact, Received
from shared.events.topology import dead_queue, inbox_queue, patterns_of, topology_of
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession, Database
from shared.runtime.outbox import record_many
from shared.runtime.rabbit import RabbitTransport
from shared.runtime.worker import Worker
from tests.database import MakeDatabase
from tests.servers import Servers
from tests.shared.facts import of_tenant, rows

SERVICE = f"w{new_id().hex[-12:]}"


class Told(Fact):
    TYPE: ClassVar[str] = "warehouse.told.changed.v1"
    id: UUID


async def test_every_event_takes_effect_once_and_the_worker_stops_cleanly(
    servers: Servers, fresh_database: MakeDatabase, tenant_id: UUID
) -> None:
    database = Database((await fresh_database("plumbing")).app_url)
    taken: list[UUID] = []

    async def on_told(session: AsyncSession, received: Sequence[Received[Any]]) -> None:
        taken.extend(each.subject for each in received)

    transport = RabbitTransport(servers.broker_url, topology_of({SERVICE: patterns_of([Told])}))
    worker = Worker(SERVICE, database, transport, {Told: on_told}, {})
    subjects = [new_id() for _ in range(500)]
    async with database.transaction(of_tenant(tenant_id)) as session:
        await record_many(session, [Told(id=subject) for subject in subjects])
    stopping = asyncio.Event()
    running = asyncio.create_task(worker.run(stopping))
    try:
        async with asyncio.timeout(30):
            while await rows(database, "SELECT count(*) FROM inbox") != [500]:
                await asyncio.sleep(0.05)
        stopping.set()
        await asyncio.wait_for(running, 5)
        assert sorted(taken) == sorted(subjects)
        assert await depth(servers, inbox_queue(SERVICE)) == 0
    finally:
        running.cancel()
        await database.close()
        await delete_queues(servers)


async def depth(servers: Servers, queue: str) -> int | None:
    async with await aio_pika.connect(servers.broker_url) as connection:
        channel = await connection.channel()
        declared = await channel.declare_queue(queue, passive=True)
        return declared.declaration_result.message_count


async def delete_queues(servers: Servers) -> None:
    async with await aio_pika.connect(servers.broker_url) as connection:
        channel = await connection.channel()
        for queue in (inbox_queue(SERVICE), dead_queue(SERVICE)):
            await channel.queue_delete(queue)
