"""A database of invoicing per test process, a tenant per test."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
import pytest_asyncio

from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
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
