"""A database of preinvoice per test process, a tenant per test, and a client at the door."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from services.gateway.roles import PERMISSIONS
from services.preinvoice.main import create_app
from services.preinvoice.settings import PreinvoiceSettings
from shared.runtime.db import Context, Database
from tests.database import MakeDatabase
from tests.preinvoice.advances import Advances
from tests.preinvoice.world import World
from tests.tokens import JWKS, bearer
from tests.words import as_clerk


@pytest_asyncio.fixture(loop_scope="session")
async def database(pools: Callable[[str], Awaitable[Database]]) -> Database:
    """Preinvoice's database, as its application sees it."""
    return await pools("preinvoice")


@pytest.fixture
def context(tenant_id: UUID) -> Context:
    """On behalf of a clerk of this test's tenant."""
    return as_clerk(tenant_id)


@pytest_asyncio.fixture(loop_scope="session")
async def world(database: Database, context: Context) -> World:
    """The test's tenant with one legal entity and one client."""
    return await World(database, context).open()


@pytest_asyncio.fixture(loop_scope="session")
async def api(provisioned: MakeDatabase, tenant_id: UUID) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service with every right of an operator."""
    settings = PreinvoiceSettings(database_url=(await provisioned("preinvoice")).app_url, jwks=JWKS)
    app = create_app(settings)
    headers = bearer(*PERMISSIONS["operator"], tenant_id=tenant_id)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://preinvoice", headers=headers) as client:
        yield client
    await app.state.doorway.database.close()


@pytest.fixture
def advances(api: httpx.AsyncClient, world: World) -> Advances:
    """The doors of advance invoices."""
    return Advances(api, world)
