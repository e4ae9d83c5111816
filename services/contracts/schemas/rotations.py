"""Rotations at the door: the ordered list, its entries, and why a unit gets its copy (CT-ROT)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from services.contracts.domain.rotation import CopyReason, Reason, ratios_of
from services.contracts.schemas.texts import Phrase
from services.contracts.schemas.warnings import WarningView
from shared.events.examples import COPY, OTHER_COPY, ROTATION, example
from shared.events.fields import ClockTime, Day, Flag, Shape, View

Length = Annotated[int, Field(ge=1, le=3600, description="In seconds.", examples=[30])]
Weekdays = Annotated[
    list[Annotated[int, Field(ge=0, le=6)]],
    Field(max_length=7, description="0 is Monday.", examples=[[0, 1, 2, 3, 4]]),
]


class CopyRatioShape(Shape):
    """A copy in a rotation's sequence and how often it repeats there, 1 to 99 (CT-ROT-24)."""

    copy_id: UUID
    ratio: Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000, examples=[2])] = 1


Copies = Annotated[list[CopyRatioShape], Field(max_length=200, description="In the order in which they are used.")]


class RotationShape(Shape):
    """An entry of the rotation list; the order of the list decides (CT-ROT-05)."""

    id: UUID | None = None
    name: Phrase = ""
    station_id: UUID | None = Field(None, description="Null is all stations.")
    length_seconds: Length
    start_on: Day
    end_on: Day
    start_time: ClockTime = Field(0, description="Of the day's window that it serves.")
    end_time: ClockTime = Field(24 * 60, description="24:00 is midnight.")
    weekdays: Weekdays = [0, 1, 2, 3, 4, 5, 6]
    copies: Copies


class RotationsShape(Shape):
    """A contract's whole rotation list, in its order."""

    model_config = example(
        rotations=[
            {
                "id": ROTATION,
                "name": "Weekdays",
                "length_seconds": 30,
                "start_on": "2026-10-05",
                "end_on": "2026-10-25",
                "weekdays": [0, 1, 2, 3, 4],
                "copies": [{"copy_id": COPY, "ratio": 2}, {"copy_id": OTHER_COPY, "ratio": 1}],
            }
        ]
    )

    rotations: Annotated[list[RotationShape], Field(max_length=200)]


class RotationPatchShape(Shape):
    """Changes to an entry; only what is named changes, and a `station_id` of null means all stations."""

    model_config = example(end_on="2026-10-18", weekdays=[5, 6])

    name: Phrase | None = None
    station_id: UUID | None = None
    length_seconds: Length | None = None
    start_on: Day | None = None
    end_on: Day | None = None
    start_time: ClockTime | None = Field(None, description="Of the day's window that it serves.")
    end_time: ClockTime | None = Field(None, description="24:00 is midnight.")
    weekdays: Weekdays | None = None
    copies: Copies | None = None


class NewRotationShape(RotationPatchShape):
    """A new entry at the bottom; dates, time and length left out follow the whole contract (CT-ROT-20)."""

    model_config = example(name="Weekend", weekdays=[5, 6], copies=[{"copy_id": OTHER_COPY}])

    copies: Copies


class RotationMove(Shape):
    """Which way an entry moves, one place (CT-ROT-15)."""

    model_config = example(direction="up")

    direction: Literal["up", "down"] = Field(description="`up` is nearer the top, where entries win.")


class CopyRatioView(View):
    """A copy in a sequence, its ratio, and how people know it."""

    copy_id: UUID
    ratio: int
    name: str = ""
    cart_no: str = ""


class RotationView(View):
    """A rotation in its place; `items` counts different pieces of copy (CT-ROT-02, CT-ROT-03)."""

    id: UUID
    position: int
    name: str
    station_id: UUID | None
    items: int
    length_seconds: int
    start_on: Day
    end_on: Day
    start_time: ClockTime
    end_time: ClockTime
    weekdays: list[int]
    copies: list[CopyRatioView]
    shadowed_by: UUID | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_row(cls, row: Any) -> Any:
        if not isinstance(row, Mapping) or "sequence" not in row:
            return row
        sequence, known = row["sequence"], row.get("known_copies", {})
        return {
            **row,
            "items": len(set(sequence)),
            "start_time": row["start_minute"],
            "end_time": row["end_minute"],
            "copies": [{**known.get(one, {}), "copy_id": one, "ratio": turns} for one, turns in ratios_of(sequence)],
        }


class RotationListView(View):
    """The list in its stored order; `version` is the contract's, and `may_add` whether New is offered (CT-ROT-19)."""

    contract_id: UUID
    version: int
    may_add: Flag
    items: list[RotationView]
    warnings: list[WarningView]


class CopyOffer(View):
    """A copy that may be chosen for a rotation of the contract (CT-ROT-21)."""

    id: UUID
    code: str
    name: str
    cart_no: str
    length_seconds: int
    start_on: Day | None
    end_on: Day | None


class CopyPassedOver(View):
    """A copy of a rotation and why it may not run then (CT-ROT-08)."""

    copy_id: UUID
    name: str
    reason: CopyReason


class RotationTried(View):
    """A rotation that was looked at, in the list's order, and why it did not serve (CT-ROT-07, CT-ROT-09)."""

    rotation_id: UUID
    position: int
    name: str
    reason: Reason
    copies: list[CopyPassedOver]


class CopyChoice(View):
    """The copy a unit would get, or none, and every rotation passed over on the way (CT-ROT-06, CT-ROT-12)."""

    copy_id: UUID | None
    copy_name: str | None
    cart_no: str | None
    rotation_id: UUID | None
    rotation_name: str | None
    tried: list[RotationTried]


class UnitCopyChoice(CopyChoice):
    """The likely copy of a unit on a log (CT-ROT-27)."""

    spot_id: UUID
    contract_no: int
    line_no: int
    air_time: ClockTime


class CopyPreview(View):
    """The likely copy of each unit of a log, in the order in which a lock would serve them."""

    log_id: UUID
    items: list[UnitCopyChoice]
