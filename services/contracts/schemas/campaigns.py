"""Campaigns at the door."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from services.contracts.schemas.registers import Days, Share
from services.contracts.schemas.texts import Lines, Phrase, Word
from shared.events.examples import CLIENT, LEGAL_ENTITY, example
from shared.events.fields import Amount, Code, CurrencyCode, Day, Flag, Shape, View

PaymentStart = Annotated[
    Literal["before_during", "after"], Field(description="Whether an interval is billed as it runs or once it is over.")
]


class RecipientShape(Shape):
    """Who receives a campaign's invoices (PI-REQ-11)."""

    name: Phrase = ""
    street: Phrase = ""
    city: Phrase = ""
    country: Word = ""
    email: Phrase = Field("", description="Needed where `dispatch` is `email`.")


class CampaignItemShape(Shape):
    """A sold position and how it spreads (PI-DST-01)."""

    name: Phrase = ""
    start_on: Day | None = None
    end_on: Day | None = None
    amount: Amount | None = Field(None, description="Net, for the whole runtime.")
    currency: CurrencyCode | None = None
    booked_quantity: Annotated[int, Field(ge=0, le=10**12)] | None = Field(
        None, description="Units sold; billing by delivery or quantity needs them (PI-REQ-14)."
    )
    billing_category: Word = Field(
        "", description="What is sold, such as `CPM`; it says what delivery counts (PI-DEL-02)."
    )
    billing_basis: Literal["linear", "delivery"] = Field(
        "linear", description="`linear` spreads the amount, `delivery` bills what was delivered (PI-DEL-01)."
    )
    distribution_unit: Literal["amount", "quantity"] = Field(
        "amount", description="What a linear item spreads over its intervals."
    )
    distribution_period: Literal["day_based", "even"] = Field(
        "day_based", description="By days, or evenly over the intervals."
    )
    payment_start: PaymentStart | None = None
    bill_me: Flag = Field(True, description="Off leaves the item out of billing (PI-REQ-12).")
    show_on_invoice: Flag = Field(True, description="Off keeps the line off the printed invoice.")
    vat_percent: Share | None = Field(None, description="Where it differs from the client's.")
    unlimited: Flag = Field(False, description="Delivery beyond the booking is billed, too.")


class CampaignTermsShape(Shape):
    """A campaign's header and billing terms; gaps stay until it is billed (PI-REQ)."""

    model_config = example(
        payment_interval="monthly", payment_start="before_during", due_at="interval_end", payment_days=30
    )

    name: Lines = ""
    bill_me: Flag = Field(True, description="Off keeps the whole campaign from being billed (PI-REQ-03).")
    legal_entity_id: UUID | None = Field(None, description="Who sells it; needed to bill (PI-REQ-08).")
    recipient: RecipientShape = Field(
        RecipientShape(), description="Where its invoices go; complete before it is billed (PI-REQ-11)."
    )
    dispatch: Literal["email", "print", "none"] = Field("none", description="How its invoices reach the recipient.")
    vat_treatment: Literal["standard", "reverse_charge", "exempt"] = Field(
        "standard", description="`reverse_charge` and `exempt` bill at 0 per cent (PI-REQ-10)."
    )
    payment_interval: Literal["weekly", "monthly", "quarterly", "half_yearly", "yearly", "total"] | None = Field(
        None, description="How often it is invoiced; `total` once (PI-INT-01)."
    )
    payment_start: PaymentStart | None = None
    due_at: Literal["interval_start", "interval_end"] | None = Field(
        None, description="Which end of the interval the invoice is dated at (PI-INT-06)."
    )
    billing_start_on: Day | None = Field(None, description="First day of the billing period; items lie inside it.")
    billing_end_on: Day | None = Field(None, description="Last day of the billing period.")
    payment_days: Days = Field(30, description="From the invoice date.")
    client_reference: Phrase = Field("", description="The client's own number for the order; printed.")


class CampaignShape(CampaignTermsShape):
    """A new campaign with its items."""

    model_config = example(
        client_id=CLIENT,
        legal_entity_id=LEGAL_ENTITY,
        name="Autumn launch, web",
        currency="SEK",
        stage="booked",
        payment_interval="monthly",
        payment_start="before_during",
        due_at="interval_end",
        billing_start_on="2026-10-01",
        billing_end_on="2026-12-31",
        recipient={"name": "Alfa Bakery AB", "street": "Storgatan 1", "city": "Göteborg", "country": "SE"},
        items=[
            {
                "name": "Home page banner",
                "start_on": "2026-10-01",
                "end_on": "2026-12-31",
                "amount": "90000.00",
                "vat_percent": "25",
            }
        ],
    )

    code: Code | None = None
    client_id: UUID
    currency: CurrencyCode
    stage: Literal["proposal", "booked"] = Field("proposal", description="Only what is `booked` is billed.")
    items: Annotated[list[CampaignItemShape], Field(max_length=500)] = []


class CampaignTransition(Shape):
    """Book a proposal, or cancel."""

    model_config = example(to="booked")

    to: Literal["booked", "cancelled"] = Field(description="`booked` makes it billable; `cancelled` ends it.")


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
