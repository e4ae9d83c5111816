"""Contract lines at the door: spots with a schedule, off-air revenue with a frequency (CT-LIN)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from services.contracts.domain.schedule import repeated
from services.contracts.schemas.partial import partial
from services.contracts.schemas.texts import Comment, Word
from shared.events.fields import Amount, ClockTime, Code, Day, Flag, Shape, ruled
from shared.runtime.views import MinorView

LineKind = Literal["spots", "off_air"]
LineStatus = Literal["pending", "approved"]

_SCHEDULE = ruled("schedule", "A schedule has whole counts of 0 to 99, not all zero, on at least one day.")
_FREQUENCY = ruled("frequency", "An off-air line falls due daily, weekly, monthly on the 1st to 28th, or once.")
Length = Annotated[
    int,
    Field(strict=True, ge=1, le=3600, examples=[30]),
    ruled("length", "A length is a whole number of 1 to 3600 seconds."),
]
DayCount = Annotated[int, Field(strict=True, ge=0, le=99)]
WeekCounts = Annotated[
    list[DayCount],
    Field(min_length=7, max_length=7, description="Monday first.", examples=[[2, 2, 2, 2, 2, 1, 0]]),
    _SCHEDULE,
]
Ticked = Annotated[
    list[Annotated[int, Field(strict=True, ge=0, le=6)]],
    Field(max_length=7, description="0 is Monday.", examples=[[0, 1, 2, 3, 4]]),
    _SCHEDULE,
]
SkipWeeks = Annotated[
    int, Field(strict=True, ge=0, le=52), ruled("skip_weeks", "Between 0 and 52 weeks can be skipped.")
]
Placement = Annotated[
    int, Field(strict=True, ge=1, le=10), ruled("placement", "A placement weight lies between 1 and 10.")
]
FrequencyName = Annotated[Literal["daily", "weekly", "monthly", "single"], _FREQUENCY]
LineComment = Annotated[Comment, ruled("comment_length", "A comment has at most 500 characters.")]


class LineShape(Shape):
    """A line; station, avail type and times left out come from the customer where set (CT-LIN-24)."""

    kind: LineKind = "spots"
    station_id: UUID | None = None
    start_on: Day
    end_on: Day
    override_start_date: Annotated[Flag, Field(description="The line may start before today (CT-LIN-06).")] = False
    rate_amount: Amount
    avail_type: Code | None = None
    start_time: ClockTime | None = None
    end_time: ClockTime | None = None
    length_seconds: Length | None = None
    counts: WeekCounts | None = None
    spots_per_week: Annotated[int, Field(strict=True, ge=1, le=693), _SCHEDULE] | None = None
    days: Ticked = []
    dates: Annotated[dict[Day, DayCount], Field(max_length=3660), _SCHEDULE] | None = None
    skip_weeks: SkipWeeks = 0
    placement: Placement = 5
    direct_rotation_id: UUID | None = None
    override_advertiser: Flag = False
    override_conflict: Flag = False
    frequency: FrequencyName | None = None
    weekday: Annotated[int, Field(strict=True, ge=0, le=6), _FREQUENCY] = 0
    month_day: Annotated[int, Field(strict=True, ge=1, le=28), _FREQUENCY] = 24
    income_account: Word = ""
    comment: LineComment = ""


class SavedLineShape(LineShape):
    """A line of a whole contract that is saved: with an `id` the one it replaces, without a new one (CT-LIF-02)."""

    id: UUID | None = None


class LinesShape(Shape):
    """Lines to add."""

    lines: Annotated[list[LineShape], Field(min_length=1, max_length=500)]


LinePatchShape = partial(LineShape)


class LineView(MinorView):
    """A line as it is kept; quantity and total follow from flight and schedule (CT-LIN-14, CT-LIN-15)."""

    id: UUID
    line_no: int
    kind: LineKind
    status: LineStatus
    station_id: UUID
    start_on: Day
    end_on: Day
    override_start_date: bool
    avail_type: str | None
    start_time: ClockTime | None
    end_time: ClockTime | None
    length_seconds: int | None
    counts: list[int] | None
    spots_per_week: int | None
    dates: dict[Day, int] | None
    skip_weeks: int | None
    repeated: Annotated[str, Field(examples=["every 2 weeks"])]
    frequency: str | None
    weekday: int | None
    month_day: int | None
    placement: int | None
    rate_amount: Amount
    quantity: int
    total_amount: Amount
    trashed_count: int
    rotation: Annotated[str, Field(description="The direct rotation by name, or Automatic (CT-LIN-16).")]
    direct_rotation_id: UUID | None
    override_advertiser: bool
    override_conflict: bool
    comment: str
    income_account: str

    @model_validator(mode="before")
    @classmethod
    def _of_terms(cls, row: Any) -> Any:
        if not isinstance(row, Mapping) or "terms" not in row:
            return row
        terms = row["terms"]
        if row["kind"] == "off_air":
            nothing = dict.fromkeys(_SPOT_ONLY)
            return {**nothing, "repeated": "", **row, **terms, "frequency": terms["name"]}
        by_week = terms["any_day"]
        return {
            **dict.fromkeys(("frequency", "weekday", "month_day")),
            **row,
            **terms,
            "start_time": terms["start_minute"],
            "end_time": terms["end_minute"],
            "spots_per_week": sum(terms["counts"]) if by_week else None,
            "repeated": repeated(terms["skip_weeks"]),
        }


_SPOT_ONLY = (
    "avail_type", "start_time", "end_time", "length_seconds", "counts", "spots_per_week", "dates", "skip_weeks",
    "placement",
)  # fmt: skip
