"""Payment plans and delivery data of campaign items at the door."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.preinvoice.domain.billing_status import BillingStatus
from services.preinvoice.domain.campaign import Metric
from services.preinvoice.domain.delivery_report import Per, Source
from services.preinvoice.schemas.drafts import Units
from shared.events.examples import CAMPAIGN_ITEM, example
from shared.events.fields import Amount, CurrencyCode, Day, Flag, Moment, Percent, Shape, Text, View
from shared.runtime.views import MinorView

EntryNo = Annotated[int, Field(strict=True, ge=1, le=1000)]
ReportNo = Text(100, 1)


class PlanEntryShape(Shape):
    """One entry; what is missing is told when drafts are generated (PI-E-24)."""

    entry_no: EntryNo = Field(description="The order of the entries; the last takes the rest (PI-FPP-06).")
    invoice_on: Day | None = Field(None, description="Date of its invoice.")
    percent: Percent | None = Field(
        None, examples=["33"], description="Of the item's amount; all entries come to 100 (PI-FPP-02)."
    )
    net_amount: Amount | None = Field(
        None, description="In place of a percentage; all entries come to the item's amount."
    )


class PaymentPlanShape(Shape):
    """How an item is billed instead of by interval; empty, its intervals bill it (PI-FPP-01, PI-FPP-07 to PI-FPP-09).

    Own entries outrank publication dates, these the switches of the runtime.
    """

    model_config = example(
        entries=[
            {"entry_no": 1, "invoice_on": "2026-10-01", "percent": "50"},
            {"entry_no": 2, "invoice_on": "2026-12-01", "percent": "50"},
        ]
    )

    entries: Annotated[list[PlanEntryShape], Field(max_length=200)] = Field(
        [], description="Own entries, in place of the intervals."
    )
    publication_dates: Annotated[list[Day], Field(max_length=100)] = Field(
        [], description="One entry each, of equal whole percentages."
    )
    at_end_of_runtime: Flag = Field(False, description="One entry of 100 per cent on the item's last day (PI-FPP-08).")
    at_start_of_runtime: Flag = Field(False, description="One entry of 100 per cent on its first day; not both.")
    defer_days: Annotated[int, Field(strict=True, ge=-3650, le=3650)] = Field(
        0, description="At the end of the runtime only: so many days later."
    )
    keep_fiscal_month: Flag = Field(False, description="A deferred invoice date stops at the end of the month.")


class PlanEntryView(View):
    """One entry; `net_amount` is what was typed, or of effective entries what they come to."""

    entry_no: int
    invoice_on: Day | None
    percent: Percent | None
    net_amount: Amount | None
    deferred_until_on: Day | None = None
    invoice_no: str = ""


class PaymentPlanView(MinorView):
    """An item's payment plan; `effective` are the entries that bill it, none when its intervals do."""

    item_id: UUID
    version: int
    currency: CurrencyCode
    entries: list[PlanEntryView]
    publication_dates: list[Day]
    at_end_of_runtime: Flag
    at_start_of_runtime: Flag
    defer_days: int
    keep_fiscal_month: Flag
    effective: list[PlanEntryView]


class ItemStatusView(View):
    """How far an item is billed."""

    item_id: UUID
    line_no: int
    name: str
    status: BillingStatus


class CampaignStatusView(View):
    """How far a campaign and its items are billed; derived, so there is nothing to write (PI-GEN-21)."""

    campaign_id: UUID
    campaign_no: int
    status: BillingStatus
    items: list[ItemStatusView]


class RecordShape(Shape):
    """Units of a day, or of the month that begins on it."""

    on: Day = Field(description="The day, or the first of the month.")
    quantity: Units = Field(description="Whole units.")


class DeliveryReportShape(Shape):
    """What a source says was delivered; a covered day without a record counts as zero (PI-DEL-03, PI-DEL-04)."""

    model_config = example(
        item_id=CAMPAIGN_ITEM,
        metric="impressions",
        source="ad_server",
        report_no="2026-W41",
        covers_from="2026-10-05",
        covers_through="2026-10-11",
        records=[{"on": "2026-10-05", "quantity": 48210}, {"on": "2026-10-06", "quantity": 51077}],
    )

    item_id: UUID
    metric: Metric = Field(description="What was counted; it fits the item's category (PI-DEL-02).")
    source: Source = Field(
        description="Typed-in figures win over a third party's, these over the ad server's (PI-DEL-05)."
    )
    report_no: ReportNo = Field(description="The source's own name of the report.")  # type: ignore[valid-type]
    revision: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)] = Field(
        1, description="A higher one replaces the report; a lower one is ignored (PI-DEL-03)."
    )
    per: Per = Field("day", description="Whether a record is a day's or a month's.")
    covers_from: Day = Field(description="First day it speaks for.")
    covers_through: Day = Field(description="Last day it speaks for.")
    records: Annotated[list[RecordShape], Field(max_length=1000)] = Field(
        [], description="Days with delivery; given whole."
    )


class DeliveryReportResult(View):
    """What became of a report: `ignored` when its revision, or a higher one, is known."""

    outcome: Literal["created", "replaced", "ignored"]
    item_id: UUID
    source: Source
    report_no: str
    revision: int


class DeliveryReportRow(View):
    """A delivery report in a list."""

    id: UUID
    item_id: UUID
    metric: Metric
    source: Source
    report_no: str
    revision: int
    per: Per
    covers_from: Day
    covers_through: Day
    created_by: str
    received_at: Moment


class DeliveryView(View):
    """What was delivered of an item beside what was booked and billed, the differences explained (PI-DEL-19)."""

    item_id: UUID
    metric: Metric | None = Field(
        description="What the item's category counts; null when it is not billed by delivery."
    )
    booked_quantity: int
    delivered_quantity: int = Field(description="In the item's runtime.")
    billable_quantity: int = Field(description="On all its lines, invoiced ones included.")
    invoiced_quantity: int
    over_quantity: int = Field(description="Delivered beyond the booking, not billed.")
    under_quantity: int = Field(description="Booked but not delivered so far.")
    outside_quantity: int = Field(description="Delivered outside the runtime, never billed.")
    over_billed_quantity: int = Field(description="Invoiced beyond a corrected delivery; needs a credit note.")
    covered: Flag = Field(description="Whether reports cover the whole runtime.")
