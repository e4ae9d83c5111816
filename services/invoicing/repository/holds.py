"""Correction holds: invoicing's answers to wishes to correct a contract (design section 5, saga 9)."""

from uuid import UUID

from shared.runtime.db import AsyncSession, context_of, driver


async def answer(session: AsyncSession, correction_id: UUID, contract_id: UUID, state: str) -> bool:
    """Keep an answer; False when this wish has its answer already."""
    connection = await driver(session)
    inserted = await connection.fetchval(
        "INSERT INTO correction_hold (tenant_id, id, contract_id, state) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT DO NOTHING RETURNING true",
        context_of(session).tenant_id,
        correction_id,
        contract_id,
        state,
    )
    return bool(inserted)


async def is_placed(session: AsyncSession, correction_id: UUID | None) -> bool:
    """Whether a correction that is under way holds its contract's invoices."""
    connection = await driver(session)
    return bool(
        correction_id
        and await connection.fetchval(
            "SELECT true FROM correction_hold WHERE tenant_id = $1 AND id = $2 AND state = 'placed'",
            context_of(session).tenant_id,
            correction_id,
        )
    )


async def approved_invoices(session: AsyncSession, contract_id: UUID) -> list[tuple[UUID, str]]:
    """Id and number of a contract's approved invoices that are not reversed, in the order of their numbers."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT id, invoice_no FROM invoice WHERE tenant_id = $1 AND contract_id = $2 AND no IS NOT NULL "
        "AND reverses_id IS NULL AND reversed_by_id IS NULL AND credits_id IS NULL ORDER BY issued_at, no",
        context_of(session).tenant_id,
        contract_id,
    )
    return [(row[0], row[1]) for row in rows]
