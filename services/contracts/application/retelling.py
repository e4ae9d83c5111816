"""Insertions told again because their medium or agreement changed what they say of it (MA-REG-10, 12, MA-INS-16)."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import func, select

from services.contracts import tables
from services.contracts.application.insertion_telling import tell_insertions
from services.contracts.repository.media import insertion, insertions_of, order, plan
from services.contracts.repository.rows import Record, change, fetch
from shared.events.contracts import InsertionChanged
from shared.runtime.db import AsyncSession
from shared.runtime.jobs import enqueue

JOB = "retell_insertions"
BLOCK = 500
# What an insertion tells of its medium.
_TOLD = ("name", "supplier_id", "ad_check_required")
# What is invoiced, cancelled or not told yet needs no second word.
_STATUSES = ("definitive", "do_not_invoice", "pre_inv", "blocked")


async def retell_later(session: AsyncSession, before: Record, medium: Record) -> None:
    """Queue the telling of a medium's insertions, which may be very many."""
    if any(before[name] != medium[name] for name in _TOLD):
        await enqueue(session, JOB, {"media_id": str(medium["id"])})


async def retell_allocated_later(session: AsyncSession, before: Record, agreement: Record) -> None:
    """Queue the telling of an agreement's allocated insertions."""
    if before["allocation_invoicing"] != agreement["allocation_invoicing"]:
        await enqueue(session, JOB, {"agreement_id": str(agreement["id"])})


async def retell_block(
    session: AsyncSession, request: Mapping[str, str], after: UUID | None
) -> tuple[int, UUID | None]:
    """Tell the next of a job's insertions after an id: how many, and the last of them if more may follow."""
    chosen = select(insertion.c.id).join(order, order.c.id == insertion.c.order_id)
    chosen = chosen.where(insertion.c.status.in_(_STATUSES))
    if "media_id" in request:
        chosen = chosen.where(order.c.media_id == UUID(request["media_id"]))
    else:
        nearest = func.coalesce(order.c.agreement_id, plan.c.agreement_id)
        chosen = chosen.join(plan, plan.c.id == order.c.plan_id).where(
            nearest == UUID(request["agreement_id"]), func.jsonb_array_length(insertion.c.allocation) > 0
        )
    if after is not None:
        chosen = chosen.where(insertion.c.id > after)
    ids = [row["id"] for row in await fetch(session, chosen.order_by(insertion.c.id).limit(BLOCK))]
    rows = [
        {**row, "version": row["version"] + 1}
        for row in await insertions_of(session, insertion.c.id.in_(ids), lock=True)
    ]
    await change(session, tables.Insertion, [{"id": row["id"], "version": row["version"]} for row in rows])
    await tell_insertions(session, InsertionChanged, rows)
    return len(ids), ids[-1] if len(ids) == BLOCK else None
