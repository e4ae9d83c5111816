"""Media invoices: registered, changed while pending, matched, saved, cancelled."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field
from sqlalchemy import func, select

from services.reconciliation import tables
from services.reconciliation.application import register_invoice as registering
from services.reconciliation.application.cancel_invoice import cancel_invoice
from services.reconciliation.application.match_invoices import match_again
from services.reconciliation.application.register_invoice import Header, Keyed, StatedVat
from services.reconciliation.application.save_invoices import save_invoice
from services.reconciliation.repository.insertions import over_ordered
from services.reconciliation.schemas.media_invoices import (
    InsertOrderShape,
    InvoiceNo,
    LinePatch,
    MediaInvoiceLineView,
    MediaInvoicePatch,
    MediaInvoiceRow,
    MediaInvoiceShape,
    MediaInvoiceState,
    MediaInvoiceTransition,
    MediaInvoiceView,
    WarningView,
    WrittenShape,
)
from services.reconciliation.tables import table_of
from shared.events.fields import Day
from shared.kernel.errors import Fault, Invalid, NotFound
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Expand, Now, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page, read_page

router = Router(tags=["media invoices"])
_invoice = table_of(tables.MediaInvoice)
_line = table_of(tables.MediaInvoiceLine)
_WRITTEN = set(WrittenShape.model_fields)


class MediaInvoiceQuery(ListQuery):
    """Filters of the list of media invoices; `state=pending` are the pending invoices (MA-MIN-18)."""

    state: list[MediaInvoiceState] | None = Field(None, description="Only `saved` ones are posted.")
    supplier_id: list[UUID] | None = None
    invoice_no: list[InvoiceNo] | None = None
    invoice_on_gte: Day | None = Field(None, alias="invoice_on.gte")
    invoice_on_lte: Day | None = Field(None, alias="invoice_on.lte")


class LineQuery(ListQuery):
    """Find an order among the lines (MA-MIN-17), or what nobody found an insertion for."""

    order_no: list[int] | None = Field(None, max_length=100)
    unmatched: bool | None = Field(None, description="Lines that nobody found an insertion for, or the others.")


class Lines(Page[MediaInvoiceLineView]):
    """Lines; when none has the order asked for, `insert_url` says where to add it (MA-MIN-17)."""

    insert_url: str | None = None


@router.post("/v1/media-invoices", summary="Register media invoice", status_code=201)
@needs("media_invoice:write", key="required")
async def register(body: MediaInvoiceShape, session: Db, now: Now, response: Response) -> MediaInvoiceView:
    """Begin a registration; nothing is posted before it is saved (MA-MIN-18)."""
    header = Header(**_stated(body.model_dump(exclude={"lines"})))
    keyed = [Keyed(line.insertion_id, line.marked, _written(line)) for line in body.lines]
    invoice_id = await registering.register_invoice(session, header, keyed, now=now)
    response.headers["Location"] = f"/v1/media-invoices/{invoice_id}"
    return await _view(session, invoice_id, response, whole=True)


@router.get("/v1/media-invoices")
@needs("media_invoice:read")
async def list_media_invoices(session: Db, query: Annotated[MediaInvoiceQuery, Query()]) -> Page[MediaInvoiceRow]:
    """Media invoices in the order they were registered."""
    statement = select(_invoice)
    for name in ("state", "supplier_id", "invoice_no"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(_invoice.c[name].in_(wanted))
    if query.invoice_on_gte is not None:
        statement = statement.where(_invoice.c.invoice_on >= query.invoice_on_gte)
    if query.invoice_on_lte is not None:
        statement = statement.where(_invoice.c.invoice_on <= query.invoice_on_lte)
    return await page(session, statement, keys=(_invoice.c.id,), query=query, shape=MediaInvoiceRow)


@router.get("/v1/media-invoices/{invoice_id}", summary="Show media invoice")
@needs("media_invoice:read")
async def show(invoice_id: UUID, session: Db, response: Response, expand: Expand = None) -> MediaInvoiceView:
    """One media invoice; `expand=lines` adds its lines."""
    return await _view(session, invoice_id, response, whole=expand == "lines")


@router.patch("/v1/media-invoices/{invoice_id}", summary="Change media invoice")
@needs("media_invoice:write")
async def change(
    invoice_id: UUID, body: MediaInvoicePatch, version: Version, session: Db, response: Response
) -> MediaInvoiceView:
    """Change what a pending invoice says about itself."""
    await registering.change_header(session, invoice_id, version, _stated(body.model_dump(exclude_unset=True)))
    return await _view(session, invoice_id, response, whole=False)


@router.delete("/v1/media-invoices/{invoice_id}", summary="Delete pending media invoice", status_code=204)
@needs("media_invoice:write")
async def discard(invoice_id: UUID, version: Version, session: Db) -> None:
    """Delete a pending invoice; a saved one is cancelled instead (MA-MIN-19)."""
    await registering.discard_invoice(session, invoice_id, version)


@router.post("/v1/media-invoices/{invoice_id}/transitions", summary="Save or cancel media invoice")
@needs("media_invoice:write", key="required")
async def move(
    invoice_id: UUID, body: MediaInvoiceTransition, version: Version, session: Db, response: Response
) -> MediaInvoiceView:
    """Save, which posts the voucher (MA-MIN-12), or cancel by its mirror (MA-MIN-21)."""
    if body.to == "saved":
        await save_invoice(session, invoice_id, version, invoice_no=body.invoice_no, accounting_on=body.accounting_on)
    else:
        if body.accounting_on is None:
            fault = Fault("/accounting_on", "accounting_date_required", "A cancellation has a date of its own.")
            raise Invalid.of([fault])
        await cancel_invoice(session, invoice_id, version, on=body.accounting_on, reason=body.reason)
    return await _view(session, invoice_id, response, whole=False)


@router.post("/v1/media-invoices/{invoice_id}/matchings", summary="Match media invoice")
@needs("media_invoice:write")
async def match(invoice_id: UUID, version: Version, session: Db, response: Response) -> MediaInvoiceView:
    """Match the lines of a pending invoice that have found no insertion yet."""
    await match_again(session, invoice_id, version)
    return await _view(session, invoice_id, response, whole=True)


@router.get("/v1/media-invoices/{invoice_id}/lines", summary="List lines of media invoice")
@needs("media_invoice:read")
async def list_lines(invoice_id: UUID, session: Db, query: Annotated[LineQuery, Query()]) -> Lines:
    """The lines of an invoice, narrowed by order number; an order that is not there may be added."""
    found = await _invoice_row(session, invoice_id)
    statement = select(_line, _invoice.c.currency).join(_invoice, _invoice.c.id == _line.c.media_invoice_id)
    statement = statement.where(_line.c.media_invoice_id == invoice_id)
    if query.order_no is not None:
        statement = statement.where(_line.c.order_no.in_(query.order_no))
    if query.unmatched is not None:
        statement = statement.where(_line.c.insertion_id.is_(None) == query.unmatched)
    listed = await read_page(session, statement, keys=(_line.c.line_no,), query=query, shape=MediaInvoiceLineView)
    offered = found["state"] == "pending" and query.order_no is not None and not listed.items
    url = f"/v1/reconciliation/media-invoices/{invoice_id}/lines" if offered else None
    return Lines(**dict(listed), insert_url=url)


@router.post("/v1/media-invoices/{invoice_id}/lines", summary="Insert order", status_code=201)
@needs("media_invoice:write")
async def insert_order(
    invoice_id: UUID, body: InsertOrderShape, version: Version, session: Db, response: Response
) -> MediaInvoiceView:
    """Add an order's insertions of a date to a pending invoice (MA-MIN-16)."""
    await registering.insert_order(session, invoice_id, version, order_no=body.order_no, insertion_on=body.insertion_on)
    return await _view(session, invoice_id, response, whole=True)


@router.patch("/v1/media-invoices/{invoice_id}/lines/{line_id}", summary="Write amounts of line")
@needs("media_invoice:write")
async def change_line(
    invoice_id: UUID, line_id: UUID, body: LinePatch, version: Version, session: Db, response: Response
) -> MediaInvoiceView:
    """Write what the medium billed, mark the line, or name its insertion (MA-MIN-06, MA-MIN-08)."""
    await registering.change_line(
        session,
        invoice_id,
        version,
        line_id,
        written=_written(body),
        marked=body.marked,
        insertion_id=body.insertion_id,
    )
    return await _view(session, invoice_id, response, whole=True)


@router.delete(
    "/v1/media-invoices/{invoice_id}/lines/{line_id}", summary="Take line off media invoice", status_code=204
)
@needs("media_invoice:write")
async def drop_line(invoice_id: UUID, line_id: UUID, version: Version, session: Db) -> None:
    """Take a line off a pending invoice."""
    await registering.drop_line(session, invoice_id, version, line_id)


def _written(body: WrittenShape) -> dict[str, Any]:
    return body.model_dump(include=_WRITTEN, exclude_none=True)


def _stated(values: dict[str, Any]) -> dict[str, Any]:
    if "vat" in values:
        values["vat"] = [StatedVat(**rate) for rate in values["vat"]]
    return values


async def _invoice_row(session: AsyncSession, invoice_id: UUID) -> dict[str, Any]:
    found = (await session.execute(select(_invoice).where(_invoice.c.id == invoice_id))).mappings().first()
    if found is None:
        raise NotFound("not_found", "There is no such media invoice.")
    return dict(found)


async def _view(session: AsyncSession, invoice_id: UUID, response: Response, *, whole: bool) -> MediaInvoiceView:
    found = await _invoice_row(session, invoice_id)
    tag(response, found["version"])
    of_invoice = _line.c.media_invoice_id == invoice_id
    marked = select(func.coalesce(func.sum(_line.c.net_net_amount), 0)).where(of_invoice, _line.c.marked)
    lines = None
    if whole:
        rows = (await session.execute(select(_line).where(of_invoice).order_by(_line.c.line_no))).mappings()
        lines = [{**row, "currency": found["currency"]} for row in rows]
    warnings = [
        WarningView(code="over_ordered", text=f"Order {order_no} on {day} is billed beyond what was ordered.")
        for order_no, day in (await over_ordered(session, invoice_id) if found["state"] == "saved" else [])
    ]
    sum_of_marked = int((await session.execute(marked)).scalar_one())
    return MediaInvoiceView.model_validate(
        {**found, "marked_net_net_amount": sum_of_marked, "warnings": warnings, "lines": lines}
    )
