"""Billing runs at the door."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.preinvoice.domain.billing_run import Outcome, Phase, RunState
from services.preinvoice.domain.campaign import DueAt, PaymentInterval, PaymentStart
from services.preinvoice.schemas.drafts import Ids
from shared.events.examples import LEGAL_ENTITY, example
from shared.events.fields import Day, Flag, Moment, Shape, View

# A run takes at most 2,000; a longer list is told so by its rule (PI-RUN-03).
DraftIds = Annotated[list[UUID], Field(max_length=10_000)]


class FilterShape(Shape):
    """Which billable drafts a run takes: joined by AND, values of one by OR, both ends included (PI-RUN-01)."""

    legal_entity_ids: Ids = []
    campaign_ids: Ids = []
    client_ids: Ids = []
    payment_intervals: Annotated[list[PaymentInterval], Field(max_length=10)] = Field(
        [], description="How often the campaign is invoiced."
    )
    payment_starts: Annotated[list[PaymentStart], Field(max_length=10)] = Field(
        [], description="Whether it is billed as it runs or once an interval is over."
    )
    due_at: Annotated[list[DueAt], Field(max_length=10)] = Field(
        [], description="Which end of the interval invoices are dated at."
    )
    planned_from: Day | None = Field(None, description="Drafts planned from this day.")
    planned_to: Day | None = Field(None, description="Drafts planned up to this day.")
    runs_from: Day | None = Field(None, description="Campaigns that run on or after this day.")
    runs_to: Day | None = Field(None, description="Campaigns that run on or before this day.")


class BillingRunShape(Shape):
    """A run to start over chosen drafts or a filter, not both."""

    model_config = example(
        filter={
            "legal_entity_ids": [LEGAL_ENTITY],
            "payment_intervals": ["monthly"],
            "planned_from": "2026-10-01",
            "planned_to": "2026-10-31",
        },
        invoice_on="2026-10-31",
    )

    draft_ids: DraftIds = Field([], description="At most 2,000 (PI-RUN-03).")
    filter: FilterShape | None = Field(None, description="In place of chosen drafts; billable drafts that fit.")
    invoice_on: Day | None = Field(None, description="Wins over the drafts' own dates (PI-INT-09).")
    accounting_on: Day | None = Field(None, description="Left out, the invoice date.")
    zero_invoices: Flag = Field(False, description="Also invoice drafts that come to 0.00 (PI-RUN-15).")
    documents: Flag = Field(True, description="Print the invoices (PI-RUN-04).")


class BillingRunRow(View):
    """A billing run in a list."""

    id: UUID
    version: int
    run_no: int
    state: RunState
    invoice_on: Day | None
    accounting_on: Day | None
    zero_invoices: Flag
    documents: Flag
    draft_count: int
    invoiced_count: int
    skipped_count: int
    failed_count: int
    retry_of: UUID | None
    created_by: str
    created_at: Moment
    completed_at: Moment | None


class PhaseView(View):
    """How many drafts went through a phase, and how many came out well."""

    phase: Phase
    processed_count: int
    successful_count: int


class BillingRunView(BillingRunRow):
    """A billing run with its phases (PI-RUN-14)."""

    phases: list[PhaseView]


class RunItemView(View):
    """What became of one draft in a run; `late` when the answer came after the run had given it up."""

    draft_id: UUID
    draft_no: int
    campaign_no: int
    planned_invoice_on: Day
    outcome: Outcome
    phase: Phase
    code: str
    message: str
    invoice_no: str
    late: Flag
