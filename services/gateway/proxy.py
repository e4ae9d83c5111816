"""Passes a request on to its service and the answer back, both streamed and neither read."""

import asyncio
import math
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx
import structlog
from httpx_aiohttp import AiohttpTransport
from opentelemetry import propagate
from starlette.types import Receive, Scope, Send

from services.gateway import headers
from services.gateway.body import PassingBody, bytes_max, too_large
from services.gateway.breaker import Breaker
from services.gateway.routes import Route, public_location
from shared.runtime.problem import ProtocolFault

_CONNECTIONS_MAX = 200
# Below the five seconds after which uvicorn drops an idle connection: a request hardly ever meets a closing one.
_IDLE_SECONDS = 3.0
_RETRIES = 2
_RETRY_PAUSE_SECONDS = 0.05
_EVENTS = b"text/event-stream"
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_FAILURES = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the gateway waits, in seconds: to connect, for an answer or the next bytes of it, between events."""

    connect: float = 2.0
    answer: float = 10.0
    events: float = 30.0

    def timeout(self, *, events: bool) -> dict[str, float]:
        """The time-outs of one request as httpx transports read them."""
        read = self.events if events else self.answer
        return {"connect": self.connect, "pool": self.connect, "write": self.answer, "read": read}


def network() -> httpx.AsyncBaseTransport:
    """The road to the services: no proxies from the environment, no redirects, and no cookie kept of anybody."""
    return AiohttpTransport(client=_session, trust_env=False)


def _session() -> aiohttp.ClientSession:
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS_MAX, keepalive_timeout=_IDLE_SECONDS, ttl_dns_cache=30),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        trust_env=False,
    )
    # aiohttp would send GET and DELETE once more by itself when a connection breaks; how often is ours to decide.
    session._retry_connection = False
    return session


@dataclass
class Proxy:
    """Forwards to services over one transport, with a breaker for each of them.

    A client around the transport would add cookies, redirects and a tenth of the throughput.
    """

    transport: httpx.AsyncBaseTransport
    patience: Patience = field(default_factory=Patience)
    _breakers: dict[str, Breaker] = field(default_factory=dict)

    async def forward(
        self, route: Route, path: str, scope: Scope, receive: Receive, send: Send, *, extra: Mapping[str, str]
    ) -> None:
        """Send the request to `path` of the service and its answer, with `extra` headers, back to the caller.

        Raises ProtocolFault before anything was sent back: 413, 400 for an unclear body, 503 `unavailable` when the
        service cannot be reached, is left alone, or takes too long.
        """
        request, body = self._request(route, path, scope, receive)
        breaker = self._breakers.setdefault(route.service, Breaker())
        if seconds := breaker.seconds_to_wait():
            raise _unavailable(route, seconds)
        try:
            response = await self._answer(request, body)
        except _FAILURES as error:
            if body.fault:
                raise body.fault from None
            breaker.failed()
            _log.warning("service_unavailable", upstream=route.service, error=type(error).__name__)
            raise _unavailable(route) from None
        breaker.succeeded()
        try:
            await _pass_back(route, response, receive, send, extra)
        except _FAILURES as error:
            # Too late for a refusal: leaving the answer incomplete makes the server cut the connection.
            breaker.failed()
            _log.warning("answer_broken_off", upstream=route.service, error=type(error).__name__)
        finally:
            await response.aclose()

    def _request(self, route: Route, path: str, scope: Scope, receive: Receive) -> tuple[httpx.Request, PassingBody]:
        if scope["method"] not in _METHODS:
            raise ProtocolFault(405, "method_not_allowed", "Method not allowed.")
        length, limit = headers.body_length(scope["headers"]), bytes_max(path)
        if length is not None and length > limit:
            raise too_large(limit)
        passed = headers.to_service(scope["headers"])
        events = any(name == b"accept" and _EVENTS in value for name, value in passed)
        timeout = self.patience.timeout(events=events)
        passed.append((b"x-deadline-ms", b"%d" % (timeout["read"] * 1000)))
        trace: dict[str, str] = {}
        propagate.inject(trace)
        passed.extend((name.encode(), value.encode()) for name, value in trace.items())
        query = scope["query_string"].decode("ascii", "replace")
        body = PassingBody(receive, bytes_max=limit, stall_seconds=self.patience.answer)
        request = httpx.Request(
            scope["method"],
            f"{route.base_url}{path}?{query}" if query else f"{route.base_url}{path}",
            headers=passed,
            stream=None if length == 0 else body,
            extensions={"timeout": timeout},
        )
        return request, body

    async def _answer(self, request: httpx.Request, body: PassingBody) -> httpx.Response:
        """The head of the answer; tried again only where repeating is safe and no byte of a body has left."""
        safe = request.method in ("GET", "HEAD") or "idempotency-key" in request.headers
        for attempt in range(_RETRIES + 1):
            try:
                async with asyncio.timeout(None) as body.patience:
                    return await self.transport.handle_async_request(request)
            except _FAILURES as error:
                if attempt == _RETRIES or not safe or body.touched or isinstance(error, httpx.ReadTimeout):
                    raise
            finally:
                body.patience = None
            await asyncio.sleep(_RETRY_PAUSE_SECONDS * (attempt + 1))
        raise AssertionError("the last attempt returns or raises")


async def _pass_back(
    route: Route, response: httpx.Response, receive: Receive, send: Send, extra: Mapping[str, str]
) -> None:
    passed, events = headers.to_caller(response.headers.raw), False
    for index, (name, value) in enumerate(passed):
        if name == b"content-type":
            events = value.startswith(_EVENTS)
        elif name == b"location":
            passed[index] = name, public_location(route, value.decode("latin-1")).encode("latin-1")
    passed.extend((name.lower().encode(), value.encode()) for name, value in extra.items())
    await send({"type": "http.response.start", "status": response.status_code, "headers": passed})
    if events:
        await _until_caller_leaves(_chunks(response, send), receive)
    else:
        await _chunks(response, send)


async def _chunks(response: httpx.Response, send: Send) -> None:
    assert isinstance(response.stream, httpx.AsyncByteStream)
    async for chunk in response.stream:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _until_caller_leaves(chunks: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Pass an endless answer on, and let go of the service once nobody listens any more."""
    passing = asyncio.ensure_future(chunks)
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait((passing, leaving), return_when=asyncio.FIRST_COMPLETED)
        if passing.done():
            passing.result()
    finally:
        for task in (passing, leaving):
            task.cancel()
        await asyncio.gather(passing, leaving, return_exceptions=True)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _unavailable(route: Route, seconds: float = 1.0) -> ProtocolFault:
    return ProtocolFault(
        503, "unavailable", f"The service {route.service} does not answer.", Retry_After=str(math.ceil(seconds))
    )
