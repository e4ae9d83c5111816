"""The producer's side: facts become outbox rows in the transaction that makes them true."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from pydantic import BaseModel

from shared.events.envelope import BATCH_ITEMS_MAX, MESSAGE_BYTES_MAX, Fact, Received, envelope_json
from shared.kernel.errors import Invalid
from shared.kernel.ids import new_id
from shared.runtime.clock import now
from shared.runtime.db import AsyncSession, context_of, driver

# Room for the attributes around a batch's items, and for the sequence that the database writes at an envelope's end.
_ENVELOPE_BYTES, _SEQUENCE_BYTES = 2_048, len(',"sequence":2147483647}')

# The upsert locks each aggregate's counter until the commit, so `seq` rises with `sequence`; sorted, so that two
# transactions that tell of the same aggregates wait instead of deadlocking.
_RECORD = """
WITH told AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY AS t(event_id, aggregate_id, opened, n)
), counted AS (
  INSERT INTO stream AS s (tenant_id, aggregate_type, aggregate_id, sequence)
  SELECT $4::uuid, $5::text, aggregate_id, 1 FROM told ORDER BY aggregate_id
  ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE SET sequence = s.sequence + 1
  RETURNING aggregate_id, sequence
)
INSERT INTO outbox (event_id, tenant_id, aggregate_type, aggregate_id, sequence, routing_key, envelope, occurred_at)
SELECT event_id, $4::uuid, $5::text, aggregate_id, sequence, $6::text,
       (opened || ',"sequence":' || sequence || '}')::json, $7::timestamptz
FROM told JOIN counted USING (aggregate_id) ORDER BY n
"""


class Written(NamedTuple):
    """A fact already written as the JSON of its class, by a run that tells of more than objects can keep up with."""

    subject: UUID
    legal_entity_id: UUID | None
    json: bytes


async def record(session: AsyncSession, fact: Fact, *, because: Received[Any] | None = None) -> None:
    """Tell one fact once the session's transaction commits, with its aggregate's next sequence, in one round trip.

    Take the aggregate's own lock first. `because` is the event that led to it, when the session handles several;
    without it the session's context names correlation and cause. `Invalid("event_too_large")` above 1 MiB.
    """
    await record_many(session, [fact], because=because)


async def record_many(session: AsyncSession, facts: Sequence[Fact], *, because: Received[Any] | None = None) -> None:
    """Tell one fact of each of many aggregates in one statement; all of one class, no aggregate twice."""
    if not facts:
        return
    told = type(facts[0])
    if told.BATCH or any(type(fact) is not told for fact in facts):
        raise TypeError("record_many takes facts of one class that is no batch")
    await record_written(
        session, told, [_written(fact, getattr(fact, told.SUBJECT)) for fact in facts], because=because
    )


def _written(fact: Fact, subject: UUID) -> Written:
    return Written(subject, getattr(fact, "legal_entity_id", None), fact.model_dump_json().encode())


async def record_batch(
    session: AsyncSession, told: type[Fact], items: Sequence[BaseModel], *, because: Received[Any] | None = None
) -> None:
    """Tell many items in messages of at most 500 items and 1 MiB, each message an aggregate of its own."""
    if not told.BATCH:
        raise TypeError(f"{told.__name__} is no batch")
    batches = [told.model_construct(items=part) for part in packed(items)]
    if batches:
        await record_written(session, told, [_written(batch, new_id()) for batch in batches], because=because)


def packed(items: Sequence[BaseModel]) -> list[list[BaseModel]]:
    """The items in their order, cut into parts that each fit one message."""
    parts: list[list[BaseModel]] = []
    room, size_max = 0, MESSAGE_BYTES_MAX - _ENVELOPE_BYTES
    for item in items:
        size = len(item.model_dump_json().encode()) + 1
        if not parts or size > room or len(parts[-1]) == BATCH_ITEMS_MAX:
            parts.append([])
            room = size_max
        parts[-1].append(item)
        room -= size
    return parts


async def record_written(
    session: AsyncSession, told: type[Fact], facts: Sequence[Written], *, because: Received[Any] | None = None
) -> None:
    """Tell facts of one class that are JSON already; no aggregate twice."""
    if not facts:
        return
    context = context_of(session)
    if because:
        context = replace(context, correlation_id=because.correlation_id, causation_id=because.event_id)
    if context.tenant_id is None:
        raise TypeError("a fact always belongs to a tenant")
    occurred_at, event_ids, traceparent = now(), [new_id() for _ in facts], _traceparent()
    envelopes = [
        _opened(
            envelope_json(
                told,
                fact.json,
                event_id=event_id,
                subject=fact.subject,
                legal_entity_id=fact.legal_entity_id,
                tenant_id=context.tenant_id,
                correlation_id=context.correlation_id,
                causation_id=context.causation_id,
                occurred_at=occurred_at,
                traceparent=traceparent,
            )
        )
        for fact, event_id in zip(facts, event_ids, strict=True)
    ]
    connection = await driver(session)
    await connection.execute(
        _RECORD,
        event_ids,
        [fact.subject for fact in facts],
        envelopes,
        context.tenant_id,
        told.aggregate_type(),
        told.TYPE,
        occurred_at,
    )


def _opened(envelope: bytes) -> str:
    if len(envelope) + _SEQUENCE_BYTES > MESSAGE_BYTES_MAX:
        raise Invalid("event_too_large", "The record is too large to be told in one message.")
    return envelope[:-1].decode()


def _traceparent() -> str | None:
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")
