"""Logs at the door."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.contracts.schemas.texts import Phrase
from services.contracts.schemas.warnings import WarningView
from shared.events.examples import BREAK, OTHER_SPOT, SPOT, STATION, example
from shared.events.fields import ClockTime, Day, Shape, View

LogStateName = Literal["open", "locked", "reconciled"]
AirTime = Annotated[ClockTime, Field(lt=24 * 60)]


class LogShape(Shape):
    """A log to open: one station's schedule for one date."""

    model_config = example(station_id=STATION, air_on="2026-10-05")

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
    contract_id: UUID
    contract_no: int
    line_no: int
    state: str
    break_id: UUID | None
    break_position: int | None
    scheduled_minute: int | None
    air_minute: int | None
    length_seconds: int
    copy_id: UUID | None
    cart_no: str | None
    pre_pay: bool


class WaitingView(View):
    """A unit on the log's bump list (CT-LOG-06)."""

    id: UUID
    contract_id: UUID
    contract_no: int
    line_no: int
    target_on: Day
    length_seconds: int
    avail_type: str
    pre_pay: bool


class BreakView(View):
    """A timed group of avails; several avail types make a composite avail, the first preferred (CT-LIN-04)."""

    id: UUID
    start_minute: int
    avail_types: list[str]
    avail_count: int
    seconds: int


class LogView(LogRow):
    """A log with its breaks, its units by time, and the units that wait for a place."""

    breaks: list[BreakView]
    units: list[UnitView]
    waiting: list[WaitingView]
    warnings: list[WarningView] = []


class PlacementShape(Shape):
    """Which units to place: all candidates of the date when left out, or chosen ones, into a break a person names."""

    model_config = example(spot_ids=[SPOT], break_id=BREAK)

    spot_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)] | None = None
    break_id: UUID | None = Field(None, description="Where to; left out, the rules choose (CT-LOG-05).")


class PlacementView(View):
    """How many units found a place, which did not (CT-LOG-06), and what a person should look at."""

    placed_count: int
    unplaced_ids: list[UUID]
    warnings: list[WarningView]


class AddedUnit(Shape):
    """A unit of the bump list that ran on this log, and when (CT-LIN-06)."""

    spot_id: UUID
    air_time: AirTime = Field(description="When it ran.")


class LogTransition(Shape):
    """Lock, unlock, reconcile, or undo a reconciliation; the other fields are a person's word on what aired.

    Every unit counts as aired at its scheduled time but for what an as-run file and this word say (CT-LOG-10).
    """

    model_config = example(to="reconciled", air_times={SPOT: "07:23"}, missed_ids=[OTHER_SPOT])

    to: Literal["locked", "open", "reconciled"] = Field(
        description="`locked` fixes order and copy; `reconciled` says what aired; `open` goes one step back."
    )
    air_times: dict[UUID, AirTime] = Field({}, description="Unit → when it aired, where that is not as scheduled.")
    second_pass_ids: Annotated[
        list[UUID], Field(max_length=1000, description="Units that ran in the second pass of a repeated hour.")
    ] = []
    missed_ids: Annotated[list[UUID], Field(max_length=1000)] = Field(
        [], description="Units that did not air; they await a makegood."
    )
    added: Annotated[list[AddedUnit], Field(max_length=500)] = Field([], description="Units of the bump list that ran.")
    reason: Phrase = Field("", description="Needed to go back; kept in the history.")


class LogStep(Shape):
    """One log of a bulk request, by station and date; `placed` opens it where it is missing."""

    station_id: UUID
    air_on: Day = Field(description="The log's date.")
    to: Literal["placed", "locked", "reconciled", "open"] = Field(
        description="`placed` fills the breaks, `locked` and `reconciled` go on, `open` goes one step back."
    )


class LogSteps(Shape):
    """Steps of many logs: forward steps go oldest first, steps back newest first (CT-LIF-15)."""

    model_config = example(
        items=[
            {"station_id": STATION, "air_on": "2026-10-05", "to": "locked"},
            {"station_id": STATION, "air_on": "2026-10-06", "to": "locked"},
        ]
    )

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
    warnings: list[WarningView] = []


class LogStepResults(View):
    """A result per step, in the order asked."""

    items: list[LogStepResult]
