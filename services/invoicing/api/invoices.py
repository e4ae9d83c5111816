"""Invoices, their documents, and credit notes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field
from sqlalchemy import select

from services.invoicing import tables
from services.invoicing.application.credit_invoice import credit_invoice
from services.invoicing.application.explain_invoice import gathered_lines, is_held, waiting_for
from services.invoicing.application.issue_contract_invoice import issue_contract_invoice
from services.invoicing.application.settle_contracts import gather
from services.invoicing.printing import print_now, shown
from services.invoicing.schemas.invoices import (
    CreditNoteShape,
    CreditNotesShape,
    GatheredView,
    GatheringShape,
    InvoiceRow,
    InvoiceStateName,
    InvoiceStepResult,
    InvoiceStepResults,
    InvoiceSteps,
    InvoiceTransition,
    InvoiceView,
    warnings_of,
)
from shared.events.fields import Day
from shared.events.invoicing import InvoiceKind
from shared.kernel.errors import BillingError, NotFound
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Expand, Now, Router, Version, needs, part, tag
from shared.runtime.paging import ListQuery, Page, page
from shared.runtime.problem import status_of

router = Router(tags=["invoices"])
_invoice = tables.Invoice.__table__  # type: ignore[attr-defined]
_deduction = tables.InvoiceDeduction.__table__  # type: ignore[attr-defined]
_line = tables.InvoiceLine.__table__  # type: ignore[attr-defined]
_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


class InvoiceQuery(ListQuery):
    """Filters of the list of invoices."""

    state: list[InvoiceStateName] | None = Field(
        None, description="`gathering` and `pending` have no number yet; `removed` never got one."
    )
    kind: list[InvoiceKind] | None = Field(None, description="What the invoice bills.")
    client_id: list[UUID] | None = None
    contract_id: list[UUID] | None = None
    invoice_run_id: list[UUID] | None = Field(None, description="Issued by this invoice run.")
    campaign_id: list[UUID] | None = None
    billing_run_id: list[UUID] | None = Field(None, description="Issued by this run of draft pre-invoices.")
    invoice_no: list[str] | None = None
    period_to_gte: Day | None = Field(None, alias="period_to.gte", description="Periods that end on this day or later.")
    period_to_lte: Day | None = Field(
        None, alias="period_to.lte", description="Periods that end on this day or earlier."
    )


@router.get("/v1/invoices")
@needs("invoice:read")
async def list_invoices(session: Db, query: Annotated[InvoiceQuery, Query()]) -> Page[InvoiceRow]:
    """Invoices in the order they were opened or issued."""
    statement = select(_invoice)
    for name in (
        "state", "kind", "client_id", "contract_id", "campaign_id", "invoice_run_id", "billing_run_id", "invoice_no",
    ):  # fmt: skip
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(_invoice.c[name].in_(wanted))
    if query.period_to_gte is not None:
        statement = statement.where(_invoice.c.period_to >= query.period_to_gte)
    if query.period_to_lte is not None:
        statement = statement.where(_invoice.c.period_to <= query.period_to_lte)
    return await page(session, statement, keys=(_invoice.c.id,), query=query, shape=InvoiceRow)


@router.get("/v1/invoices/{invoice_id}")
@needs("invoice:read")
async def show_invoice(invoice_id: UUID, session: Db, response: Response, expand: Expand = None) -> InvoiceView:
    """One invoice; `expand=lines` adds its lines."""
    return await _view(session, invoice_id, response, whole=expand == "lines")


@router.get(
    "/v1/invoices/{invoice_id}/document", summary="Show document of invoice", response_class=Response, responses=_PDF
)
@needs("document:read")
async def show_document(invoice_id: UUID, session: Db, now: Now) -> Response:
    """An issued invoice as PDF/A-3b, the same bytes for ever; an open one of a contract as a proof (CT-ITY-13)."""
    return Response(await shown(session, invoice_id, now), media_type="application/pdf")


@router.post(
    "/v1/invoices/{invoice_id}/documents", summary="Print document of invoice", response_class=Response, responses=_PDF
)
@needs("invoice:write")
async def print_document(invoice_id: UUID, session: Db) -> Response:
    """Print an issued invoice now, where its printing was refused before (CT-ITY-08)."""
    return Response(await print_now(session, invoice_id), media_type="application/pdf")


@router.post("/v1/invoices/bulk", summary="Issue many invoices", status_code=207)
@needs("invoice:issue", key="required")
async def issue_invoices(body: InvoiceSteps, session: Db, now: Now) -> InvoiceStepResults:
    """Issue pending contract invoices, each succeeding or refused on its own (CT-LIF-15)."""

    async def step(invoice_id: UUID) -> InvoiceStepResult:
        done = await issue_contract_invoice(session, invoice_id, now=now)
        return InvoiceStepResult(
            invoice_id=invoice_id, status=200, invoice_no=done.invoice_no, warnings=warnings_of(done.warnings)
        )

    return await _each(session, body.invoice_ids, step)


@router.post("/v1/invoices/{invoice_id}/transitions")
@needs("invoice:issue", key="required")
async def issue_invoice(
    invoice_id: UUID, body: InvoiceTransition, version: Version, session: Db, now: Now, response: Response
) -> InvoiceView:
    """Issue one pending contract invoice (CT-CYC-16)."""
    done = await issue_contract_invoice(session, invoice_id, now=now, version=version)
    view = await _view(session, invoice_id, response, whole=False)
    return view.model_copy(update={"warnings": warnings_of(done.warnings)})


@router.post("/v1/gatherings", status_code=201)
@needs("invoice:write", key="required")
async def gather_invoices(body: GatheringShape, session: Db) -> GatheredView:
    """Bring a contract's open invoices in line now, instead of with the next news of it (CT-CYC-02, CT-CYC-13)."""
    await gather(session, body.contract_id)
    opened = select(_invoice).where(
        _invoice.c.contract_id == body.contract_id, _invoice.c.state.in_(("gathering", "pending"))
    )
    rows = (await session.execute(opened.order_by(_invoice.c.period_from, _invoice.c.id))).mappings()
    return GatheredView(items=[InvoiceRow.model_validate(dict(row)) for row in rows])


@router.post("/v1/credit-notes", summary="Credit invoice", status_code=201)
@needs("credit_note:write", key="required")
async def credit(body: CreditNoteShape, session: Db, response: Response) -> InvoiceView:
    """Credit a whole invoice with a note that mirrors it to the cent (MA-CRD-01)."""
    await credit_invoice(session, body.invoice_id, block=body.block, reason=body.reason, on=body.invoice_on)
    noted = select(_invoice.c.id).where(_invoice.c.reverses_id == body.invoice_id)
    return await _view(session, (await session.execute(noted)).scalar_one(), response, whole=False)


@router.post("/v1/credit-notes/bulk", summary="Credit many invoices", status_code=207)
@needs("credit_note:write", key="required")
async def credit_many(body: CreditNotesShape, session: Db) -> InvoiceStepResults:
    """Reverse several invoices, each succeeding or refused on its own (CT-LIF-15)."""

    async def step(invoice_id: UUID) -> InvoiceStepResult:
        note = await credit_invoice(session, invoice_id, block=body.block, reason=body.reason, on=body.invoice_on)
        return InvoiceStepResult(invoice_id=invoice_id, status=200, invoice_no=note.invoice_no)

    return await _each(session, body.invoice_ids, step)


async def _each(
    session: AsyncSession, invoice_ids: Sequence[UUID], step: Callable[[UUID], Awaitable[InvoiceStepResult]]
) -> InvoiceStepResults:
    results = []
    for invoice_id in invoice_ids:
        try:
            async with part(session):
                results.append(await step(invoice_id))
        except BillingError as refused:
            status = status_of(refused)
            results.append(
                InvoiceStepResult(invoice_id=invoice_id, status=status, code=refused.code, message=refused.message)
            )
    return InvoiceStepResults(items=results)


async def _view(session: AsyncSession, invoice_id: UUID, response: Response, *, whole: bool) -> InvoiceView:
    row = (await session.execute(select(_invoice).where(_invoice.c.id == invoice_id))).mappings().first()
    if row is None:
        raise NotFound("invoice_not_found", "There is no such invoice.")
    found = dict(row)
    tag(response, found["version"])
    return InvoiceView.model_validate(
        {
            **found,
            "lines": await _lines(session, found) if whole else None,
            "cash_discount": _discount(found),
            "document_url": f"/v1/invoicing/invoices/{invoice_id}/document",
            "waiting_for": [one._asdict() for one in await waiting_for(session, found)],
            "deductions": await _deductions(session, found),
            "held_by_correction": await is_held(session, found),
        }
    )


def _discount(found: Mapping[str, Any]) -> dict[str, Any] | None:
    if (offered := found["frozen"].get("cash_discount")) is None:
        return None
    return {**offered, "amount": Money(offered["amount"], currency(found["currency"])).decimal}


async def _deductions(session: AsyncSession, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    ordered = select(_deduction).where(_deduction.c.invoice_id == found["id"]).order_by(_deduction.c.line_no)
    rows = (await session.execute(ordered)).mappings()
    return [{**row, "currency": found["currency"]} for row in rows]


async def _lines(session: AsyncSession, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The frozen lines, or what an open invoice of a contract holds so far."""
    if found["no"] is None:
        rows = await gathered_lines(session, found)
    else:
        ordered = select(_line).where(_line.c.invoice_id == found["id"]).order_by(_line.c.line_no)
        rows = [dict(row) for row in (await session.execute(ordered)).mappings()]
    return [{**row, "currency": found["currency"]} for row in rows]
