"""Copy for all units of a log at once: what `assign` decides unit by unit, without saying why (CT-ROT-25, CT-ROT-26).

What station, length and a copy's own conditions decide is looked at once per contract, however many logs of a station
follow one another; what is left per unit is its day and its minute.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeAlias
from uuid import UUID

from services.contracts.domain.rotation import Copy, Cursors, Rotation

_DAY_MINUTES = 24 * 60
# The days of a copy that never fits the rotation it stands in; where a rotation began that has not served a log yet.
_NEVER, _IDLE = (1, 0), -1


class Served(NamedTuple):
    """A unit in the order in which a lock serves it; `direct_rotation_id` binds it (CT-ROT-13)."""

    contract_id: UUID
    minute: int
    length_seconds: int
    direct_rotation_id: UUID | None


class Resolved(NamedTuple):
    """A copy per unit or None, and where each rotation stood before that has moved (CT-ROT-28)."""

    copies: list[UUID | None]
    before: list[tuple[UUID, int]]


class _Wheel:
    """A rotation on a station: its cursor, and its items, each with its days as ordinals [start, end) and the next."""

    __slots__ = ("began", "items", "position", "rotation")

    def __init__(self, rotation: Rotation, position: int) -> None:
        self.rotation = rotation
        self.items: Sequence[tuple[UUID, int, int, int]] = ()
        self.position = position
        # Where it stood before the log that it serves.
        self.began = _IDLE

    def turn(self, day: int) -> UUID | None:
        """The first item at or after the cursor that may run that day; the cursor then stands behind it."""
        at, items = self.position, self.items
        for _ in items:
            copy_id, start, end, following = items[at]
            if start <= day < end:
                self.position = following
                return copy_id
            at = following
        return None


# What a unit must meet and the wheel that then serves it: minutes [start, end), days [first, last), weekdays.
_Turn: TypeAlias = tuple[int, int, int, int, frozenset[int], _Wheel]


class Deck:
    """The rotation lists of contracts in their order (CT-ROT-05) on one station; their cursors move log by log."""

    def __init__(
        self,
        station_id: UUID,
        lists: Mapping[UUID, Sequence[Rotation]],
        copies: Mapping[UUID, Copy],
        cursors: Cursors,
    ) -> None:
        self._station_id = station_id
        self._lists = lists
        self._copies = copies
        self._cursors = cursors
        self._turns: dict[UUID, dict[int, list[_Turn]]] = {}
        self._begun: list[_Wheel] = []
        self._serving: list[_Wheel] = []

    def resolve(self, air_on: date, units: Iterable[Served]) -> Resolved:
        """Serve the units of the next log in their order."""
        self._settle()
        day, weekday = air_on.toordinal(), air_on.weekday()
        known, chosen = self._turns, list[UUID | None]()
        for contract_id, minute, length, direct in units:
            turns = known.get(contract_id)
            if turns is None:
                turns = known[contract_id] = self._turns_of(contract_id)
            copy_id = None
            for start, end, first, last, weekdays, wheel in turns.get(length, ()):
                if start <= minute < end and first <= day < last and weekday in weekdays:
                    if direct is not None and direct != wheel.rotation.id:
                        continue
                    if wheel.began == _IDLE:
                        self._begin(wheel)
                    copy_id = wheel.turn(day)
                    if copy_id is not None:
                        break
            chosen.append(copy_id)
        moved = [(wheel.rotation.id, wheel.began) for wheel in self._serving if wheel.position != wheel.began]
        return Resolved(chosen, moved)

    def undo(self) -> None:
        """Let the cursors stand where they stood before the last log."""
        for wheel in self._serving:
            wheel.position = wheel.began
        self._settle()

    def moved(self) -> Iterator[tuple[UUID, int]]:
        """Where each rotation now stands that does not stand where its cursor says."""
        for wheel in self._begun:
            if wheel.position != self._cursors.get((wheel.rotation.id, self._station_id), 0):
                yield wheel.rotation.id, wheel.position

    def _settle(self) -> None:
        for wheel in self._serving:
            wheel.began = _IDLE
        self._serving = []

    def _begin(self, wheel: _Wheel) -> None:
        wheel.began = wheel.position
        if not wheel.items:
            wheel.items = list(self._items(wheel.rotation))
            self._begun.append(wheel)
        wheel.position %= len(wheel.items)
        self._serving.append(wheel)

    def _turns_of(self, contract_id: UUID) -> dict[int, list[_Turn]]:
        """By length, those of the contract's rotations that serve the station, in their order (CT-ROT-05)."""
        found: dict[int, list[_Turn]] = {}
        for rotation in self._lists.get(contract_id, ()):
            if rotation.station_id in (None, self._station_id):
                wheel = _Wheel(rotation, self._cursors.get((rotation.id, self._station_id), 0))
                found.setdefault(rotation.length_seconds, []).extend(_turns(wheel))
        return found

    def _items(self, rotation: Rotation) -> Iterator[tuple[UUID, int, int, int]]:
        """Each item with the days on which it may run (CT-ROT-08), and the item behind it."""
        for number, copy_id in enumerate(rotation.sequence, 1):
            start, end = self._days(self._copies.get(copy_id), rotation.length_seconds)
            yield copy_id, start, end, number % len(rotation.sequence)

    def _days(self, copy: Copy | None, length_seconds: int) -> tuple[int, int]:
        if copy is None or not copy.active or copy.length_seconds != length_seconds:
            return _NEVER
        if copy.station_ids and self._station_id not in copy.station_ids:
            return _NEVER
        return copy.run.start_on.toordinal(), copy.run.end_on.toordinal()


def _turns(wheel: _Wheel) -> Iterator[_Turn]:
    """When a rotation serves: within its window, or behind midnight a day after the window opened (CT-ROT-11)."""
    rotation = wheel.rotation
    first, last = rotation.dates.start_on.toordinal(), rotation.dates.end_on.toordinal()
    weekdays = rotation.weekdays
    if not rotation.spans_midnight:
        yield rotation.start_minute, rotation.end_minute, first, last, weekdays, wheel
        return
    yield rotation.start_minute, _DAY_MINUTES, first, last, weekdays, wheel
    after = frozenset((weekday + 1) % 7 for weekday in weekdays)
    yield 0, rotation.end_minute, first + 1, last + 1, after, wheel
