"""Invoice runs, invoices, vouchers and items at the door."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from shared.events.fields import Amount, CurrencyCode, Day, Flag, Moment, Shape, Text, View
from shared.events.invoicing import InvoiceKind
from shared.kernel.money import Money, currency

Word = Text(200)
Ids = Annotated[list[UUID], Field(max_length=1000)]
Words = Annotated[list[Word], Field(max_length=1000)]  # type: ignore[valid-type]
InvoiceStateName = Literal["gathering", "pending", "issued", "removed"]
RunState = Literal["queued", "running", "completed", "completed_with_errors", "failed", "cancelled"]


class MinorView(View):
    """A view whose `…_amount` fields come as minor units beside a `currency`."""

    @model_validator(mode="before")
    @classmethod
    def _in_major_units(cls, stored: Any) -> Any:
        if not isinstance(stored, Mapping) or not stored.get("currency"):
            return stored
        of = currency(stored["currency"])

        def major(name: str, value: Any) -> Any:
            if isinstance(value, list):
                return [
                    {key: major(key, one) for key, one in entry.items()} if isinstance(entry, dict) else entry
                    for entry in value
                ]
            return Money(value, of).decimal if name.endswith("_amount") and isinstance(value, int) else value

        return {name: major(name, value) for name, value in stored.items()}


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


class SwitchesShape(Shape):
    """How a run treats what it finds; null is a switch left blank (MA-INV-07 to MA-INV-22)."""

    current_invoicing: Flag | None = None
    also_not_checked: Flag = False
    no_reference_number: Flag | None = None
    sign: Literal["debit", "credit", "separate"] | None = None
    corrections: Literal["yes", "no", "separate", "internal"] = "yes"
    one_invoice_per_client: Flag = False


class InvoiceRunShape(Shape):
    """A run to start; `digest` binds a live run to the preview that was approved."""

    mode: Literal["live", "test"]
    criteria: CriteriaShape = CriteriaShape()
    switches: SwitchesShape = SwitchesShape()
    invoice_on: Day
    accounting_on: Day | None = None
    text: Text(10_000) = ""  # type: ignore[valid-type]
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
    campaign_id: UUID | None
    invoice_run_id: UUID | None
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


class InvoiceView(InvoiceRow):
    """An invoice with its VAT per rate, and its lines when asked for."""

    vat: list[dict[str, Any]]
    text: str
    document_url: str
    lines: list[InvoiceLineView] | None = None


class InvoiceTransition(Shape):
    """Issue a pending invoice (CT-CYC-16)."""

    to: Literal["issued"]


class InvoiceSteps(Shape):
    """Invoices to issue, each on its own."""

    invoice_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    to: Literal["issued"]


class InvoiceStepResult(View):
    """What became of one invoice: 200, or the status and code of its refusal."""

    invoice_id: UUID
    status: int
    code: str = ""
    message: str = ""


class InvoiceStepResults(View):
    """A result per invoice, in the order asked."""

    items: list[InvoiceStepResult]


class CreditNoteShape(Shape):
    """Credit a whole invoice; `block` keeps its items from being invoiced again (MA-CRD-01, MA-CRD-03)."""

    invoice_id: UUID
    block: Flag = False
    reason: Text(500, 1)  # type: ignore[valid-type]
    invoice_on: Day


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
    """One side of a posting, in the voucher's currency."""

    line_no: int
    role: str
    debit: Amount
    credit: Amount


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
