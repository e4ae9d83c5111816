"""Parked messages: what could not be handled waits in a table for its next attempt, its predecessor, or a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.kernel.errors import Forbidden, NotAllowedNow, NotFound
from shared.runtime.arrival import Arrival, Readable, Unreadable
from shared.runtime.db import AsyncSession, driver

_INSERT = """
INSERT INTO parked (event_id, tenant_id, event_type, aggregate_type, aggregate_id, sequence, envelope,
                    ordered, reason, error, next_attempt_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CASE WHEN $11 THEN now() + interval '10 s' END)
ON CONFLICT (event_id) DO NOTHING
"""
# Blocked when the predecessor itself is parked, a gap when it has not come.
_BEHIND = """
INSERT INTO parked (event_id, tenant_id, event_type, aggregate_type, aggregate_id, sequence, envelope,
                    ordered, reason, error)
SELECT a.*, true, CASE WHEN waits THEN 'blocked' ELSE 'gap' END, 'waits for an earlier event'
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::int[], $7::text[])
       AS a(event_id, tenant_id, event_type, aggregate_type, aggregate_id, sequence, envelope),
     LATERAL (SELECT EXISTS (
       SELECT FROM parked p WHERE p.aggregate_id = a.aggregate_id AND p.aggregate_type = a.aggregate_type
         AND p.sequence < a.sequence AND p.resolved_at IS NULL)) AS earlier(waits)
ON CONFLICT (event_id) DO NOTHING
"""
_NEXT = """
UPDATE parked SET next_attempt_at = now()
FROM unnest($1::text[], $2::uuid[], $3::int[]) AS a(aggregate_type, aggregate_id, sequence)
WHERE parked.aggregate_type = a.aggregate_type AND parked.aggregate_id = a.aggregate_id
  AND parked.sequence = a.sequence + 1 AND parked.reason IN ('gap', 'blocked') AND parked.resolved_at IS NULL
"""
# An attempt counts before it is made: a message that kills the process cannot do so for ever.
_CLAIM = """
UPDATE parked SET attempts = attempts + 1,
  next_attempt_at = CASE attempts WHEN 0 THEN now() + interval '1 min' WHEN 1 THEN now() + interval '10 min' END
WHERE event_id IN (
  SELECT event_id FROM parked WHERE resolved_at IS NULL AND next_attempt_at <= now()
  ORDER BY next_attempt_at, sequence LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING event_id, envelope, sequence
"""
_RESOLVE = "UPDATE parked SET resolved_at = now(), resolution = $2, next_attempt_at = NULL WHERE event_id = $1"
_SKIP = """
INSERT INTO applied (tenant_id, aggregate_type, aggregate_id, sequence) VALUES ($1, $2, $3, $4)
ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE SET sequence = greatest(applied.sequence, excluded.sequence)
"""


@dataclass(frozen=True, slots=True)
class Parked:
    """A message that is due for another attempt."""

    event_id: UUID
    body: bytes


async def park(
    session: AsyncSession, message: Readable | Unreadable, reason: str, error: str, *, again: bool = False
) -> None:
    """Put a message aside: for another attempt in 10 s, or as failed until a person looks at it."""
    key = _row(message.arrival) if message.arrival else _row_of_bytes(message.event_id, message.body)
    ordered = isinstance(message, Readable) and message.fact.ORDERED
    await (await driver(session)).execute(_INSERT, *key, ordered, reason, error[:2000], again)


async def park_behind(session: AsyncSession, early: Sequence[Arrival]) -> None:
    """Put ordered events aside until the one before them took effect."""
    connection = await driver(session)
    await connection.execute(_BEHIND, *map(list, zip(*map(_row, early), strict=True)))


async def schedule_next(session: AsyncSession, advanced: Mapping[tuple[str, UUID], int]) -> None:
    """The parked successors of these sequences may go now."""
    if advanced:
        kinds, ids = zip(*advanced, strict=True)
        connection = await driver(session)
        await connection.execute(_NEXT, list(kinds), list(ids), list(advanced.values()))


async def claim_due(session: AsyncSession, limit: int) -> list[Parked]:
    """Messages whose next attempt is due; each counts as made. Delays: 10 s, 1 min, 10 min, then failed."""
    connection = await driver(session)
    rows = sorted(await connection.fetch(_CLAIM, limit), key=lambda row: row["sequence"] or 0)
    return [Parked(row["event_id"], row["envelope"].encode()) for row in rows]


async def resolve(session: AsyncSession, event_id: UUID, resolution: str) -> None:
    """Done with: `handled`, `superseded` by a newer event, or `discarded`."""
    await (await driver(session)).execute(_RESOLVE, event_id, resolution)


async def note_failure(session: AsyncSession, event_id: UUID, error: str, *, final: bool) -> None:
    """Keep why an attempt failed; a final failure is not tried again by itself."""
    await (await driver(session)).execute(
        "UPDATE parked SET error = $2, next_attempt_at = CASE WHEN $3 THEN NULL ELSE next_attempt_at END"
        " WHERE event_id = $1 AND resolved_at IS NULL",
        event_id,
        error[:2000],
        final,
    )


async def open_count(session: AsyncSession) -> int:
    """How many messages wait."""
    connection = await driver(session)
    count: int = await connection.fetchval("SELECT count(*) FROM parked WHERE resolved_at IS NULL")
    return count


async def replay(session: AsyncSession, event_id: UUID) -> None:
    """Let a parked message go through its handler again now, with all its attempts; `NotFound`, `NotAllowedNow`."""
    await _open(session, event_id)
    await (await driver(session)).execute(
        "UPDATE parked SET next_attempt_at = now(), attempts = 0 WHERE event_id = $1", event_id
    )


async def replay_all(session: AsyncSession) -> int:
    """The same for every open message; how many there are."""
    done = await (await driver(session)).execute(
        "UPDATE parked SET next_attempt_at = now(), attempts = 0 WHERE resolved_at IS NULL"
    )
    return int(done.rpartition(" ")[2])


async def discard(session: AsyncSession, event_id: UUID, *, who: str, reason: str) -> bool:
    """Give a message up, which takes two people: the first asks, the second confirms. Whether it is discarded now.

    An ordered message counts as taken, so that its successors may go on. `Forbidden("second_person_needed")`.
    """
    row = await _open(session, event_id)
    connection = await driver(session)
    if row["discard_asked_by"] is None:
        await connection.execute(
            "UPDATE parked SET discard_asked_by = $2, discard_reason = $3 WHERE event_id = $1", event_id, who, reason
        )
        return False
    if row["discard_asked_by"] == who:
        raise Forbidden("second_person_needed", "Another person must confirm that the message is discarded.")
    await resolve(session, event_id, "discarded")
    if row["ordered"]:
        aggregate = row["aggregate_type"], row["aggregate_id"]
        await connection.execute(_SKIP, row["tenant_id"], *aggregate, row["sequence"])
        await schedule_next(session, {aggregate: row["sequence"]})
    return True


async def _open(session: AsyncSession, event_id: UUID) -> Any:
    connection = await driver(session)
    row = await connection.fetchrow("SELECT * FROM parked WHERE event_id = $1 FOR UPDATE", event_id)
    if row is None:
        raise NotFound("parked_message_unknown", "There is no such parked message.")
    if row["resolved_at"] is not None:
        raise NotAllowedNow("parked_message_resolved", "The message is already done with.")
    return row


def _row(arrival: Arrival) -> tuple[UUID, UUID, str, str, UUID, int, str]:
    envelope, (kind, aggregate_id) = arrival.envelope, arrival.aggregate
    return (
        envelope.id, envelope.tenantid, envelope.routing_key, kind, aggregate_id, envelope.sequence,
        _storable(arrival.body),
    )  # fmt: skip


def _row_of_bytes(event_id: UUID, body: bytes) -> tuple[UUID, None, str, None, None, None, str]:
    return event_id, None, "", None, None, None, _storable(body)


def _storable(body: bytes) -> str:
    """The bytes as text that PostgreSQL can hold, whatever they are."""
    return body.decode(errors="replace").replace("\x00", "\ufffd")
