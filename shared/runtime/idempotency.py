"""Idempotency keys: a repeat of a command gets the first answer, written in the same transaction as its effect."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import orjson
from fastapi import Response
from sqlalchemy import text

from shared.runtime.body import StrictRequest
from shared.runtime.db import AsyncSession, Context
from shared.runtime.problem import ProtocolFault

KEY_LENGTH_MAX = 200
KEPT_DAYS = 7
_KEPT_HEADERS = ("location", "etag", "content-type")


async def claim(session: AsyncSession, context: Context, key: str, request: StrictRequest) -> Response | None:
    """Take the key for this request, or return the answer that its first use got.

    A concurrent twin waits here for the first to commit. 422 `idempotency_conflict` when the key was used with
    another request.
    """
    fingerprint = await _fingerprint(request)
    values = {"tenant": context.tenant_id, "principal": context.actor, "key": key}
    claimed = await session.execute(
        text(
            "INSERT INTO idempotency (tenant_id, principal, key, route, request_hash) "
            "VALUES (:tenant, :principal, :key, :route, :hash) ON CONFLICT DO NOTHING RETURNING 1"
        ),
        {**values, "route": f"{request.method} {request.url.path}", "hash": fingerprint},
    )
    if claimed.first():
        return None
    kept = await session.execute(
        text(
            "SELECT request_hash, status, headers, body FROM idempotency "
            "WHERE tenant_id = :tenant AND principal = :principal AND key = :key"
        ),
        params=values,
    )
    request_hash, status, headers, body = kept.one()
    if request_hash != fingerprint:
        raise ProtocolFault(422, "idempotency_conflict", "The key was used with another request.")
    return Response(body, status, {**_parsed(headers), "Idempotency-Replayed": "true"})


async def keep(session: AsyncSession, context: Context, key: str, response: Response) -> None:
    """Store the answer beside the key."""
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    await session.execute(
        text(
            "UPDATE idempotency SET status = :status, headers = CAST(:headers AS jsonb), body = :body "
            "WHERE tenant_id = :tenant AND principal = :principal AND key = :key"
        ),
        {
            "status": response.status_code,
            "headers": orjson.dumps(headers).decode(),
            "body": bytes(response.body),
            "tenant": context.tenant_id,
            "principal": context.actor,
            "key": key,
        },
    )


async def forget(session: AsyncSession, now: datetime) -> None:
    """Drop keys older than seven days."""
    await session.execute(
        text("DELETE FROM idempotency WHERE created_at < :before"), {"before": now - timedelta(days=KEPT_DAYS)}
    )


async def _fingerprint(request: StrictRequest) -> bytes:
    body = await request.body()
    if "json" in request.headers.get("content-type", ""):
        body = orjson.dumps(await request.json(), option=orjson.OPT_SORT_KEYS)
    target = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(target + body).digest()


def _parsed(headers: Any) -> dict[str, str]:
    return dict(orjson.loads(headers)) if isinstance(headers, str) else dict(headers)
