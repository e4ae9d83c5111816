"""An HTTP process: serves an app until it is told to stop, then drains (reliability.md section 7)."""

import asyncio
import gc
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from prometheus_client import start_http_server

_GRACE_SECONDS = 20


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


def serve(app: FastAPI, *, host: str, port: int, metrics_port: int, drain_seconds: float, **options: Any) -> None:
    """Serve until SIGTERM or SIGINT; metrics on a port of their own when one is given."""
    if metrics_port:
        start_http_server(metrics_port, addr=host)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        **options,
    )
    # What was imported stays: the collector need not look through it at every round.
    gc.freeze()
    _DrainingServer(config, app, drain_seconds).run()
