"""Which unit gets which avail of a log: who fits, who goes first, who keeps apart (CT-LOG-03 to CT-LOG-06)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.contracts.domain.separation import Apart, Belongs, Kind, Spot
from shared.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Break:
    """A timed group of avails; `avail_types` of a composite avail in their order, room in avails and seconds.

    `elapsed_minute` is the real time since midnight, which differs from the clock's where the clock changes.
    """

    id: UUID
    start_minute: int
    avail_types: tuple[str, ...]
    avail_count: int
    seconds: int
    elapsed_minute: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that seeks a place; `rate` in minor units, `apart` what its line does not override (CT-LOG-05)."""

    id: UUID
    avail_type: str
    start_minute: int
    end_minute: int
    length_seconds: int
    placement: int
    rate: int
    contract_no: int
    line_no: int
    belongs: Belongs
    apart: tuple[Apart, ...] = ()


@dataclass(frozen=True, slots=True)
class Present:
    """A unit that has its place already; one on another log has no break here, only its distance in time."""

    belongs: Belongs
    length_seconds: int
    break_id: UUID | None
    position: int
    elapsed_minute: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit was put: break and position in it, from 1."""

    unit_id: UUID
    break_id: UUID
    position: int


@dataclass(frozen=True, slots=True)
class ByHand:
    """A place that a person chose, and what speaks against it (CT-LOG-03, CT-LOG-05)."""

    place: Place
    outside_window: bool
    too_close: tuple[Kind, ...]


class _Room:
    """What is left of one break while units are placed; `first_avail` counts the log's avails through."""

    def __init__(self, slot: Break, first_avail: int) -> None:
        self.slot = slot
        self.taken: set[int] = set()
        self.seconds = 0
        self._first_avail = first_avail

    def takes(self, unit: Unit) -> bool:
        slot = self.slot
        return (
            unit.avail_type in slot.avail_types
            and len(self.taken) < slot.avail_count
            and self.seconds + unit.length_seconds <= slot.seconds
        )

    def free(self) -> Iterator[int]:
        """Positions nobody has, lowest first: one that a trashed unit left is used again (CT-LOG-15)."""
        return (position for position in range(1, self.slot.avail_count + 1) if position not in self.taken)

    def spot(self, position: int) -> Spot:
        return Spot(self.slot.elapsed_minute, self._first_avail + position)


class Board:
    """A log while units are put on it."""

    def __init__(self, breaks: Sequence[Break], present: Iterable[Present] = ()) -> None:
        self._rooms: dict[UUID, _Room] = {}
        self._near: dict[UUID, list[Spot]] = defaultdict(list)
        avails = 0
        for slot in sorted(breaks, key=lambda one: (one.start_minute, one.id)):
            self._rooms[slot.id] = _Room(slot, avails)
            avails += slot.avail_count
        for one in present:
            self._seat(one)

    def place(self, unit: Unit) -> Place | None:
        """The earliest fitting break, and of two at the same time the one that names the unit's avail type first.

        In a break it is the first free avail that keeps the unit's distances (CT-LIN-04, CT-LOG-03 to CT-LOG-05).
        """
        fitting = [
            (room.slot.start_minute, room.slot.avail_types.index(unit.avail_type), number, room)
            for number, room in enumerate(self._rooms.values())
            if _in_window(unit, room.slot.start_minute) and room.takes(unit)
        ]
        for *_, room in sorted(fitting):
            for position in room.free():
                if not self._too_close(unit, room.spot(position)):
                    return self._take(unit, room, position)
        return None

    def place_by_hand(self, unit: Unit, break_id: UUID) -> ByHand:
        """Put a unit where a person wants it, though it may be outside its window or too close to others.

        `Invalid("does_not_fit")` in a break of another log or avail type, or without room (CT-LOG-03).
        """
        room = self._rooms.get(break_id)
        if room is None or not room.takes(unit):
            raise Invalid("does_not_fit", "The break does not take the unit.")
        breaches = {position: self._too_close(unit, room.spot(position)) for position in room.free()}
        position = min(breaches, key=lambda one: (len(breaches[one]), one))
        place = self._take(unit, room, position)
        return ByHand(place, not _in_window(unit, room.slot.start_minute), breaches[position])

    def _too_close(self, unit: Unit, spot: Spot) -> tuple[Kind, ...]:
        return tuple(
            dict.fromkeys(
                apart.kind
                for apart in unit.apart
                if not all(apart.by.keeps(spot, other) for other in self._near.get(apart.of, ()))
            )
        )

    def _take(self, unit: Unit, room: _Room, position: int) -> Place:
        self._seat(Present(unit.belongs, unit.length_seconds, room.slot.id, position))
        return Place(unit.id, room.slot.id, position)

    def _seat(self, one: Present) -> None:
        room = self._rooms.get(one.break_id) if one.break_id else None
        spot = Spot(one.elapsed_minute, None)
        if room is not None:
            room.taken.add(one.position)
            room.seconds += one.length_seconds
            spot = room.spot(one.position)
        for party in one.belongs.parties():
            self._near[party].append(spot)


def place(units: Iterable[Unit], board: Board) -> tuple[list[Place], list[UUID]]:
    """Places in the order units were served, and the units that found none: the bump list (CT-LOG-06).

    Lower placement numbers first, then the higher rate, then lower contract and line number (CT-LOG-04).
    """
    places: list[Place] = []
    bumped: list[UUID] = []
    for unit in sorted(units, key=lambda one: (one.placement, -one.rate, one.contract_no, one.line_no, one.id)):
        found = board.place(unit)
        if found:
            places.append(found)
        else:
            bumped.append(unit.id)
    return places, bumped


def _in_window(unit: Unit, minute: int) -> bool:
    return unit.start_minute <= minute < unit.end_minute
