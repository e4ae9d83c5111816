"""Composes the gateway: `mb serve gateway`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.issuer import Issuer, issuer_routes
from services.gateway.limits import Allowance
from services.gateway.openapi import INTRODUCTION, TAGS, Reference
from services.gateway.proxy import Patience, Proxy, network
from services.gateway.reference import assets, pages
from services.gateway.routes import Routes
from services.gateway.settings import GatewaySettings
from shared.runtime import problem
from shared.runtime.auth import Keys, TokenVerifier
from shared.runtime.problem import ProtocolFault
from shared.runtime.telemetry import Observed


class Passage:
    """Sends a request for a service on its way: route, caller, allowance, proxy; everything else is the app's."""

    def __init__(
        self, app: ASGIApp, routes: Routes, verifier: TokenVerifier, allowance: Allowance, proxy: Proxy
    ) -> None:
        self._app = app
        self._routes = routes
        self._verifier = verifier
        self._allowance = allowance
        self._proxy = proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; a refusal of the gateway is a problem document like any other."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            found = self._routes.find(scope.get("raw_path") or scope["path"].encode())
            if found is None:
                await self._app(scope, receive, send)
                return
            route, path = found
            scope["route"] = route
            authorization = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
            principal = await self._verifier.verify(authorization.decode("latin-1"))
            with self._allowance.spend(principal) as headers:
                await self._proxy.forward(route, path, scope, receive, send, extra=headers)
        except ProtocolFault as fault:
            answer = problem.problem(
                fault.status, fault.code, fault.detail, instance=scope["path"], headers=fault.headers
            )
            await answer(scope, receive, send)


def create_app(
    settings: GatewaySettings, *, transport: httpx.AsyncBaseTransport | None = None, patience: Patience | None = None
) -> FastAPI:
    """The gateway as an ASGI application; `transport` replaces the network where the services run in this process."""
    road = transport or network()
    client = httpx.AsyncClient(transport=road, trust_env=False)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await client.aclose()

    app = FastAPI(
        title="mediabilling",
        description=INTRODUCTION,
        openapi_tags=TAGS,
        version="1",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False},
    )
    app.state.draining = False
    issuer = None
    if settings.development_issuer:
        issuer = Issuer(settings.token_issuer, settings.signing_key.get_secret_value())
        app.include_router(issuer_routes(issuer))
    _add_health(app)
    app.include_router(pages(Reference(client, settings.service_urls(), app.openapi())))
    app.router.routes.append(assets())
    problem.install(app)
    keys = Keys(document=issuer.document if issuer else settings.jwks, url="" if issuer else settings.jwks_url)
    app.add_middleware(
        Passage,
        routes=Routes(settings.service_urls()),
        verifier=TokenVerifier(keys, issuer=settings.token_issuer, audience="gateway"),
        allowance=Allowance(
            per_second=settings.requests_per_second,
            burst=settings.requests_burst,
            in_flight=settings.requests_in_flight,
        ),
        proxy=Proxy(road, patience or Patience()),
    )
    app.add_middleware(Observed, service="gateway")
    return app


def _add_health(app: FastAPI) -> None:
    """Readiness is the gateway's own: a service that is down makes its own paths fail, not all of them."""

    @app.get("/healthz", include_in_schema=False)
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def ready(request: Request) -> JSONResponse:
        if request.app.state.draining:
            return JSONResponse({"status": "draining"}, 503)
        return JSONResponse({"status": "ready"})
