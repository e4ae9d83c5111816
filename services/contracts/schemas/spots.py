"""Units and occurrences at the door: spot detail, makegoods, and what a person does to one (CT-LOG-13 to 16)."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from services.contracts.domain.spot_columns import COLUMNS
from services.contracts.schemas.texts import Phrase
from shared.events.examples import example
from shared.events.fields import Amount, CurrencyCode, Day, Flag, Moment, Shape, View, ruled
from shared.runtime.views import MinorView

SpotStateName = Literal["scheduled", "unplaced", "placed", "locked", "aired", "missed", "trashed", "due"]
SpotColumn = Annotated[
    str,
    Field(max_length=40, json_schema_extra={"enum": list(COLUMNS)}),
    ruled("column", "Spot detail has no such column."),
]


class SpotRow(MinorView):
    """A unit, or an occurrence of an off-air line, with its state, log, copy and invoice (CT-LOG-16).

    `target_on` is the current target date, `log_avail_types` are those of the break, `avail_type` the one ordered; an
    occurrence has no more than its date and amount.
    """

    id: UUID
    version: int
    off_air: Flag
    contract_id: UUID
    contract_no: int
    client_id: UUID
    line_id: UUID
    line_no: int
    station_id: UUID
    station: str
    state: SpotStateName
    target_on: Day
    original_target_on: Day | None
    log_on: Day | None
    scheduled_minute: int | None
    air_minute: int | None
    aired_at: Moment | None
    length_seconds: int | None
    avail_type: str | None
    log_avail_types: list[str] | None
    pre_pay: Flag
    rate_amount: Amount
    currency: CurrencyCode
    copy_id: UUID | None
    copy_name: str | None
    cart_no: str | None
    invoice_id: UUID | None
    invoice_no: str | None
    invoice_on: Day | None
    invoice_at: Moment | None
    invoice_state: Literal["issued", "reversed"] | None


class MakegoodRow(MinorView):
    """A contract's missed units: customer, salesperson, dates, count and revenue (CT-LOG-13)."""

    contract_id: UUID
    contract_no: int
    client_id: UUID
    client_name: str
    salesperson_id: UUID | None
    salesperson_name: str | None
    station_ids: list[UUID]
    first_on: Day
    last_on: Day
    missed_count: int
    revenue_amount: Amount
    currency: CurrencyCode


class SpotTransition(Shape):
    """Dismiss a unit for good, aim it at another date, or take it off its log (CT-LOG-06, CT-LOG-13 to CT-LOG-15)."""

    model_config = example(to="scheduled", target_on="2026-10-12", reason="Makegood of a missed airing.")

    to: Literal["trashed", "scheduled", "unplaced"] = Field(
        description="`trashed` gives it up, `scheduled` aims it at `target_on`, `unplaced` takes it off its log."
    )
    target_on: Annotated[Day | None, Field(description="The new date of a makegood; only with `scheduled`.")] = None
    reason: Phrase = ""

    @model_validator(mode="after")
    def _date_belongs_to_scheduled(self) -> "SpotTransition":
        if (self.to == "scheduled") != (self.target_on is not None):
            raise ValueError("target_on is given with scheduled, and only then")
        return self


class SpotStanding(View):
    """Where a unit stands after a step."""

    id: UUID
    version: int
    state: SpotStateName
    target_on: Day
