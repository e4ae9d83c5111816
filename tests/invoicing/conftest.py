"""A database of invoicing per test process, a tenant per test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from tests.invoicing.door import door
from tests.invoicing.post import MAY_SEND, Server
from tests.invoicing.radio import Radio
from tests.invoicing.world import World


@pytest_asyncio.fixture(loop_scope="session")
async def database(pools: Callable[[str], Awaitable[Database]]) -> Database:
    """Invoicing's database, as its application sees it."""
    return await pools("invoicing")


@pytest.fixture
def context(tenant_id: UUID) -> Context:
    """On behalf of a clerk of this test's tenant."""
    return Context(tenant_id, "clerk", new_id())


@pytest_asyncio.fixture(loop_scope="session")
async def radio(database: Database, context: Context) -> Radio:
    """The contract of EX-CT-06, not told of yet."""
    world = await World(database, context).open()
    return await Radio(world, await world.client("OAK")).open()


@pytest_asyncio.fixture(loop_scope="session")
async def world(database: Database, context: Context) -> World:
    """The agency, told of its legal entity and agreement."""
    return await World(database, context).open()


@pytest_asyncio.fixture(loop_scope="session")
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """A running mail server, which invoicing sends to."""
    async with Server() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def api(database: Database, context: Context) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may send invoices."""
    async with door(database, context, *MAY_SEND) as client:
        yield client
