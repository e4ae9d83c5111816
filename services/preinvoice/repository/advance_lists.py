"""Advance invoices as lists show them: with what deducted of them, and what they may be deducted from (MA-PRE-01)."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, Select, Text, Uuid, case, cast, column, exists, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from services.preinvoice.tables import ADVANCE, ADVANCE_BILL, ADVANCE_ENTRY, CLIENT, INSERTION_SHARE
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession

Record = dict[str, Any]
_KEPT_IN = ("tenant_id", "settlement", "settled_by_id", "scope_version", "aged_on", "legal_entity_id")
_SHOWN = [one for one in ADVANCE.c if one.name not in _KEPT_IN and not one.name.endswith("base_amount")]
_SCOPE = (
    func.jsonb_to_recordset(ADVANCE.c.scopes)
    .table_valued(
        column("plan_id", Uuid()),
        column("order_id", Uuid()),
        column("campaign", Text()),
        column("from_on", Date()),
        column("to_on", Date()),
    )
    .render_derived(name="scope", with_types=True)
)


def advances_listed() -> Select[Any]:
    """Columns of an advance invoice, its client's code and name among them."""
    return select(
        *_SHOWN,
        (ADVANCE.c.printed_amount - ADVANCE.c.deducted_amount).label("remaining_amount"),
        _deductible().label("deductible_amount"),
        _deducted_by().label("deducted_by"),
        func.coalesce(CLIENT.c.code, "").label("client_code"),
        func.coalesce(CLIENT.c.name, "").label("client_name"),
    ).select_from(ADVANCE.outerjoin(CLIENT, CLIENT.c.id == ADVANCE.c.client_id))


def searched(text: str) -> Any:
    """Advance invoices whose heading, product or description holds this text (MA-PRE-13)."""
    return or_(*(ADVANCE.c[name].icontains(text, autoescape=True) for name in ("heading", "product", "description")))


async def advance_shown(session: AsyncSession, advance_id: UUID) -> Record:
    """One of them, with bills and settlement; `NotFound("advance_invoice_not_found")`."""
    statement = advances_listed().add_columns(ADVANCE.c.settlement).where(ADVANCE.c.id == advance_id)
    found = (await session.execute(statement)).mappings().first()
    if found is None:
        raise NotFound("advance_invoice_not_found", "There is no such advance invoice.")
    listed = select(ADVANCE_BILL).where(ADVANCE_BILL.c.advance_id == advance_id).order_by(ADVANCE_BILL.c.bill_no)
    bills = [dict(row) for row in (await session.execute(listed)).mappings()]
    settlement = found["settlement"] and {**found["settlement"], "currency": found["currency"]}
    return {**found, "bills": bills, "settlement": settlement}


def _deductible() -> Any:
    """The client's definitive insertions it may be deducted from; none with neither scope nor "deduct all"."""
    share, scope = INSERTION_SHARE.c, _SCOPE.c
    fits = exists(
        select(1)
        .select_from(_SCOPE)
        .where(
            or_(scope.plan_id.is_(None), scope.plan_id == share.plan_id),
            or_(scope.order_id.is_(None), scope.order_id == share.order_id),
            or_(scope.campaign == "", scope.campaign == share.campaign),
            or_(scope.from_on.is_(None), scope.from_on <= share.insertion_on),
            or_(scope.to_on.is_(None), scope.to_on >= share.insertion_on),
        )
        .correlate(ADVANCE, INSERTION_SHARE)
    )
    summed = (
        select(cast(func.coalesce(func.sum(share.price_amount), 0), BigInteger))
        .where(
            share.client_id == ADVANCE.c.client_id,
            share.status == "definitive",
            share.currency == ADVANCE.c.currency,
            or_(ADVANCE.c.deduct_all, fits),
        )
        .correlate(ADVANCE)
        .scalar_subquery()
    )
    return case((or_(ADVANCE.c.deduct_all, func.jsonb_array_length(ADVANCE.c.scopes) > 0), summed))


def _deducted_by() -> Any:
    entry = ADVANCE_ENTRY.c
    of_document = func.jsonb_build_object(
        "invoice_id", entry.invoice_id, "invoice_no", entry.invoice_no, "amount", entry.amount
    )
    listed = func.jsonb_agg(aggregate_order_by(of_document, entry.invoice_no))
    return (
        select(func.coalesce(listed, func.jsonb_build_array()))
        .where(entry.advance_id == ADVANCE.c.id)
        .correlate(ADVANCE)
        .scalar_subquery()
    )
