"""What invoicing tells: invoices from gathering to reversal, and invoice runs."""

from decimal import Decimal
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
    # The insertion, spot, occurrence, draft line, contract line or advance invoice behind the item, and its kind.
    origin: Literal["insertion", "spot", "off_air", "draft_line", "contract_line", "advance_row", "deduction"]
    origin_id: UUID
    # The version of the insertion that is billed; one changed since is for a person to credit (MA-INV-26).
    item_version: int | None = None
    net_amount: Amount
    net_net_amount: Amount
    client_net_amount: Amount
    fee_amount: Amount
    capital_cost_amount: Amount
    amount: Amount


class DeductedState(Part):
    """What an invoice deducts of an advance invoice; a credit note gives it back, below zero (MA-PRE-24, MA-CRD-05)."""

    advance_invoice_id: UUID
    advance_no: int
    # The wish that the amount was held for; none in a controlled deduction.
    deduction_id: UUID | None = None
    amount: Amount
    # What `client_advances` is debited with, in base currency (MA-PRE-27).
    base_amount: Amount


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
    # Where a group option splits a contract's invoices by station (CT-CYC-20).
    station_id: UUID | None = None
    campaign_id: UUID | None = None
    draft_id: UUID | None = None
    billing_run_id: UUID | None = None
    invoice_run_id: UUID | None = None
    # The advance invoice whose bill this is, or that it settles (MA-PRE-10, MA-PRE-22).
    advance_invoice_id: UUID | None = None
    advance_bill_id: UUID | None = None
    # The wish of preinvoice that this answers; each is answered once.
    wish_id: UUID | None = None
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
    # Charged for the invoice itself and part of its net (MA-REG-21).
    invoice_fee_amount: Amount = Decimal(0)
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
    # The invoice that a credit note below its whole credits (CT-CYC-11).
    credits_id: UUID | None = None
    # The comment as it prints, and why a document was reversed or an open invoice removed.
    comment: str = ""
    reason: str = ""
    block_items: bool = False
    # What payments have come to, and the day on which they came to all of it.
    paid_amount: Amount = Decimal(0)
    paid_on: Day | None = None
    refusal_code: str = ""
    deductions: list[DeductedState] = []
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


class InvoicePaid(InvoiceState):
    """Payments have come to all that is due on an invoice, or no longer do; `paid_on` says which (MA-SET-10)."""

    TYPE: ClassVar[str] = "invoicing.invoice.paid.v1"


class InvoiceLineOf(InvoiceLineState):
    """A line that tells which invoice it is on."""

    invoice_id: UUID
    invoice_version: int
    client_id: UUID
    kind: InvoiceKind = "media"
    currency: CurrencyCode | None = None
    reversal: bool = False


class InvoiceLinesIssued(Fact):
    """Lines of an invoice of more than 500 lines."""

    TYPE: ClassVar[str] = "invoicing.invoice_line.issued.v1"
    BATCH: ClassVar[bool] = True
    items: list[InvoiceLineOf]


class DeductionWishTake(Part):
    """So much of one advance invoice, as what it may be used for stood in this version."""

    advance_invoice_id: UUID
    scope_version: int
    amount: Amount


class DeductionState(Fact):
    """What a run wants of a client's advance invoices before it numbers invoices (MA-INV-27); all of it, or nothing."""

    id: UUID
    version: int
    invoice_run_id: UUID
    client_id: UUID
    state: Literal["requested", "reserved", "refused", "confirmed", "released"]
    expires_at: Moment
    takes: list[DeductionWishTake] = []


class DeductionRequested(DeductionState):
    """These amounts are to be held; a newer version takes the place of an older."""

    TYPE: ClassVar[str] = "invoicing.deduction.requested.v1"


class DeductionReleased(DeductionState):
    """Whatever was held for it is not needed any more."""

    TYPE: ClassVar[str] = "invoicing.deduction.released.v1"


class AccountingPeriodState(Fact):
    """Days of a legal entity on which may, or may not, be posted (MA-GEN-07); both days included."""

    id: UUID
    version: int
    legal_entity_id: UUID
    from_on: Day
    to_on: Day
    state: Literal["open", "closed"]


class AccountingPeriodClosed(AccountingPeriodState):
    """Nothing is posted in the period any more."""

    TYPE: ClassVar[str] = "invoicing.accounting_period.closed.v1"


class AccountingPeriodReopened(AccountingPeriodState):
    """The period takes postings again."""

    TYPE: ClassVar[str] = "invoicing.accounting_period.reopened.v1"


class RunCriteria(Part):
    """What a run looks at: joined by AND, several values of one by OR, one left empty chooses all (MA-INV-02)."""

    from_on: Day | None = None
    to_on: Day | None = None
    legal_entity_ids: list[UUID] = []
    client_ids: list[UUID] = []
    client_categories: list[str] = []
    plan_ids: list[UUID] = []
    order_ids: list[UUID] = []
    campaigns: list[str] = []
    media_ids: list[UUID] = []
    media_type_ids: list[UUID] = []
    products: list[str] = []
    agreement_ids: list[UUID] = []
    owners: list[str] = []
    currencies: list[str] = []


class InvoiceRunState(Fact):
    """A run over billable items: what it looks at, issued and left out."""

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
    criteria: RunCriteria = RunCriteria()
    # Whether it reaches as many days further as media types say (MA-INV-10).
    looks_ahead: bool = False


class InvoiceRunStarted(InvoiceRunState):
    """A run began; what it may take does not change until it ends (MA-INV-26)."""

    TYPE: ClassVar[str] = "invoicing.invoice_run.started.v1"


class InvoiceRunCompleted(InvoiceRunState):
    """The run has ended, with or without errors."""

    TYPE: ClassVar[str] = "invoicing.invoice_run.completed.v1"


# --- radio contracts ---------------------------------------------------------------------------------------------


class LiveInvoice(Part):
    """An approved invoice that stands in the way of a correction."""

    id: UUID
    invoice_no: str


class CorrectionHoldState(Fact):
    """Invoicing's answer to a wish to correct a contract; `id` is the correction's (CT-LIF-14, CT-LIF-19)."""

    id: UUID
    version: int
    contract_id: UUID
    state: Literal["placed", "refused"]
    # The approved invoices that must be reversed first.
    invoices: list[LiveInvoice] = []


class CorrectionHoldPlaced(CorrectionHoldState):
    """No invoice of the contract is approved, and none will be while the correction lasts."""

    TYPE: ClassVar[str] = "invoicing.correction_hold.placed.v1"


class CorrectionHoldRefused(CorrectionHoldState):
    """Approved invoices must be reversed by a person first."""

    TYPE: ClassVar[str] = "invoicing.correction_hold.refused.v1"


class CreditNoteProposed(Fact):
    """Units billed up front will not run: a credit for a person to approve or decline (CT-CYC-11)."""

    TYPE: ClassVar[str] = "invoicing.credit_note.proposed.v1"
    id: UUID
    version: int
    state: Literal["proposed", "approved", "declined", "withdrawn"]
    legal_entity_id: UUID
    client_id: UUID
    contract_id: UUID
    invoice_id: UUID
    # The units and occurrences that were trashed.
    unit_ids: list[UUID]
    credit_note_id: UUID | None = None
    currency: CurrencyCode
    gross_amount: Amount
    discount_amount: Amount
    agency_commission_amount: Amount
    net_amount: Amount
    vat_amount: Amount
    total_amount: Amount
    sales_commission_amount: Amount


# --- payments ----------------------------------------------------------------------------------------------------


class ApplicationState(Part):
    """What of a payment goes towards one invoice; parked money waits for the invoice to be approved (CT-LIF-16)."""

    id: UUID
    invoice_id: UUID
    invoice_no: str
    amount: Amount
    state: Literal["applied", "parked", "unapplied"]


class PaymentState(Fact):
    """Money received from a client, and the invoices it goes towards."""

    id: UUID
    version: int
    legal_entity_id: UUID
    client_id: UUID
    currency: CurrencyCode
    amount: Amount
    unapplied_amount: Amount
    received_on: Day
    reference: str = ""
    applications: list[ApplicationState] = []


class PaymentApplied(PaymentState):
    """Money was applied to an invoice, by a person or by the approval of an invoice it was parked on."""

    TYPE: ClassVar[str] = "invoicing.payment.applied.v1"


class PaymentUnapplied(PaymentState):
    """Money was taken off an invoice: by a person, or because the invoice was reversed or removed (CT-LIF-22)."""

    TYPE: ClassVar[str] = "invoicing.payment.unapplied.v1"
