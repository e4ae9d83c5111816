"""Deductions of money billed ahead at the door."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.events.fields import Amount, CurrencyCode, Day, View
from shared.runtime.views import MinorView


class DeductionView(View):
    """What an invoice deducts of an advance invoice; a credit note gives it back, below zero (MA-PRE-24)."""

    advance_invoice_id: UUID
    advance_no: int = Field(examples=[101])
    amount: Amount


class SettlementPreview(MinorView):
    """The invoice that would settle an advance invoice; below zero it is a credit note (MA-PRE-22)."""

    currency: CurrencyCode
    document: Literal["invoice", "credit_note"]
    due_on: Day
    net_amount: Amount
    vat_amount: Amount
    total_amount: Amount
    billable_item_ids: list[UUID]
    deductions: list[DeductionView]
