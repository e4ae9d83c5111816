"""Vouchers, billable items and number series, to read."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from sqlalchemy import exists, select

from services.invoicing import tables
from services.invoicing.schemas.invoices import ItemRow, SeriesRow, VoucherRow, VoucherView
from shared.events.fields import Day
from shared.kernel.errors import NotFound
from shared.kernel.money import Money, currency
from shared.runtime.http import Db, Router, needs
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["ledger"])
_voucher = tables.Voucher.__table__  # type: ignore[attr-defined]
_exported = tables.VoucherExportItem.__table__  # type: ignore[attr-defined]
_side = tables.VoucherLine.__table__  # type: ignore[attr-defined]
_item = tables.BillableItem.__table__  # type: ignore[attr-defined]
_line = tables.InvoiceLine.__table__  # type: ignore[attr-defined]
_series = tables.Series.__table__  # type: ignore[attr-defined]


class VoucherQuery(ListQuery):
    """Filters of the list of vouchers; `exported` tells those in a batch for the ledger from those that wait."""

    client_id: list[UUID] | None = None
    source_id: list[UUID] | None = Field(None, description="Postings of these documents.")
    exported: bool | None = Field(None, description="In a batch for the ledger, or still waiting for one.")
    accounting_on_gte: Day | None = Field(None, alias="accounting_on.gte")
    accounting_on_lte: Day | None = Field(None, alias="accounting_on.lte")


class ItemQuery(ListQuery):
    """Filters of the list of billable items; `unbilled` leaves those that stand on no live invoice line."""

    client_id: list[UUID] | None = None
    unbilled: bool | None = Field(None, description="On no live invoice, or on one.")


@router.get("/v1/vouchers")
@needs("voucher:read")
async def list_vouchers(session: Db, query: Annotated[VoucherQuery, Query()]) -> Page[VoucherRow]:
    """Vouchers in the order they were posted."""
    statement = select(_voucher)
    for name in ("client_id", "source_id"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(_voucher.c[name].in_(wanted))
    if query.exported is not None:
        taken = exists().where(_exported.c.voucher_id == _voucher.c.id)
        statement = statement.where(taken if query.exported else ~taken)
    if query.accounting_on_gte is not None:
        statement = statement.where(_voucher.c.accounting_on >= query.accounting_on_gte)
    if query.accounting_on_lte is not None:
        statement = statement.where(_voucher.c.accounting_on <= query.accounting_on_lte)
    return await page(session, statement, keys=(_voucher.c.id,), query=query, shape=VoucherRow)


@router.get("/v1/vouchers/{voucher_id}")
@needs("voucher:read")
async def show_voucher(voucher_id: UUID, session: Db) -> VoucherView:
    """One voucher with its lines."""
    found = (await session.execute(select(_voucher).where(_voucher.c.id == voucher_id))).mappings().first()
    if found is None:
        raise NotFound("not_found", "There is no such voucher.")
    sides = select(_side).where(_side.c.voucher_id == voucher_id).order_by(_side.c.line_no)
    lines = [
        {
            **row,
            "debit": Money(row["debit"], currency(row["currency"])).decimal,
            "credit": Money(row["credit"], currency(row["currency"])).decimal,
        }
        for row in (await session.execute(sides)).mappings()
    ]
    return VoucherView.model_validate({**found, "lines": lines})


@router.get("/v1/billable-items")
@needs("billable_item:read")
async def list_billable_items(session: Db, query: Annotated[ItemQuery, Query()]) -> Page[ItemRow]:
    """Whatever may be billed, in one shape."""
    statement = select(_item)
    if query.client_id is not None:
        statement = statement.where(_item.c.client_id.in_(query.client_id))
    if query.unbilled is not None:
        billed = exists().where(_line.c.billable_item_id == _item.c.id, _line.c.reversed.is_(False))
        statement = statement.where(~billed if query.unbilled else billed)
    return await page(session, statement, keys=(_item.c.dated_on, _item.c.id), query=query, shape=ItemRow)


@router.get("/v1/series", summary="List number series")
@needs("number_series:read")
async def list_series(session: Db, query: Annotated[ListQuery, Query()]) -> Page[SeriesRow]:
    """Number series with the next number each would draw."""
    return await page(session, select(_series), keys=(_series.c.id,), query=query, shape=SeriesRow)
