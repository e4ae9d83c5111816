"""Deductions of money billed ahead at the door."""

from uuid import UUID

from pydantic import Field

from shared.events.fields import Amount, View


class DeductionView(View):
    """What an invoice deducts of an advance invoice; a credit note gives it back, below zero (MA-PRE-24)."""

    advance_invoice_id: UUID
    advance_no: int = Field(examples=[101])
    amount: Amount
