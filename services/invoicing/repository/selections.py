"""Saved selections, by id and by their owner's name for them."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from asyncpg import Record

from shared.runtime.db import AsyncSession, context_of, driver


class Selection(NamedTuple):
    """One user's selection; criteria and switches as they were given."""

    id: UUID
    version: int
    owner: str
    name: str
    criteria: dict[str, Any]
    switches: dict[str, Any]
    text: str
    saved_at: datetime


_COLUMNS = ", ".join(Selection._fields)
_SAVE = f"""
INSERT INTO selection (tenant_id, {_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant_id, owner, name) DO UPDATE SET version = excluded.version, criteria = excluded.criteria,
  switches = excluded.switches, text = excluded.text, saved_at = excluded.saved_at
"""


async def find(session: AsyncSession, selection_id: UUID) -> Selection | None:
    """A selection by id."""
    connection = await driver(session)
    return _selection(
        await connection.fetchrow(
            f"SELECT {_COLUMNS} FROM selection WHERE tenant_id = $1 AND id = $2",
            context_of(session).tenant_id,
            selection_id,
        )
    )


async def named(session: AsyncSession, owner: str, name: str) -> Selection | None:
    """A user's selection of that name, kept from changing until the transaction ends.

    The name is locked even when nothing has it yet: of two who save it at once, the second finds the first.
    """
    connection, tenant = await driver(session), context_of(session).tenant_id
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('selection' || $1::text || $2 || $3, 0))",
        str(tenant),
        owner,
        name,
    )
    return _selection(
        await connection.fetchrow(
            f"SELECT {_COLUMNS} FROM selection WHERE tenant_id = $1 AND owner = $2 AND name = $3", tenant, owner, name
        )
    )


async def save(session: AsyncSession, selection: Selection) -> None:
    """Add it, or replace the one of the same owner and name."""
    connection = await driver(session)
    await connection.execute(
        _SAVE,
        context_of(session).tenant_id,
        *selection._replace(
            criteria=orjson.dumps(selection.criteria).decode(),  # type: ignore[arg-type]
            switches=orjson.dumps(selection.switches).decode(),  # type: ignore[arg-type]
        ),
    )


async def delete(session: AsyncSession, selection_id: UUID) -> None:
    """Remove it."""
    connection = await driver(session)
    await connection.execute(
        "DELETE FROM selection WHERE tenant_id = $1 AND id = $2", context_of(session).tenant_id, selection_id
    )


def _selection(row: Record | None) -> Selection | None:
    return Selection(*row) if row else None
