"""A database with the plumbing's tables only, and an application over it, for tests of the runtime itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from unittest.mock import patch

import asyncpg
import httpx
from fastapi import APIRouter, FastAPI

from deploy.provision import Provisioned, discard, provision
from shared.kernel.ids import new_id
from shared.runtime import migrate, problem
from shared.runtime.auth import Keys, TokenVerifier
from shared.runtime.db import Database
from shared.runtime.http import Doorway
from shared.runtime.links import Linked
from tests.servers import Servers
from tests.tokens import JWKS


@asynccontextmanager
async def plumbing(servers: Servers, extra_sql: str = "") -> AsyncIterator[Provisioned]:
    """A fresh database, migrated by the plumbing's tree, with a test's own tables beside."""
    made = await provision(servers.postgres_url, f"t{new_id().hex[-12:]}_plumbing")
    tree = {"runtime_version": migrate.trees("contracts")["runtime_version"]}
    with patch.object(migrate, "trees", lambda _service: tree):
        await migrate.migrate(made.owner_url, "contracts")
    if extra_sql:
        owner = await asyncpg.connect(made.owner_url)
        await owner.execute(extra_sql)
        await owner.close()
    try:
        yield made
    finally:
        await discard(servers.postgres_url, made.database)


def app_of(database: Database, *routers: APIRouter) -> FastAPI:
    """An application with these routers behind the door, as if it were contracts."""
    app = FastAPI(redirect_slashes=False)
    app.state.doorway = Doorway(
        database, TokenVerifier(Keys(document=JWKS, url=""), issuer="mediabilling", audience="contracts")
    )
    for router in routers:
        app.include_router(router)
    problem.install(app)
    app.add_middleware(Linked, service="contracts")
    return app


def client_of(database: Database, *routers: APIRouter) -> httpx.AsyncClient:
    """An HTTP client of such an application."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app_of(database, *routers)), base_url="http://test")
