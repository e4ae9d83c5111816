"""A database of invoicing per test process, a tenant per test."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
import pytest_asyncio

from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database


@pytest_asyncio.fixture(loop_scope="session")
async def database(pools: Callable[[str], Awaitable[Database]]) -> Database:
    """Invoicing's database, as its application sees it."""
    return await pools("invoicing")


@pytest.fixture
def context(tenant_id: UUID) -> Context:
    """On behalf of a clerk of this test's tenant."""
    return Context(tenant_id, "clerk", new_id())
