"""The OpenAPI document of a service: what the door adds to each route, told to the reader."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "A refusal: `code` is stable, `errors` point into the body, `blockers` say what to clear.",
    "required": ["type", "title", "status", "detail", "code", "trace_id"],
    "examples": [
        {
            "type": "urn:mediabilling:problem:date_order",
            "title": "Not acceptable input",
            "status": 422,
            "detail": "The end date lies before the start date.",
            "instance": "/v1/contracts/contracts",
            "code": "date_order",
            "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
            "errors": [
                {
                    "pointer": "/lines/0/end_on",
                    "code": "date_order",
                    "message": "The end date lies before the start date.",
                    "field": "end_on",
                }
            ],
        }
    ],
    "properties": {
        "type": {"type": "string", "examples": ["urn:mediabilling:problem:stale_version"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "examples": ["stale_version"]},
        "trace_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {
                    name: {"type": "string"} for name in ("pointer", "code", "message", "entity", "entity_id", "field")
                },
            },
        },
        "blockers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {name: {"type": "string"} for name in ("code", "message", "link")},
            },
        },
    },
}
_TOKEN = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "ES256, valid for ten minutes."}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same body gets the same answer for seven days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
_VERSION = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The version that was read, as its ETag.",
    "schema": {"type": "string", "examples": ['"3"']},
}
_REFUSED = {
    "description": "Refused.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_EVERYWHERE = {
    "jobs": "Long work: how far it is, what it could not do, cancelling and retrying.",
    "parked": "Messages between the services that could not be handled, for operators.",
}
# What an answer's status says, for those who read the reference.
ANSWERED = {
    200: "Done.",
    201: "Created.",
    202: "Accepted; the work goes on.",
    204: "Done; there is nothing to tell.",
    207: "A result for each.",
}
REFUSALS: dict[int | str, dict[str, Any]] = {"default": _REFUSED}


def install(app: FastAPI) -> None:
    """Let `app.openapi()` define what the operations of the door refer to."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            components = described.setdefault("components", {})
            components.setdefault("schemas", {})["Problem"] = _PROBLEM
            components["securitySchemes"] = {"token": _TOKEN}
            app.openapi_schema = described
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def tags(own: Mapping[str, str]) -> list[dict[str, Any]]:
    """The groups of a service's operations: its own, then those that every service has."""
    return [{"name": name, "description": about} for name, about in {**own, **_EVERYWHERE}.items()]


def operation(*, permission: str, keyed: bool | None, versioned: bool, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What the door asks of a request, as part of its operation.

    `keyed` says whether an Idempotency-Key is required, or None where there is none; `versioned` asks for If-Match.
    `sent` is the body's example: the schema has it too, but there its fields are sorted by name.
    """
    headers: list[dict[str, Any]] = []
    if keyed is not None:
        headers.append({**_KEY, "required": keyed})
    if versioned:
        headers.append(_VERSION)
    described: dict[str, Any] = {"security": [{"token": []}], "x-permission": permission}
    if headers:
        described["parameters"] = headers
    if sent:
        described["requestBody"] = {"content": {"application/json": {"example": dict(sent)}}}
    return described
