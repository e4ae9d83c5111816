"""As-run lines and reconciliation at the door (CT-LOG-10)."""

from typing import Literal
from uuid import UUID

from pydantic import Field, model_validator

from services.contracts.schemas.logs import LogRow
from shared.events.examples import SPOT, example
from shared.events.fields import Flag, Shape, View

LineState = Literal["matched", "doubtful", "unknown", "accepted", "ignored"]


class AsRunLineView(View):
    """A line of an as-run file.

    `matched` lines have found their unit, `doubtful` ones may mean a unit and await a decision, `unknown` ones are
    nobody's; `accepted` and `ignored` is what a person decided.
    """

    id: UUID
    log_id: UUID
    air_second: int
    second_pass: Flag
    cart_no: str
    length_seconds: int
    contract_no: int | None
    note: str
    state: LineState
    spot_id: UUID | None


class LineDecision(Shape):
    """A line is this unit, is nobody's, or is open again."""

    model_config = example(to="accepted", spot_id=SPOT)

    to: Literal["accepted", "ignored", "open"] = Field(
        description="`accepted` with the unit it is, `ignored` when it is nobody's, `open` to decide anew."
    )
    spot_id: UUID | None = Field(None, description="The unit that the line is; only with `accepted`.")

    @model_validator(mode="after")
    def _a_unit_is_accepted(self) -> "LineDecision":
        if (self.to == "accepted") != (self.spot_id is not None):
            raise ValueError("spot_id is given with accepted, and only then")
        return self


class ProposedUnit(View):
    """Whether and when a unit aired as far as is known; a doubtful one is ticked until a person decides."""

    spot_id: UUID
    contract_no: int
    line_no: int
    cart_no: str | None
    scheduled_minute: int
    aired: Flag
    air_minute: int | None
    second_pass: Flag
    doubtful: Flag
    as_run_line_id: UUID | None


class ReconciliationView(LogRow):
    """What committing the log would make of each unit (CT-LOG-10)."""

    units: list[ProposedUnit]
    doubtful_lines: list[AsRunLineView]
