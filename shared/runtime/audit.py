"""The audit trail: who did what to which record, when and why; rows are only ever added."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession, context_of, driver

_INSERT = text(
    "INSERT INTO audit (tenant_id, id, actor, action, entity, entity_id, before, after, reason, correlation_id) "
    "VALUES (:tenant, :id, :actor, :action, :entity, :entity_id, "
    "CAST(:before AS jsonb), CAST(:after AS jsonb), :reason, :correlation)"
)
_INSERT_MANY = """
INSERT INTO audit (tenant_id, id, actor, action, entity, entity_id, before, after, reason, correlation_id)
SELECT $1, row.id, $2, $3, $4, row.entity_id, row.before, row.after, $5, $6
FROM unnest($7::uuid[], $8::uuid[], $9::jsonb[], $10::jsonb[]) AS row(id, entity_id, before, after)
"""


@dataclass(frozen=True, slots=True)
class Change:
    """What changed of one record."""

    entity_id: UUID
    before: dict[str, Any] | None
    after: dict[str, Any] | None


async def audit_all(
    session: AsyncSession, *, action: str, entity: str, changes: Sequence[Change], reason: str = ""
) -> None:
    """Add a row per change in one statement; all of one kind and for one reason."""
    context = context_of(session)
    await (await driver(session)).execute(
        _INSERT_MANY,
        context.tenant_id,
        context.actor,
        action,
        entity,
        reason,
        context.correlation_id,
        [new_id() for _ in changes],
        [change.entity_id for change in changes],
        [_json(change.before) for change in changes],
        [_json(change.after) for change in changes],
    )


async def audit(
    session: AsyncSession,
    *,
    action: str,
    entity: str,
    entity_id: UUID,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Add one row in the caller's transaction; `before` and `after` hold the fields that changed (CT-LIF-25)."""
    context = context_of(session)
    await session.execute(
        _INSERT,
        {
            "tenant": context.tenant_id,
            "id": new_id(),
            "actor": context.actor,
            "action": action,
            "entity": entity,
            "entity_id": entity_id,
            "before": _json(before),
            "after": _json(after),
            "reason": reason,
            "correlation": context.correlation_id,
        },
    )


def _json(fields: dict[str, Any] | None) -> str | None:
    return None if fields is None else orjson.dumps(fields, default=str).decode()
