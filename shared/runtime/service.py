"""A service's HTTP application: its routers behind the door, refusals, health, and the reference."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy import text

from shared.kernel.ids import new_id
from shared.runtime import problem, reference
from shared.runtime.auth import Keys, TokenVerifier
from shared.runtime.db import Context, Database
from shared.runtime.http import Doorway
from shared.runtime.links import Linked
from shared.runtime.migrate import heads
from shared.runtime.settings import ServiceSettings
from shared.runtime.telemetry import Observed


@dataclass(frozen=True, slots=True)
class Service:
    """What makes one service different from another."""

    name: str
    title: str
    description: str
    routers: Sequence[APIRouter]
    # Each group of operations and what it is about, in the order of the work.
    tags: Mapping[str, str]


def create_app(service: Service, settings: ServiceSettings) -> FastAPI:
    """The service as an ASGI application with a database pool of its own."""
    database = Database(
        settings.database_url.get_secret_value(), pool_size=settings.pool_size, name=f"mb-{service.name}-api"
    )
    keys = Keys(document=settings.jwks, url=settings.jwks_url)
    verifier = TokenVerifier(keys, issuer=settings.token_issuer, audience=service.name)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await database.close()

    app = FastAPI(
        title=service.title,
        description=service.description,
        version="1",
        openapi_tags=reference.tags(service.tags),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.doorway = Doorway(database, verifier)
    app.state.draining = False
    for router in service.routers:
        app.include_router(router)
    _add_health(app, service.name, database)
    problem.install(app)
    reference.install(app)
    app.add_middleware(Linked, service=service.name)
    app.add_middleware(Observed, service=service.name)
    return app


def _add_health(app: FastAPI, name: str, database: Database) -> None:
    expected = heads(name)

    @app.get("/healthz", include_in_schema=False)
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def ready(request: Request) -> JSONResponse:
        if request.app.state.draining:
            return JSONResponse({"status": "draining"}, 503)
        reason = await schema_mismatch(database, expected)
        return (
            JSONResponse({"status": "not ready", "reason": reason}, 503)
            if reason
            else JSONResponse({"status": "ready"})
        )


async def schema_mismatch(database: Database, expected: dict[str, str | None]) -> str:
    """Why the database cannot serve this code, or the empty string."""
    try:
        async with database.transaction(Context(None, "health", new_id()), read_only=True) as session:
            for table, head in expected.items():
                if (await session.execute(text(f"SELECT version_num FROM {table}"))).scalar() != head:
                    return f"{table} is not at {head}"
    except Exception as error:
        return type(error).__name__
    return ""
