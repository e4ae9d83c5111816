"""Which draft pre-invoices have their invoice."""

from collections.abc import Sequence
from uuid import UUID

from shared.runtime.db import AsyncSession, context_of, driver


async def invoiced_drafts(session: AsyncSession, draft_ids: Sequence[UUID]) -> set[UUID]:
    """Of these drafts, those that yielded an invoice already (PI-RUN-13)."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT draft_id FROM invoice WHERE tenant_id = $1 AND draft_id = ANY($2)",
        context_of(session).tenant_id,
        list(draft_ids),
    )
    return {row[0] for row in rows}
