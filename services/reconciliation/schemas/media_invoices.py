"""Media invoices at the door."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from shared.events.examples import INSERTION, SUPPLIER, example
from shared.events.fields import Amount, CurrencyCode, Day, Flag, Moment, Percent, Rate, Shape, Text, View
from shared.runtime.views import MinorView

InvoiceNo: Any = Text(80)
Reason: Any = Text(500)
MediaInvoiceState = Literal["pending", "saved", "cancelled"]
MatchName = Literal["exact", "near", "same_day", "again", "by_hand"]
_ZERO = Decimal(0)


class VatShape(Shape):
    """VAT of one rate as the supplier states it; 0.00 for reverse charge (MA-MIN-11)."""

    percent: Percent
    base_amount: Amount = Field(description="What the VAT is of.")
    vat_amount: Amount


class WrittenShape(Shape):
    """What is written in column This invoice; an amount left out follows from those above it (MA-MIN-06)."""

    gross_amount: Amount | None = Field(None, description="Before discounts.")
    net_amount: Amount | None = Field(None, description="After discounts and surcharges.")
    commission_amount: Amount | None = Field(None, description="Kept by the agency.")
    net_net_amount: Amount | None = Field(None, description="What the media is paid.")


class LineShape(WrittenShape):
    """An insertion on the list; one whose amounts are written is marked (MA-MIN-08)."""

    insertion_id: UUID
    marked: Flag = Field(
        False, description="Found to be right; the invoice is complete when its marked lines come to it."
    )


class HeaderShape(Shape):
    """What a supplier's invoice says about itself; all of it may be filled in later (MA-MIN-18)."""

    supplier_id: UUID | None = Field(None, description="Left out, it is the supplier of the media (MA-MIN-03).")
    invoice_no: InvoiceNo = Field("", examples=["AFTON-5001-15"])
    invoice_on: Day | None = None
    accounting_on: Day | None = Field(None, description="Needed to save; its period is open.")
    due_on: Day | None = Field(None, description="Left out, it follows from the supplier's terms (MA-MIN-12).")
    exchange_rate: Rate | None = Field(None, description="Units of base currency for one of the invoice's.")
    amount: Amount = Field(_ZERO, description="Ex VAT.")
    vat: Annotated[list[VatShape], Field(max_length=20)] = []
    total_amount: Amount = Field(_ZERO, description="With VAT.")


class MediaInvoiceShape(HeaderShape):
    """A registration to begin, with the insertions the search brought."""

    model_config = example(
        supplier_id=SUPPLIER,
        invoice_no="AFTON-5001-15",
        invoice_on="2026-10-15",
        accounting_on="2026-10-15",
        currency="SEK",
        amount="8882.50",
        vat=[{"percent": "25", "base_amount": "8882.50", "vat_amount": "2220.63"}],
        total_amount="11103.13",
        lines=[{"insertion_id": INSERTION, "marked": True}],
    )

    currency: CurrencyCode
    lines: Annotated[list[LineShape], Field(max_length=1000)] = []


class MediaInvoicePatch(HeaderShape):
    """Changes to what a pending invoice says about itself; null takes a value back."""

    model_config = example(due_on="2026-11-14", amount="8882.50", total_amount="11103.13")

    currency: CurrencyCode = "EUR"


class InsertOrderShape(Shape):
    """An order that the search did not bring, by number and insertion date (MA-MIN-16)."""

    model_config = example(order_no=5001, insertion_on="2026-10-22")

    order_no: Annotated[int, Field(strict=True, ge=1, le=999_999_999, examples=[5001])]
    insertion_on: Day = Field(description="When the insertion appeared.")


class LinePatch(WrittenShape):
    """Write amounts, mark or unmark, or say which insertion the line bills."""

    model_config = example(net_amount="10200.00", marked=True)

    insertion_id: UUID | None = Field(None, description="The insertion that it bills, where nobody found one.")
    marked: Flag | None = Field(None, description="True marks the line as right, false takes the mark away.")


class MediaInvoiceTransition(Shape):
    """Save a pending invoice, or cancel a saved one with its accounting date and reason (MA-MIN-12, MA-MIN-21)."""

    model_config = example(to="saved")

    to: Literal["saved", "cancelled"] = Field(description="`saved` posts it, `cancelled` takes a saved one back.")
    invoice_no: InvoiceNo | None = Field(None, description="The supplier's number, where it is not stated yet.")
    accounting_on: Day | None = Field(None, description="Of the posting, or of the voucher that cancels it.")
    reason: Reason = Field("", description="Why it is cancelled.")


class WarningView(View):
    """Something to look at that did not stop the command."""

    code: str
    text: str


class VatView(MinorView):
    """VAT of one rate."""

    percent: Percent
    base_amount: Amount
    vat_amount: Amount


class MediaInvoiceRow(MinorView):
    """A media invoice in a list."""

    id: UUID
    version: int
    state: MediaInvoiceState
    supplier_id: UUID | None
    legal_entity_id: UUID | None
    invoice_no: str
    invoice_on: Day | None
    accounting_on: Day | None
    due_on: Day | None
    currency: CurrencyCode
    exchange_rate: Rate | None
    amount: Amount
    vat_amount: Amount
    total_amount: Amount
    rounding_amount: Amount
    line_count: int
    voucher_no: str
    cancelled_on: Day | None
    created_by: str
    created_at: Moment


class MediaInvoiceLineView(MinorView):
    """A billed insertion; `insertion_id` is null while nobody found it."""

    id: UUID
    line_no: int
    order_no: int
    insertion_on: Day
    text: str
    insertion_id: UUID | None
    match: MatchName | None
    marked: Flag
    moved: Flag
    gross_amount: Amount
    net_amount: Amount
    commission_amount: Amount
    other_amount: Amount
    net_net_amount: Amount
    ordered_net_net_amount: Amount


class MediaInvoiceView(MediaInvoiceRow):
    """A media invoice with its VAT, the running sum of what is marked, and its lines when asked for."""

    vat: list[VatView]
    marked_net_net_amount: Amount = Field(description="Net-net of the marked lines; the invoice must come to it.")
    voucher_id: UUID | None
    cancelled_voucher_id: UUID | None
    warnings: list[WarningView]
    lines: list[MediaInvoiceLineView] | None = None


class CandidateRow(MinorView):
    """An insertion that a medium may bill, with what was billed so far (MA-MIN-02)."""

    id: UUID
    client_id: UUID
    plan_no: str
    order_no: int
    media_id: UUID
    media_name: str
    supplier_id: UUID | None
    insertion_on: Day
    status: str
    text: str
    currency: CurrencyCode
    exchange_rate: Rate
    gross_amount: Amount
    discount_amount: Amount
    net_amount: Amount
    commission_amount: Amount
    net_net_amount: Amount
    billed_amount: Amount
    matched: Flag
