"""Which service a public path belongs to, and how its paths read from outside."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shared.runtime.problem import ProtocolFault

_PUBLIC = re.compile(rb"/v1/([a-z]+)(/.+)", re.DOTALL)
_SEGMENTS = re.compile(rb"(?:/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})+)+/?")
# Slashes, backslashes, dots and control characters have no business in disguise: two parsers would read two paths.
_DISGUISED = re.compile(rb"%(?:2f|5c|2e|7f|[01][0-9a-f])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Route:
    """One service as the gateway sees it; `path` labels its requests in metrics and logs."""

    service: str
    base_url: str
    path: str


class Routes:
    """The table path → service."""

    def __init__(self, base_urls: Mapping[str, str]) -> None:
        self._routes = {
            service.encode(): Route(service, base_url, f"/v1/{service}") for service, base_url in base_urls.items()
        }

    def find(self, raw_path: bytes) -> tuple[Route, str] | None:
        """The route of `/v1/{service}/…` and the service's own path `/v1/…`; None for any other path.

        A path that could mean two things (dot segments, encoded slashes, empty segments) is 404 `not_found`.
        """
        match = _PUBLIC.fullmatch(raw_path)
        route = match and self._routes.get(match[1])
        if not match or not route:
            return None
        rest = match[2]
        if not _SEGMENTS.fullmatch(rest) or _DISGUISED.search(rest) or {b".", b".."} & set(rest.split(b"/")):
            raise ProtocolFault(404, "not_found", "There is nothing at this path.")
        return route, f"/v1{rest.decode('ascii')}"


def public_location(route: Route, location: str) -> str:
    """A `Location` as the caller can follow it: `/v1/jobs/…` of a service is `/v1/{service}/jobs/…` outside."""
    path = location.removeprefix(route.base_url)
    return f"{route.path}{path.removeprefix('/v1')}" if path.startswith("/v1/") else location
