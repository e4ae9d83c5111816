"""A database of reconciliation per test process, a tenant per test, and the service's own application over it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from services.gateway.roles import PERMISSIONS
from services.reconciliation.main import create_app
from services.reconciliation.settings import ReconciliationSettings
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from tests.reconciliation.world import World
from tests.tokens import JWKS, bearer


@pytest_asyncio.fixture(loop_scope="session")
async def database(pools: Callable[[str], Awaitable[Database]]) -> Database:
    """Reconciliation's database, as its application sees it."""
    return await pools("reconciliation")


@pytest.fixture
def context(tenant_id: UUID) -> Context:
    """On behalf of a clerk of this test's tenant."""
    return Context(tenant_id, "clerk", new_id())


@pytest_asyncio.fixture(loop_scope="session")
async def world(database: Database, context: Context) -> World:
    """A Swedish agency with its registers, as contracts has told them."""
    return await World(database, context).open()


@pytest_asyncio.fixture(loop_scope="session")
async def api(database: Database, tenant_id: UUID) -> AsyncIterator[httpx.AsyncClient]:
    """The service's HTTP door, knocked at by an operator of this test's tenant."""
    app = create_app(ReconciliationSettings(database_url=database.url, jwks=JWKS))
    transport = httpx.ASGITransport(app)
    headers = bearer(*PERMISSIONS["operator"], tenant_id=tenant_id)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        yield client
    await app.state.doorway.database.close()
