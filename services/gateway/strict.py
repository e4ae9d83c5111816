"""Routes of the gateway itself read their bodies as strictly as those of the services."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from shared.runtime.body import StrictRequest


class StrictRoute(APIRoute):
    """A route whose JSON is parsed strictly and limited in size; unknown query parameters are not its business."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler on a strict request."""
        endpoint = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await endpoint(StrictRequest(request.scope, request.receive, request._send))

        return strict
