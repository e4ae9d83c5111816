"""One consumer transaction: no event takes effect twice, none overtakes a newer one (reliability.md section 6)."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any
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
_APPLY = """
INSERT INTO applied AS known (tenant_id, aggregate_type, aggregate_id, sequence)
SELECT $1::uuid, * FROM unnest($2::text[], $3::uuid[], $4::int[]) AS told(type, id, sequence) WHERE sequence > 0
ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE SET sequence = excluded.sequence
WHERE known.sequence < excluded.sequence
"""
# What was applied before, while the same statement moves on: it sees the table as it was when it began. One look into
# the index per aggregate, since a join reads the whole table until statistics say that it is large.
_COMPARE = f"""
WITH moved AS ({_APPLY})
SELECT told.type, told.id, last.sequence
FROM unnest($2::text[], $3::uuid[]) AS told(type, id), LATERAL (
  SELECT sequence FROM applied WHERE aggregate_type = told.type AND aggregate_id = told.id LIMIT 1) AS last
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
    last = await _compare(session, new)
    due: list[Readable] = []
    early: list[Readable] = []
    for readable in new:
        aggregate, sequence = readable.arrival.aggregate, readable.received.sequence
        if not readable.fact.BATCH:
            before = last.get(aggregate, 0)
            if sequence <= before:
                continue
            if readable.fact.ORDERED and sequence > before + 1:
                early.append(readable)
                continue
            last[aggregate] = sequence
        due.append(readable)
    for fact, run in groupby(due, key=lambda readable: readable.fact):
        await handlers[fact](session, [readable.received for readable in run])
    if stepped := {readable.arrival.aggregate for readable in due if readable.fact.ORDERED}:
        steps = {aggregate: last[aggregate] for aggregate in stepped}
        await _execute(session, _APPLY, new, steps)
        await schedule_next(session, steps)
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


async def _compare(session: AsyncSession, new: Sequence[Readable]) -> dict[Aggregate, int]:
    """The sequences applied so far, raised in the same statement to the newest; those of steps once they are taken."""
    newest: dict[Aggregate, int] = {}
    for readable in new:
        if not readable.fact.BATCH:
            aggregate = readable.arrival.aggregate
            told = 0 if readable.fact.ORDERED else readable.received.sequence
            newest[aggregate] = max(newest.get(aggregate, 0), told)
    rows = await _execute(session, _COMPARE, new, newest) if newest else []
    return {(row["type"], row["id"]): row["sequence"] for row in rows}


async def _execute(
    session: AsyncSession, statement: str, new: Sequence[Readable], sequences: dict[Aggregate, int]
) -> list[Any]:
    connection = await driver(session)
    tenant_id = new[0].received.tenant_id
    rows: list[Any] = await connection.fetch(statement, tenant_id, *_columns(sequences), list(sequences.values()))
    return rows


def _columns(aggregates: Iterable[Aggregate]) -> tuple[list[str], list[UUID]]:
    pairs = list(aggregates)
    return [kind for kind, _ in pairs], [aggregate_id for _, aggregate_id in pairs]
