"""Logs at the door."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.events.fields import ClockTime, Day, Shape, View

LogStateName = Literal["open", "locked", "reconciled"]


class LogShape(Shape):
    """A log to open: one station's schedule for one date."""

    station_id: UUID
    air_on: Day


class LogRow(View):
    """A log in a list."""

    id: UUID
    version: int
    station_id: UUID
    air_on: Day
    state: LogStateName


class UnitView(View):
    """A unit on a log; `pre_pay` fills its column (CT-LOG-17)."""

    id: UUID
    contract_no: int
    line_no: int
    state: str
    scheduled_minute: int | None
    air_minute: int | None
    length_seconds: int
    cart_no: str | None
    pre_pay: bool


class PlayedView(View):
    """A line of the as-run file; without a unit it awaits a person's decision (CT-LOG-10)."""

    id: UUID
    air_second: int
    cart_no: str
    length_seconds: int
    note: str
    spot_id: UUID | None


class LogView(LogRow):
    """A log with its units by time and what was played."""

    units: list[UnitView]
    played: list[PlayedView]
    warnings: list[str] = []


class PlacementShape(Shape):
    """Which units to place; all candidates of the date when left out (CT-LOG-02)."""

    spot_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)] | None = None


class PlacementView(View):
    """How many units found a place, and which did not (CT-LOG-06)."""

    placed_count: int
    unplaced_ids: list[UUID]


class LogTransition(Shape):
    """Lock, unlock, reconcile, or undo a reconciliation; the last two fields are a person's word on what aired."""

    to: Literal["locked", "open", "reconciled"]
    air_times: dict[UUID, ClockTime] = {}
    missed_ids: Annotated[list[UUID], Field(max_length=1000)] = []


class LogStep(Shape):
    """One log of a bulk request, by station and date; `placed` opens it where it is missing."""

    station_id: UUID
    air_on: Day
    to: Literal["placed", "locked", "reconciled"]


class LogSteps(Shape):
    """Steps of many logs, in order (CT-LIF-15)."""

    items: Annotated[list[LogStep], Field(min_length=1, max_length=500)]


class LogStepResult(View):
    """What became of one step: 200, or the status and code of its refusal."""

    station_id: UUID
    air_on: Day
    status: int
    code: str = ""
    message: str = ""
    placed_count: int = 0
    unplaced_count: int = 0


class LogStepResults(View):
    """A result per step, in the order asked."""

    items: list[LogStepResult]
