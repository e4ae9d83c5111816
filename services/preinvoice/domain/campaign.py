"""What preinvoice knows of a sold order: the media campaign, its items, and the legal entity that bills it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from shared.kernel.period import Period, Weekday

PaymentInterval = Literal["weekly", "monthly", "quarterly", "half_yearly", "yearly", "total"]
PaymentStart = Literal["before_during", "after"]
DueAt = Literal["interval_start", "interval_end"]
BillingBasis = Literal["linear", "delivery"]
DistributionUnit = Literal["amount", "quantity"]
DistributionPeriod = Literal["day_based", "even"]
VatTreatment = Literal["standard", "reverse_charge", "exempt"]
Dispatch = Literal["email", "print", "none"]
Metric = Literal["impressions", "clicks", "viewable_impressions", "completed_views"]
# What each billing category counts (PI-DEL-02).
METRICS: dict[str, Metric] = {
    "CPM": "impressions",
    "CPC": "clicks",
    "vCPM": "viewable_impressions",
    "CPCV": "completed_views",
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who receives the invoices; `street` may hold a PO box."""

    name: str
    street: str
    city: str
    country: str
    email: str


@dataclass(frozen=True, slots=True)
class Client:
    """A buyer: who sells to it, and what it is billed in; `base_currency` is the seller's own."""

    id: UUID
    legal_entity_id: UUID
    currency: str
    vat_percent: Decimal
    base_currency: str


@dataclass(frozen=True, slots=True)
class LegalEntity:
    """The selling company that issues the invoice; `daily_delivery` says that delivery arrives per day (PI-REQ-16)."""

    id: UUID
    name: str
    currency: str
    start_of_week: Weekday | None
    time_zone: str
    daily_delivery: bool = False


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """One entry of a payment plan: a day, and a percentage or an amount in minor units (PI-FPP-01).

    Before `deferred_until_on` no run may invoice it (PI-FPP-09, PI-RUN-18).
    """

    entry_no: int
    invoice_on: date | None
    percent: Decimal | None
    amount: int | None
    deferred_until_on: date | None = None


@dataclass(frozen=True, slots=True)
class CampaignItem:
    """One sold position of a campaign; `amount` is its net in minor units."""

    id: UUID
    line_no: int
    name: str
    start_on: date | None
    end_on: date | None
    amount: int | None
    currency: str
    booked_quantity: int | None
    billing_category: str
    billing_basis: BillingBasis
    distribution_unit: DistributionUnit
    distribution_period: DistributionPeriod
    payment_start: PaymentStart | None
    bill_me: bool
    show_on_invoice: bool
    vat_percent: Decimal | None
    cancelled: bool
    unlimited: bool
    payment_plan: tuple[PlanEntry, ...]

    @property
    def billable(self) -> bool:
        """Whether the item takes part in billing (PI-REQ-12)."""
        return self.bill_me and not self.cancelled

    @property
    def counted(self) -> bool:
        """Whether the item is billed by what was delivered of it, and can be counted at all (PI-DEL-01, PI-DEL-02)."""
        return self.billing_basis == "delivery" and not self.payment_plan and self.billing_category in METRICS

    @property
    def runtime(self) -> Period | None:
        """The days the item runs, when they are known and in order."""
        return _period(self.start_on, self.end_on)


@dataclass(frozen=True, slots=True)
class MediaCampaign:
    """A sold order with its billing terms and items, as contracts last told it."""

    id: UUID
    version: int
    code: str
    campaign_no: int
    name: str
    stage: Literal["proposal", "booked", "cancelled"]
    bill_me: bool
    legal_entity_id: UUID | None
    client_id: UUID
    recipient: Recipient
    dispatch: Dispatch
    currency: str
    vat_treatment: VatTreatment
    payment_interval: PaymentInterval | None
    payment_start: PaymentStart | None
    due_at: DueAt | None
    billing_start_on: date | None
    billing_end_on: date | None
    payment_days: int
    client_reference: str
    items: tuple[CampaignItem, ...]

    @property
    def billing_period(self) -> Period | None:
        """The runtime of the whole campaign, when it is known and in order."""
        return _period(self.billing_start_on, self.billing_end_on)

    @property
    def prepaid(self) -> bool:
        """Whether one invoice at the start bills it all (PI-INT-08)."""
        terms = (self.payment_interval, self.payment_start, self.due_at)
        return terms == ("total", "before_during", "interval_start")


def _period(first: date | None, last: date | None) -> Period | None:
    if first is None or last is None or last < first:
        return None
    return Period.inclusive(first, last)
