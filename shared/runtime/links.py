"""Links in bodies are paths as callers know them: at the gateway, the one public address."""

from contextvars import ContextVar

from starlette.types import ASGIApp, Receive, Scope, Send

_answering: ContextVar[str] = ContextVar("answering", default="")


def public(path: str) -> str:
    """The service's own `/v1/jobs/…` as the gateway takes it, `/v1/contracts/jobs/…`; other paths stay as they are."""
    service = _answering.get()
    return f"/v1/{service}{path.removeprefix('/v1')}" if service and path.startswith("/v1/") else path


class Linked:
    """Wraps a service's app: what it answers links to the service as the gateway names it."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        before = _answering.set(self._service)
        try:
            await self._app(scope, receive, send)
        finally:
            _answering.reset(before)
