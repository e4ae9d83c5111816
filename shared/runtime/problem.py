"""Every refusal as application/problem+json (RFC 9457), the framework's own included."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import asyncpg
import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from opentelemetry import trace
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared.events.fields import RULE
from shared.kernel.errors import BillingError, Blocker, Fault, Forbidden, Invalid, NotAllowedNow, NotFound, StaleVersion
from shared.runtime.db import is_transient, sqlstate
from shared.runtime.links import public

PROBLEM = "application/problem+json"
_STATUS: tuple[tuple[type[BillingError], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (StaleVersion, 412),
    (NotAllowedNow, 409),
    (Invalid, 422),
)
_TITLES = {
    400: "Malformed request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Not possible now",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Wrong media type",
    422: "Not acceptable input",
    428: "Version required",
    429: "Too many requests",
    500: "Internal error",
    503: "Unavailable",
}
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 415: "media_type"}
_OUR_TYPES = {"invalid_value", "invalid_date", "amount_precision"}
_STATEMENT_TOOK_TOO_LONG = "57014"
# The framework's mark, at the end of a location, for a key of an object that is at fault itself.
_KEY = "[key]"
_AN_OBJECT = "An object is expected."
_PLAIN_WORDS = {
    "missing": "The field is required.",
    "model_type": _AN_OBJECT,
    "model_attributes_type": _AN_OBJECT,
    "dict_type": _AN_OBJECT,
}
_log = structlog.get_logger()


class ProtocolFault(Exception):
    """A request that breaks the protocol rather than a billing rule: conventions.md section 2.2 names each."""

    def __init__(self, status: int, code: str, detail: str, **headers: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    instance: str = "",
    faults: Iterable[Fault] = (),
    blockers: Iterable[Blocker] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document; the input is never repeated in it."""
    body: dict[str, Any] = {
        "type": f"urn:mediabilling:problem:{code}",
        "title": _TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
        "instance": public(instance),
        "code": code,
        "trace_id": _trace_id(),
    }
    if listed := [_without_empty(asdict(fault)) for fault in faults]:
        body["errors"] = listed
    if listed := [_without_empty(asdict(blocker)) for blocker in blockers]:
        body["blockers"] = listed
    return Response(orjson.dumps(body), status, dict(headers or {}), PROBLEM)


def refusal(error: BillingError, instance: str = "") -> Response:
    """The problem document of a billing rule's refusal."""
    return problem(
        status_of(error), error.code, error.message, instance=instance, faults=error.faults, blockers=error.blockers
    )


def status_of(error: BillingError) -> int:
    """The HTTP status a refusal answers with."""
    return next(status for kind, status in _STATUS if isinstance(error, kind))


def install(app: FastAPI) -> None:
    """Replace the framework's error answers by ours."""
    app.add_exception_handler(BillingError, _billing_error)
    app.add_exception_handler(ProtocolFault, _protocol_fault)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
    for kind in (DBAPIError, PoolTimeout, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, Exception):
        app.add_exception_handler(kind, _unexpected)


async def _billing_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, BillingError)
    return refusal(error, request.url.path)


async def _protocol_fault(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProtocolFault)
    return problem(error.status, error.code, error.detail, instance=request.url.path, headers=error.headers)


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "malformed_body")
    detail = _TITLES.get(error.status_code, "Refused")
    return problem(error.status_code, code, f"{detail}.", instance=request.url.path, headers=error.headers)


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(found["loc"][0] == "path" for found in error.errors()):
        return problem(404, "not_found", "There is nothing at this path.", instance=request.url.path)
    faults = [fault_of(found) for found in error.errors()]
    return problem(422, faults[0].code, faults[0].message, instance=request.url.path, faults=faults)


def fault_of(found: Mapping[str, Any], *, inside: str = "body") -> Fault:
    """A validation error of pydantic as a fault: a JSON pointer into the body, or the name of a query parameter."""
    location = [step for step in found["loc"] if step != _KEY]
    where = location.pop(0) if location and location[0] in {"body", "query", "header", "cookie"} else inside
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in location)
    # A number is the position in a list, or of the value at fault among those of a repeated parameter.
    field = next((step for step in reversed(location) if isinstance(step, str)), None)
    kind = found["type"]
    if kind == "extra_forbidden":
        code, message = (
            ("unknown_parameter", "There is no such parameter.")
            if where == "query"
            else ("unknown_field", "There is no such field.")
        )
    elif kind in _OUR_TYPES or kind.startswith(RULE):
        code, message = kind.removeprefix(RULE), found["msg"]
    elif kind in _PLAIN_WORDS:
        code, message = "invalid_value", _PLAIN_WORDS[kind]
    elif kind in {"literal_error", "enum"}:
        code, message = "invalid_value", f"Expected {found['ctx']['expected']}."
    else:
        code, message = "invalid_value", _without_input(found)
    return Fault(pointer, code, message, field=field)


def _without_input(found: Mapping[str, Any]) -> str:
    message = str(found["msg"])
    return message if found.get("ctx", {}).get("error") is None else "The value is not acceptable."


async def _unexpected(request: Request, error: Exception) -> Response:
    path = request.url.path
    if isinstance(error, DataError) or sqlstate(error).startswith("22"):
        return problem(422, "invalid_value", "A value lies outside what can be stored.", instance=path)
    if sqlstate(error) == "23505":
        return problem(409, "already_exists", "The record exists already.", instance=path)
    if is_transient(error) or sqlstate(error) == _STATEMENT_TOOK_TOO_LONG:
        _log.warning("database_unavailable", error=type(error).__name__, path=path)
        return problem(
            503, "unavailable", "The service cannot reach its database.", instance=path, headers={"Retry-After": "2"}
        )
    _log.error("unexpected_error", path=path, exc_info=error)
    return problem(500, "internal_error", "Something went wrong on our side.", instance=path)


def _trace_id() -> str:
    return format(trace.get_current_span().get_span_context().trace_id, "032x")


def _without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
