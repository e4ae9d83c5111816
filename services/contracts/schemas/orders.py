"""Orders, insertions and campaigns at the door."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from services.contracts.schemas.registers import Days, FeeBase, Share
from services.contracts.schemas.stored import StoredView
from services.contracts.schemas.texts import Comment, Lines, Phrase, Word
from shared.events.fields import Amount, Code, CurrencyCode, Day, Flag, Percent, Rate, Shape, View

InsertionStatus = Literal["preliminary", "definitive", "do_not_invoice", "pre_inv", "invoiced", "blocked", "cancelled"]
PaymentStart = Literal["before_during", "after"]


class OrderShape(Shape):
    """A booking with one medium on a plan (MA-REG-05); a foreign currency needs its rate (MA-GEN-10)."""

    code: Code | None = None
    plan_id: UUID
    media_id: UUID
    agreement_id: UUID | None = None
    client_reference: Phrase = ""
    exchange_rate: Rate | None = None


class DiscountShape(Shape):
    """A discount in row order, of the remaining amount or of gross (MA-INS-02)."""

    percent: Percent | None = None
    amount: Amount | None = None
    of_gross: Flag = False


class SurchargeShape(Shape):
    """A surcharge the media bills, or only the client sees (MA-INS-02, MA-INS-07)."""

    amount: Amount
    by_media: Flag = True
    bears_commission: Flag = True


class ChargeShape(Shape):
    """A fee or capital cost: fixed, or per cent of a base (MA-INS-05, MA-INS-06)."""

    percent: Percent | None = None
    amount: Amount | None = None
    base: FeeBase = "net"


class TermsShape(Shape):
    """What an insertion is priced from; null leaves a term to the nearest agreement."""

    unit_price: Rate
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    discounts: Annotated[list[DiscountShape], Field(max_length=20)] = []
    surcharges: Annotated[list[SurchargeShape], Field(max_length=20)] = []
    received_percents: Annotated[list[Share], Field(max_length=10)] | None = None
    passed_on_percents: Annotated[list[Share], Field(max_length=10)] | None = None
    fees: Annotated[list[ChargeShape], Field(max_length=4)] | None = None
    capital_cost: ChargeShape | None = None
    exclude_fee: Flag = False
    exclude_capital_cost: Flag = False


class AllocationShape(Shape):
    """A client's share of an insertion (MA-INS-15)."""

    client_id: UUID
    percent: Percent


class InsertionShape(Shape):
    """One dated appearance to add to an order."""

    code: Code | None = None
    insertion_on: Day
    text: Phrase = ""
    terms: TermsShape
    allocation: Annotated[list[AllocationShape], Field(max_length=50)] = []
    ad_checked: Flag = False
    invoice_comment: Comment = ""
    not_before_on: Day | None = None


class InsertionsShape(Shape):
    """Insertions to add."""

    insertions: Annotated[list[InsertionShape], Field(min_length=1, max_length=500)]


class InsertionPatchShape(Shape):
    """Changes to an insertion; `confirm` after the warning that a media invoice is registered (MA-INS-13)."""

    insertion_on: Day | None = None
    text: Phrase | None = None
    terms: TermsShape | None = None
    allocation: Annotated[list[AllocationShape], Field(max_length=50)] | None = None
    ad_checked: Flag | None = None
    invoice_comment: Comment | None = None
    confirm: Flag = False


class OrderTransition(Shape):
    """Make an order's preliminary insertions definitive (MA-REG-11)."""

    to: Literal["definitive"]


class InsertionTransition(Shape):
    """Move one insertion by hand (MA-INS-10)."""

    to: Literal["definitive", "do_not_invoice", "pre_inv", "cancelled"]
    reason: Phrase = ""


class OrderRow(View):
    """An order."""

    id: UUID
    version: int
    code: str
    order_no: int
    plan_id: UUID
    media_id: UUID
    agreement_id: UUID | None
    client_reference: str
    currency: CurrencyCode
    exchange_rate: Rate


class InsertionRow(StoredView):
    """An insertion with what it costs at each step of MA-INS."""

    id: UUID
    version: int
    code: str
    order_id: UUID
    client_id: UUID
    insertion_on: Day
    status: InsertionStatus
    text: str
    currency: CurrencyCode
    gross_amount: Amount
    discount_amount: Amount
    net_amount: Amount
    commission_amount: Amount
    net_net_amount: Amount
    client_net_amount: Amount
    fee_amount: Amount
    capital_cost_amount: Amount
    surcharge_amount: Amount
    price_amount: Amount
    ad_checked: bool
    correction_kind: str
    has_media_invoice: bool


class RecipientShape(Shape):
    """Who receives a campaign's invoices (PI-REQ-11)."""

    name: Phrase = ""
    street: Phrase = ""
    city: Phrase = ""
    country: Word = ""
    email: Phrase = ""


class CampaignItemShape(Shape):
    """A sold position and how it spreads (PI-DST-01)."""

    name: Phrase = ""
    start_on: Day | None = None
    end_on: Day | None = None
    amount: Amount | None = None
    currency: CurrencyCode | None = None
    booked_quantity: Annotated[int, Field(ge=0, le=10**12)] | None = None
    billing_category: Word = ""
    billing_basis: Literal["linear", "delivery"] = "linear"
    distribution_unit: Literal["amount", "quantity"] = "amount"
    distribution_period: Literal["day_based", "even"] = "day_based"
    payment_start: PaymentStart | None = None
    bill_me: Flag = True
    show_on_invoice: Flag = True
    vat_percent: Share | None = None


class CampaignTermsShape(Shape):
    """A campaign's header and billing terms; gaps stay until it is billed (PI-REQ)."""

    name: Lines = ""
    bill_me: Flag = True
    legal_entity_id: UUID | None = None
    recipient: RecipientShape = RecipientShape()
    dispatch: Literal["email", "print", "none"] = "none"
    vat_treatment: Literal["standard", "reverse_charge", "exempt"] = "standard"
    payment_interval: Literal["weekly", "monthly", "quarterly", "half_yearly", "yearly", "total"] | None = None
    payment_start: PaymentStart | None = None
    due_at: Literal["interval_start", "interval_end"] | None = None
    billing_start_on: Day | None = None
    billing_end_on: Day | None = None
    payment_days: Days = 30
    client_reference: Phrase = ""


class CampaignShape(CampaignTermsShape):
    """A new campaign with its items."""

    code: Code | None = None
    client_id: UUID
    currency: CurrencyCode
    stage: Literal["proposal", "booked"] = "proposal"
    items: Annotated[list[CampaignItemShape], Field(max_length=500)] = []


class CampaignTransition(Shape):
    """Book a proposal, or cancel."""

    to: Literal["booked", "cancelled"]


class CampaignRow(View):
    """A campaign in a list."""

    id: UUID
    version: int
    code: str
    campaign_no: int
    name: str
    stage: Literal["proposal", "booked", "cancelled"]
    client_id: UUID
    legal_entity_id: UUID | None
    currency: CurrencyCode
    payment_interval: str | None
    billing_start_on: Day | None
    billing_end_on: Day | None


class CampaignView(CampaignRow):
    """A campaign with its items."""

    items: list[dict[str, Any]]
