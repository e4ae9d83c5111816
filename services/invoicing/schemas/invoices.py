"""Invoice runs, invoices, vouchers and items at the door."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from services.invoicing.domain.criteria import Corrections
from services.invoicing.schemas.deductions import DeductionView
from shared.events.fields import Amount, CurrencyCode, Day, Flag, Moment, Shape, Text, View, kept_here, rule_error
from shared.events.invoicing import InvoiceKind
from shared.kernel.money import Money, currency
from shared.runtime.views import MinorView

Word = Text(200)
Ids = Annotated[list[UUID], Field(max_length=1000)]
Words = Annotated[list[Word], Field(max_length=1000)]  # type: ignore[valid-type]
InvoiceStateName = Literal["gathering", "pending", "issued", "removed"]
RunState = Literal["queued", "running", "completed", "completed_with_errors", "failed", "cancelled"]


def _at_most_2000(text: str) -> str:
    if len(text) > 2_000:
        raise rule_error("text_too_long", "The general text has at most 2,000 characters.")
    return text


# A run's general text (MA-INV-23).
RunText = Annotated[Text(100_000), AfterValidator(_at_most_2000)]  # type: ignore[valid-type]


class CriteriaShape(Shape):
    """What a run looks at: joined by AND, several values of one by OR, both days included (MA-INV-02)."""

    from_on: Day | None = None
    to_on: Day | None = None
    legal_entity_ids: Ids = []
    client_ids: Ids = []
    client_categories: Words = []
    plan_ids: Ids = []
    order_ids: Ids = []
    campaigns: Words = []
    media_ids: Ids = []
    products: Words = []
    agreement_ids: Ids = []
    owners: Words = []
    currencies: Annotated[list[CurrencyCode], Field(max_length=50)] = []


def _switch(*positions: bool | str | None) -> BeforeValidator:
    def check(value: Any) -> Any:
        if not any(value is one or (isinstance(value, str) and value == one) for one in positions):
            raise rule_error("bad_switch", "The switch has no such position.")
        return value

    return BeforeValidator(check)


class SwitchesShape(Shape):
    """How a run treats what it finds; null is a switch left blank (MA-INV-07 to MA-INV-22)."""

    current_invoicing: Annotated[bool | None, _switch(True, False, None)] = None
    also_not_checked: Annotated[bool, _switch(True, False)] = False
    no_reference_number: Annotated[bool | None, _switch(True, False, None)] = None
    sign: Annotated[Literal["debit", "credit", "separate"] | None, _switch("debit", "credit", "separate", None)] = None
    corrections: Annotated[Literal["yes", "no", "separate", "internal"], _switch(*Corrections)] = "yes"
    one_invoice_per_client: Annotated[bool, _switch(True, False)] = False


class InvoiceRunShape(Shape):
    """A run to start; `digest` binds a live run to the preview that was approved."""

    mode: Literal["live", "test"]
    criteria: CriteriaShape = CriteriaShape()
    switches: SwitchesShape = SwitchesShape()
    invoice_on: Day
    accounting_on: Day | None = None
    text: RunText = ""  # type: ignore[valid-type]
    digest: Word = ""  # type: ignore[valid-type]


class InvoiceRunView(View):
    """A run: what it was asked, how far it is, what it came to per currency."""

    id: UUID
    version: int
    run_no: int
    mode: Literal["live", "test"]
    state: RunState
    invoice_on: Day
    accounting_on: Day
    digest: str
    invoice_count: int
    item_count: int
    left_out_count: int
    total_amounts: dict[CurrencyCode, Amount]
    created_by: str
    created_at: Moment
    ended_at: Moment | None

    @model_validator(mode="before")
    @classmethod
    def _totals(cls, stored: Any) -> Any:
        totals = stored["total_amounts"] if isinstance(stored, Mapping) else {}
        return {
            **stored,
            "total_amounts": {code: Money(minor, currency(code)).decimal for code, minor in totals.items()},
        }


class SelectionShape(Shape):
    """Criteria, switches and general text to keep under a name."""

    name: Text(200, 1) = Field(examples=["Nord, definitive of the month"])  # type: ignore[valid-type]
    criteria: CriteriaShape = CriteriaShape()
    switches: SwitchesShape = SwitchesShape()
    text: RunText = ""  # type: ignore[valid-type]
    overwrite: Flag = Field(False, description="Replace the selection that has this name already.")


class SelectionView(View):
    """A selection as it was saved."""

    id: UUID
    version: int
    name: str
    criteria: CriteriaShape
    switches: SwitchesShape
    text: str
    saved_at: Moment


class LeftOutView(View):
    """An item a run did not bill, and the first reason met (MA-INV-06)."""

    billable_item_id: UUID
    client_id: UUID
    reason: str


class PreviewView(MinorView):
    """An invoice that a test run would have issued."""

    position: int
    client_id: UUID
    currency: CurrencyCode
    invoice_on: Day
    due_on: Day
    client_reference: str
    net_amount: Amount
    vat_amount: Amount
    total_amount: Amount
    deductions: list[DeductionView] = []


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


class InvoiceView(InvoiceRow):
    """An invoice with its VAT per rate, what it waits for, and its lines when asked for."""

    vat: list[dict[str, Any]]
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

    to: Literal["issued"]


class InvoiceSteps(Shape):
    """Invoices to issue, each on its own."""

    invoice_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    to: Literal["issued"]


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

    contract_id: UUID


class GatheredView(View):
    """The contract's open invoices as they stand after gathering."""

    items: list[InvoiceRow]


# The reversing form once mailed clients; credit notes go through invoice distribution like every other (MA-CRD-07).
_MailClients = kept_here("obsolete_field", "Clients are not mailed from here; send the credit note by distribution.")


class CreditNoteShape(Shape):
    """Credit a whole invoice; `block` keeps its items from being invoiced again (MA-CRD-01, MA-CRD-03)."""

    invoice_id: UUID
    block: Flag = False
    reason: Text(500, 1)  # type: ignore[valid-type]
    invoice_on: Day
    mail_clients: _MailClients = None  # type: ignore[valid-type]


class CreditNotesShape(Shape):
    """Reverse several invoices, each on its own (CT-LIF-15)."""

    invoice_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    block: Flag = False
    reason: Text(500, 1)  # type: ignore[valid-type]
    invoice_on: Day
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
