"""The OpenAPI document of a service: what the door adds to each route, told to the reader."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from shared.runtime.http import Door

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "A refusal: `code` is stable, `errors` point into the body, `blockers` say what to clear.",
    "required": ["type", "title", "status", "detail", "code", "trace_id"],
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
_REFUSED = {
    "description": "Refused.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_UNTOUCHED = {"HTTPValidationError", "ValidationError"}


def install(app: FastAPI) -> None:
    """Let `app.openapi()` describe the door: permission, key, version, bearer token, problem documents."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _UNTOUCHED:
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    document["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "ES256, ten minutes."}
    }
    for route in doors(app.routes):
        for method in route.methods or ():
            operation = document["paths"].get(route.path, {}).get(method.lower())
            if operation is not None:
                _describe(operation, route, method)
    return document


def doors(routes: list[BaseRoute]) -> list[Door]:
    """Every route behind the door, those of included routers too."""
    found: list[Door] = []
    for route in routes:
        if isinstance(route, Door):
            found.append(route)
        else:
            found.extend(doors(list(getattr(getattr(route, "router", None), "routes", None) or [])))
            inner = getattr(route, "routes", None)
            if inner:
                found.extend(doors(list(inner)))
    return found


def _describe(operation: dict[str, Any], route: Door, method: str) -> None:
    operation["security"] = [{"token": []}]
    operation["x-permission"] = route.access.permission
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = _REFUSED
    headers = operation.setdefault("parameters", [])
    if method == "POST":
        headers.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": route.access.key == "required",
                "description": "The same key and body get the same answer for seven days.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200},
            }
        )
    if any(dependency.call and dependency.call.__name__ == "_if_match" for dependency in route.dependant.dependencies):
        headers.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": True,
                "description": "The version that was read, as its ETag.",
                "schema": {"type": "string", "examples": ['"3"']},
            }
        )
    if not headers:
        del operation["parameters"]
