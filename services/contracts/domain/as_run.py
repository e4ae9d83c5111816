"""Matching what the automation says it played with the units of a log (CT-LOG-10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

# A play further from the scheduled time than this is left to a person.
TOLERANCE_SECONDS = 20 * 60
# Another cart this close to a unit's time may have run in its place.
NEARBY_SECONDS = 2 * 60


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


def doubtful_units(
    played: Sequence[Played], expected: Sequence[Expected], matched: Mapping[UUID, UUID]
) -> frozenset[UUID]:
    """Units left without a line that an unmatched line may mean: they stay aired until a person decides (CT-LOG-10).

    Such a line played another cart about when the unit was due, or the unit's cart far from its time.
    """
    left = [line for line in played if line.id not in matched]
    taken = set(matched.values())
    return frozenset(
        unit.spot_id for unit in expected if unit.spot_id not in taken and any(_may_mean(line, unit) for line in left)
    )


def _may_mean(line: Played, unit: Expected) -> bool:
    if line.length_seconds != unit.length_seconds or line.contract_no not in (None, unit.contract_no):
        return False
    return line.cart_no == unit.cart_no or abs(line.air_second - unit.scheduled_second) <= NEARBY_SECONDS


def _agree(line: Played, unit: Expected) -> bool:
    return (
        line.cart_no == unit.cart_no
        and line.length_seconds == unit.length_seconds
        and line.contract_no in (None, unit.contract_no)
        and abs(line.air_second - unit.scheduled_second) <= TOLERANCE_SECONDS
    )
