"""Copy for all units of a log at once: what `assign` decides unit by unit, without saying why (CT-ROT-25, CT-ROT-26).

Station and date are the same for a whole log, so each contract's rotations are looked at once: those that cannot serve
that day drop out, and of the others the valid items are known beforehand. What is left per unit is its minute.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias
from uuid import UUID

from services.contracts.domain.rotation import Airing, Copy, Cursors, Rotation, copy_misfit

_DAY = timedelta(days=1)
_DAY_MINUTES = 24 * 60


class Served(NamedTuple):
    """A unit in the order in which a lock serves it; `direct_rotation_id` binds it (CT-ROT-13)."""

    contract_id: UUID
    minute: int
    length_seconds: int
    direct_rotation_id: UUID | None


class _Wheel:
    """A rotation's items on one station and day, and where it stands."""

    __slots__ = ("began", "following", "items", "position", "rotation_id")

    def __init__(self, rotation: Rotation, valid: Sequence[bool], position: int) -> None:
        self.rotation_id = rotation.id
        self.items = rotation.sequence
        self.following = _following(valid)
        self.began = position
        self.position = position % len(self.items)

    @property
    def moved(self) -> bool:
        """Whether it stands elsewhere than before."""
        return self.position != self.began


# Start, end and length that a unit must meet, and the wheel that then serves it.
_Turn: TypeAlias = tuple[int, int, int, UUID, _Wheel]


def resolve(
    station_id: UUID,
    air_on: date,
    units: Iterable[Served],
    lists: Mapping[UUID, Sequence[Rotation]],
    copies: Mapping[UUID, Copy],
    cursors: Cursors,
) -> tuple[list[UUID | None], Cursors, Cursors]:
    """A copy per unit or None, and the cursors that moved: as they were before and as they then stand.

    The cursors given are left alone. `lists` holds each contract's rotations in their order (CT-ROT-05).
    """
    turns: dict[UUID, list[_Turn]] = {}
    chosen: list[UUID | None] = []
    add = chosen.append
    for contract_id, minute, length, direct in units:
        live = turns.get(contract_id)
        if live is None:
            live = turns[contract_id] = _turns(station_id, air_on, lists.get(contract_id, ()), copies, cursors)
        for start, end, seconds, rotation_id, wheel in live:
            if start <= minute < end and seconds == length and direct in (None, rotation_id):
                at = wheel.following[wheel.position]
                wheel.position = at + 1 if at + 1 < len(wheel.items) else 0
                add(wheel.items[at])
                break
        else:
            add(None)
    wheels = {wheel.rotation_id: wheel for live in turns.values() for *_, wheel in live if wheel.moved}
    before: Cursors = {(one.rotation_id, station_id): one.began for one in wheels.values()}
    return chosen, before, {(one.rotation_id, station_id): one.position for one in wheels.values()}


def _turns(
    station_id: UUID, air_on: date, list_: Sequence[Rotation], copies: Mapping[UUID, Copy], cursors: Cursors
) -> list[_Turn]:
    """The rotations of one contract that may serve that day, each once per stretch of the day it covers."""
    live: list[_Turn] = []
    for rotation in list_:
        if rotation.station_id not in (None, station_id):
            continue
        windows = list(_windows(rotation, air_on))
        if not windows:
            continue
        airing = Airing(rotation.id, station_id, rotation.length_seconds, air_on, 0)
        valid = [copy_misfit(copies.get(copy_id), airing) is None for copy_id in rotation.sequence]
        if any(valid):
            wheel = _Wheel(rotation, valid, cursors.get((rotation.id, station_id), 0))
            live += [(start, end, rotation.length_seconds, rotation.id, wheel) for start, end in windows]
    return live


def _windows(rotation: Rotation, air_on: date) -> Iterator[tuple[int, int]]:
    """The minutes of a calendar day that lie in a window opened on an allowed day (CT-ROT-10, CT-ROT-11)."""
    if _opens(rotation, air_on):
        yield rotation.start_minute, _DAY_MINUTES if rotation.spans_midnight else rotation.end_minute
    if rotation.spans_midnight and _opens(rotation, air_on - _DAY):
        yield 0, rotation.end_minute


def _opens(rotation: Rotation, day: date) -> bool:
    return day in rotation.dates and day.weekday() in rotation.weekdays


def _following(valid: Sequence[bool]) -> list[int]:
    """From each position the first valid item at or after it, wrapping round; at least one is valid."""
    count = len(valid)
    found = [0] * count
    at = next(position for position in range(count) if valid[position])
    for position in range(count - 1, -1, -1):
        if valid[position]:
            at = position
        found[position] = at
    return found
