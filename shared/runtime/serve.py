"""An HTTP process: serves an app until it is told to stop, then drains (reliability.md section 7)."""

import asyncio
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from prometheus_client import start_http_server
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.runtime.garbage import collect_rarely
from shared.runtime.problem import problem

_GRACE_SECONDS = 20


class _Refusing(HttpToolsProtocol):
    """Answers what it cannot read, such as an address beyond 64 KiB, with a problem document too."""

    def send_400_response(self, msg: str) -> None:
        """Refuse the request and close the connection: where the next one would begin is not known."""
        refusal = problem(400, "malformed_request", "The request cannot be read; its address may be too long.")
        lines = [b"HTTP/1.1 400 Bad Request", *(name + b": " + value for name, value in refusal.raw_headers)]
        self.transport.write(b"\r\n".join([*lines, b"connection: close", b"", bytes(refusal.body)]))
        self.transport.close()


class _DrainingServer(uvicorn.Server):
    """Answers "not ready" for a while before it stops taking connections, so that balancers look elsewhere first."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, drain_seconds: float) -> None:
        super().__init__(config)
        self._draining_app = app
        self._drain_seconds = drain_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """First signal: drain, then stop; a second one stops at once."""
        if self._draining_app.state.draining:
            super().handle_exit(sig, frame)
            return
        self._draining_app.state.draining = True
        asyncio.get_event_loop().call_later(self._drain_seconds, super().handle_exit, sig, frame)


def configured(app: ASGIApp, *, host: str, port: int, **options: Any) -> uvicorn.Config:
    """How every app of the suite is served: no line of the server's own per request, and nothing told of it."""
    options = {"log_level": "warning"} | options
    return uvicorn.Config(app, host=host, port=port, access_log=False, server_header=False, http=_Refusing, **options)


def serve(app: FastAPI, *, host: str, port: int, metrics_port: int, drain_seconds: float, **options: Any) -> None:
    """Serve until SIGTERM or SIGINT; metrics on a port of their own when one is given."""
    if metrics_port:
        start_http_server(metrics_port, addr=host)
    config = configured(app, host=host, port=port, timeout_graceful_shutdown=_GRACE_SECONDS, **options)
    collect_rarely()
    _DrainingServer(config, app, drain_seconds).run()
