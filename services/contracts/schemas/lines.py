"""Contract lines at the door: spots with a schedule, off-air revenue with a frequency (CT-LIN)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from services.contracts.domain.schedule import repeated
from services.contracts.schemas.partial import partial
from services.contracts.schemas.texts import Comment, Word
from shared.events.examples import STATION, example
from shared.events.fields import Amount, ClockTime, Code, Day, Flag, Shape, ruled
from shared.runtime.views import MinorView

LineKind = Literal["spots", "off_air"]
LineStatus = Literal["pending", "approved"]

_SCHEDULE = ruled("schedule", "A schedule has whole counts of 0 to 99, not all zero, on at least one day.")
_FREQUENCY = ruled("frequency", "An off-air line falls due daily, weekly, monthly on the 1st to 28th, or once.")
Length = Annotated[
    int,
    Field(strict=True, ge=1, le=3600, description="In seconds.", examples=[30]),
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
    int,
    Field(strict=True, ge=0, le=52, description="So many idle weeks after each that is scheduled (CT-LIN-12)."),
    ruled("skip_weeks", "Between 0 and 52 weeks can be skipped."),
]
Placement = Annotated[
    int,
    Field(strict=True, ge=1, le=10, description="Weight where units compete; 1 is placed first (CT-LIN-20)."),
    ruled("placement", "A placement weight lies between 1 and 10."),
]
FrequencyName = Annotated[Literal["daily", "weekly", "monthly", "single"], _FREQUENCY]
LineComment = Annotated[Comment, ruled("comment_length", "A comment has at most 500 characters.")]


class LineShape(Shape):
    """A line; station, avail type and times left out come from the customer where set (CT-LIN-24)."""

    model_config = example(
        station_id=STATION,
        start_on="2026-10-05",
        end_on="2026-10-25",
        avail_type="A",
        start_time="06:00",
        end_time="10:00",
        length_seconds=30,
        counts=[2, 2, 2, 2, 2, 1, 0],
        rate_amount="450.00",
    )

    kind: LineKind = Field(
        "spots", description="`off_air` is revenue without spots: a rate and a frequency, no schedule (CT-LIN-25)."
    )
    station_id: UUID | None = None
    start_on: Day = Field(description="First day of the flight.")
    end_on: Day = Field(description="Last day of the flight, included.")
    override_start_date: Annotated[Flag, Field(description="The line may start before today (CT-LIN-06).")] = False
    rate_amount: Amount = Field(description="Of one unit or occurrence; 0 is a bonus spot (CT-LIN-13).")
    avail_type: Code | None = Field(None, description="The kind of avail it wants (CT-LIN-04).")
    start_time: ClockTime | None = Field(None, description="When its units may begin to run.")
    end_time: ClockTime | None = Field(None, description="When they must have run; 24:00 is midnight.")
    length_seconds: Length | None = None
    counts: WeekCounts | None = Field(None, description="Spots on each weekday of the flight (CT-LIN-09).")
    spots_per_week: Annotated[int, Field(strict=True, ge=1, le=693), _SCHEDULE] | None = Field(
        None, description="Spread evenly over `days`, in place of `counts` (CT-LIN-11)."
    )
    days: Ticked = Field([], description="The weekdays of `spots_per_week`.")
    dates: Annotated[dict[Day, DayCount], Field(max_length=3660), _SCHEDULE] | None = Field(
        None, description="Spots date by date, in place of `counts` (CT-LIN-10)."
    )
    skip_weeks: SkipWeeks = 0
    placement: Placement = 5
    direct_rotation_id: UUID | None = Field(
        None, description="Binds the line to one rotation; null lets the list decide (CT-LIN-16)."
    )
    override_advertiser: Flag = Field(False, description="Its units ignore the customer's own separation (CT-LIN-18).")
    override_conflict: Flag = Field(False, description="Its units ignore both conflicts (CT-LIN-19).")
    frequency: FrequencyName | None = Field(None, description="When an off-air line falls due.")
    weekday: Annotated[int, Field(strict=True, ge=0, le=6), _FREQUENCY] = Field(
        0, description="Of a weekly off-air line; 0 is Monday."
    )
    month_day: Annotated[int, Field(strict=True, ge=1, le=28), _FREQUENCY] = Field(
        24, description="Of a monthly off-air line."
    )
    income_account: Word = Field("", description="Of off-air revenue; blank is the general one.")
    comment: LineComment = Field("", description="Printed on the confirmation and on its invoice rows (CT-LIN-17).")


class SavedLineShape(LineShape):
    """A line of a whole contract that is saved: with an `id` the one it replaces, without a new one (CT-LIF-02)."""

    id: UUID | None = None


class LinesShape(Shape):
    """Lines to add."""

    model_config = example(
        lines=[
            {
                "station_id": STATION,
                "start_on": "2026-10-05",
                "end_on": "2026-10-25",
                "rate_amount": "450.00",
                "avail_type": "A",
                "length_seconds": 30,
                "spots_per_week": 10,
                "days": [0, 1, 2, 3, 4],
            },
            {
                "kind": "off_air",
                "station_id": STATION,
                "start_on": "2026-10-01",
                "end_on": "2026-12-31",
                "rate_amount": "1200.00",
                "frequency": "monthly",
                "month_day": 24,
                "comment": "Logo on the web site",
            },
        ]
    )

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
