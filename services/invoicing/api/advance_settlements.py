"""What settling an advance invoice would give: a test print (MA-PRE-26)."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from services.invoicing.application.settle_advance import preview_settlement
from services.invoicing.schemas.deductions import SettlementPreview
from shared.events.fields import Day
from shared.runtime.http import Db, Router, needs

router = Router(tags=["advance invoices"])


class PreviewQuery(BaseModel):
    """The day of the invoice, and whether the money is only paid back (MA-PRE-25)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    invoice_on: Day
    without_deduction: bool = Field(False, description="Pay it back: a credit invoice of what remains.")


@router.get("/v1/advance-invoices/{advance_id}/settlement-preview")
@needs("advance_invoice:read")
async def show_settlement_preview(
    advance_id: UUID, session: Db, query: Annotated[PreviewQuery, Query()]
) -> SettlementPreview:
    """The one invoice that would leave nothing of an advance invoice, as things stand; nothing is changed."""
    prepared = await preview_settlement(
        session, advance_id, invoice_on=query.invoice_on, without_deduction=query.without_deduction
    )
    sums = prepared.totals
    return SettlementPreview.model_validate(
        {
            "currency": prepared.key.currency,
            "document": "credit_note" if sums.total_amount < 0 else "invoice",
            "due_on": prepared.due_on,
            "net_amount": sums.net_amount,
            "vat_amount": sums.vat_amount,
            "total_amount": sums.total_amount,
            "billable_item_ids": [item.id for item in prepared.items],
            "deductions": [
                {"advance_invoice_id": one.advance.id, "advance_no": one.advance.advance_no, "amount": one.amount}
                for one in prepared.deductions
            ],
        }
    )
