"""What is held of advance invoices, and when an open reservation is asked about again."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from services.preinvoice.domain.reservation import Reservation, Take
from services.preinvoice.tables import DEDUCTION, DEDUCTION_DEADLINE, DEDUCTION_TAKE
from shared.runtime.db import AsyncSession, context_of

_COLUMNS = [column.name for column in DEDUCTION.c if column.name != "tenant_id"]
_TAKE_COLUMNS = [column.name for column in DEDUCTION_TAKE.c if column.name not in ("tenant_id", "deduction_id")]


async def reservations_by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Reservation]:
    """Those that exist, locked in the order of their ids; lock them before advance invoices."""
    if not ids:
        return {}
    takes: dict[UUID, list[Take]] = defaultdict(list)
    rows = (
        await session.execute(
            select(DEDUCTION).where(DEDUCTION.c.id.in_(ids)).order_by(DEDUCTION.c.id).with_for_update()
        )
    ).all()
    listed = select(DEDUCTION_TAKE).where(DEDUCTION_TAKE.c.deduction_id.in_(ids)).order_by(DEDUCTION_TAKE.c.advance_id)
    for row in await session.execute(listed):
        takes[row.deduction_id].append(Take(**{name: getattr(row, name) for name in _TAKE_COLUMNS}))
    return {
        row.id: Reservation(**{name: getattr(row, name) for name in _COLUMNS}, takes=tuple(takes[row.id]))
        for row in rows
    }


async def save_reservations(
    session: AsyncSession, reservations: Sequence[Reservation], *, expires_at: datetime
) -> None:
    """Store new or changed ones with their takes; those that hold something are asked about again then."""
    if not reservations:
        return
    tenant = context_of(session).tenant_id
    rows = [{name: getattr(one, name) for name in _COLUMNS} | {"tenant_id": tenant} for one in reservations]
    statement = insert(DEDUCTION).values(rows)
    changed = {name: statement.excluded[name] for name in _COLUMNS if name != "id"}
    await session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=changed))
    ids = [one.id for one in reservations]
    await session.execute(delete(DEDUCTION_TAKE).where(DEDUCTION_TAKE.c.deduction_id.in_(ids)))
    takes = [asdict(take) | {"tenant_id": tenant, "deduction_id": one.id} for one in reservations for take in one.takes]
    if takes:
        await session.execute(insert(DEDUCTION_TAKE).values(takes))
    await _wait(session, [one.id for one in reservations if one.state == "reserved"], expires_at)
    ended = [one.id for one in reservations if one.state != "reserved"]
    await session.execute(delete(DEDUCTION_DEADLINE).where(DEDUCTION_DEADLINE.c.deduction_id.in_(ended)))


async def overdue(session: AsyncSession, now: datetime) -> list[tuple[UUID, UUID]]:
    """Tenant and id of the reservations that have been open for long, of every tenant."""
    deadline = DEDUCTION_DEADLINE.c
    found = await session.execute(select(deadline.tenant_id, deadline.deduction_id).where(deadline.expires_at <= now))
    return [(row.tenant_id, row.deduction_id) for row in found]


async def _wait(session: AsyncSession, ids: Sequence[UUID], expires_at: datetime) -> None:
    if not ids:
        return
    tenant = context_of(session).tenant_id
    rows: list[dict[str, Any]] = [{"tenant_id": tenant, "deduction_id": id_, "expires_at": expires_at} for id_ in ids]
    statement = insert(DEDUCTION_DEADLINE).values(rows)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["tenant_id", "deduction_id"], set_={"expires_at": expires_at})
    )
