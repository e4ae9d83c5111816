"""Recording facts: sequences, sizes, and what the envelope says."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID

import pytest

from shared.events.envelope import MESSAGE_BYTES_MAX, Received
from shared.kernel.errors import Invalid
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from shared.runtime.outbox import record, record_batch, record_many
from tests.shared.facts import Item, ItemsCounted, ThingChanged, envelope_of, of_tenant, rows

Pools = Callable[[str], Awaitable[Database]]


async def told_of(database: Database, subject: UUID) -> list[tuple[int, str]]:
    return await rows(
        database,
        "SELECT sequence, envelope::text FROM outbox WHERE aggregate_id = :id ORDER BY seq",
        id=subject,
    )


async def test_an_envelope_carries_what_its_context_knows(pools: Pools, tenant_id: UUID) -> None:
    database, subject = await pools("plumbing"), new_id()
    context = Context(tenant_id, "test", correlation_id=new_id(), causation_id=new_id())
    async with database.transaction(context) as session:
        await record(session, ThingChanged(id=subject, note='å, "é": '))
    [(sequence, body)] = await told_of(database, subject)
    envelope = envelope_of(body.encode())
    assert (sequence, envelope.sequence) == (1, 1)
    assert envelope.type == "mediabilling.warehouse.thing.changed.v1"
    assert envelope.source == f"/{tenant_id}/warehouse"
    assert (envelope.subject, envelope.tenantid) == (subject, tenant_id)
    assert (envelope.correlationid, envelope.causationid) == (context.correlation_id, context.causation_id)
    assert envelope.data == {"id": str(subject), "note": 'å, "é": '}


async def test_an_event_names_the_event_that_led_to_it(pools: Pools, tenant_id: UUID) -> None:
    database, subject = await pools("plumbing"), new_id()
    async with database.transaction(of_tenant(tenant_id)) as session:
        fact = ThingChanged(id=subject)
        cause = Received(new_id(), subject, 1, tenant_id, new_id(), occurred_at=None, data=fact)  # type: ignore[arg-type]
        await record(session, fact, because=cause)
    [(_, body)] = await told_of(database, subject)
    envelope = envelope_of(body.encode())
    assert (envelope.correlationid, envelope.causationid) == (cause.correlation_id, cause.event_id)


async def test_sequences_of_an_aggregate_count_without_holes_under_concurrent_writers(
    pools: Pools, tenant_id: UUID
) -> None:
    database, subject = await pools("plumbing"), new_id()

    async def tell(number: int) -> None:
        async with database.transaction(of_tenant(tenant_id)) as session:
            await record(session, ThingChanged(id=subject, note=str(number)))
            if number % 3 == 0:
                raise LookupError

    await asyncio.gather(*(tell(number) for number in range(15)), return_exceptions=True)
    assert [sequence for sequence, _ in await told_of(database, subject)] == list(range(1, 11))


async def test_nothing_is_told_when_the_transaction_fails(pools: Pools, tenant_id: UUID) -> None:
    database, subject = await pools("plumbing"), new_id()
    with suppress(LookupError):
        async with database.transaction(of_tenant(tenant_id)) as session:
            await record(session, ThingChanged(id=subject))
            raise LookupError
    assert await told_of(database, subject) == []


async def test_many_facts_keep_their_order_and_count_each_aggregate_by_itself(pools: Pools, tenant_id: UUID) -> None:
    database = await pools("plumbing")
    subjects = [new_id() for _ in range(50)][::-1]
    async with database.transaction(of_tenant(tenant_id)) as session:
        await record(session, ThingChanged(id=subjects[7]))
        await record_many(session, [ThingChanged(id=subject) for subject in subjects])
    told = await rows(
        database,
        "SELECT aggregate_id, sequence FROM outbox WHERE tenant_id = :tenant ORDER BY seq OFFSET 1",
        tenant=tenant_id,
    )
    assert told == [(subject, 2 if subject == subjects[7] else 1) for subject in subjects]


async def test_a_batch_message_holds_at_most_five_hundred_items(pools: Pools, tenant_id: UUID) -> None:
    database = await pools("plumbing")
    items = [Item(id=new_id()) for _ in range(1001)]
    async with database.transaction(of_tenant(tenant_id)) as session:
        await record_batch(session, ItemsCounted, items)
    told = await rows(
        database,
        "SELECT json_array_length(envelope #> '{data,items}'), sequence FROM outbox WHERE tenant_id = :t ORDER BY seq",
        t=tenant_id,
    )
    assert told == [(500, 1), (500, 1), (1, 1)]


async def test_a_batch_message_stays_below_one_mebibyte_as_stored(pools: Pools, tenant_id: UUID) -> None:
    database = await pools("plumbing")
    items = [Item(id=new_id(), note=',":å' * 2000) for _ in range(300)]
    async with database.transaction(of_tenant(tenant_id)) as session:
        await record_batch(session, ItemsCounted, items)
    told = await rows(
        database,
        "SELECT octet_length(envelope::text), json_array_length(envelope #> '{data,items}') FROM outbox"
        " WHERE tenant_id = :t",
        t=tenant_id,
    )
    assert sum(count for _, count in told) == 300
    assert all(size <= MESSAGE_BYTES_MAX for size, _ in told)


async def test_a_fact_above_one_mebibyte_is_refused(pools: Pools, tenant_id: UUID) -> None:
    database = await pools("plumbing")
    async with database.transaction(of_tenant(tenant_id)) as session:
        with pytest.raises(Invalid, match="event_too_large"):
            await record(session, ThingChanged(id=new_id(), note="x" * MESSAGE_BYTES_MAX))


async def test_an_aggregate_of_another_tenant_cannot_be_told_of(pools: Pools, tenant_id: UUID) -> None:
    database, subject = await pools("plumbing"), new_id()
    async with database.transaction(of_tenant(tenant_id)) as session:
        await record(session, ThingChanged(id=subject))
    with pytest.raises(Exception, match="row-level security"):
        async with database.transaction(of_tenant(new_id())) as session:
            await record(session, ThingChanged(id=subject))
