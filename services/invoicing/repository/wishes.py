"""Wishes of preinvoice that were answered: documents that grant one, and those refused."""

from collections.abc import Collection
from uuid import UUID

from shared.runtime.db import AsyncSession, context_of, driver


async def answered(session: AsyncSession, wish_ids: Collection[UUID]) -> set[UUID]:
    """Of these wishes, those that were granted or refused."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT wish_id FROM invoice WHERE tenant_id = $1 AND wish_id = ANY($2) "
        "UNION ALL SELECT id FROM refused_wish WHERE tenant_id = $1 AND id = ANY($2)",
        context_of(session).tenant_id,
        list(wish_ids),
    )
    return {row[0] for row in rows}


async def note_refused(session: AsyncSession, wish_id: UUID, code: str) -> None:
    """Remember that a wish was refused."""
    connection = await driver(session)
    await connection.execute(
        "INSERT INTO refused_wish (tenant_id, id, code) VALUES ($1, $2, $3)",
        context_of(session).tenant_id,
        wish_id,
        code,
    )
