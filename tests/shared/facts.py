"""Facts of a made-up service, and a database and transport to tell and hear them with."""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text

from shared.events.envelope import Envelope, Fact
from shared.events.topology import patterns_of, topology_of
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession, Context, Database, driver
from shared.runtime.inprocess import InProcessTransport

SERVICE = "warehouse"


class ThingChanged(Fact):
    TYPE: ClassVar[str] = "warehouse.thing.changed.v1"
    id: UUID
    note: str = ""


class StepTaken(Fact):
    TYPE: ClassVar[str] = "warehouse.step.taken.v1"
    ORDERED: ClassVar[bool] = True
    id: UUID
    note: str = ""


class Item(BaseModel):
    id: UUID
    note: str = ""


class ItemsCounted(Fact):
    TYPE: ClassVar[str] = "warehouse.item.counted.v1"
    BATCH: ClassVar[bool] = True
    items: list[Item]


def transport() -> InProcessTransport:
    return InProcessTransport(topology_of({SERVICE: patterns_of([ThingChanged, StepTaken, ItemsCounted])}))


def of_tenant(tenant_id: UUID | None) -> Context:
    return Context(tenant_id, "test", new_id())


async def rows(database: Database, sql: str, **values: Any) -> list[Any]:
    """What the system sees of the plumbing."""
    async with database.transaction(of_tenant(None)) as session:
        return [row[0] if len(row) == 1 else tuple(row) for row in (await session.execute(text(sql), values)).all()]


async def envelopes(database: Database) -> list[bytes]:
    """The bodies in the outbox, oldest first."""
    return [body.encode() for body in await rows(database, "SELECT envelope::text FROM outbox ORDER BY seq")]


def envelope_of(body: bytes) -> Envelope:
    return Envelope.model_validate_json(body)


async def effect(session: AsyncSession, note: str) -> None:
    """What a handler leaves behind, in the transaction of its event."""
    await (await driver(session)).execute("INSERT INTO effect (note) VALUES ($1)", note)
