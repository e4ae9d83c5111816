"""Advance invoices with their bills, and the ledger of what invoices deducted of them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Table, delete, select
from sqlalchemy.dialects.postgresql import insert

from services.preinvoice.domain.advance import Advance, Bill, BillRow, Reversal, Scope, Settlement
from services.preinvoice.tables import ADVANCE, ADVANCE_BILL, ADVANCE_ENTRY
from shared.kernel.errors import NotFound
from shared.runtime.bulk import exact
from shared.runtime.db import AsyncSession, context_of

_SCOPES = TypeAdapter(tuple[Scope, ...])
_ROWS = TypeAdapter(tuple[BillRow, ...])
_REVERSAL = TypeAdapter(Reversal | None)
_SETTLEMENT = TypeAdapter(Settlement | None)
_OF_BILL = [column.name for column in ADVANCE_BILL.c if column.name not in ("tenant_id", "advance_id", "amount")]
_OF_ADVANCE = [column.name for column in ADVANCE.c if column.name not in ("tenant_id", "status")]


async def get_advance(session: AsyncSession, advance_id: UUID, *, lock: bool = False) -> Advance:
    """One advance invoice with its bills; `NotFound("advance_invoice_not_found")`."""
    found = await advances_by_id(session, [advance_id], lock=lock)
    if not found:
        raise NotFound("advance_invoice_not_found", "There is no such advance invoice.")
    return found[advance_id]


async def advances_by_id(session: AsyncSession, ids: Collection[UUID], *, lock: bool = False) -> dict[UUID, Advance]:
    """Those that exist, with their bills; locked in the order of their ids."""
    if not ids:
        return {}
    statement = select(ADVANCE).where(ADVANCE.c.id.in_(ids)).order_by(ADVANCE.c.id)
    rows = (await session.execute(statement.with_for_update() if lock else statement)).all()
    bills: dict[UUID, list[Bill]] = defaultdict(list)
    listed = select(ADVANCE_BILL).where(ADVANCE_BILL.c.advance_id.in_(ids)).order_by(ADVANCE_BILL.c.bill_no)
    for row in await session.execute(listed):
        bills[row.advance_id].append(_bill(row))
    return {row.id: _advance(row, tuple(bills[row.id])) for row in rows}


async def save_advances(session: AsyncSession, advances: Sequence[Advance]) -> None:
    """Store new or changed advance invoices with their bills."""
    if not advances:
        return
    await session.execute(_upsert(ADVANCE, [_row(session, one) for one in sorted(advances, key=lambda one: one.id)]))
    bills = [_bill_row(session, one.id, bill) for one in advances for bill in one.bills]
    if bills:
        await session.execute(_upsert(ADVANCE_BILL, bills))


async def delete_bill(session: AsyncSession, bill_id: UUID) -> None:
    """Remove a bill that was never printed."""
    await session.execute(delete(ADVANCE_BILL).where(ADVANCE_BILL.c.id == bill_id))


async def add_entries(session: AsyncSession, entries: Sequence[dict[str, Any]]) -> set[tuple[UUID, UUID]]:
    """Note deductions of documents; which of them (advance id, invoice id) were not known yet."""
    if not entries:
        return set()
    tenant = context_of(session).tenant_id
    statement = (
        insert(ADVANCE_ENTRY)
        .values([{**entry, "tenant_id": tenant} for entry in entries])
        .on_conflict_do_nothing()
        .returning(ADVANCE_ENTRY.c.advance_id, ADVANCE_ENTRY.c.invoice_id)
    )
    return {(row.advance_id, row.invoice_id) for row in await session.execute(statement)}


async def reversed_entries(session: AsyncSession, invoice_ids: Collection[UUID]) -> set[UUID]:
    """Of these invoices, those whose deductions a credit note has given back."""
    statement = select(ADVANCE_ENTRY.c.reverses_id).where(ADVANCE_ENTRY.c.reverses_id.in_(invoice_ids))
    return set((await session.execute(statement)).scalars())


def _upsert(table: Table, rows: list[dict[str, Any]]) -> Any:
    statement = insert(table).values(rows)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in ("tenant_id", "id")}
    return statement.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=changed)


def _row(session: AsyncSession, advance: Advance) -> dict[str, Any]:
    plain = {name: getattr(advance, name) for name in _OF_ADVANCE}
    return {
        **plain,
        "tenant_id": context_of(session).tenant_id,
        "status": advance.status,
        "scopes": _SCOPES.dump_python(advance.scopes, mode="json"),
        "settlement": _SETTLEMENT.dump_python(advance.settlement, mode="json"),
    }


def _bill_row(session: AsyncSession, advance_id: UUID, bill: Bill) -> dict[str, Any]:
    plain = {name: getattr(bill, name) for name in _OF_BILL}
    return {
        **plain,
        "tenant_id": context_of(session).tenant_id,
        "advance_id": advance_id,
        "amount": bill.amount,
        "rows": [asdict(row) for row in bill.rows],
        "reversal": _REVERSAL.dump_python(bill.reversal, mode="json"),
    }


def _bill(row: Any) -> Bill:
    plain = {name: getattr(row, name) for name in _OF_BILL}
    return Bill(
        **plain
        | {
            "rows": _ROWS.validate_python(row.rows),
            "reversal": _REVERSAL.validate_python(row.reversal),
            "exchange_rate": exact(row.exchange_rate),
            "vat_percent": None if row.vat_percent is None else exact(row.vat_percent),
        }
    )


def _advance(row: Any, bills: tuple[Bill, ...]) -> Advance:
    plain = {name: getattr(row, name) for name in _OF_ADVANCE}
    return Advance(
        **plain
        | {
            "scopes": _SCOPES.validate_python(row.scopes),
            "settlement": _SETTLEMENT.validate_python(row.settlement),
            "vat_percent": None if row.vat_percent is None else exact(row.vat_percent),
            "bills": bills,
        }
    )
