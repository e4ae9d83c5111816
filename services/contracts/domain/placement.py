"""Which unit gets which break of a log: who fits, and who goes first (CT-LOG-03, CT-LOG-04)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Break:
    """A timed group of avails; `avail_types` of a composite avail in their order, room in avails and seconds."""

    id: UUID
    start_minute: int
    avail_types: tuple[str, ...]
    avail_count: int
    seconds: int
    used_avails: int = 0
    used_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that seeks a place; `rate` in minor units."""

    id: UUID
    avail_type: str
    start_minute: int
    end_minute: int
    length_seconds: int
    placement: int
    rate: int
    contract_no: int
    line_no: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit was put: break and position in it, from 1."""

    unit_id: UUID
    break_id: UUID
    position: int


class _Room:
    """What is left of one break while units are placed."""

    def __init__(self, slot: Break) -> None:
        self.slot = slot
        self.avails = slot.used_avails
        self.seconds = slot.used_seconds

    def fits(self, unit: Unit) -> bool:
        slot = self.slot
        return (
            unit.avail_type in slot.avail_types
            and unit.start_minute <= slot.start_minute < unit.end_minute
            and self.avails < slot.avail_count
            and self.seconds + unit.length_seconds <= slot.seconds
        )

    def take(self, unit: Unit) -> Place:
        self.avails += 1
        self.seconds += unit.length_seconds
        return Place(unit.id, self.slot.id, self.avails)


def place(units: Iterable[Unit], breaks: Sequence[Break]) -> tuple[list[Place], list[UUID]]:
    """Places in the order units were served, and the units that found none: the bump list (CT-LOG-06).

    Lower placement numbers first, then the higher rate, then lower contract and line number; the earliest fitting
    break, and of two at the same time the one that names the unit's avail type first (CT-LIN-04, CT-LOG-04).
    """
    rooms = [_Room(slot) for slot in breaks]
    places: list[Place] = []
    bumped: list[UUID] = []
    for unit in sorted(units, key=lambda one: (one.placement, -one.rate, one.contract_no, one.line_no, one.id)):
        fitting = [room for room in rooms if room.fits(unit)]
        if fitting:
            best = min(fitting, key=lambda room: (room.slot.start_minute, room.slot.avail_types.index(unit.avail_type)))
            places.append(best.take(unit))
        else:
            bumped.append(unit.id)
    return places, bumped
