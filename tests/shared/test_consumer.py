"""The consumer: one effect per event through repeats, reversals, poison, holes and crashes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from shared.events.envelope import Received
from shared.kernel.errors import Forbidden, Invalid
from shared.kernel.ids import new_id
from shared.runtime import parked
from shared.runtime.consumer import Consumer, Handlers
from shared.runtime.db import AsyncSession, Database, driver
from shared.runtime.outbox import record, record_batch
from tests.database import MakeDatabase
from tests.shared.facts import (
    SERVICE,
    Item,
    ItemsCounted,
    StepTaken,
    ThingChanged,
    effect,
    envelope_of,
    envelopes,
    of_tenant,
    rows,
    transport,
)

POISON, REFUSED = "poison", "refused"


async def on_noted(session: AsyncSession, received: Sequence[Received[Any]]) -> None:
    for each in received:
        await effect(session, each.data.note)
        if each.data.note == POISON:
            raise ZeroDivisionError
        if each.data.note == REFUSED:
            raise Invalid("no_such_thing", "There is no such thing.")


async def on_items(session: AsyncSession, received: Sequence[Received[ItemsCounted]]) -> None:
    for each in received:
        for item in each.data.items:
            await effect(session, item.note)


HANDLERS: Handlers = {ThingChanged: on_noted, StepTaken: on_noted, ItemsCounted: on_items}


@pytest_asyncio.fixture
async def database(fresh_database: MakeDatabase) -> AsyncIterator[Database]:
    made = await fresh_database("plumbing")
    owner = await asyncpg.connect(made.owner_url)
    await owner.execute("CREATE TABLE effect (n bigint GENERATED ALWAYS AS IDENTITY, note text)")
    await owner.execute("DO $$ BEGIN EXECUTE format('GRANT SELECT, INSERT ON effect TO %I', mb_role('app')); END $$")
    await owner.close()
    opened = Database(made.app_url)
    yield opened
    await opened.close()


@pytest.fixture
def consumer(database: Database) -> Consumer:
    return Consumer(SERVICE, database, transport(), HANDLERS)


async def told(database: Database, tenant_id: UUID, *facts: ThingChanged | StepTaken) -> list[bytes]:
    async with database.transaction(of_tenant(tenant_id)) as session:
        for fact in facts:
            await record(session, fact)
    return (await envelopes(database))[-len(facts) :]


def things(*notes: str, subject: UUID | None = None) -> list[ThingChanged]:
    return [ThingChanged(id=subject or new_id(), note=note) for note in notes]


def steps(subject: UUID, *notes: str) -> list[StepTaken]:
    return [StepTaken(id=subject, note=note) for note in notes]


async def receive(consumer: Consumer, *bodies: bytes) -> None:
    await consumer.receive([consumer.read(body) for body in bodies], asyncio.Event())


async def effects(database: Database) -> list[str]:
    return await rows(database, "SELECT note FROM effect ORDER BY n")


async def waiting(database: Database) -> list[tuple[str, bool]]:
    """Why each open message is parked, and whether it will be tried again by itself."""
    return await rows(
        database,
        "SELECT reason, next_attempt_at IS NOT NULL FROM parked WHERE resolved_at IS NULL ORDER BY sequence, reason",
    )


async def make_due(database: Database) -> None:
    await rows(
        database,
        "UPDATE parked SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL AND resolved_at IS NULL"
        " RETURNING 1",
    )


async def test_an_event_that_comes_ten_times_takes_effect_once(
    database: Database, consumer: Consumer, tenant_id: UUID
) -> None:
    bodies = await told(database, tenant_id, *things("a", "b", "c"))
    await receive(consumer, *bodies * 5)
    for body in bodies * 5:
        await receive(consumer, body)
    assert await effects(database) == ["a", "b", "c"]


async def test_of_reversed_events_only_the_newest_takes_effect(
    database: Database, consumer: Consumer, tenant_id: UUID
) -> None:
    bodies = await told(database, tenant_id, *things("1", "2", "3", subject=new_id()))
    for body in reversed(bodies):
        await receive(consumer, body)
    assert await effects(database) == ["3"]
    assert len(await rows(database, "SELECT event_id FROM inbox")) == 3


async def test_batches_are_handled_each_by_itself(database: Database, consumer: Consumer, tenant_id: UUID) -> None:
    async with database.transaction(of_tenant(tenant_id)) as session:
        await record_batch(session, ItemsCounted, [Item(id=new_id(), note=str(n)) for n in range(501)])
    bodies = await envelopes(database)
    await receive(consumer, *reversed(bodies), *bodies)
    assert sorted(map(int, await effects(database))) == list(range(501))
    assert await rows(database, "SELECT 1 FROM applied") == []


async def test_events_of_several_tenants_are_kept_apart(database: Database, consumer: Consumer) -> None:
    bodies = [*(await told(database, new_id(), *things("a"))), *(await told(database, new_id(), *things("b")))]
    await receive(consumer, *bodies)
    assert sorted(await effects(database)) == ["a", "b"]
    assert len(set(await rows(database, "SELECT tenant_id FROM inbox"))) == 2


async def test_a_poison_message_is_parked_and_its_neighbours_pass(
    database: Database, consumer: Consumer, tenant_id: UUID
) -> None:
    await receive(consumer, *await told(database, tenant_id, *things("a", POISON, "b")))
    assert await effects(database) == ["a", "b"]
    assert await waiting(database) == [("error", True)]


async def test_a_parked_message_fails_for_good_after_three_delayed_attempts(
    database: Database, consumer: Consumer, tenant_id: UUID
) -> None:
    await receive(consumer, *await told(database, tenant_id, *things(POISON)))
    for _ in range(3):
        assert await waiting(database) == [("error", True)]
        await make_due(database)
        assert await consumer.retry_due() == 1
    assert await waiting(database) == [("error", False)]
    assert await effects(database) == []


async def test_a_refusal_is_parked_as_failed_at_once(database: Database, consumer: Consumer, tenant_id: UUID) -> None:
    await receive(consumer, *await told(database, tenant_id, *things(REFUSED)))
    assert await waiting(database) == [("refused", False)]


async def test_what_no_version_of_this_service_can_read_is_parked_as_failed(
    database: Database, consumer: Consumer, tenant_id: UUID
) -> None:
    [body] = await told(database, tenant_id, *things("a"))
    other_version = body.replace(b"thing.changed.v1", b"thing.changed.v2")
    [second] = await told(database, tenant_id, *things("b"))
    bad = second.replace(b'"note":"b"', b'"note":7')
    await receive(consumer, b"\xff\x00 no envelope", other_version, bad, *await told(database, tenant_id, *things("c")))
    assert sorted(await waiting(database)) == [("bad_schema", False), ("unknown_type", False), ("unreadable", False)]
    assert await effects(database) == ["c"]


async def test_a_replay_heals_what_was_parked(database: Database, consumer: Consumer, tenant_id: UUID) -> None:
    [body] = await told(database, tenant_id, *things(POISON))
    await receive(consumer, body)
    async with database.transaction(of_tenant(tenant_id)) as session:
        await parked.replay(session, envelope_of(body).id)

    async def healed(session: AsyncSession, received: Sequence[Received[Any]]) -> None:
        await effect(session, "healed")

    await Consumer(SERVICE, database, transport(), {ThingChanged: healed}).retry_due()
    assert (await effects(database), await waiting(database)) == (["healed"], [])


async def test_a_parked_event_does_not_overwrite_a_newer_one(
    database: Database, consumer: Consumer, tenant_id: UUID
) -> None:
    older, newer = await told(database, tenant_id, *things(POISON, "newer", subject=new_id()))
    await receive(consumer, older)
    await receive(consumer, newer)
    await make_due(database)
    await consumer.retry_due()
    assert await effects(database) == ["newer"]
    assert await rows(database, "SELECT resolution FROM parked") == ["superseded"]


async def test_an_ordered_event_waits_for_the_one_before_it(
    database: Database, consumer: Consumer, tenant_id: UUID
) -> None:
    first, second, third = await told(database, tenant_id, *steps(new_id(), "1", "2", "3"))
    await receive(consumer, third, second)
    assert (await effects(database), await waiting(database)) == ([], [("gap", False), ("gap", False)])
    await receive(consumer, first)
    while await consumer.retry_due():
        pass
    assert (await effects(database), await waiting(database)) == (["1", "2", "3"], [])


async def test_a_parked_ordered_event_blocks_its_successors_until_two_people_discard_it(
    database: Database, consumer: Consumer, tenant_id: UUID
) -> None:
    first, second = await told(database, tenant_id, *steps(new_id(), REFUSED, "2"))
    await receive(consumer, first)
    await receive(consumer, second)
    assert await waiting(database) == [("refused", False), ("blocked", False)]
    async with database.transaction(of_tenant(tenant_id)) as session:
        assert not await parked.discard(session, envelope_of(first).id, who="ann", reason="sent by mistake")
        with pytest.raises(Forbidden, match="second_person_needed"):
            await parked.discard(session, envelope_of(first).id, who="ann", reason="really")
        assert await parked.discard(session, envelope_of(first).id, who="bob", reason="agreed")
    await consumer.retry_due()
    assert (await effects(database), await waiting(database)) == (["2"], [])


async def test_a_dead_letter_that_was_handled_already_is_not_handled_again(
    database: Database, consumer: Consumer, tenant_id: UUID
) -> None:
    handled, lost = await told(database, tenant_id, *things("handled", "lost"))
    await receive(consumer, handled)
    await consumer.bury([consumer.read(handled), consumer.read(lost)], asyncio.Event())
    assert await waiting(database) == [("dead_letter", True)]
    await make_due(database)
    await consumer.retry_due()
    assert await effects(database) == ["handled", "lost"]


async def test_a_crash_between_commit_and_acknowledgement_repeats_no_effect(
    database: Database, tenant_id: UUID
) -> None:
    broker = transport()
    bodies = await told(database, tenant_id, *things(*map(str, range(30))))
    consumer = Consumer(SERVICE, database, broker, HANDLERS)
    await receive(consumer, *bodies)  # committed; the process dies before its acknowledgement
    await receive(Consumer(SERVICE, database, broker, HANDLERS), *bodies)
    assert await effects(database) == [str(n) for n in range(30)]


async def test_a_transaction_the_server_ended_is_tried_again(database: Database, tenant_id: UUID) -> None:
    attempts = 0

    async def unlucky(session: AsyncSession, received: Sequence[Received[Any]]) -> None:
        nonlocal attempts
        attempts += 1
        if attempts <= 3:
            await (await driver(session)).execute("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$")
        await effect(session, received[0].data.note)

    bodies = await told(database, tenant_id, *things("a"))
    await receive(Consumer(SERVICE, database, transport(), {ThingChanged: unlucky}), *bodies)
    assert (await effects(database), await waiting(database)) == (["a"], [])
