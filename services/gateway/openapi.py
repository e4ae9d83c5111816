"""One OpenAPI document for the whole suite, merged from those of the running services."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx
import structlog

_FRESH_SECONDS = 60.0
# A service that was down a moment ago should not be missing for a minute.
_INCOMPLETE_SECONDS = 5.0
_FETCH_SECONDS = 2.0
_log = structlog.get_logger()
Document = dict[str, Any]
TAGS = [{"name": "sign-in", "description": "Tokens to try the suite with, where its development issuer is on."}]
INTRODUCTION = """
The billing back office of media agencies, publishers and radio stations.

**Sign in.** Send `Authorization: Bearer <token>`: a JWT of your identity provider, or, where the development issuer is
on, one from `POST /v1/tokens`. It names one customer organisation, whose records alone you see, and your role. Each
operation names the permission that it needs as `x-permission`.

**Ask once.** Every POST takes an `Idempotency-Key` of your choice, a fresh one for each intention; some require it. The
same key with the same body gets the same answer for seven days and does nothing twice, so a request whose answer got
lost is simply sent again.

**Change what you read.** A single record answers with its version as `ETag`. Send it back as `If-Match` to change the
record; 412 says that somebody else was faster. PATCH changes the fields that are named, null clears one.

**Lists.** A page holds `limit` rows (50, at most 500) and a `next_cursor`; send that as `cursor` for the page after,
until it is null. A filter may be repeated where several values are asked for (`state=issued&state=pending`); different
filters narrow each other. `.gte` and `.lte` are bounds, both included.

**Money and days.** Amounts are decimal strings in the currency beside them (`"1234.50"`), never floats. Days are
`2026-10-01`, both ends of a range included; moments are UTC. A field that nobody asked for is refused.

**Refusals** are problem documents (`application/problem+json`). `code` is stable and meant for programs, `detail` for
people; `errors` point into the body (`/lines/0/rate_amount`), `blockers` name what has to be cleared first. Texts may
change, codes do not. Rule ids such as MA-INV-07 are those of the rule catalogues in the project's documentation.

**Long work** is answered with 202 and the `Location` of a job, which tells how far it is and what it could not do.
"""


class Reference:
    """The merged document, fetched from the services when asked for and kept for a minute."""

    def __init__(self, client: httpx.AsyncClient, base_urls: Mapping[str, str], own: Document) -> None:
        self._client = client
        self._base_urls = base_urls
        self._own = own
        self._merged: Document = {}
        self._fresh_until = float("-inf")
        self._fetching = asyncio.Lock()

    async def document(self) -> Document:
        """The document of all services that answer; those that do not are named in `x-unavailable-services`."""
        async with self._fetching:
            if time.monotonic() >= self._fresh_until:
                fetched = await asyncio.gather(*(self._fetch(service) for service in self._base_urls))
                documents = dict(zip(self._base_urls, fetched, strict=True))
                self._merged = merge(self._own, documents)
                seconds = _INCOMPLETE_SECONDS if None in documents.values() else _FRESH_SECONDS
                self._fresh_until = time.monotonic() + seconds
            return self._merged

    async def _fetch(self, service: str) -> Document | None:
        try:
            answer = await self._client.get(f"{self._base_urls[service]}/openapi.json", timeout=_FETCH_SECONDS)
            answer.raise_for_status()
            document: Document = answer.json()
        except (httpx.HTTPError, OSError, ValueError) as error:
            _log.warning("openapi_unavailable", upstream=service, error=type(error).__name__)
            return None
        return document


def merge(own: Document, documents: Mapping[str, Document | None]) -> Document:
    """The gateway's own document with each service's paths under `/v1/{service}`.

    Components of one name and one content are shared; where contents differ, the later one is named
    `{service}_{name}`.
    """
    merged = {
        **own,
        "paths": dict(own.get("paths", {})),
        "components": {kind: dict(named) for kind, named in own.get("components", {}).items()},
        "tags": list(own.get("tags", ())),
        "x-unavailable-services": sorted(service for service, document in documents.items() if document is None),
    }
    for service, document in documents.items():
        if document is not None:
            _add(merged, service, document)
    return merged


def _add(merged: Document, service: str, document: Document) -> None:
    renamed = _renamed(merged["components"], service, document.get("components", {}))
    for kind, named in document.get("components", {}).items():
        for name, component in named.items():
            reference = f"#/components/{kind}/{name}"
            merged["components"].setdefault(kind, {})[renamed.get(reference, reference).rsplit("/", 1)[1]] = _pointing(
                component, renamed
            )
    merged["tags"] += [{**tag, "name": f"{service}: {tag['name']}"} for tag in document.get("tags", ())]
    for path, operations in document.get("paths", {}).items():
        if path.startswith("/v1/"):
            public = f"/v1/{service}{path.removeprefix('/v1')}"
            merged["paths"][public] = {
                method: _owned(_pointing(operation, renamed), service) for method, operation in operations.items()
            }


def _renamed(known: Document, service: str, components: Document) -> dict[str, str]:
    """References whose name is taken by something else, with what they point to in the merged document.

    A component that refers to a renamed one differs from its namesake too, hence the repetition until nothing changes.
    """
    renamed: dict[str, str] = {}
    while True:
        clashes = {
            f"#/components/{kind}/{name}": f"#/components/{kind}/{service}_{name}"
            for kind, named in components.items()
            for name, component in named.items()
            if name in known.get(kind, {}) and known[kind][name] != _pointing(component, renamed)
        }
        if clashes == renamed:
            return renamed
        renamed = clashes


def _pointing(part: Any, renamed: Mapping[str, str]) -> Any:
    """A copy whose references follow the renaming."""
    if isinstance(part, dict):
        return {
            key: renamed.get(value, value) if isinstance(value, str) else _pointing(value, renamed)
            for key, value in part.items()
        }
    return [_pointing(member, renamed) for member in part] if isinstance(part, list) else part


def _owned(operation: Any, service: str) -> Any:
    """Operation ids stay unique across services; tags say whose resource it is."""
    if not isinstance(operation, dict):
        return operation
    owned = {**operation, "tags": [f"{service}: {tag}" for tag in operation.get("tags", [])] or [service]}
    if "operationId" in operation:
        owned["operationId"] = f"{service}_{operation['operationId']}"
    return owned
