"""Advance invoices: registered, listed, changed; their bills printed and reversed; settled."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from services.preinvoice.application.advance_bills import (
    Asked,
    add_bill,
    change_bill,
    print_bill,
    remove_bill,
    reverse_bill,
)
from services.preinvoice.application.advance_invoices import change_advance, open_advance
from services.preinvoice.application.settle import Asked as SettlementAsked
from services.preinvoice.application.settle import request_settlement
from services.preinvoice.domain.advance import Reversal, Scope, Status
from services.preinvoice.repository.advance_lists import advance_shown, advances_listed, searched
from services.preinvoice.schemas.advances import (
    AdvanceBillShape,
    AdvanceInvoicePatch,
    AdvanceInvoiceRow,
    AdvanceInvoiceShape,
    AdvanceInvoiceView,
    ReversalShape,
    SettlementShape,
)
from services.preinvoice.tables import ADVANCE
from shared.events.fields import Flag
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Now, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["advance invoices"])


class AdvanceQuery(ListQuery):
    """Filters of the list of advance invoices."""

    status: list[Status] | None = Field(None, description="How far it is billed and deducted.")
    client_id: list[UUID] | None = None
    owner: list[Annotated[str, Field(max_length=200)]] | None = None
    advance_no: list[Annotated[int, Field(ge=1, le=2**31 - 1)]] | None = None
    active_only: Flag | None = Field(None, strict=False, description="Leave out what has nothing left (MA-PRE-03).")
    q: Annotated[str, Field(max_length=200)] | None = Field(None, description="In heading, product or description.")
    sort: Literal["advance_no", "owner"] = Field("advance_no", description="By number, or by owner.")


@router.post("/v1/advance-invoices", status_code=201)
@needs("advance_invoice:write")
async def open_advance_invoice(body: AdvanceInvoiceShape, session: Db, response: Response) -> AdvanceInvoiceView:
    """Register money to be billed ahead to a client (MA-PRE-05)."""
    advance = await open_advance(session, {**body.model_dump(exclude={"scopes"}), **_scopes(body.model_dump())})
    return await _view(session, advance.id, response)


@router.get("/v1/advance-invoices")
@needs("advance_invoice:read")
async def list_advance_invoices(session: Db, query: Annotated[AdvanceQuery, Query()]) -> Page[AdvanceInvoiceRow]:
    """Advance invoices by number, or by owner (MA-PRE-01)."""
    statement = advances_listed()
    for name in ("status", "client_id", "owner", "advance_no"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(ADVANCE.c[name].in_(wanted))
    if query.active_only:
        statement = statement.where(ADVANCE.c.status != "deducted")
    if query.q:
        statement = statement.where(searched(query.q))
    keys = (ADVANCE.c.owner, ADVANCE.c.advance_no) if query.sort == "owner" else (ADVANCE.c.advance_no,)
    return await page(session, statement, keys=keys, query=query, shape=AdvanceInvoiceRow)


@router.get("/v1/advance-invoices/{advance_id}")
@needs("advance_invoice:read")
async def show_advance_invoice(advance_id: UUID, session: Db, response: Response) -> AdvanceInvoiceView:
    """One advance invoice with its bills."""
    return await _view(session, advance_id, response)


@router.patch("/v1/advance-invoices/{advance_id}")
@needs("advance_invoice:write")
async def change_advance_invoice(
    advance_id: UUID, body: AdvanceInvoicePatch, version: Version, session: Db, response: Response
) -> AdvanceInvoiceView:
    """Change what it is about, and what it may be deducted from (MA-PRE-07, MA-PRE-11)."""
    given = body.given()
    await change_advance(session, advance_id, version, given | _scopes(given))
    return await _view(session, advance_id, response)


@router.post("/v1/advance-invoices/{advance_id}/bills", status_code=201)
@needs("advance_invoice:write")
async def add_advance_bill(
    advance_id: UUID, body: AdvanceBillShape, session: Db, response: Response
) -> AdvanceInvoiceView:
    """Register a bill; it counts once it is printed (MA-PRE-08)."""
    await add_bill(session, advance_id, _asked(body))
    return await _view(session, advance_id, response)


@router.put("/v1/advance-invoices/{advance_id}/bills/{bill_id}")
@needs("advance_invoice:write")
async def change_advance_bill(
    advance_id: UUID, bill_id: UUID, body: AdvanceBillShape, version: Version, session: Db, response: Response
) -> AdvanceInvoiceView:
    """Put another bill in its place, while it is not printed; the version is the advance invoice's."""
    await change_bill(session, advance_id, bill_id, version, _asked(body))
    return await _view(session, advance_id, response)


@router.delete("/v1/advance-invoices/{advance_id}/bills/{bill_id}", status_code=204)
@needs("advance_invoice:write")
async def remove_advance_bill(advance_id: UUID, bill_id: UUID, version: Version, session: Db) -> None:
    """Take a bill away that was never printed; the version is the advance invoice's."""
    await remove_bill(session, advance_id, bill_id, version)


@router.post("/v1/advance-invoices/{advance_id}/bills/{bill_id}/prints", status_code=202)
@needs("advance_invoice:write", key="required")
async def print_advance_bill(
    advance_id: UUID, bill_id: UUID, session: Db, now: Now, response: Response
) -> AdvanceInvoiceView:
    """Ask for the bill's number; invoicing gives it, and the bill becomes `printed` (MA-PRE-10)."""
    await print_bill(session, advance_id, bill_id, now=now)
    return await _view(session, advance_id, response)


@router.post("/v1/advance-invoices/{advance_id}/bills/{bill_id}/reversals", status_code=202)
@needs("advance_invoice:write", key="required")
async def reverse_advance_bill(
    advance_id: UUID, bill_id: UUID, body: ReversalShape, session: Db, now: Now, response: Response
) -> AdvanceInvoiceView:
    """Ask for the bill's credit note, while what remains covers it (MA-PRE-10)."""
    await reverse_bill(session, advance_id, bill_id, Reversal(body.invoice_on, body.reason), now=now)
    return await _view(session, advance_id, response)


@router.post("/v1/advance-invoices/{advance_id}/settlements", status_code=202)
@needs("advance_invoice:write", key="required")
async def settle_advance_invoice(
    advance_id: UUID, body: SettlementShape, session: Db, now: Now, response: Response
) -> AdvanceInvoiceView:
    """Deduct all that remains on one invoice with everything that fits, or pay it back (MA-PRE-22, MA-PRE-25)."""
    wanted = SettlementAsked(body.invoice_on, body.accounting_on, body.without_deduction, body.text)
    await request_settlement(session, advance_id, wanted, now=now)
    return await _view(session, advance_id, response)


async def _view(session: AsyncSession, advance_id: UUID, response: Response) -> AdvanceInvoiceView:
    found = await advance_shown(session, advance_id)
    tag(response, found["version"])
    return AdvanceInvoiceView.model_validate(found)


def _scopes(given: dict[str, Any]) -> dict[str, Any]:
    """Scopes as the domain knows them, where they are given."""
    return {"scopes": tuple(Scope(**one) for one in given["scopes"])} if "scopes" in given else {}


def _asked(body: AdvanceBillShape) -> Asked:
    return Asked(
        body.invoice_on,
        body.due_on,
        body.taxable,
        [(row.text, row.amount) for row in body.rows],
        body.currency,
        body.exchange_rate,
    )
