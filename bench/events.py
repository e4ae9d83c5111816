"""Events: relay and end to end against bare pipelined publishing, consuming against one commit per message."""

import asyncio
import multiprocessing
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import aio_pika
import asyncpg
import uvloop

from bench.measure import Stopwatch, compare
from deploy.provision import discard, provision
from shared.events.envelope import CONTENT_TYPE, TYPE_PREFIX, Envelope, Fact, Received
from shared.events.topology import EXCHANGE, dead_queue, inbox_queue, patterns_of, topology_of
from shared.kernel.ids import new_id
from shared.runtime.consumer import Consumer
from shared.runtime.db import AsyncSession, Context, Database
from shared.runtime.garbage import collect_rarely
from shared.runtime.inprocess import InProcessTransport
from shared.runtime.migrate import migrate
from shared.runtime.outbox import record_many
from shared.runtime.rabbit import RabbitTransport
from shared.runtime.relay import Relay
from shared.runtime.transport import Message

_POSTGRES, _BROKER = "MB_TEST_POSTGRES_URL", "MB_TEST_BROKER_URL"
_NOTE = """
INSERT INTO inbox (event_id, tenant_id, source, event_type, occurred_at, aggregate_id, sequence)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
"""


class Told(Fact):
    """A thousand bytes of state."""

    TYPE: ClassVar[str] = "bench.told.changed.v1"
    id: UUID
    note: str = "x" * 600


async def on_told(session: AsyncSession, received: Sequence[Received[Any]]) -> None:
    """No effect: what is measured is the inbox."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A database and a queue that only this measurement sees."""

    service: str
    database: Database
    url: str
    count: int

    def transport(self) -> RabbitTransport:
        """Its queue on the real broker."""
        return RabbitTransport(os.environ[_BROKER], topology_of({self.service: patterns_of([Told])}))

    async def clear(self) -> None:
        """Empty tables and queue, so that each turn starts alike."""
        connection = await asyncpg.connect(self.url)
        await connection.execute("TRUNCATE outbox, stream, inbox, applied, parked")
        await connection.close()
        async with await aio_pika.connect(os.environ[_BROKER]) as broker:
            channel = await broker.channel()
            for queue in (inbox_queue(self.service), dead_queue(self.service)):
                await channel.queue_delete(queue)

    async def tell(self) -> list[bytes]:
        """Fill the outbox; the bodies as they will be published."""
        async with self.database.transaction(Context(new_id(), "bench", new_id())) as session:
            await record_many(session, [Told(id=new_id()) for _ in range(self.count)])
        rows = await self.fetch("SELECT envelope::text AS body FROM outbox ORDER BY seq")
        return [row["body"].encode() for row in rows]

    async def fetch(self, sql: str) -> list[asyncpg.Record]:
        """As the owner of everything sees it."""
        connection = await asyncpg.connect(self.url)
        try:
            return list(await connection.fetch(sql))
        finally:
            await connection.close()

    async def until(self, sql: str) -> None:
        """Wait until the query counts all events."""
        connection = await asyncpg.connect(self.url)
        while await connection.fetchval(sql) < self.count:  # noqa: ASYNC110  only the table tells
            await asyncio.sleep(0.01)
        await connection.close()


@asynccontextmanager
async def stand(count: int) -> AsyncIterator[Stand]:
    """Made and dropped again."""
    service = f"bench_{new_id().hex[-12:]}"
    made = await provision(os.environ[_POSTGRES], service)
    await migrate(made.owner_url, "plumbing")
    database = Database(made.app_url)
    superuser = os.environ[_POSTGRES].rsplit("/", 1)[0] + f"/{made.database}"
    place = Stand(service, database, superuser, count)
    try:
        yield place
    finally:
        await place.clear()
        await database.close()
        await discard(os.environ[_POSTGRES], made.database)


async def bare_publish(place: Stand) -> float:
    """The floor: a plain script that publishes the same bodies, 100 at a time, confirms awaited, no database."""
    await place.clear()
    bodies = await place.tell()
    async with place.transport().publisher():
        """Opening one declares the queue."""
    async with await aio_pika.connect(os.environ[_BROKER]) as broker:
        exchange = await (await broker.channel(on_return_raises=True)).get_exchange(EXCHANGE)
        watch = Stopwatch()
        for start in range(0, len(bodies), 100):
            sent = [exchange.publish(_message(body), Told.TYPE, timeout=5) for body in bodies[start : start + 100]]
            await asyncio.gather(*sent)
        return watch.rate(place.count)


def _message(body: bytes) -> aio_pika.Message:
    event_id = str(new_id())
    return aio_pika.Message(
        body,
        content_type=CONTENT_TYPE,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=event_id,
        headers={
            "cloudEvents_id": event_id,
            "cloudEvents_type": TYPE_PREFIX + Told.TYPE,
            "cloudEvents_source": "/bench",
            "cloudEvents_subject": event_id,
        },
    )


async def relayed(place: Stand) -> float:
    """Our relay, from a full outbox to all rows marked."""
    await place.clear()
    await place.tell()
    stopping = asyncio.Event()
    watch = Stopwatch()
    running = asyncio.create_task(Relay(place.service, place.database, place.transport()).run(stopping))
    await place.until("SELECT count(*) FROM outbox WHERE published_at IS NOT NULL")
    rate = watch.rate(place.count)
    stopping.set()
    await running
    return rate


async def end_to_end(place: Stand) -> float:
    """Relay here, consumer in a process of its own, until every event is in the inbox once."""
    await place.clear()
    await place.tell()
    arguments = (place.service, place.database.url)
    consumer = multiprocessing.get_context("spawn").Process(target=consume_here, args=arguments, daemon=True)
    consumer.start()
    await asyncio.sleep(3)
    stopping = asyncio.Event()
    watch = Stopwatch()
    running = asyncio.create_task(Relay(place.service, place.database, place.transport()).run(stopping))
    await place.until("SELECT count(*) FROM inbox")
    rate = watch.rate(place.count)
    stopping.set()
    await running
    consumer.terminate()
    consumer.join()
    return rate


def consume_here(service: str, url: str) -> None:
    """The consumer's process."""
    collect_rarely()
    transport = RabbitTransport(os.environ[_BROKER], topology_of({service: patterns_of([Told])}))
    uvloop.run(Consumer(service, Database(url), transport, {Told: on_told}).run(asyncio.Event()))


async def one_commit_each(place: Stand) -> float:
    """The floor of consuming: a plain transaction per message that notes its id, without checks; no broker."""
    await place.clear()
    envelopes = [Envelope.model_validate_json(body) for body in await place.tell()]
    connection = await place.database.connect()
    await connection.execute("SELECT set_config('app.system', 'on', false)")
    watch = Stopwatch()
    for each in envelopes:
        async with connection.transaction():
            await connection.execute(
                _NOTE, each.id, each.tenantid, each.source, each.type, each.time, each.subject, each.sequence
            )
    rate = watch.rate(place.count)
    await connection.close()
    return rate


async def consumed(place: Stand) -> float:
    """Our consumer, which takes bytes off a queue in memory and reads them; no broker on either side."""
    await place.clear()
    bodies = await place.tell()
    transport = InProcessTransport(place.transport().topology)
    await transport.publish([Message(new_id(), Told.TYPE, "/bench", new_id(), body) for body in bodies])
    stopping = asyncio.Event()
    watch = Stopwatch()
    running = asyncio.create_task(Consumer(place.service, place.database, transport, {Told: on_told}).run(stopping))
    await place.until("SELECT count(*) FROM inbox")
    rate = watch.rate(place.count)
    stopping.set()
    await running
    return rate


async def events(count: int, runs: int) -> None:
    """G10, G11, G12 of docs/performance.md."""
    async with stand(count) as place:
        await compare("G10 relay", lambda: bare_publish(place), lambda: relayed(place), runs=runs, goal=0.6)
        await compare("G11 consumer", lambda: one_commit_each(place), lambda: consumed(place), runs=runs, goal=8)
        await compare("G12 end to end", lambda: bare_publish(place), lambda: end_to_end(place), runs=runs, goal=0.4)
