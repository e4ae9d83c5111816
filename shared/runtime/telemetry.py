"""Traces and metrics: the OTEL_* variables decide where spans go, Prometheus reads the rest."""

import os
import time
from uuid import UUID

import structlog
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from prometheus_client import Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.kernel.ids import new_id

_LATENCY = Histogram("mb_http_request_seconds", "Time to answer a request.", ["service", "method", "route", "status"])
_tracer = trace.get_tracer("mediabilling")
_log = structlog.get_logger()


def configure(process: str) -> None:
    """Give the process real trace ids, and an exporter when OTEL_EXPORTER_OTLP_ENDPOINT names one."""
    exported = bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
    # Without an exporter a span is only its ids; recording what nobody reads costs as much as passing a request on.
    provider = TracerProvider(
        sampler=None if exported else ALWAYS_OFF,
        resource=Resource.create({"service.name": f"mediabilling-{process}"}),
    )
    if exported:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


class Observed:
    """Wraps an app: a span, a latency and a log line per request, and the request's id in the answer."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, observed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        scope["headers"] = [
            *((name, value) for name, value in scope["headers"] if name != b"x-request-id"),
            (b"x-request-id", request_id.encode()),
        ]
        status = 500

        async def observed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        started = time.perf_counter()
        parent = propagate.extract(dict(headers.items()))
        with (
            structlog.contextvars.bound_contextvars(request_id=request_id, service=self._service),
            _tracer.start_as_current_span(f"{scope['method']} {scope['path']}", context=parent),
        ):
            try:
                await self._app(scope, receive, observed_send)
            finally:
                taken = time.perf_counter() - started
                route = getattr(scope.get("route"), "path", "")
                _LATENCY.labels(self._service, scope["method"], route, status).observe(taken)
                _log.info("request", method=scope["method"], route=route, status=status, ms=round(taken * 1000, 1))


def _request_id(headers: Headers) -> str:
    try:
        return str(UUID(headers.get("x-request-id", "")))
    except ValueError:
        return str(new_id())
