"""Vouchers of the purchase ledger, to read."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from sqlalchemy import select

from services.reconciliation import tables
from services.reconciliation.schemas.ledger import VoucherRow, VoucherView
from services.reconciliation.tables import table_of
from shared.events.fields import Day
from shared.kernel.errors import NotFound
from shared.runtime.http import Db, Router, needs
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["vouchers"])
_voucher = table_of(tables.Voucher)
_side = table_of(tables.VoucherLine)


class VoucherQuery(ListQuery):
    """Filters of the list of vouchers."""

    source_id: list[UUID] | None = Field(None, max_length=500, description="Postings of these documents.")
    legal_entity_id: list[UUID] | None = Field(None, max_length=500)
    accounting_on_gte: Day | None = Field(None, alias="accounting_on.gte")
    accounting_on_lte: Day | None = Field(None, alias="accounting_on.lte")


@router.get("/v1/vouchers")
@needs("voucher:read")
async def list_vouchers(session: Db, query: Annotated[VoucherQuery, Query()]) -> Page[VoucherRow]:
    """Vouchers by accounting date."""
    statement = select(_voucher)
    if query.source_id is not None:
        statement = statement.where(_voucher.c.source_id.in_(query.source_id))
    if query.legal_entity_id is not None:
        statement = statement.where(_voucher.c.legal_entity_id.in_(query.legal_entity_id))
    if query.accounting_on_gte is not None:
        statement = statement.where(_voucher.c.accounting_on >= query.accounting_on_gte)
    if query.accounting_on_lte is not None:
        statement = statement.where(_voucher.c.accounting_on <= query.accounting_on_lte)
    keys = (_voucher.c.accounting_on, _voucher.c.id)
    return await page(session, statement, keys=keys, query=query, shape=VoucherRow)


@router.get("/v1/vouchers/{voucher_id}")
@needs("voucher:read")
async def show_voucher(voucher_id: UUID, session: Db) -> VoucherView:
    """One voucher with its lines."""
    found = (await session.execute(select(_voucher).where(_voucher.c.id == voucher_id))).mappings().first()
    if found is None:
        raise NotFound("not_found", "There is no such voucher.")
    sides = select(
        _side.c.line_no,
        _side.c.role,
        _side.c.insertion_id,
        _side.c.debit.label("debit_amount"),
        _side.c.credit.label("credit_amount"),
    ).where(_side.c.voucher_id == voucher_id)
    rows = (await session.execute(sides.order_by(_side.c.line_no))).mappings()
    return VoucherView.model_validate({**found, "lines": [{**row, "currency": found["currency"]} for row in rows]})
