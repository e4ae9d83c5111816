"""The application of contracts over a database, and a small agency that books through it."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest_asyncio

from services.contracts.main import create_app
from services.contracts.settings import ContractsSettings
from shared.runtime.db import Database
from tests.contracts.media.world import World
from tests.database import MakeDatabase
from tests.tokens import JWKS


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def contracts(provisioned: MakeDatabase) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of the whole service."""
    made = await provisioned("contracts")
    app = create_app(ContractsSettings(database_url=made.app_url, jwks=JWKS))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://contracts") as client:
        yield client
    database: Database = app.state.doorway.database
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def world(contracts: httpx.AsyncClient, pools, tenant_id: UUID) -> World:  # type: ignore[no-untyped-def]
    """A tenant with one legal entity, one agreement, and nothing booked."""
    return await World(contracts, await pools("contracts"), tenant_id).open()
