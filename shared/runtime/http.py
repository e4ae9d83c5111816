"""The door of every service: who may, is it sound, one transaction, commit before the answer leaves.

A route is an endpoint in a `Router` under `@needs(permission)`. The door authenticates the caller, checks the
permission, reads the body strictly, opens one transaction bound to the caller's tenant, claims the idempotency key in
it, runs the endpoint and commits; only then does the answer leave. A refusal rolls the endpoint's work back.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from random import uniform
from typing import Annotated, Any, Literal, TypeVar, get_origin
from urllib.parse import unquote_to_bytes
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError

from shared.kernel.errors import BillingError, Fault, Forbidden, Invalid
from shared.kernel.ids import new_id
from shared.runtime import clock, idempotency, reference
from shared.runtime.auth import Principal, TokenVerifier
from shared.runtime.body import BODY_BYTES_MAX, StrictRequest
from shared.runtime.db import AsyncSession, Context, Database, sqlstate
from shared.runtime.failpoint import failpoint
from shared.runtime.problem import ProtocolFault, refusal

KeyRule = Literal["accepted", "required"]
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])
_READING = {"GET", "HEAD"}
# Rolled back by PostgreSQL for certain, so that trying again cannot do the work twice.
_SURELY_ROLLED_BACK = ("40001", "40P01")
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of its caller."""

    permission: str
    key: KeyRule = "accepted"
    body_bytes_max: int = BODY_BYTES_MAX


@dataclass(frozen=True, slots=True)
class Doorway:
    """What the door needs of its service; kept in `app.state.doorway`."""

    database: Database
    verifier: TokenVerifier


def needs(
    permission: str, *, key: KeyRule = "accepted", body_bytes_max: int = BODY_BYTES_MAX
) -> Callable[[_Endpoint], _Endpoint]:
    """Name the permission of a route, and whether its POST must carry an `Idempotency-Key`."""

    def mark(endpoint: _Endpoint) -> _Endpoint:
        endpoint.access = Access(permission, key, body_bytes_max)  # type: ignore[attr-defined]
        return endpoint

    return mark


class Door(APIRoute):
    """A route behind the door."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        access = getattr(endpoint, "access", None)
        if access is None:
            raise TypeError(f"{endpoint.__qualname__} names no permission: add @needs(…)")
        self.access: Access = access
        options["responses"] = {**reference.REFUSALS, **(options.get("responses") or {})}
        super().__init__(path, endpoint, **options)
        self._parameters = dict(_query_parameters(self.dependant))
        asked = reference.operation(
            permission=access.permission,
            keyed=access.key == "required" if "POST" in (self.methods or ()) else None,
            versioned=any(dependency.call is _if_match for dependency in self.dependant.dependencies),
        )
        self.openapi_extra = {**(self.openapi_extra or {}), **asked}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, inside the door."""
        endpoint = super().get_route_handler()

        async def handle(request: Request) -> Response:
            doorway: Doorway = request.app.state.doorway
            principal = await doorway.verifier.verify(request.headers.get("authorization"))
            if self.access.permission not in principal.permissions:
                raise Forbidden("forbidden", f"This needs the permission {self.access.permission}.")
            self._check_query(request)
            strict = StrictRequest(request.scope, request.receive, request._send)
            strict.body_bytes_max = self.access.body_bytes_max
            strict.state.principal = principal
            context = Context(principal.tenant_id, principal.subject, _request_id(request))
            if request.method in _READING:
                async with doorway.database.transaction(context, read_only=True) as session:
                    strict.state.session = session
                    return await endpoint(strict)
            await self._check_body(strict)
            return await self._write(doorway.database, context, strict, endpoint)

        return handle

    async def _write(
        self,
        database: Database,
        context: Context,
        request: StrictRequest,
        endpoint: Callable[[Request], Coroutine[Any, Any, Response]],
    ) -> Response:
        key = self._key(request)
        for attempt in range(_ATTEMPTS):
            try:
                async with database.transaction(context) as session:
                    request.state.session = session
                    if key is None:
                        return await endpoint(request)
                    if replay := await idempotency.claim(session, context, key, request):
                        return replay
                    response = await _refusable(session, request, endpoint)
                    await idempotency.keep(session, context, key, response)
                    failpoint("door.before_commit")
                failpoint("door.after_commit")
                return response
            except (DBAPIError, asyncpg.PostgresError) as error:
                if sqlstate(error) == "55P03" and key is not None:
                    raise ProtocolFault(
                        409, "request_in_progress", "The same request is still running.", Retry_After="1"
                    ) from None
                if sqlstate(error) not in _SURELY_ROLLED_BACK or attempt + 1 == _ATTEMPTS:
                    raise
            await asyncio.sleep(uniform(0, min(1.0, 0.02 * 2**attempt)))  # noqa: S311  jitter, not a secret
        raise AssertionError("the last attempt returns or raises")

    def _key(self, request: Request) -> str | None:
        key = request.headers.get("idempotency-key")
        if key is None:
            if self.access.key == "required" and request.method == "POST":
                raise ProtocolFault(400, "idempotency_key_required", "This request needs an Idempotency-Key.")
            return None
        if request.method != "POST":
            return None
        if not 1 <= len(key) <= idempotency.KEY_LENGTH_MAX or not key.isprintable():
            raise ProtocolFault(
                400, "idempotency_key_required", "An Idempotency-Key has 1 to 200 printable characters."
            )
        return key

    async def _check_body(self, request: StrictRequest) -> None:
        if self.body_field is None:
            return
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json" and not (
            media_type == "application/merge-patch+json" and request.method == "PATCH"
        ):
            raise ProtocolFault(415, "media_type", "The body must be application/json.")
        if not await request.body():
            raise ProtocolFault(400, "malformed_body", "The body is empty.")
        await request.json()

    def _check_query(self, request: Request) -> None:
        raw: bytes = request.scope.get("query_string", b"")
        faults = [Fault("", "invalid_value", message, field=name) for name, message in _unstorable(raw)]
        if faults:
            raise Invalid.of(faults)
        for name in request.query_params:
            if name not in self._parameters:
                faults.append(Fault("", "unknown_parameter", "There is no such parameter.", field=name[:80]))
            elif not self._parameters[name] and len(request.query_params.getlist(name)) > 1:
                faults.append(Fault("", "invalid_value", "The parameter is given more than once.", field=name))
        if faults:
            raise Invalid.of(faults)


def Router(*, tags: list[str]) -> APIRouter:  # noqa: N802  reads as the type it makes
    """A router whose routes are behind the door."""
    return APIRouter(tags=list(tags), route_class=Door)


async def _refusable(
    session: AsyncSession, request: Request, endpoint: Callable[[Request], Coroutine[Any, Any, Response]]
) -> Response:
    """The endpoint's answer; a refusal undoes its work but keeps the claimed key, so that a repeat is refused alike."""
    try:
        async with session.begin_nested():
            return await endpoint(request)
    except BillingError as error:
        return refusal(error, request.url.path)


def _unstorable(raw: bytes) -> Iterator[tuple[str, str]]:
    """The parameters whose name or value no database can hold, and why."""
    for part in raw.split(b"&"):
        name = unquote_to_bytes(part.partition(b"=")[0].replace(b"+", b" ")).decode("utf-8", "replace")
        shown = name.replace("\x00", "\ufffd")[:80]
        try:
            if "\x00" in unquote_to_bytes(part).decode("utf-8"):
                yield shown, "The parameter holds a character that cannot be stored."
        except UnicodeDecodeError:
            yield shown, "The parameter is not UTF-8."


def _query_parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """Each query parameter's name, and whether it may be repeated."""
    for parameter in dependant.query_params:
        annotation = parameter.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            for name, field in annotation.model_fields.items():
                yield field.alias or name, "list[" in str(field.annotation)
        else:
            yield parameter.alias, get_origin(annotation) is list
    for inner in dependant.dependencies:
        yield from _query_parameters(inner)


def _request_id(request: Request) -> UUID:
    try:
        return UUID(request.headers.get("x-request-id", ""))
    except ValueError:
        return new_id()


# Dependencies are coroutines: the framework sends a plain function to a thread, which takes longer than the function.
async def _session(request: Request) -> AsyncSession:
    session: AsyncSession = request.state.session
    return session


async def _principal(request: Request) -> Principal:
    principal: Principal = request.state.principal
    return principal


async def _database(request: Request) -> Database:
    doorway: Doorway = request.app.state.doorway
    return doorway.database


async def _if_match(request: Request) -> int:
    given = request.headers.get("if-match", "").strip()
    if not given:
        raise ProtocolFault(428, "if_match_required", "Name the version you read in If-Match.")
    try:
        return int(given.removeprefix("W/").strip('"'))
    except ValueError:
        raise ProtocolFault(412, "stale_version", "If-Match names no version of this record.") from None


async def present() -> datetime:
    """The moment of the request; tests name another one."""
    return clock.now()


Db = Annotated[AsyncSession, Depends(_session)]
Who = Annotated[Principal, Depends(_principal)]
Now = Annotated[datetime, Depends(present)]
Version = Annotated[int, Depends(_if_match)]
TheDatabase = Annotated[Database, Depends(_database)]


def tag(response: Response, version: int) -> None:
    """Give a single resource its ETag, the version that a later change names in If-Match."""
    response.headers["ETag"] = f'"{version}"'


@asynccontextmanager
async def part(session: AsyncSession) -> AsyncIterator[AsyncSession]:
    """One item of a bulk request: a savepoint, so that a refused item does not sink its neighbours."""
    async with session.begin_nested():
        yield session
