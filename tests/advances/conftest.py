"""Both services' databases per test process, a tenant per test, and the door of preinvoice."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from services.gateway.roles import PERMISSIONS
from services.preinvoice.main import create_app
from services.preinvoice.settings import PreinvoiceSettings
from shared.runtime.db import Context, Database
from tests.advances.pair import Pair
from tests.database import MakeDatabase
from tests.tokens import JWKS, bearer
from tests.words import as_clerk


@pytest.fixture
def context(tenant_id: UUID) -> Context:
    """On behalf of a clerk of this test's tenant."""
    return as_clerk(tenant_id)


@pytest_asyncio.fixture(loop_scope="session")
async def api(provisioned: MakeDatabase, tenant_id: UUID) -> AsyncIterator[httpx.AsyncClient]:
    """A client of preinvoice with every right of an operator."""
    settings = PreinvoiceSettings(database_url=(await provisioned("preinvoice")).app_url, jwks=JWKS, pool_size=3)
    app = create_app(settings)
    headers = bearer(*PERMISSIONS["operator"], tenant_id=tenant_id)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://preinvoice", headers=headers) as client:
        yield client
    await app.state.doorway.database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def pair(pools: Callable[[str], Awaitable[Database]], context: Context, api: httpx.AsyncClient) -> Pair:
    """The test's tenant in both services."""
    return await Pair.opened(await pools("invoicing"), await pools("preinvoice"), context, api)
