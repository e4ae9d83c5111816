"""Bulk generations and schedules at the door."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.preinvoice.domain.campaign import DueAt, PaymentInterval, PaymentStart
from services.preinvoice.domain.schedule import Every
from services.preinvoice.schemas.drafts import Ids
from shared.events.examples import LEGAL_ENTITY, example
from shared.events.fields import ClockTime, Day, Flag, Moment, Shape, View

Offset = Annotated[int, Field(strict=True, ge=0, le=3650)]


class BulkGenerationShape(Shape):
    """Campaigns to generate: joined by AND; a campaign matches when a day of its runtime lies in the range."""

    model_config = example(legal_entity_ids=[LEGAL_ENTITY], runs_from="2026-10-01", runs_to="2026-10-31")

    legal_entity_ids: Ids = []
    client_ids: Ids = []
    campaign_ids: Ids = []
    runs_from: Day | None = Field(None, description="Campaigns that run on or after this day.")
    runs_to: Day | None = Field(None, description="Campaigns that run on or before this day.")


class BulkGenerationView(View):
    """A generation of many campaigns; it goes on as the job of the same id, which lists the campaigns that failed."""

    id: UUID
    campaign_count: int


class ScheduleShape(Shape):
    """What is started when, for one legal entity and in its time zone."""

    model_config = example(legal_entity_id=LEGAL_ENTITY, every="week", at="05:30", weekday=0, days_before=7)

    legal_entity_id: UUID
    every: Every = Field(description="How often; a `week` needs its weekday, a `month` its day.")
    at: ClockTime = Field(description="Wall-clock time, before 24:00.")
    weekday: Annotated[int, Field(strict=True, ge=0, le=6)] | None = Field(None, description="0 is Monday.")
    day_of_month: Annotated[int, Field(strict=True, ge=1, le=31)] | None = Field(
        None, description="A month too short takes its last day."
    )
    active: Flag = Field(True, description="Off, nothing is started until it is on again.")
    client_ids: Ids = Field([], description="None named: all.")
    campaign_ids: Ids = Field([], description="None named: all.")
    days_before: Offset | None = Field(None, description="From so many days before the day itself; null is open.")
    days_after: Offset | None = Field(0, description="To so many days after the day itself; null is open.")


class RunScheduleShape(ScheduleShape):
    """A billing run that time starts, over the drafts planned around its day."""

    model_config = example(
        legal_entity_id=LEGAL_ENTITY,
        every="month",
        at="06:00",
        day_of_month=31,
        days_before=30,
        payment_intervals=["monthly"],
    )

    payment_intervals: Annotated[list[PaymentInterval], Field(max_length=10)] = Field(
        [], description="How often the campaign is invoiced; none named: any."
    )
    payment_starts: Annotated[list[PaymentStart], Field(max_length=10)] = Field(
        [], description="Whether it is billed as it runs or once an interval is over."
    )
    due_at: Annotated[list[DueAt], Field(max_length=10)] = Field(
        [], description="Which end of the interval invoices are dated at."
    )
    zero_invoices: Flag = Field(False, description="Also invoice drafts that come to 0.00 (PI-RUN-15).")
    documents: Flag = Field(True, description="Print the invoices (PI-RUN-04).")


class ScheduleView(View):
    """A schedule, its next time, and what came of the latest one."""

    id: UUID
    version: int
    legal_entity_id: UUID
    every: Every
    at: ClockTime
    weekday: int | None
    day_of_month: int | None
    active: Flag
    client_ids: list[UUID]
    campaign_ids: list[UUID]
    days_before: int | None
    days_after: int | None
    next_at: Moment
    last_at: Moment | None
    last_outcome: Literal["queued", "failed"] | None
    last_code: str
    last_message: str
    last_job_id: UUID | None
    created_by: str


class RunScheduleView(ScheduleView):
    """A schedule of billing runs."""

    payment_intervals: list[PaymentInterval]
    payment_starts: list[PaymentStart]
    due_at: list[DueAt]
    zero_invoices: Flag
    documents: Flag
