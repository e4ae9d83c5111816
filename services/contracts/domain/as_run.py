"""Matching what the automation says it played with the units of a log (CT-LOG-10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

# A play further from the scheduled time than this is left to a person.
TOLERANCE_SECONDS = 30 * 60


@dataclass(frozen=True, slots=True)
class Played:
    """A line of the as-played file."""

    id: UUID
    air_second: int
    cart_no: str
    length_seconds: int
    contract_no: int | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """A unit of the locked log."""

    spot_id: UUID
    scheduled_second: int
    cart_no: str
    length_seconds: int
    contract_no: int


def match_as_run(played: Sequence[Played], expected: Sequence[Expected]) -> dict[UUID, UUID]:
    """Each played line's unit, nearest in time first; lines left out are doubtful, units left out did not air.

    A line and a unit agree on cart number and length, and on the contract where the line names one.
    """
    pairs = sorted(
        (abs(line.air_second - unit.scheduled_second), line.air_second, unit.scheduled_second, line.id, unit.spot_id)
        for line in played
        for unit in expected
        if _agree(line, unit)
    )
    matched: dict[UUID, UUID] = {}
    taken: set[UUID] = set()
    for _, _, _, line_id, spot_id in pairs:
        if line_id not in matched and spot_id not in taken:
            matched[line_id] = spot_id
            taken.add(spot_id)
    return matched


def _agree(line: Played, unit: Expected) -> bool:
    return (
        line.cart_no == unit.cart_no
        and line.length_seconds == unit.length_seconds
        and line.contract_no in (None, unit.contract_no)
        and abs(line.air_second - unit.scheduled_second) <= TOLERANCE_SECONDS
    )
