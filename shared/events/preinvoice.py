"""What preinvoice tells: draft pre-invoices, billing runs, advance invoices and what is held of them."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.events.contracts import Part, Recipient
from shared.events.envelope import Fact
from shared.events.fields import Amount, CurrencyCode, Day, Flag, Percent, Rate


class DraftLineState(Part):
    """One item in one service interval (PI-GEN-03)."""

    id: UUID
    item_id: UUID
    item_line_no: int
    text: str
    slice_start_on: Day
    slice_end_on: Day
    quantity: int | None = None
    amount: Amount
    vat_percent: Percent
    show_on_invoice: Flag = True
    note: str = ""


class DraftState(Fact):
    """A working paper for one future invoice."""

    id: UUID
    version: int
    draft_no: int
    status: Literal["draft", "created", "reviewed", "invoiced", "cancelled"]
    kind: Literal["regular", "cancellation"] = "regular"
    campaign_id: UUID
    campaign_no: int
    campaign_name: str = ""
    legal_entity_id: UUID
    client_id: UUID
    recipient: Recipient
    dispatch: Literal["email", "print", "none"] = "none"
    currency: CurrencyCode
    client_reference: str = ""
    payment_days: int = 30
    text: str = ""
    service_start_on: Day
    service_end_on: Day
    accounting_on: Day
    accounting_end_on: Day
    planned_invoice_on: Day
    manual_invoice_on: Day | None = None
    total_amount: Amount
    billing_run_id: UUID | None = None
    invoice_on: Day | None = None
    accounting_date_on: Day | None = None
    zero_invoices: Flag = False
    # Whether the run has its invoices printed (PI-RUN-04).
    documents: Flag = True
    invoice_id: UUID | None = None
    invoice_no: str = ""
    refusal_code: str = ""
    lines: list[DraftLineState] = []


class DraftCreated(DraftState):
    """Generation made a draft (PI-GEN-01)."""

    TYPE: ClassVar[str] = "preinvoice.draft_pre_invoice.created.v1"


class DraftUpdated(DraftState):
    """A draft's figures or values changed (PI-GEN-07, PI-GEN-12)."""

    TYPE: ClassVar[str] = "preinvoice.draft_pre_invoice.updated.v1"


class DraftDeleted(DraftState):
    """A draft is gone (PI-GEN-10, PI-GEN-14)."""

    TYPE: ClassVar[str] = "preinvoice.draft_pre_invoice.deleted.v1"


class DraftLocked(DraftState):
    """A billing run hands the draft's snapshot to invoicing (PI-RUN-05)."""

    TYPE: ClassVar[str] = "preinvoice.draft_pre_invoice.locked.v1"


class DraftReleased(DraftState):
    """The draft could not be invoiced and is free again (PI-RUN-11)."""

    TYPE: ClassVar[str] = "preinvoice.draft_pre_invoice.released.v1"


class DraftInvoiced(DraftState):
    """The draft became an invoice (PI-RUN-07)."""

    TYPE: ClassVar[str] = "preinvoice.draft_pre_invoice.invoiced.v1"


class GenerationFault(Part):
    """One entry of the ordered list of failed prerequisites (PI-REQ-02)."""

    code: str
    entity: str
    entity_id: str
    field: str
    message: str


class GenerationState(Fact):
    """The outcome of one generation command on one campaign."""

    id: UUID
    campaign_id: UUID
    created_count: int = 0
    updated_count: int = 0
    deleted_count: int = 0
    unchanged_count: int = 0
    skipped_count: int = 0
    faults: list[GenerationFault] = []
    warnings: list[GenerationFault] = []


class GenerationCompleted(GenerationState):
    """Drafts follow from the campaign as saved."""

    TYPE: ClassVar[str] = "preinvoice.draft_generation.completed.v1"


class GenerationRejected(GenerationState):
    """A prerequisite failed and nothing was changed (PI-REQ-01)."""

    TYPE: ClassVar[str] = "preinvoice.draft_generation.rejected.v1"


class DeliveryState(Fact):
    """What was delivered of an item that is billed by delivery, beside what was booked and billed (PI-DEL-19)."""

    SUBJECT: ClassVar[str] = "item_id"
    item_id: UUID
    campaign_id: UUID
    metric: Literal["impressions", "clicks", "viewable_impressions", "completed_views"]
    booked_quantity: int
    delivered_quantity: int
    billable_quantity: int
    invoiced_quantity: int
    over_quantity: int = 0
    under_quantity: int = 0
    outside_quantity: int = 0
    over_billed_quantity: int = 0


class DeliveryRecorded(DeliveryState):
    """A delivery report took effect (PI-DEL-03)."""

    TYPE: ClassVar[str] = "preinvoice.delivery.recorded.v1"


class DeliveryDiscrepancyFound(DeliveryState):
    """Delivery beyond the booking, outside the runtime, or less than was billed (PI-DEL-10, PI-DEL-15, PI-DEL-16)."""

    TYPE: ClassVar[str] = "preinvoice.delivery.discrepancy_found.v1"


class BillingRunState(Fact):
    """The act of turning chosen drafts into invoices (PI-RUN-14)."""

    id: UUID
    version: int
    run_no: int
    state: Literal["queued", "running", "completed", "completed_with_errors", "failed"]
    draft_count: int
    invoiced_count: int = 0
    skipped_count: int = 0
    failed_count: int = 0


class BillingRunStarted(BillingRunState):
    """A billing run took its drafts."""

    TYPE: ClassVar[str] = "preinvoice.billing_run.started.v1"


class BillingRunCompleted(BillingRunState):
    """Every draft of the run has its answer."""

    TYPE: ClassVar[str] = "preinvoice.billing_run.completed.v1"


# --- advance invoices --------------------------------------------------------------------------------------------


class ScopeState(Part):
    """One alternative of what an advance invoice may be deducted from; every field given must fit (MA-PRE-11)."""

    plan_id: UUID | None = None
    order_id: UUID | None = None
    campaign: str = ""
    from_on: Day | None = None
    to_on: Day | None = None


class AdvanceBillRow(Part):
    """A text with its amount ex VAT."""

    text: str
    amount: Amount


class AdvanceBillState(Part):
    """A bill of an advance invoice; invoicing numbers it while it is `printing`, credits it while `reversing`."""

    id: UUID
    bill_no: int
    state: Literal["registered", "printing", "printed", "reversing", "reversed"]
    # The newest wish for a number or a credit note.
    wish_id: UUID | None = None
    taxable: Flag
    vat_percent: Percent | None = None
    exchange_rate: Rate
    invoice_on: Day
    due_on: Day
    rows: list[AdvanceBillRow]
    amount: Amount
    invoice_id: UUID | None = None
    invoice_no: str = ""
    reversal_on: Day | None = None
    reversal_reason: str = ""


class AdvanceSettlementState(Part):
    """A controlled deduction of all that remains (MA-PRE-22), or its payment back without use (MA-PRE-25)."""

    id: UUID
    state: Literal["requested", "issued", "refused"]
    without_deduction: Flag = False
    invoice_on: Day
    accounting_on: Day
    text: str = ""
    amount: Amount
    # What the amount stands for on `client_advances`, in base currency (MA-PRE-27).
    base_amount: Amount
    code: str = ""
    invoice_id: UUID | None = None
    invoice_no: str = ""


class AdvanceInvoiceState(Fact):
    """Money billed ahead to one client: its bills, what it may be used for, and what is left (MA-PRE-01)."""

    id: UUID
    version: int
    advance_no: int
    legal_entity_id: UUID
    client_id: UUID
    status: Literal["registered", "printed", "partly_deducted", "deducted"]
    owner: str = ""
    product: str = ""
    heading: str = ""
    blocked: Flag = False
    deduct_all: Flag = False
    scopes: list[ScopeState] = []
    # Rises with everything that decides what it may be deducted from.
    scope_version: int
    currency: CurrencyCode
    taxable: Flag | None = None
    vat_percent: Percent | None = None
    # The invoice date of its first printed bill: older money is used first (MA-PRE-14).
    aged_on: Day | None = None
    printed_amount: Amount
    deducted_amount: Amount
    remaining_amount: Amount
    # What of the remaining amount is held by deductions under way.
    reserved_amount: Amount
    settlement: AdvanceSettlementState | None = None
    bills: list[AdvanceBillState] = []


class AdvanceScopeChanged(AdvanceInvoiceState):
    """What the money may be deducted from is new or has changed, or whether runs may use it (MA-PRE-07, MA-PRE-11)."""

    TYPE: ClassVar[str] = "preinvoice.advance_invoice.scope_changed.v1"


class AdvanceBillRequested(AdvanceInvoiceState):
    """A bill awaits its number, or its credit note, from invoicing (MA-PRE-10)."""

    TYPE: ClassVar[str] = "preinvoice.advance_invoice.bill_requested.v1"


class AdvanceBillPrinted(AdvanceInvoiceState):
    """A bill has its number or its credit note, or could not get it (MA-PRE-10)."""

    TYPE: ClassVar[str] = "preinvoice.advance_invoice.bill_printed.v1"


class AdvanceSettlementRequested(AdvanceInvoiceState):
    """All that remains is to be deducted on one invoice, and nothing is left (MA-PRE-22)."""

    TYPE: ClassVar[str] = "preinvoice.advance_invoice.settlement_requested.v1"


class AdvanceSettled(AdvanceInvoiceState):
    """A controlled deduction left nothing of it (MA-PRE-22)."""

    TYPE: ClassVar[str] = "preinvoice.advance_invoice.settled.v1"


class AdvanceDeducted(AdvanceInvoiceState):
    """An invoice has used some of it (MA-PRE-14)."""

    TYPE: ClassVar[str] = "preinvoice.advance_invoice.deducted.v1"


class AdvanceRestored(AdvanceInvoiceState):
    """Money that was used or held is free again (MA-CRD-05, MA-INV-27)."""

    TYPE: ClassVar[str] = "preinvoice.advance_invoice.restored.v1"


class DeductionTakeState(Part):
    """What is held of one advance invoice."""

    advance_invoice_id: UUID
    amount: Amount
    # The same as it stands on `client_advances`, in base currency (MA-PRE-27).
    base_amount: Amount


class DeductionReserved(Fact):
    """The answer to a wish of invoicing: all of it is held, or nothing; the advance invoices stand as told here."""

    TYPE: ClassVar[str] = "preinvoice.deduction.reserved.v1"
    id: UUID
    version: int
    # The version of the wish that is answered.
    asked_version: int
    invoice_run_id: UUID
    client_id: UUID
    state: Literal["reserved", "refused", "confirmed", "released"]
    code: str = ""
    takes: list[DeductionTakeState] = []
    advance_invoices: list[AdvanceInvoiceState] = []
