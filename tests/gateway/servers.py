"""Real servers on free ports: the gateway under test, and upstreams that a test writes down as ASGI apps."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.main import create_app
from services.gateway.proxy import Patience
from services.gateway.settings import GatewaySettings
from shared.runtime.serve import configured
from tests.tokens import JWKS

# Port 9 of the loopback has no listener.
NOBODY = "http://127.0.0.1:9"
IMPATIENT = Patience(connect=0.5, answer=0.5, events=0.5)


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """The base URL of an app while it is served."""
    config = configured(app, host="127.0.0.1", port=0, log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def gateway(
    contracts: str = NOBODY, invoicing: str = NOBODY, *, patience: Patience | None = None, **settings: Any
) -> AsyncIterator[str]:
    """The base URL of a gateway in front of these services."""
    given = {
        "contracts_url": contracts,
        "invoicing_url": invoicing,
        "preinvoice_url": NOBODY,
        "reconciliation_url": NOBODY,
        "jwks": JWKS,
        **settings,
    }
    async with serving(create_app(GatewaySettings(**given), patience=patience)) as url:
        yield url


class Upstream:
    """A service that notes what it was asked and answers what the test says."""

    def __init__(self, status: int = 200, headers: dict[str, str] | None = None, body: bytes = b"{}") -> None:
        self.status = status
        self.headers = headers or {}
        self.body = body
        self.seen: list[Scope] = []
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note one request and answer it."""
        if scope["type"] != "http":
            await lifespan(receive, send)
            return
        self.seen.append(scope)
        self.bodies.append(b"".join([chunk async for chunk in chunks(receive)]))
        headers = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        await answer(send, self.body, status=self.status, headers=headers)

    def header(self, name: str) -> list[str]:
        """All values of a header of the last request."""
        return [value.decode() for key, value in self.seen[-1]["headers"] if key == name.lower().encode()]


async def lifespan(receive: Receive, send: Send) -> None:
    """Start and stop without doing anything."""
    for _ in range(2):
        message = await receive()
        await send({"type": f"{message['type']}.complete"})


async def chunks(receive: Receive) -> AsyncIterator[bytes]:
    """The pieces of a request body as they arrive."""
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
        yield message.get("body", b"")


async def answer(
    send: Send, body: bytes, *, status: int = 200, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    """A whole answer at once."""
    length = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": (headers or []) + length})
    await send({"type": "http.response.body", "body": body})


class _NoSignals:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def _no_signals() -> _NoSignals:
    return _NoSignals()


async def raw(url: str, request: bytes, *, seconds: float = 3.0) -> bytes:
    """What a server answers to these very bytes, until it closes or falls silent."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    received = b""
    try:
        async with asyncio.timeout(seconds):
            while piece := await reader.read(65536):
                received += piece
    except TimeoutError:
        pass
    finally:
        writer.close()
    return received
