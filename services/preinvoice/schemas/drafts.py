"""Draft pre-invoices at the door."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field

from services.preinvoice.domain.campaign import Dispatch
from services.preinvoice.domain.draft import Kind, LineBasis, Status
from shared.events.examples import DRAFT, DRAFT_LINE, example
from shared.events.fields import Amount, CurrencyCode, Day, Flag, Percent, Shape, Text, View, rule_error
from shared.runtime.views import MinorView

Ids = Annotated[list[UUID], Field(max_length=1000)]
Version = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]


def _whole_units(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise rule_error("pi_e_34", "Delivered quantity must be a whole number of at least 0.")
    return value


Units = Annotated[int, BeforeValidator(_whole_units), Field(ge=0, le=10**12)]


class GenerationShape(Shape):
    """Generate a campaign's drafts; naming the version that was saved makes sure that nothing older is billed."""

    model_config = example(campaign_version=3)

    campaign_version: Version | None = Field(
        None, description="The campaign's version as saved; it is awaited for up to two seconds.", examples=[3]
    )


class DraftRow(MinorView):
    """A draft pre-invoice in a list; amounts are net of VAT."""

    id: UUID
    version: int
    draft_no: int = Field(examples=[17])
    status: Status
    kind: Kind
    campaign_id: UUID
    campaign_no: int
    campaign_name: str
    legal_entity_id: UUID
    client_id: UUID
    client_code: str
    client_name: str
    currency: CurrencyCode
    total_amount: Amount
    pending: Flag = Field(description="Whether some line still waits for its delivery data.")
    accounting_on: Day
    accounting_end_on: Day
    planned_invoice_on: Day
    manual_invoice_on: Day | None
    service_start_on: Day
    service_end_on: Day
    deferred_until_on: Day | None = Field(description="No run invoices the draft before this day (PI-RUN-18).")
    billing_start_on: Day
    billing_end_on: Day
    billing_run_id: UUID | None
    invoice_id: UUID | None
    invoice_no: str


class DraftLineView(View):
    """One item in one service interval, one entry of its payment plan, or one adjustment."""

    id: UUID
    item_id: UUID
    item_line_no: int
    basis: LineBasis
    plan_entry_no: int
    text: str
    service_start_on: Day
    slice_start_on: Day
    slice_end_on: Day
    quantity: int | None
    delivered_quantity: int | None
    manual_delivered_quantity: int | None
    net_amount: Amount
    vat_percent: Percent
    show_on_invoice: Flag
    note: str
    pending: Flag
    reversed: Flag


class RecipientView(View):
    """Who receives the invoice."""

    name: str
    street: str
    city: str
    country: str
    email: str


class WarningView(View):
    """Something to look at that stops nothing (PI-REQ-22)."""

    code: str = Field(examples=["pi_w_04"])
    text: str
    entity_id: str


class DraftView(DraftRow):
    """A draft pre-invoice; `lines` with `expand=lines` only."""

    recipient: RecipientView
    dispatch: Dispatch
    payment_days: int
    client_reference: str
    text: str
    warnings: list[WarningView]
    lines: list[DraftLineView] | None = None


class DeliveryUpdateShape(Shape):
    """Read delivery data anew into all drafts of a campaign, or into some of them (PI-GEN-15)."""

    model_config = example(draft_ids=[DRAFT])

    draft_ids: Ids = Field([], description="None named: all of the campaign.")


class DeliveryUpdateView(View):
    """The drafts whose lines changed."""

    updated_count: int
    items: list[DraftRow]


class GenerationView(View):
    """What a generation did, and the drafts as they stand now."""

    campaign_id: UUID
    created_count: int
    updated_count: int
    deleted_count: int
    unchanged_count: int
    skipped_count: int
    warnings: list[WarningView]
    items: list[DraftRow]


class LinePatch(Shape):
    """A delivered quantity that stands for the recorded one; null brings the recorded one back (PI-GEN-16)."""

    id: UUID
    delivered_quantity: Units | None = Field(description="Outranks every report for the line's days.")


class DraftPatch(Shape):
    """What people may type into a draft; null takes a typed value back (PI-GEN-12).

    Calculated fields are known but refused (`pi_e_37`), hence the open door for names.
    """

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "additionalProperties": False,
            "examples": [
                {
                    "manual_invoice_on": "2026-10-28",
                    "text": "As agreed with Ms Berg.",
                    "lines": [{"id": DRAFT_LINE, "delivered_quantity": 48000}],
                }
            ],
        },
    )

    manual_invoice_on: Day | None = Field(None, description="Invoice date, where the run names none (PI-INT-09).")
    text: Text(2000) | None = Field(None, description="Printed on the invoice.")  # type: ignore[valid-type]
    payment_days: Annotated[int, Field(strict=True, ge=-3650, le=3650)] | None = Field(None, description="Days to pay.")
    dispatch: Dispatch | None = Field(None, description="How the invoice reaches the recipient.")
    lines: Annotated[list[LinePatch], Field(max_length=1000)] = []

    @property
    def unknown(self) -> dict[str, Any]:
        """The fields a caller may not set, known or not."""
        return dict(self.model_extra or {})


class DraftTransition(Shape):
    """A status to move to (PI-GEN-17)."""

    model_config = example(to="reviewed")

    to: Status = Field(description="Drafts are reviewed by people; runs alone make them `invoiced`.")
