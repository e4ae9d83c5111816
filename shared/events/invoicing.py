"""What invoicing tells: invoices from gathering to reversal, and invoice runs."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.events.contracts import Part
from shared.events.envelope import Fact
from shared.events.fields import Amount, CurrencyCode, Day, Moment, Percent, Rate

InvoiceKind = Literal[
    "media", "commission", "fee", "contract", "campaign", "advance", "settlement_difference", "job", "project"
]


class InvoiceLineState(Part):
    """One billed item on an invoice, with what contracts and reconciliation keep of it."""

    id: UUID
    line_no: int
    billable_item_id: UUID
    # The insertion, spot, occurrence or draft line behind the item, and its kind.
    origin: Literal["insertion", "spot", "off_air", "draft_line"]
    origin_id: UUID
    net_amount: Amount
    net_net_amount: Amount
    client_net_amount: Amount
    fee_amount: Amount
    capital_cost_amount: Amount
    amount: Amount


class VatState(Part):
    """VAT of one rate, computed once on the document (MA-GEN-03)."""

    percent: Percent
    base_amount: Amount
    vat_amount: Amount


class InvoiceState(Fact):
    """An invoice or credit note, whole: what it was made of, what it costs, what became of it."""

    id: UUID
    version: int
    kind: InvoiceKind
    variant: Literal["normal", "upfront", "zero", "supplementary"] = "normal"
    document: Literal["invoice", "credit_note"] = "invoice"
    state: Literal["gathering", "pending", "issued", "removed"]
    legal_entity_id: UUID
    client_id: UUID
    contract_id: UUID | None = None
    campaign_id: UUID | None = None
    draft_id: UUID | None = None
    billing_run_id: UUID | None = None
    invoice_run_id: UUID | None = None
    series: str = ""
    number: int | None = None
    invoice_no: str = ""
    period_from: Day | None = None
    period_to: Day | None = None
    invoice_on: Day | None = None
    accounting_on: Day | None = None
    due_on: Day | None = None
    issued_at: Moment | None = None
    currency: CurrencyCode
    exchange_rate: Rate
    gross_amount: Amount
    discount_amount: Amount
    agency_commission_amount: Amount
    net_amount: Amount
    vat: list[VatState] = []
    vat_amount: Amount
    total_amount: Amount
    sales_commission_amount: Amount
    # Postings to the media deduction account, in base currency: reconciliation balances against them (MA-REC-06).
    media_deduction_amount: Amount
    reverses_id: UUID | None = None
    reverses_no: str = ""
    reversed_by_id: UUID | None = None
    block_items: bool = False
    refusal_code: str = ""
    line_count: int = 0
    # The lines, or none when there are more than 500: then they follow as invoice_line batches.
    lines: list[InvoiceLineState] = []


class InvoiceOpened(InvoiceState):
    """A period of a contract has an invoice that gathers its items (CT-CYC-13)."""

    TYPE: ClassVar[str] = "invoicing.invoice.opened.v1"


class InvoicePending(InvoiceState):
    """All that belongs on the invoice is there; it awaits approval (CT-CYC-15)."""

    TYPE: ClassVar[str] = "invoicing.invoice.pending.v1"


class InvoiceIssued(InvoiceState):
    """The invoice has its number and will never change (MA-INV-24)."""

    TYPE: ClassVar[str] = "invoicing.invoice.issued.v1"


class InvoiceRefused(InvoiceState):
    """A draft could not become an invoice; `refusal_code` says why (PI-RUN-11)."""

    TYPE: ClassVar[str] = "invoicing.invoice.refused.v1"


class InvoiceReversed(InvoiceState):
    """A credit note mirrors an earlier invoice, named by `reverses_id` (MA-CRD-01)."""

    TYPE: ClassVar[str] = "invoicing.invoice.reversed.v1"


class InvoiceRemoved(InvoiceState):
    """An invoice that never got a number is gone (CT-CYC-14)."""

    TYPE: ClassVar[str] = "invoicing.invoice.removed.v1"


class InvoiceLineOf(InvoiceLineState):
    """A line that tells which invoice it is on."""

    invoice_id: UUID
    invoice_version: int
    client_id: UUID
    reversal: bool = False


class InvoiceLinesIssued(Fact):
    """Lines of an invoice of more than 500 lines."""

    TYPE: ClassVar[str] = "invoicing.invoice_line.issued.v1"
    BATCH: ClassVar[bool] = True
    items: list[InvoiceLineOf]


class InvoiceRunState(Fact):
    """A run over billable items: what it took, issued and left out."""

    id: UUID
    version: int
    run_no: int
    mode: Literal["live", "test"]
    state: Literal["queued", "running", "completed", "completed_with_errors", "failed", "cancelled"]
    invoice_count: int = 0
    item_count: int = 0
    left_out_count: int = 0
    total_amount: Amount | None = None
    digest: str = ""


class InvoiceRunStarted(InvoiceRunState):
    """A run began; what it takes may not change until it ends (MA-INV-26)."""

    TYPE: ClassVar[str] = "invoicing.invoice_run.started.v1"


class InvoiceRunCompleted(InvoiceRunState):
    """The run has ended, with or without errors."""

    TYPE: ClassVar[str] = "invoicing.invoice_run.completed.v1"
