"""Advance invoices and their bills at the door."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, field_validator

from services.preinvoice.domain.advance import BillState, Status
from shared.events.examples import CLIENT, PLAN, example
from shared.events.fields import Amount, CurrencyCode, Day, Flag, Percent, Rate, Shape, Text, View
from shared.runtime.views import MinorView

Word = Text(200)
Description = Text(500)
Scopes = Annotated[list["ScopeShape"], Field(max_length=1000)]


class ScopeShape(Shape):
    """One alternative of "deduction from": every field that is given must fit; both days included (MA-PRE-11)."""

    plan_id: UUID | None = None
    order_id: UUID | None = None
    campaign: Word = Field("", description="A plan campaign's name.", examples=["Spring"])  # type: ignore[valid-type]
    from_on: Day | None = Field(None, description="Insertions from this day.")
    to_on: Day | None = Field(None, description="Insertions up to this day.")


class AdvanceInvoiceShape(Shape):
    """Money to be billed ahead to a client; what it may be deducted from can follow later (MA-PRE-05, MA-PRE-11)."""

    model_config = example(
        client_id=CLIENT,
        owner="maria",
        heading="Autumn campaign, first half",
        scopes=[{"plan_id": PLAN, "from_on": "2026-10-01", "to_on": "2026-12-31"}],
    )

    client_id: UUID
    owner: Word = Field("", examples=["maria"])  # type: ignore[valid-type]
    product: Word = ""  # type: ignore[valid-type]
    heading: Word = Field("", examples=["Spring campaign, first half"])  # type: ignore[valid-type]
    description: Description = Field("", description="Never printed.")  # type: ignore[valid-type]
    blocked: Flag = Field(False, description="Passed over by current deduction (MA-PRE-07).")
    deduct_all: Flag = Field(False, description="From all of the client's definitive insertions (MA-PRE-12).")
    scopes: Scopes = Field([], description="Alternatives; with `deduct_all` there are none.")


class AdvanceInvoicePatch(Shape):
    """What changes of an advance invoice; scopes are put in place as a whole."""

    model_config = example(heading="Autumn campaign", blocked=True)

    client_id: UUID | None = None
    owner: Word | None = None  # type: ignore[valid-type]
    product: Word | None = None  # type: ignore[valid-type]
    heading: Word | None = None  # type: ignore[valid-type]
    description: Description | None = Field(None, description="Never printed.")  # type: ignore[valid-type]
    blocked: Flag | None = Field(None, description="Passed over by current deduction (MA-PRE-07).")
    deduct_all: Flag | None = Field(None, description="From all of the client's definitive insertions (MA-PRE-12).")
    scopes: Scopes | None = Field(None, description="The whole list of alternatives.")

    @field_validator("*", mode="before")
    @classmethod
    def _not_null(cls, value: object) -> object:
        if value is None:
            raise ValueError("A field that is given has a value.")
        return value


class BillRowShape(Shape):
    """A text with its amount ex VAT."""

    text: Text(500, 1) = Field(examples=["Media spring, first instalment"])  # type: ignore[valid-type]
    amount: Amount | None = Field(None, examples=["40000.00"], description="Null for a row of text.")


class AdvanceBillShape(Shape):
    """A bill; all bills of an advance invoice share currency and taxability (MA-PRE-08, MA-PRE-09)."""

    model_config = example(
        invoice_on="2026-10-01",
        due_on="2026-10-31",
        taxable=True,
        rows=[{"text": "Media autumn, first instalment", "amount": "40000.00"}],
    )

    invoice_on: Day
    due_on: Day
    taxable: Flag = Field(description="At the client's VAT rate, else at none.")
    currency: CurrencyCode | None = Field(None, description="That of the other bills, else the client's.")
    exchange_rate: Rate | None = Field(None, description="Needed in a foreign currency (MA-PRE-27).")
    rows: Annotated[list[BillRowShape], Field(max_length=100)] = Field(
        [], description="What is printed; their amounts add up to the bill."
    )


class ReversalShape(Shape):
    """When and why a printed bill is reversed."""

    model_config = example(invoice_on="2026-10-15", reason="The amount was agreed anew.")

    invoice_on: Day = Field(description="Date of the credit note.")
    reason: Text(500, 1)  # type: ignore[valid-type]


class SettlementShape(Shape):
    """A controlled deduction of all that remains, or its payment back without use (MA-PRE-22, MA-PRE-25)."""

    model_config = example(invoice_on="2026-12-31", text="Settlement of your payment on account.")

    invoice_on: Day = Field(description="Date of the invoice that deducts.")
    accounting_on: Day | None = Field(None, description="The invoice date when left out.")
    without_deduction: Flag = Field(False, description="Pay it back: a credit invoice of what remains.")
    text: Text(2000) = Field("", description="Printed on the invoice.")  # type: ignore[valid-type]


class ScopeView(View):
    """One alternative of "deduction from"."""

    plan_id: UUID | None
    order_id: UUID | None
    campaign: str
    from_on: Day | None
    to_on: Day | None


class EntryView(View):
    """A document that deducted of an advance invoice; its credit note gives back, below zero."""

    invoice_id: UUID
    invoice_no: str
    amount: Amount


class AdvanceInvoiceRow(MinorView):
    """An advance invoice in a list; remaining is printed less deducted, always (MA-PRE-01)."""

    id: UUID
    version: int
    advance_no: int = Field(examples=[101])
    status: Status
    client_id: UUID
    client_code: str
    client_name: str
    owner: str
    product: str
    heading: str
    description: str
    blocked: Flag
    deduct_all: Flag
    scopes: list[ScopeView]
    currency: CurrencyCode
    taxable: Flag | None = Field(description="As its bills are; none while there is no bill.")
    vat_percent: Percent | None
    printed_amount: Amount
    deducted_amount: Amount
    remaining_amount: Amount
    reserved_amount: Amount = Field(description="Held of the remaining amount by deductions under way.")
    deductible_amount: Amount | None = Field(
        description="Of definitive insertions it may be deducted from; none where that is not said (MA-PRE-03)."
    )
    deducted_by: list[EntryView]


class BillRowView(View):
    """A text with its amount ex VAT."""

    text: str
    amount: Amount


class AdvanceBillView(MinorView):
    """A bill; `refusal_code` says why invoicing did not number or reverse it."""

    id: UUID
    bill_no: int
    state: BillState
    taxable: Flag
    vat_percent: Percent | None
    currency: CurrencyCode
    exchange_rate: Rate
    invoice_on: Day
    due_on: Day
    rows: list[BillRowView]
    amount: Amount
    invoice_id: UUID | None
    invoice_no: str
    refusal_code: str


class SettlementView(MinorView):
    """A controlled deduction; `code` says why invoicing refused it."""

    id: UUID
    state: Literal["requested", "issued", "refused"]
    without_deduction: Flag
    invoice_on: Day
    accounting_on: Day
    currency: CurrencyCode
    amount: Amount
    code: str
    invoice_id: UUID | None
    invoice_no: str


class AdvanceInvoiceView(AdvanceInvoiceRow):
    """An advance invoice with its bills and its settlement."""

    bills: list[AdvanceBillView]
    settlement: SettlementView | None
