"""One consumer transaction: no event takes effect twice, none overtakes a newer one (reliability.md section 6)."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from uuid import UUID

from shared.runtime.arrival import Arrival, Readable
from shared.runtime.db import AsyncSession, driver
from shared.runtime.handlers import Handlers
from shared.runtime.parked import park_behind, schedule_next

Aggregate = tuple[str, UUID]

# Locks in the order of their keys, so that two consumers with common aggregates wait instead of deadlocking.
_LOCKS = """
SELECT pg_advisory_xact_lock(key) FROM (
  SELECT DISTINCT hashtextextended(type || id, 0) AS key FROM unnest($1::text[], $2::uuid[]) AS a(type, id)
  ORDER BY key OFFSET 0) AS keys
"""
# All locks are held before the first row is written: counting them makes the join wait for them.
_ACCEPT = f"""
WITH held AS MATERIALIZED ({_LOCKS})
INSERT INTO inbox (event_id, tenant_id, source, event_type, occurred_at, aggregate_id, sequence)
SELECT event_id, $3::uuid, source, event_type, occurred_at, aggregate_id, sequence
FROM (SELECT count(*) FROM held) AS locked,
     unnest($4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $2::uuid[], $8::int[])
       AS arrived(event_id, source, event_type, occurred_at, aggregate_id, sequence)
ON CONFLICT DO NOTHING RETURNING event_id
"""
_APPLIED = """
SELECT aggregate_type, aggregate_id, sequence
FROM applied JOIN unnest($1::text[], $2::uuid[]) AS a(aggregate_type, aggregate_id) USING (aggregate_type, aggregate_id)
"""
_APPLY = """
INSERT INTO applied (tenant_id, aggregate_type, aggregate_id, sequence)
SELECT $1::uuid, * FROM unnest($2::text[], $3::uuid[], $4::int[])
ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE SET sequence = excluded.sequence
"""


async def take_in(session: AsyncSession, arrived: Sequence[Readable], handlers: Handlers) -> list[Readable]:
    """Handle what is new among events of one tenant; those that took effect."""
    unique = {readable.received.event_id: readable for readable in arrived}
    new = await accept(session, [readable.arrival for readable in unique.values()])
    applied, early = await take_effect(session, [unique[each] for each in unique if each in new], handlers)
    if early:
        await park_behind(session, [readable.arrival for readable in early])
    return applied


async def take_effect(
    session: AsyncSession, new: Sequence[Readable], handlers: Handlers
) -> tuple[list[Readable], list[Readable]]:
    """Drop what is older than what took effect and hand the rest to the handlers: what did, and what came too early."""
    last = await _last_applied(session, new)
    due: list[Readable] = []
    early: list[Readable] = []
    advanced: dict[Aggregate, int] = {}
    for readable in new:
        aggregate, sequence = readable.arrival.aggregate, readable.received.sequence
        if not readable.fact.BATCH:
            before = last.get(aggregate, 0)
            if sequence <= before:
                continue
            if readable.fact.ORDERED and sequence > before + 1:
                early.append(readable)
                continue
            advanced[aggregate] = last[aggregate] = sequence
        due.append(readable)
    for fact, run in groupby(due, key=lambda readable: readable.fact):
        await handlers[fact](session, [readable.received for readable in run])
    if advanced:
        await _advance(session, new[0].received.tenant_id, advanced)
        await schedule_next(session, {key: advanced[key] for key in _ordered(due)})
    return due, early


async def lock(session: AsyncSession, arrived: Iterable[Readable]) -> None:
    """Hold these aggregates against other consumers until the transaction ends."""
    connection = await driver(session)
    await connection.execute(_LOCKS, *_columns(readable.arrival.aggregate for readable in arrived))


async def accept(session: AsyncSession, arrivals: Sequence[Arrival]) -> set[UUID]:
    """Hold the aggregates and note the events of one tenant in the inbox; the ids of those that were not there yet."""
    rows = [
        (arrival.envelope.id, arrival.envelope.source, arrival.routing_key, arrival.envelope.time,
         arrival.envelope.sequence)
        for arrival in arrivals
    ]  # fmt: skip
    aggregates = _columns(arrival.aggregate for arrival in arrivals)
    connection = await driver(session)
    noted = await connection.fetch(
        _ACCEPT, *aggregates, arrivals[0].envelope.tenantid, *map(list, zip(*rows, strict=True))
    )
    return {row["event_id"] for row in noted}


async def _last_applied(session: AsyncSession, new: Sequence[Readable]) -> dict[Aggregate, int]:
    counted = {readable.arrival.aggregate for readable in new if not readable.fact.BATCH}
    if not counted:
        return {}
    connection = await driver(session)
    rows = await connection.fetch(_APPLIED, *_columns(counted))
    return {(row["aggregate_type"], row["aggregate_id"]): row["sequence"] for row in rows}


async def _advance(session: AsyncSession, tenant_id: UUID, advanced: dict[Aggregate, int]) -> None:
    connection = await driver(session)
    await connection.execute(_APPLY, tenant_id, *_columns(advanced), list(advanced.values()))


def _ordered(due: Iterable[Readable]) -> set[Aggregate]:
    return {readable.arrival.aggregate for readable in due if readable.fact.ORDERED}


def _columns(aggregates: Iterable[Aggregate]) -> tuple[list[str], list[UUID]]:
    pairs = list(aggregates)
    return [kind for kind, _ in pairs], [aggregate_id for _, aggregate_id in pairs]
