"""Invoices, their documents, and credit notes."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field
from sqlalchemy import select

from services.invoicing import tables
from services.invoicing.application.credit_invoice import credit_invoice
from services.invoicing.application.issue_contract_invoice import issue_contract_invoice
from services.invoicing.repository.documents import content_of
from services.invoicing.schemas import (
    CreditNoteShape,
    InvoiceRow,
    InvoiceStateName,
    InvoiceStepResult,
    InvoiceStepResults,
    InvoiceSteps,
    InvoiceTransition,
    InvoiceView,
)
from shared.events.fields import Day
from shared.events.invoicing import InvoiceKind
from shared.kernel.errors import BillingError, NotFound
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Router, Version, needs, part, tag
from shared.runtime.paging import ListQuery, Page, page
from shared.runtime.problem import status_of

router = Router(tags=["invoices"])
_invoice = tables.Invoice.__table__  # type: ignore[attr-defined]
_line = tables.InvoiceLine.__table__  # type: ignore[attr-defined]
_PDF = {200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}}


class InvoiceQuery(ListQuery):
    """Filters of the list of invoices."""

    state: list[InvoiceStateName] | None = None
    kind: list[InvoiceKind] | None = None
    client_id: list[UUID] | None = None
    contract_id: list[UUID] | None = None
    invoice_run_id: list[UUID] | None = None
    invoice_no: list[str] | None = None
    period_to_gte: Day | None = Field(None, alias="period_to.gte")
    period_to_lte: Day | None = Field(None, alias="period_to.lte")


@router.get("/v1/invoices")
@needs("invoice:read")
async def list_invoices(session: Db, query: Annotated[InvoiceQuery, Query()]) -> Page[InvoiceRow]:
    """Invoices in the order they were opened or issued."""
    statement = select(_invoice)
    for name in ("state", "kind", "client_id", "contract_id", "invoice_run_id", "invoice_no"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(_invoice.c[name].in_(wanted))
    if query.period_to_gte is not None:
        statement = statement.where(_invoice.c.period_to >= query.period_to_gte)
    if query.period_to_lte is not None:
        statement = statement.where(_invoice.c.period_to <= query.period_to_lte)
    return await page(session, statement, keys=(_invoice.c.id,), query=query, shape=InvoiceRow)


@router.get("/v1/invoices/{invoice_id}")
@needs("invoice:read")
async def show_invoice(
    invoice_id: UUID, session: Db, response: Response, expand: Literal["lines"] | None = None
) -> InvoiceView:
    """One invoice; `expand=lines` adds its lines."""
    return await _view(session, invoice_id, response, whole=expand == "lines")


@router.get("/v1/invoices/{invoice_id}/document", response_class=Response, responses=_PDF)
@needs("document:read")
async def show_document(invoice_id: UUID, session: Db) -> Response:
    """The invoice as PDF/A-3b; the same bytes for ever."""
    content = await content_of(session, invoice_id)
    if content is None:
        raise NotFound("not_printed", "The invoice has no document yet.")
    return Response(content, media_type="application/pdf")


@router.post("/v1/invoices/bulk", status_code=207)
@needs("invoice:issue", key="required")
async def issue_invoices(body: InvoiceSteps, session: Db) -> InvoiceStepResults:
    """Issue pending contract invoices, each succeeding or refused on its own."""
    return InvoiceStepResults(items=[await _step(session, invoice_id) for invoice_id in body.invoice_ids])


@router.post("/v1/invoices/{invoice_id}/transitions")
@needs("invoice:issue", key="required")
async def issue_invoice(
    invoice_id: UUID, body: InvoiceTransition, version: Version, session: Db, response: Response
) -> InvoiceView:
    """Issue one pending contract invoice (CT-CYC-16)."""
    await issue_contract_invoice(session, invoice_id, version=version)
    return await _view(session, invoice_id, response, whole=False)


@router.post("/v1/credit-notes", status_code=201)
@needs("credit_note:write", key="required")
async def credit(body: CreditNoteShape, session: Db, response: Response) -> InvoiceView:
    """Credit a whole invoice with a note that mirrors it to the cent (MA-CRD-01)."""
    await credit_invoice(session, body.invoice_id, block=body.block, reason=body.reason, on=body.invoice_on)
    noted = select(_invoice.c.id).where(_invoice.c.reverses_id == body.invoice_id)
    return await _view(session, (await session.execute(noted)).scalar_one(), response, whole=False)


async def _step(session: AsyncSession, invoice_id: UUID) -> InvoiceStepResult:
    try:
        async with part(session):
            await issue_contract_invoice(session, invoice_id)
    except BillingError as refused:
        return InvoiceStepResult(
            invoice_id=invoice_id, status=status_of(refused), code=refused.code, message=refused.message
        )
    return InvoiceStepResult(invoice_id=invoice_id, status=200)


async def _view(session: AsyncSession, invoice_id: UUID, response: Response, *, whole: bool) -> InvoiceView:
    found = (await session.execute(select(_invoice).where(_invoice.c.id == invoice_id))).mappings().first()
    if found is None:
        raise NotFound("invoice_not_found", "There is no such invoice.")
    tag(response, found["version"])
    lines = None
    if whole:
        ordered = select(_line).where(_line.c.invoice_id == invoice_id).order_by(_line.c.line_no)
        rows = (await session.execute(ordered)).mappings()
        lines = [{**row, "currency": found["currency"]} for row in rows]
    url = f"/v1/invoicing/invoices/{invoice_id}/document"
    return InvoiceView.model_validate({**found, "lines": lines, "document_url": url})
