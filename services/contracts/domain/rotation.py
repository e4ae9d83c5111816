"""Which copy goes on which unit: the first valid rotation wins, its cursor says which item (CT-ROT-06 to CT-ROT-30)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias
from uuid import UUID

from shared.kernel.errors import Invalid
from shared.kernel.period import Period

Reason = Literal["station", "length", "time", "dates", "weekday", "no_valid_copy"]
RATIO_MAX = 99


@dataclass(frozen=True, slots=True)
class Copy:
    """A recorded commercial; without `station_ids` every station may run it (CT-ROT-08)."""

    id: UUID
    length_seconds: int
    run: Period
    active: bool = True
    station_ids: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Rotation:
    """An ordered copy list and the conditions under which it may be used; without `station_id` on all stations.

    The window is [start, end) in minutes after midnight; an end before the start spans midnight (CT-ROT-10, CT-ROT-11).
    """

    id: UUID
    station_id: UUID | None
    length_seconds: int
    dates: Period
    start_minute: int
    end_minute: int
    weekdays: frozenset[int]
    sequence: tuple[UUID, ...]

    def __post_init__(self) -> None:
        if self.start_minute == self.end_minute:
            raise Invalid("time_order", "A rotation's window has a start and another end; all day is 00:00 to 24:00.")
        if not self.weekdays:
            raise Invalid("schedule", "No weekday is ticked.")
        if not self.sequence:
            raise Invalid("rotation_empty", "A rotation holds at least one copy.")


@dataclass(frozen=True, slots=True)
class Airing:
    """What rotations ask of a unit: where, when on the log, and how long; `direct_rotation_id` binds it (CT-ROT-13)."""

    id: UUID
    station_id: UUID
    length_seconds: int
    air_on: date
    minute: int
    direct_rotation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """A rotation that was looked at and why it did not serve."""

    rotation_id: UUID
    reason: Reason


@dataclass(frozen=True, slots=True)
class Choice:
    """The copy a unit gets, or none (CT-ROT-12), and every rotation passed over on the way."""

    airing_id: UUID
    rotation_id: UUID | None
    copy_id: UUID | None
    tried: tuple[Tried, ...]


# Where each rotation continues on each station: the position of the next item (CT-ROT-25).
Cursors: TypeAlias = dict[tuple[UUID, UUID], int]


def sequence_of(ratios: Sequence[tuple[UUID, int]]) -> tuple[UUID, ...]:
    """The order in which copies are used when each repeats by its ratio (CT-ROT-24).

    `Invalid("ratio")` for a ratio outside 1–99.
    """
    if any(not 1 <= ratio <= RATIO_MAX for _, ratio in ratios):
        raise Invalid("ratio", "A ratio lies between 1 and 99.")
    return tuple(copy_id for copy_id, ratio in ratios for _ in range(ratio))


def assign(
    airings: Iterable[Airing], rotations: Sequence[Rotation], copies: Mapping[UUID, Copy], cursors: Cursors
) -> tuple[list[Choice], Cursors]:
    """Give each airing, in the order they are served, its copy; answers the cursors as they then stand.

    The cursors given are left alone, so that a preview moves none (CT-ROT-27) and an unlock can put them back
    (CT-ROT-28).
    """
    after = dict(cursors)
    return [_choose(airing, rotations, copies, after) for airing in airings], after


def _choose(airing: Airing, rotations: Sequence[Rotation], copies: Mapping[UUID, Copy], cursors: Cursors) -> Choice:
    tried: list[Tried] = []
    for rotation in rotations:
        if airing.direct_rotation_id not in (None, rotation.id):
            continue
        reason = _misfit(rotation, airing)
        if reason is None:
            position = _next_valid(rotation, airing, copies, cursors.get((rotation.id, airing.station_id), 0))
            if position is not None:
                cursors[rotation.id, airing.station_id] = (position + 1) % len(rotation.sequence)
                return Choice(airing.id, rotation.id, rotation.sequence[position], tuple(tried))
            reason = "no_valid_copy"
        tried.append(Tried(rotation.id, reason))
    return Choice(airing.id, None, None, tuple(tried))


def _misfit(rotation: Rotation, airing: Airing) -> Reason | None:
    """The first condition of CT-ROT-07 that the airing does not meet."""
    if rotation.station_id not in (None, airing.station_id):
        return "station"
    if rotation.length_seconds != airing.length_seconds:
        return "length"
    opened_on = _window_opened_on(rotation, airing)
    if opened_on is None:
        return "time"
    if opened_on not in rotation.dates:
        return "dates"
    if opened_on.weekday() not in rotation.weekdays:
        return "weekday"
    return None


def _window_opened_on(rotation: Rotation, airing: Airing) -> date | None:
    """The day on which the window holding the airing opened: the day before, behind midnight (CT-ROT-11)."""
    if rotation.start_minute < rotation.end_minute:
        return airing.air_on if rotation.start_minute <= airing.minute < rotation.end_minute else None
    if airing.minute >= rotation.start_minute:
        return airing.air_on
    return airing.air_on - timedelta(days=1) if airing.minute < rotation.end_minute else None


def _next_valid(rotation: Rotation, airing: Airing, copies: Mapping[UUID, Copy], cursor: int) -> int | None:
    length = len(rotation.sequence)
    positions = ((cursor + step) % length for step in range(length))
    return next((at for at in positions if _copy_is_valid(copies.get(rotation.sequence[at]), airing)), None)


def _copy_is_valid(copy: Copy | None, airing: Airing) -> bool:
    return (
        copy is not None
        and copy.active
        and airing.air_on in copy.run
        and copy.length_seconds == airing.length_seconds
        and (not copy.station_ids or airing.station_id in copy.station_ids)
    )


def shadowed(rotations: Sequence[Rotation], copies: Mapping[UUID, Copy]) -> dict[UUID, UUID]:
    """Each rotation that can never be reached, with the earlier one that covers it whole (CT-ROT-29)."""
    hidden: dict[UUID, UUID] = {}
    for index, later in enumerate(rotations):
        cover = next((earlier for earlier in rotations[:index] if _covers(earlier, later, copies)), None)
        if cover is not None:
            hidden[later.id] = cover.id
    return hidden


def _covers(earlier: Rotation, later: Rotation, copies: Mapping[UUID, Copy]) -> bool:
    if earlier.station_id not in (None, later.station_id) or earlier.length_seconds != later.length_seconds:
        return False
    if earlier.dates.overlap(later.dates) != later.dates or not earlier.weekdays >= later.weekdays:
        return False
    both_span = (earlier.end_minute < earlier.start_minute) == (later.end_minute < later.start_minute)
    if not both_span or earlier.start_minute > later.start_minute or earlier.end_minute < later.end_minute:
        return False
    own = [
        copy for copy_id in earlier.sequence if (copy := copies.get(copy_id)) and copy.active and not copy.station_ids
    ]
    return all(any(day in copy.run for copy in own) for day in later.dates.days())
