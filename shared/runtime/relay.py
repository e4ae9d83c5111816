"""The relay: publishes what the outbox holds, in order; one is active per database (reliability.md section 4)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import asyncpg
import structlog
from prometheus_client import Counter, Gauge

from shared.events.envelope import source_of
from shared.runtime.backoff import Backoff, sleep_unless
from shared.runtime.clock import now
from shared.runtime.db import Database
from shared.runtime.failpoint import failpoint
from shared.runtime.transport import Message, Publisher, TopologyMismatch, Transport

_LEADER = Gauge("mb_relay_leader", "1 while this process relays the service's outbox.", ["service"])
_LAG = Gauge("mb_outbox_lag_seconds", "Age of the oldest event that is not published.", ["service"])
_PUBLISHED = Counter("mb_events_published_total", "Events the broker confirmed.", ["service"])

# Advisory locks belong to one database, so every service may use the same number.
_LOCK = 0x6D625F72656C6179
_BATCH, _BATCH_BYTES = 100, 8 * 1_048_576
_IDLE_SECONDS, _STANDBY_SECONDS = 0.05, 1.0
_log = structlog.get_logger()

_UNPUBLISHED = """
SELECT seq, event_id, tenant_id, aggregate_id, routing_key, envelope::text AS body, occurred_at
FROM outbox WHERE published_at IS NULL AND seq <> ALL($2::bigint[]) ORDER BY seq LIMIT $1
"""
# Only the one relay counts positions, so none appears late and a feed may page by them.
_MARK = """
UPDATE outbox SET published_at = clock_timestamp(), position = last.position + told.n
FROM unnest($1::bigint[]) WITH ORDINALITY AS told(seq, n),
     (SELECT coalesce(max(position), 0) AS position FROM outbox) AS last
WHERE outbox.seq = told.seq
"""


class Relay:
    """Moves one service's events from its outbox to the broker."""

    def __init__(self, service: str, database: Database, transport: Transport) -> None:
        self._service = service
        self._database = database
        self._transport = transport
        self._oldest: datetime | None = None
        _LAG.labels(service).set_function(self._lag_seconds)

    async def run(self, stopping: asyncio.Event) -> None:
        """Relay until told to stop; on any error close everything and start over. `TopologyMismatch` is final."""
        backoff = Backoff()
        while not stopping.is_set():
            try:
                connection = await self._database.connect()
                try:
                    await self._follow(connection, stopping, backoff)
                finally:
                    _LEADER.labels(self._service).set(0)
                    await connection.close(timeout=5)
            except TopologyMismatch:
                raise
            except Exception as error:
                _log.warning("relay_restarts", service=self._service, error=repr(error))
                await sleep_unless(stopping, backoff.next_seconds())

    async def _follow(self, connection: asyncpg.Connection, stopping: asyncio.Event, backoff: Backoff) -> None:
        await connection.execute("SELECT set_config('app.system', 'on', false)")
        while not stopping.is_set():
            if await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
                await self._lead(connection, stopping, backoff)
            else:
                await sleep_unless(stopping, _STANDBY_SECONDS)

    async def _lead(self, connection: asyncpg.Connection, stopping: asyncio.Event, backoff: Backoff) -> None:
        _LEADER.labels(self._service).set(1)
        confirmed: list[int] = []
        waiting = await self._read(connection, [])
        async with self._transport.publisher() as publisher:
            while confirmed or not stopping.is_set():
                # The database marks one batch and reads the next while the broker takes the one between them: each
                # goes out only after all of the one before it is confirmed.
                async with asyncio.TaskGroup() as both:
                    published = both.create_task(self._publish(publisher, waiting))
                    following = both.create_task(self._mark_and_read(connection, confirmed, waiting))
                confirmed = [row["seq"] for row in waiting[: published.result()]]
                if len(confirmed) < len(waiting):
                    await self._mark(connection, confirmed)
                    raise ConnectionError(
                        f"{len(waiting) - len(confirmed)} of {len(waiting)} events were not confirmed"
                    )
                if not waiting and not following.result():
                    await sleep_unless(stopping, _IDLE_SECONDS)
                waiting = [] if stopping.is_set() else following.result()
                backoff.reset()

    async def _publish(self, publisher: Publisher, rows: Sequence[asyncpg.Record]) -> int:
        """How many of the rows, from the first on, the broker has for good."""
        if not rows:
            return 0
        failpoint("relay.before_publish")
        confirmed = await publisher.publish([self._message(row) for row in rows])
        failpoint("relay.after_publish")
        _PUBLISHED.labels(self._service).inc(confirmed)
        return confirmed

    async def _mark_and_read(
        self, connection: asyncpg.Connection, confirmed: Sequence[int], waiting: Sequence[asyncpg.Record]
    ) -> list[asyncpg.Record]:
        await self._mark(connection, confirmed)
        return await self._read(connection, waiting)

    async def _mark(self, connection: asyncpg.Connection, confirmed: Sequence[int]) -> None:
        if confirmed:
            await connection.execute(_MARK, confirmed)
            failpoint("relay.after_mark")

    async def _read(self, connection: asyncpg.Connection, waiting: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
        """The oldest unpublished rows beside those that are on their way."""
        in_flight = [row["seq"] for row in waiting]
        rows = _within_bytes(await connection.fetch(_UNPUBLISHED, _BATCH, in_flight))
        oldest = [*waiting[:1], *rows[:1]]
        self._oldest = oldest[0]["occurred_at"] if oldest else None
        return rows

    def _message(self, row: asyncpg.Record) -> Message:
        return Message(
            event_id=row["event_id"],
            routing_key=row["routing_key"],
            source=source_of(row["tenant_id"], self._service),
            subject=row["aggregate_id"],
            body=row["body"].encode(),
        )

    def _lag_seconds(self) -> float:
        return (now() - self._oldest).total_seconds() if self._oldest else 0.0


def _within_bytes(rows: list[asyncpg.Record]) -> list[asyncpg.Record]:
    """The first rows that a slow line carries within the time-out of a publish; at least one."""
    size = 0
    for count, row in enumerate(rows):
        size += len(row["body"])
        if size > _BATCH_BYTES and count:
            return rows[:count]
    return rows
