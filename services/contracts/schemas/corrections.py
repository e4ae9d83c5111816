"""Correction mode at the door (CT-LIF-13 to CT-LIF-20)."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from services.contracts.schemas.contracts import LEFT_OUT, HeaderShape
from services.contracts.schemas.lines import LineShape
from services.contracts.schemas.partial import partial
from services.contracts.schemas.texts import Comment
from shared.events.examples import LINE, example
from shared.events.fields import Flag, Moment, Shape, View

CorrectionState = Literal["requested", "open", "saved", "abandoned", "refused"]


class CorrectionWish(Shape):
    """Ask for correction mode: reports across the house will then show other figures (CT-LIF-13)."""

    model_config = example(acknowledge_impact=True, reason="The rate of line 2 was agreed at 430.00.")

    acknowledge_impact: Flag = Field(
        False, description="Confirms that figures reported before will change; without it the wish is refused."
    )
    reason: Comment = ""


class CorrectedHeader(HeaderShape):
    """Fields of the header; of those a correction cannot change, each is refused as `not_correctable` (CT-LIF-17)."""

    client_id: UUID = LEFT_OUT


class CorrectedLine(partial(LineShape)):  # type: ignore[misc]
    """An approved line by its id: its rate, comment and income account can be corrected."""

    id: UUID


class CorrectionPatch(Shape):
    """More changes on top of those prepared already; nothing is applied before the correction is saved."""

    model_config = example(header={"product": "Autumn buns"}, lines=[{"id": LINE, "rate_amount": "430.00"}])

    header: CorrectedHeader = LEFT_OUT
    lines: Annotated[list[CorrectedLine], Field(max_length=500)] = LEFT_OUT


class CorrectionTransition(Shape):
    """Save the correction or abandon it."""

    model_config = example(to="saved")

    to: Literal["saved", "abandoned"] = Field(
        description="`saved` applies what was prepared; `abandoned` leaves the contract as it is."
    )


class CorrectionView(View):
    """A correction; `blocked_by` names the approved invoices that must be reversed first (CT-LIF-14)."""

    id: UUID
    version: int
    contract_id: UUID
    state: CorrectionState
    reason: str
    requested_by: str
    requested_at: Moment
    expires_at: Annotated[Moment, Field(description="When a wish without an answer is given up.")]
    opened_at: Moment | None
    changes: dict[str, Any]
    closed_by: str
    closed_at: Moment | None
    blocked_by: list[str]
