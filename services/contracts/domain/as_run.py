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


@dataclass(frozen=True, slots=True)
class Judged:
    """What the lines of a log come to: each line's unit, and the lines and units that a person must decide on."""

    units: Mapping[UUID, UUID]
    doubtful_lines: frozenset[UUID]
    doubtful_units: frozenset[UUID]


def judge(played: Sequence[Played], expected: Sequence[Expected], decided: Mapping[UUID, UUID | None]) -> Judged:
    """Match the lines a person has not decided on with the units left over.

    `decided` names a line's unit, or None where the line is ignored. A line without unit is doubtful when it may mean a
    unit that is left without line, and that unit is doubtful too; other lines are nobody's.
    """
    taken = {spot_id for spot_id in decided.values() if spot_id}
    left = [line for line in played if line.id not in decided]
    free = [unit for unit in expected if unit.spot_id not in taken]
    matched = match_as_run(left, free)
    found = set(matched.values())
    lines = [line for line in left if line.id not in matched]
    pairs = [(line, unit) for unit in free if unit.spot_id not in found for line in lines if _may_mean(line, unit)]
    return Judged(
        matched | {line_id: spot_id for line_id, spot_id in decided.items() if spot_id},
        frozenset(line.id for line, _ in pairs),
        frozenset(unit.spot_id for _, unit in pairs),
    )


def match_as_run(played: Sequence[Played], expected: Sequence[Expected]) -> dict[UUID, UUID]:
    """Each played line's unit, nearest in time first; lines left out are doubtful, units left out did not air.

    A line and a unit agree on cart number and length, and on the contract where the line names one.
    """
    by_cart: dict[str, list[Expected]] = {}
    for unit in expected:
        by_cart.setdefault(unit.cart_no, []).append(unit)
    pairs = sorted(
        (abs(line.air_second - unit.scheduled_second), line.air_second, unit.scheduled_second, line.id, unit.spot_id)
        for line in played
        for unit in by_cart.get(line.cart_no, ())
        if _agree(line, unit)
    )
    matched: dict[UUID, UUID] = {}
    taken: set[UUID] = set()
    for _, _, _, line_id, spot_id in pairs:
        if line_id not in matched and spot_id not in taken:
            matched[line_id] = spot_id
            taken.add(spot_id)
    return matched


def _may_mean(line: Played, unit: Expected) -> bool:
    """The unit's cart far from its time, or another cart about when the unit was due."""
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
