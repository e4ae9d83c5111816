"""Proposed credits of upfront invoices at the door (CT-CYC-11)."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.events.examples import example
from shared.events.fields import Amount, CurrencyCode, Shape, Text
from shared.runtime.views import MinorView

CreditProposalState = Literal["proposed", "approved", "declined", "withdrawn"]


class CreditProposalRow(MinorView):
    """A credit for units that were billed up front and will not run, in proportion of their gross."""

    id: UUID
    version: int
    state: CreditProposalState
    client_id: UUID
    contract_id: UUID
    invoice_id: UUID
    currency: CurrencyCode
    gross_amount: Amount
    discount_amount: Amount
    agency_commission_amount: Amount
    net_amount: Amount
    vat_amount: Amount
    total_amount: Amount
    credit_note_id: UUID | None


class CreditProposalView(CreditProposalRow):
    """A proposal with the billable items it is for."""

    unit_ids: list[UUID]


class CreditProposalTransition(Shape):
    """Approve a proposal, which issues its credit note, or decline it."""

    model_config = example(to="approved", reason="The station took the spots off air.")

    to: Literal["approved", "declined"] = Field(
        description="`approved` issues the credit note, `declined` leaves the invoice as it is."
    )
    reason: Text(500, 1)  # type: ignore[valid-type]
