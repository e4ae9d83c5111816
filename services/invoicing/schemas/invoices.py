"""Invoices, vouchers and items at the door."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from services.invoicing.schemas.deductions import DeductionView
from shared.events.examples import CONTRACT, INVOICE, OTHER_INVOICE, example
from shared.events.fields import (
    Amount,
    CurrencyCode,
    Day,
    Flag,
    Moment,
    Percent,
    Shape,
    Text,
    View,
    kept_here,
)
from shared.events.invoicing import InvoiceKind
from shared.runtime.views import MinorView

InvoiceStateName = Literal["gathering", "pending", "issued", "removed"]


class WarningView(View):
    """Something odd about what was done all the same."""

    code: str
    text: str


_WARNINGS = {"no_copy": "An aired unit is of no known copy; the breakdown lists it so."}


def warnings_of(codes: Iterable[str]) -> list[WarningView]:
    """Warnings by their codes."""
    return [WarningView(code=code, text=_WARNINGS[code]) for code in codes]


class InvoiceRow(MinorView):
    """An invoice in a list."""

    id: UUID
    version: int
    kind: InvoiceKind
    variant: Literal["normal", "upfront", "zero", "supplementary"]
    document: Literal["invoice", "credit_note"]
    state: InvoiceStateName
    legal_entity_id: UUID
    client_id: UUID
    contract_id: UUID | None
    station_id: UUID | None
    campaign_id: UUID | None
    draft_id: UUID | None
    invoice_run_id: UUID | None
    billing_run_id: UUID | None
    advance_invoice_id: UUID | None
    invoice_no: str
    period_from: Day | None
    period_to: Day | None
    invoice_on: Day | None
    due_on: Day | None
    issued_at: Moment | None
    currency: CurrencyCode
    gross_amount: Amount
    discount_amount: Amount
    agency_commission_amount: Amount
    invoice_fee_amount: Amount
    net_amount: Amount
    vat_amount: Amount
    total_amount: Amount
    client_reference: str
    line_count: int
    reverses_id: UUID | None
    reversed_by_id: UUID | None
    credits_id: UUID | None
    paid_amount: Amount
    paid_on: Day | None


class InvoiceLineView(MinorView):
    """A line of an invoice."""

    line_no: int
    billable_item_id: UUID
    order_no: str
    media_name: str
    text: str
    dated_on: date
    gross_amount: Amount
    net_amount: Amount
    net_net_amount: Amount
    client_net_amount: Amount
    fee_amount: Amount
    capital_cost_amount: Amount
    amount: Amount


class WaitingView(View):
    """One thing a gathering invoice waits for.

    `log_not_reconciled`: the station's log of the day has no result yet, `item_count` units are ordered on it;
    `occurrence_not_due`: so many off-air amounts are still to fall due; `unit_missed`, `unit_unplaced`, `unit_locked`,
    `unit_scheduled`: units that still have to run or be trashed before an End of Schedule invoice is complete.
    """

    reason: str
    on: Day
    station_id: UUID
    item_count: int


class CashDiscountView(View):
    """What may be kept back by who pays until a day (MA-REG-21)."""

    percent: Percent
    until_on: Day
    amount: Amount


class InvoiceView(InvoiceRow):
    """An invoice with its VAT per rate, what it waits for, and its lines when asked for."""

    vat: list[dict[str, Any]]
    cash_discount: CashDiscountView | None = None
    text: str
    reason: str
    document_url: str
    waiting_for: list[WaitingView] = []
    held_by_correction: bool = False
    deductions: list[DeductionView] = []
    lines: list[InvoiceLineView] | None = None
    warnings: list[WarningView] = []


class InvoiceTransition(Shape):
    """Issue a pending invoice (CT-CYC-16)."""

    model_config = example(to="issued")

    to: Literal["issued"] = Field(description="The only step: draw the number, freeze and post.")


class InvoiceSteps(Shape):
    """Invoices to issue, each on its own."""

    model_config = example(invoice_ids=[INVOICE, OTHER_INVOICE], to="issued")

    invoice_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    to: Literal["issued"] = Field(description="The only step that many invoices can take at once.")


class InvoiceStepResult(View):
    """What became of one invoice: its number or its credit note's, or the status and code of its refusal."""

    invoice_id: UUID
    status: int
    invoice_no: str = ""
    code: str = ""
    message: str = ""
    warnings: list[WarningView] = []


class InvoiceStepResults(View):
    """A result per invoice, in the order asked."""

    items: list[InvoiceStepResult]


class GatheringShape(Shape):
    """A contract whose open invoices are wanted now."""

    model_config = example(contract_id=CONTRACT)

    contract_id: UUID


class GatheredView(View):
    """The contract's open invoices as they stand after gathering."""

    items: list[InvoiceRow]


# The reversing form once mailed clients; credit notes go through invoice distribution like every other (MA-CRD-07).
_MailClients = kept_here("obsolete_field", "Clients are not mailed from here; send the credit note by distribution.")


class CreditNoteShape(Shape):
    """Credit a whole invoice; `block` keeps its items from being invoiced again (MA-CRD-01, MA-CRD-03)."""

    model_config = example(invoice_id=INVOICE, reason="Billed to the wrong client.", invoice_on="2026-10-31")

    invoice_id: UUID
    block: Flag = Field(False, description="Keep its items from being invoiced again; off, they are billable anew.")
    reason: Text(500, 1) = Field(description="Printed nowhere; kept in the history.")  # type: ignore[valid-type]
    invoice_on: Day = Field(description="Date of the credit note.")
    mail_clients: _MailClients = None  # type: ignore[valid-type]


class CreditNotesShape(Shape):
    """Reverse several invoices, each on its own (CT-LIF-15)."""

    model_config = example(
        invoice_ids=[INVOICE, OTHER_INVOICE], block=True, reason="Campaign withdrawn.", invoice_on="2026-10-31"
    )

    invoice_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    block: Flag = Field(False, description="Keep its items from being invoiced again; off, they are billable anew.")
    reason: Text(500, 1) = Field(description="Printed nowhere; kept in the history.")  # type: ignore[valid-type]
    invoice_on: Day = Field(description="Date of the credit note.")
    mail_clients: _MailClients = None  # type: ignore[valid-type]


class VoucherRow(View):
    """A voucher: one posting of one document."""

    id: UUID
    voucher_no: str
    source: str
    source_id: UUID
    accounting_on: Day
    client_id: UUID
    currency: CurrencyCode


class VoucherLineView(View):
    """One side of a posting, in the voucher's currency, with what it is about where that is known (MA-GEN-04)."""

    line_no: int
    role: str
    account_no: str
    debit: Amount
    credit: Amount
    media_id: UUID | None
    plan_id: UUID | None
    order_id: UUID | None
    insertion_id: UUID | None


class VoucherView(VoucherRow):
    """A voucher with its lines; debits equal credits (MA-GEN-04)."""

    lines: list[VoucherLineView]


class ItemRow(MinorView):
    """A billable item and, while it is unbilled, where it stands."""

    id: UUID
    origin: str
    origin_id: UUID
    client_id: UUID
    dated_on: Day
    status: str
    order_no: str
    text: str
    currency: CurrencyCode
    net_amount: Amount
    price_amount: Amount


class SeriesRow(View):
    """A gapless number series."""

    id: UUID
    legal_entity_id: UUID
    kind: str
    year: int
    prefix: str
    first_no: int
    next_no: int
    status: str
