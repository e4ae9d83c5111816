"""Databases for tests: one per service and test process, built by the real migrations, reached as the _app role.

Tests are kept apart by their tenant: `tenant_id` is new in each test, and row security keeps its rows from the others'.
A test that counts rows of the plumbing across tenants takes `fresh_database` instead.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest
import pytest_asyncio

from deploy.provision import Provisioned, discard, provision
from shared.kernel.ids import new_id
from shared.runtime.db import Database
from shared.runtime.migrate import migrate
from tests.servers import Servers

MakeDatabase = Callable[[str], Awaitable[Provisioned]]


@pytest.fixture
def tenant_id() -> UUID:
    """A tenant nobody else has."""
    return new_id()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def provisioned(servers: Servers) -> AsyncIterator[MakeDatabase]:
    """A service's migrated database, the same for every test of this process: `await provisioned("contracts")`."""
    made: dict[str, Provisioned] = {}

    async def of(service: str) -> Provisioned:
        if service not in made:
            made[service] = await _migrated(servers, service)
        return made[service]

    yield of
    for database in made.values():
        await discard(servers.postgres_url, database.database)


@pytest_asyncio.fixture(loop_scope="session")
async def fresh_database(servers: Servers) -> AsyncIterator[MakeDatabase]:
    """A database of a service that only this test sees: `await fresh_database("contracts")`."""
    made: list[Provisioned] = []

    async def of(service: str) -> Provisioned:
        made.append(await _migrated(servers, service))
        return made[-1]

    yield of
    for database in made:
        await discard(servers.postgres_url, database.database)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pools(provisioned: MakeDatabase) -> AsyncIterator[Callable[[str], Awaitable[Database]]]:
    """A connection pool to a service's database: `await pools("contracts")`."""
    opened: dict[str, Database] = {}

    async def of(service: str) -> Database:
        if service not in opened:
            opened[service] = Database((await provisioned(service)).app_url)
        return opened[service]

    yield of
    for pool in opened.values():
        await pool.close()


async def _migrated(servers: Servers, service: str) -> Provisioned:
    made = await provision(servers.postgres_url, f"t{new_id().hex[-12:]}_{service}")
    await migrate(made.owner_url, service)
    return made
