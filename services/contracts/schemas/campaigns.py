"""Campaigns at the door."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from services.contracts.schemas.registers import Days, Share
from services.contracts.schemas.texts import Lines, Phrase, Word
from shared.events.fields import Amount, Code, CurrencyCode, Day, Flag, Shape, View

PaymentStart = Literal["before_during", "after"]


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
    unlimited: Flag = False


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
