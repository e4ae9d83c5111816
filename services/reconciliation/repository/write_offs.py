"""Write-offs, and what is left of them when parts are undone."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from shared.runtime.bulk import insert_statement, write
from shared.runtime.db import AsyncSession, context_of, driver


class WriteOff(NamedTuple):
    """Discrepancies booked away on one voucher; `reverses_id` names the write-off it undoes."""

    id: UUID
    legal_entity_id: UUID
    accounting_on: date
    account: str
    currency: str
    reason: str
    voucher_id: UUID
    reverses_id: UUID | None
    created_by: str
    created_at: datetime


_WRITE_OFF = {
    "id": "uuid", "legal_entity_id": "uuid", "accounting_on": "date", "account": "text", "currency": "text",
    "reason": "text", "voucher_id": "uuid", "reverses_id": "uuid", "created_by": "text", "created_at": "timestamptz",
}  # fmt: skip
_ADD = insert_statement("write_off", _WRITE_OFF)
_ADD_ROWS = insert_statement("write_off_row", {"write_off_id": "uuid", "insertion_id": "uuid", "amount": "bigint"})


async def add(session: AsyncSession, write_off: WriteOff, amounts: Mapping[UUID, int]) -> None:
    """Store a write-off with its rows."""
    await write(session, _ADD, [write_off])
    await write(session, _ADD_ROWS, [(write_off.id, insertion_id, amount) for insertion_id, amount in amounts.items()])


async def lock(session: AsyncSession, write_off_id: UUID) -> WriteOff | None:
    """A write-off, held so that two who undo it do so one after the other."""
    connection, tenant = await driver(session), context_of(session).tenant_id
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1 || $2, 0))", str(tenant), str(write_off_id)
    )
    row = await connection.fetchrow(
        f"SELECT {', '.join(_WRITE_OFF)} FROM write_off WHERE tenant_id = $1 AND id = $2", tenant, write_off_id
    )
    return WriteOff(*row) if row else None


async def left_of(session: AsyncSession, write_off_id: UUID) -> dict[UUID, int]:
    """What is still written off per insertion, after what was undone of it."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT r.insertion_id, sum(r.amount)::bigint FROM write_off w JOIN write_off_row r "
        "ON r.tenant_id = w.tenant_id AND r.write_off_id = w.id "
        "WHERE w.tenant_id = $1 AND (w.id = $2 OR w.reverses_id = $2) GROUP BY r.insertion_id",
        context_of(session).tenant_id,
        write_off_id,
    )
    return {row[0]: row[1] for row in rows}
