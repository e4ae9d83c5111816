"""Which copy goes on which unit: the first valid rotation wins, its cursor says which item (CT-ROT-06 to CT-ROT-28)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Literal, TypeAlias
from uuid import UUID

from shared.kernel.errors import Invalid
from shared.kernel.period import Period

Reason = Literal["station", "length", "time", "dates", "weekday", "no_valid_copy"]
CopyReason = Literal["missing", "inactive", "dates", "length", "station"]
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

    @property
    def items(self) -> int:
        """How many different pieces of copy there are, however often each repeats (CT-ROT-03)."""
        return len(set(self.sequence))

    @property
    def spans_midnight(self) -> bool:
        """Whether the window ends on the day after the one it opens on (CT-ROT-11)."""
        return self.end_minute < self.start_minute


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
    """A rotation that was looked at and why it did not serve; where only its copy failed, each copy and why."""

    rotation_id: UUID
    reason: Reason
    copies: tuple[tuple[UUID, CopyReason], ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """The copy a unit gets, or none (CT-ROT-12), and every rotation passed over on the way."""

    airing_id: UUID
    rotation_id: UUID | None
    copy_id: UUID | None
    tried: tuple[Tried, ...]


# Where each rotation continues on each station: the position of the next item (CT-ROT-25).
Cursors: TypeAlias = dict[tuple[UUID, UUID], int]


def ratios_of(sequence: Sequence[UUID]) -> list[tuple[UUID, int]]:
    """A sequence as copies with ratios, the opposite of `sequence_of`; a longer run of one copy is several ratios.

    >>> copy = UUID(int=1)
    >>> [ratio for _, ratio in ratios_of([copy] * 120)]
    [99, 21]
    """
    runs = ((copy_id, len(list(turns))) for copy_id, turns in groupby(sequence))
    return [
        (copy_id, min(RATIO_MAX, length - before)) for copy_id, length in runs for before in range(0, length, RATIO_MAX)
    ]


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
        if reason := _misfit(rotation, airing):
            tried.append(Tried(rotation.id, reason))
            continue
        misfits = [copy_misfit(copies.get(copy_id), airing) for copy_id in rotation.sequence]
        position = _next_valid(misfits, cursors.get((rotation.id, airing.station_id), 0))
        if position is not None:
            cursors[rotation.id, airing.station_id] = (position + 1) % len(rotation.sequence)
            return Choice(airing.id, rotation.id, rotation.sequence[position], tuple(tried))
        why = dict(zip(rotation.sequence, misfits, strict=True))
        tried.append(Tried(rotation.id, "no_valid_copy", tuple((one, reason) for one, reason in why.items() if reason)))
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
    if not rotation.spans_midnight:
        return airing.air_on if rotation.start_minute <= airing.minute < rotation.end_minute else None
    if airing.minute >= rotation.start_minute:
        return airing.air_on
    return airing.air_on - timedelta(days=1) if airing.minute < rotation.end_minute else None


def _next_valid(misfits: Sequence[CopyReason | None], cursor: int) -> int | None:
    length = len(misfits)
    positions = ((cursor + step) % length for step in range(length))
    return next((at for at in positions if misfits[at] is None), None)


def copy_misfit(copy: Copy | None, airing: Airing) -> CopyReason | None:
    """The first condition of CT-ROT-08 that a copy does not meet."""
    if copy is None:
        return "missing"
    if not copy.active:
        return "inactive"
    if airing.air_on not in copy.run:
        return "dates"
    if copy.length_seconds != airing.length_seconds:
        return "length"
    if copy.station_ids and airing.station_id not in copy.station_ids:
        return "station"
    return None
