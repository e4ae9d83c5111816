"""Parked messages over HTTP: listed, replayed, discarded by two people, and never another tenant's."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest_asyncio

from shared.events.envelope import Received
from shared.kernel.errors import Invalid
from shared.kernel.ids import new_id
from shared.runtime.consumer import Consumer
from shared.runtime.db import AsyncSession, Database
from shared.runtime.outbox import record
from shared.runtime.parked_api import router
from tests.database import MakeDatabase
from tests.shared.facts import SERVICE, ThingChanged, envelopes, of_tenant, transport
from tests.shared.plumbing import client_of
from tests.tokens import OTHER_TENANT, TENANT, bearer

READ, WRITE = "parked:read", "parked:write"


async def refuse(session: AsyncSession, received: Sequence[Received[Any]]) -> None:
    raise Invalid("no_such_thing", "There is no such thing.")


@pytest_asyncio.fixture
async def database(fresh_database: MakeDatabase) -> AsyncIterator[Database]:
    opened = Database((await fresh_database("plumbing")).app_url)
    async with opened.transaction(of_tenant(TENANT)) as session:
        await record(session, ThingChanged(id=new_id()))
    consumer = Consumer(SERVICE, opened, transport(), {ThingChanged: refuse})
    await consumer.receive([consumer.read(body) for body in await envelopes(opened)], asyncio.Event())
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(database, router) as opened:
        yield opened


async def only_id(client: httpx.AsyncClient) -> str:
    [message] = (await client.get("/v1/parked?open=true", headers=bearer(READ))).json()["items"]
    assert (message["reason"], message["event_type"]) == ("refused", ThingChanged.TYPE)
    event_id: str = message["event_id"]
    return event_id


async def test_a_message_is_discarded_only_when_a_second_person_agrees(client: httpx.AsyncClient) -> None:
    path = f"/v1/parked/{await only_id(client)}/discards"
    reason = {"reason": "sent by mistake"}
    asked = await client.post(path, json=reason, headers=bearer(WRITE, subject="ann"))
    assert (asked.status_code, asked.json()["resolution"]) == (200, None)
    again = await client.post(path, json=reason, headers=bearer(WRITE, subject="ann"))
    assert (again.status_code, again.json()["code"]) == (403, "second_person_needed")
    agreed = await client.post(path, json=reason, headers=bearer(WRITE, subject="bob"))
    assert (agreed.status_code, agreed.json()["resolution"]) == (200, "discarded")
    late = await client.post(path, json=reason, headers=bearer(WRITE, subject="bob"))
    assert (late.status_code, late.json()["code"]) == (409, "parked_message_resolved")


async def test_a_replay_makes_the_message_due_at_once(client: httpx.AsyncClient) -> None:
    event_id = await only_id(client)
    answer = await client.post(f"/v1/parked/{event_id}/replays", headers=bearer(WRITE))
    assert answer.status_code == 202
    assert answer.json()["next_attempt_at"] is not None


async def test_another_tenant_sees_no_parked_message(client: httpx.AsyncClient) -> None:
    event_id = await only_id(client)
    stranger = bearer(READ, WRITE, tenant_id=OTHER_TENANT)
    assert (await client.get("/v1/parked", headers=stranger)).json()["items"] == []
    assert (await client.get(f"/v1/parked/{event_id}", headers=stranger)).status_code == 404
    assert (await client.post(f"/v1/parked/{event_id}/replays", headers=stranger)).status_code == 404
