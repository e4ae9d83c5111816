"""What preinvoice tells: draft pre-invoices, their generation, and billing runs."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.events.contracts import Part, Recipient
from shared.events.envelope import Fact
from shared.events.fields import Amount, CurrencyCode, Day, Flag, Percent


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
