"""A business row and its event, as a use case writes them, beside BEGIN, INSERT, INSERT, COMMIT without any rule."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import ClassVar
from uuid import UUID

import asyncpg

from bench.measure import Stopwatch, compare
from deploy.provision import discard, provision
from shared.events.envelope import Fact
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database, driver
from shared.runtime.migrate import migrate
from shared.runtime.outbox import record

_POSTGRES, _CONNECTIONS = "MB_TEST_POSTGRES_URL", 8
_BUSINESS = "INSERT INTO business (tenant_id, id, amount) VALUES ($1, $2, $3)"
_TABLES = """
CREATE TABLE business (tenant_id uuid NOT NULL, id uuid NOT NULL, amount bigint NOT NULL, PRIMARY KEY (tenant_id, id));
SELECT mb_protect('business');
CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id uuid NOT NULL, envelope text NOT NULL);
DO $$ BEGIN EXECUTE format('GRANT INSERT ON bare TO %I', mb_role('app')); END $$;
"""


class Written(Fact):
    """A thousand bytes of state."""

    TYPE: ClassVar[str] = "bench.written.changed.v1"
    id: UUID
    note: str = "x" * 600


async def _spread(count: int, work: Callable[[int], Awaitable[None]]) -> float:
    """Writes a second, over eight connections at once."""

    async def share() -> None:
        for number in range(count // _CONNECTIONS):
            await work(number)

    watch = Stopwatch()
    await asyncio.gather(*(share() for _ in range(_CONNECTIONS)))
    return watch.rate(count)


async def _plainly(pool: asyncpg.Pool, tenant_id: UUID, count: int) -> float:
    async def write(number: int) -> None:
        envelope = Written(id=new_id()).model_dump_json()
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(_BUSINESS, tenant_id, new_id(), number)
            await connection.execute("INSERT INTO bare (event_id, envelope) VALUES ($1, $2)", new_id(), envelope)

    return await _spread(count, write)


async def _told(database: Database, tenant_id: UUID, count: int) -> float:
    async def write(number: int) -> None:
        async with database.transaction(Context(tenant_id, "bench", new_id())) as session:
            fact = Written(id=new_id())
            await (await driver(session)).execute(_BUSINESS, tenant_id, fact.id, number)
            await record(session, fact)

    return await _spread(count, write)


async def writes(count: int, runs: int) -> None:
    """G13 of docs/performance.md."""
    admin_url, tenant_id = os.environ[_POSTGRES], new_id()
    made = await provision(admin_url, f"bench_{new_id().hex[-12:]}")
    try:
        await migrate(made.owner_url, "plumbing")
        owner = await asyncpg.connect(made.owner_url)
        await owner.execute(_TABLES)
        await owner.close()
        database = Database(made.app_url, pool_size=_CONNECTIONS)
        settings = {"app.tenant_id": str(tenant_id)}
        async with asyncpg.create_pool(
            made.app_url, min_size=_CONNECTIONS, max_size=_CONNECTIONS, server_settings=settings
        ) as pool:
            await compare(
                "G13 write with its event",
                lambda: _plainly(pool, tenant_id, count),
                lambda: _told(database, tenant_id, count),
                runs=runs,
                goal=1.8,
            )
        await database.close()
    finally:
        await discard(admin_url, made.database)
