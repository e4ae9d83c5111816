"""Write-offs, and their undoing."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field
from sqlalchemy import select

from services.reconciliation import tables
from services.reconciliation.application.write_off import undo_write_off, write_off
from services.reconciliation.schemas.ledger import (
    PartShape,
    WriteOffReversalShape,
    WriteOffRow,
    WriteOffShape,
    WriteOffView,
)
from services.reconciliation.tables import table_of
from shared.kernel.errors import Fault, Invalid, NotFound
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Now, Router, needs
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["write-offs"])
_write_off = table_of(tables.WriteOff)
_row = table_of(tables.WriteOffRow)
_voucher = table_of(tables.Voucher)


class WriteOffQuery(ListQuery):
    """Filters of the list of write-offs."""

    insertion_id: list[UUID] | None = Field(None, max_length=500)


@router.post("/v1/write-offs", summary="Write off discrepancies", status_code=201)
@needs("discrepancy:write_off", key="required")
async def book_away(body: WriteOffShape, session: Db, now: Now, response: Response) -> WriteOffView:
    """Book discrepancies away, whole or in part, on one voucher (MA-REC-15, MA-REC-16)."""
    write_off_id = await write_off(
        session,
        _parts(body.rows),
        account=body.account,
        on=body.accounting_on,
        reason=body.reason,
        now=now,
    )
    return await _created(session, write_off_id, response)


@router.post("/v1/write-off-reversals", summary="Undo write-off", status_code=201)
@needs("discrepancy:write_off", key="required")
async def undo(body: WriteOffReversalShape, session: Db, now: Now, response: Response) -> WriteOffView:
    """Undo a write-off by the opposite booking (MA-REC-17)."""
    rows = None if body.rows is None else _parts(body.rows)
    write_off_id = await undo_write_off(
        session, body.write_off_id, rows, on=body.accounting_on, reason=body.reason, now=now
    )
    return await _created(session, write_off_id, response)


@router.get("/v1/write-offs", summary="List write-offs")
@needs("discrepancy:read")
async def list_write_offs(session: Db, query: Annotated[WriteOffQuery, Query()]) -> Page[WriteOffRow]:
    """Write-offs and their undoings in the order they were made."""
    statement = select(_write_off)
    if query.insertion_id is not None:
        named = select(_row.c.write_off_id).where(_row.c.insertion_id.in_(query.insertion_id))
        statement = statement.where(_write_off.c.id.in_(named))
    return await page(session, statement, keys=(_write_off.c.id,), query=query, shape=WriteOffRow)


@router.get("/v1/write-offs/{write_off_id}", summary="Show write-off")
@needs("discrepancy:read")
async def show_write_off(write_off_id: UUID, session: Db) -> WriteOffView:
    """One write-off with its rows."""
    return await _view(session, write_off_id)


async def _created(session: AsyncSession, write_off_id: UUID, response: Response) -> WriteOffView:
    response.headers["Location"] = f"/v1/write-offs/{write_off_id}"
    return await _view(session, write_off_id)


async def _view(session: AsyncSession, write_off_id: UUID) -> WriteOffView:
    statement = select(_write_off, _voucher.c.voucher_no).join(_voucher, _voucher.c.id == _write_off.c.voucher_id)
    found = (await session.execute(statement.where(_write_off.c.id == write_off_id))).mappings().first()
    if found is None:
        raise NotFound("not_found", "There is no such write-off.")
    booked = select(_row).where(_row.c.write_off_id == write_off_id).order_by(_row.c.insertion_id)
    rows = [{**row, "currency": found["currency"]} for row in (await session.execute(booked)).mappings()]
    return WriteOffView.model_validate({**found, "rows": rows})


def _parts(rows: Sequence[PartShape]) -> dict[UUID, Decimal | None]:
    parts = {row.insertion_id: row.amount for row in rows}
    if len(parts) < len(rows):
        raise Invalid.of([Fault("/rows", "invalid_value", "An insertion is named twice.", field="rows")])
    return parts
