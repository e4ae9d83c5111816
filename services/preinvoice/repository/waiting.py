"""Until when advance invoices wait for answers of invoicing before they ask again."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from services.preinvoice.tables import ADVANCE_DEADLINE
from shared.runtime.db import AsyncSession, context_of

ASKED_AGAIN_AFTER = timedelta(minutes=15)


async def wait_for_answer(session: AsyncSession, advance_id: UUID, *, now: datetime) -> None:
    """Look at an advance invoice again when its answer should have come."""
    expires_at = now + ASKED_AGAIN_AFTER
    row = {"tenant_id": context_of(session).tenant_id, "advance_id": advance_id, "expires_at": expires_at}
    statement = insert(ADVANCE_DEADLINE).values(row)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["tenant_id", "advance_id"], set_={"expires_at": expires_at})
    )


async def wait_no_more(session: AsyncSession, advance_id: UUID) -> None:
    """The advance invoice has its answers."""
    await session.execute(delete(ADVANCE_DEADLINE).where(ADVANCE_DEADLINE.c.advance_id == advance_id))


async def unanswered(session: AsyncSession, now: datetime) -> list[tuple[UUID, UUID]]:
    """Tenant and id of the advance invoices that have waited long, of every tenant."""
    deadline = ADVANCE_DEADLINE.c
    found = await session.execute(select(deadline.tenant_id, deadline.advance_id).where(deadline.expires_at <= now))
    return [(row.tenant_id, row.advance_id) for row in found]
