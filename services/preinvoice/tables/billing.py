"""Projections of what contracts tells, drafts with their lines, delivery data, billing runs and their schedules."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Date
from sqlmodel import Field

from services.preinvoice.tables.base import (
    Exact,
    Json,
    Key,
    KeyWord,
    MaybeMinor,
    MaybeUnits,
    MaybeWord,
    Minor,
    Row,
    Word,
    table_of,
)
from shared.runtime.db import EXACT, JSON, MOMENT

_DATES: Any = ARRAY(Date)


class LegalEntityRow(Row, table=True):
    """A selling company, as contracts last told it."""

    __tablename__ = "legal_entity"

    tenant_id: Key
    id: Key
    version: int
    name: Word
    currency: Word
    start_of_week: int | None
    time_zone: Word
    daily_delivery: bool


class ClientRow(Row, table=True):
    """A buyer: code and name for lists, and what its advance invoices are billed by."""

    __tablename__ = "client"

    tenant_id: Key
    id: Key
    version: int
    code: Word
    name: Word
    legal_entity_id: UUID
    currency: Word
    vat_percent: Exact


class CampaignRow(Row, table=True):
    """A media campaign, as contracts last told it."""

    __tablename__ = "media_campaign"

    tenant_id: Key
    id: Key
    version: int
    code: Word
    campaign_no: int
    name: Word
    stage: Word
    bill_me: bool
    legal_entity_id: UUID | None
    client_id: UUID
    recipient: Json
    dispatch: Word
    currency: Word
    vat_treatment: Word
    payment_interval: MaybeWord
    payment_start: MaybeWord
    due_at: MaybeWord
    billing_start_on: date | None
    billing_end_on: date | None
    payment_days: int
    client_reference: Word
    generated_version: int | None


class ItemRow(Row, table=True):
    """An item of a media campaign; `amount` in minor units of its currency."""

    __tablename__ = "campaign_item"

    tenant_id: Key
    id: Key
    campaign_id: UUID
    line_no: int
    name: Word
    start_on: date | None
    end_on: date | None
    amount: MaybeMinor
    currency: Word
    booked_quantity: MaybeUnits
    billing_category: Word
    billing_basis: Word
    distribution_unit: Word
    distribution_period: Word
    payment_start: MaybeWord
    bill_me: bool
    show_on_invoice: bool
    vat_percent: Annotated[Decimal | None, Field(sa_type=EXACT)]
    cancelled: bool
    unlimited: bool


class PlanRow(Row, table=True):
    """How an item is billed instead of by interval: entries, publication dates, or the ends of its runtime."""

    __tablename__ = "payment_plan"

    tenant_id: Key
    item_id: Key
    version: int
    entries: Json
    publication_dates: Annotated[list[date], Field(sa_type=_DATES)]
    at_end_of_runtime: bool
    at_start_of_runtime: bool
    defer_days: int
    keep_fiscal_month: bool


class ReportRow(Row, table=True):
    """A delivery report; days are inclusive."""

    __tablename__ = "delivery_report"

    tenant_id: Key
    id: Key
    item_id: UUID
    metric: Word
    source: Word
    report_no: Word
    revision: int
    per: Word
    covers_from: date
    covers_through: date
    created_by: Word
    received_at: Annotated[datetime, Field(sa_type=MOMENT)]


class RecordRow(Row, table=True):
    """Units of one day of a report, or of the month that begins on it."""

    __tablename__ = "delivery_record"

    tenant_id: Key
    report_id: Key
    on_day: Annotated[date, Field(primary_key=True)]
    quantity: Annotated[int, Field(sa_type=BigInteger)]


class CounterRow(Row, table=True):
    """The last draft or run number given in a tenant."""

    __tablename__ = "counter"

    tenant_id: Key
    name: KeyWord
    last_no: int


class DraftRow(Row, table=True):
    """A draft pre-invoice: its key, what generation calculated, and what a user typed."""

    __tablename__ = "draft_pre_invoice"

    tenant_id: Key
    id: Key
    version: int
    draft_no: int
    campaign_id: UUID
    status: Word
    kind: Word
    client_id: UUID
    currency: Word
    accounting_on: date
    planned_invoice_on: date
    sequence_no: int
    campaign_no: int
    campaign_name: Word
    legal_entity_id: UUID
    recipient: Json
    dispatch: Word
    payment_days: int
    client_reference: Word
    billing_start_on: date
    billing_end_on: date
    service_start_on: date
    service_end_on: date
    accounting_end_on: date
    deferred_until_on: date | None
    manual_invoice_on: date | None
    text: Word
    manual_payment_days: int | None
    manual_dispatch: MaybeWord
    total_amount: Minor
    billing_run_id: UUID | None
    invoice_id: UUID | None
    invoice_no: Word


class LineRow(Row, table=True):
    """A line of a draft; days are inclusive."""

    __tablename__ = "draft_line"

    tenant_id: Key
    id: Key
    draft_id: UUID
    item_id: UUID
    service_start_on: date
    basis: Word
    plan_entry_no: int
    amendment_no: int
    item_line_no: int
    text: Word
    slice_start_on: date
    slice_end_on: date
    quantity: MaybeUnits
    delivered_quantity: MaybeUnits
    manual_delivered_quantity: MaybeUnits
    amount: Minor
    vat_percent: Annotated[Decimal, Field(sa_type=EXACT)]
    show_on_invoice: bool
    note: Word
    pending: bool
    reversed: bool


class ReversedRow(Row, table=True):
    """An invoice that a credit note has reversed."""

    __tablename__ = "reversed_invoice"

    tenant_id: Key
    invoice_id: Key


class RunRow(Row, table=True):
    """A billing run."""

    __tablename__ = "billing_run"

    tenant_id: Key
    id: Key
    version: int
    run_no: int
    state: Word
    invoice_on: date | None
    accounting_on: date | None
    zero_invoices: bool
    documents: bool
    draft_count: int
    invoiced_count: int
    skipped_count: int
    failed_count: int
    retry_of: UUID | None
    created_by: Word
    created_at: Annotated[datetime, Field(sa_type=MOMENT)]
    completed_at: Annotated[datetime | None, Field(sa_type=MOMENT)]


class RunDraftRow(Row, table=True):
    """What became of one draft in a run; `late` marks an answer that came after the run gave the draft up."""

    __tablename__ = "billing_run_draft"

    tenant_id: Key
    run_id: Key
    draft_id: Key
    draft_no: int
    campaign_no: int
    planned_invoice_on: date
    outcome: Word
    phase: Word
    code: Word
    message: Word
    invoice_no: Word
    late: bool
    snapshot: Annotated[Any, Field(sa_type=JSON, nullable=True)]


class RunDeadlineRow(Row, table=True):
    """When a run stops waiting for the answers that are missing."""

    __tablename__ = "billing_run_deadline"

    tenant_id: Key
    run_id: Key
    expires_at: Annotated[datetime, Field(sa_type=MOMENT)]


class ScheduleRow(Row, table=True):
    """A generation or a billing run that time starts again and again."""

    __tablename__ = "billing_schedule"

    tenant_id: Key
    id: Key
    version: int
    kind: Word
    legal_entity_id: UUID
    every: Word
    at_minute: int
    weekday: int | None
    day_of_month: int | None
    wanted: Json
    active: bool
    next_at: Annotated[datetime, Field(sa_type=MOMENT)]
    last_at: Annotated[datetime | None, Field(sa_type=MOMENT)]
    last_outcome: MaybeWord
    last_code: Word
    last_message: Word
    last_job_id: UUID | None
    created_by: Word


# What set-based statements are written in.
LEGAL_ENTITY = table_of(LegalEntityRow)
CLIENT = table_of(ClientRow)
CAMPAIGN = table_of(CampaignRow)
ITEM = table_of(ItemRow)
PLAN = table_of(PlanRow)
REPORT = table_of(ReportRow)
RECORD = table_of(RecordRow)
DRAFT = table_of(DraftRow)
LINE = table_of(LineRow)
REVERSED = table_of(ReversedRow)
RUN = table_of(RunRow)
RUN_DRAFT = table_of(RunDraftRow)
RUN_DEADLINE = table_of(RunDeadlineRow)
SCHEDULE = table_of(ScheduleRow)
