"""Rotations that can never be reached, because an earlier one of the list covers them whole (CT-ROT-29)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from services.contracts.domain.rotation import Copy, Rotation

_DAY = timedelta(days=1)
_DAY_MINUTES = 24 * 60


def shadowed(rotations: Sequence[Rotation], copies: Mapping[UUID, Copy]) -> dict[UUID, UUID]:
    """Each rotation that can never be reached, with the earlier one that covers it whole."""
    hidden: dict[UUID, UUID] = {}
    for index, later in enumerate(rotations):
        cover = next((earlier for earlier in rotations[:index] if _covers(earlier, later, copies)), None)
        if cover is not None:
            hidden[later.id] = cover.id
    return hidden


def _covers(earlier: Rotation, later: Rotation, copies: Mapping[UUID, Copy]) -> bool:
    """Whether the earlier one has valid copy wherever the later one has, on every day and at every minute."""
    if earlier.station_id not in (None, later.station_id) or earlier.length_seconds != later.length_seconds:
        return False
    anywhere = {copy_id: replace(copy, station_ids=frozenset()) for copy_id, copy in copies.items()}
    served = _running(later, later.station_id, copies if later.station_id else anywhere)
    offered = _running(earlier, later.station_id, copies)
    reached = False
    for opened_on in _telling_days(earlier, later, served + offered):
        if opened_on not in later.dates or opened_on.weekday() not in later.weekdays:
            continue
        for day, start, end in _segments(later, opened_on):
            if not any(day in copy.run for copy in served):
                continue
            if not _opens(earlier, day, start, end) or not any(day in copy.run for copy in offered):
                return False
            reached = True
    return reached


def _running(rotation: Rotation, station_id: UUID | None, copies: Mapping[UUID, Copy]) -> list[Copy]:
    """The copies of a rotation that may run on a station, or on every station."""
    own = [copies[copy_id] for copy_id in dict.fromkeys(rotation.sequence) if copy_id in copies]
    return [
        copy
        for copy in own
        if copy.active
        and copy.length_seconds == rotation.length_seconds
        and (not copy.station_ids or station_id in copy.station_ids)
    ]


def _telling_days(earlier: Rotation, later: Rotation, copies: Sequence[Copy]) -> Iterator[date]:
    """Days that decide for all: the week behind each bound, since between two bounds only the weekday differs."""
    periods = [earlier.dates, later.dates, *(copy.run for copy in copies)]
    bounds = {bound for period in periods for bound in (period.start_on, period.end_on)}
    # A window over midnight airs on the day behind the one it opened on, so bounds count a day earlier as well.
    return (bound + _DAY * step for bound in sorted(bounds) for step in range(-1, 8))


def _segments(rotation: Rotation, opened_on: date) -> Iterator[tuple[date, int, int]]:
    """What a window opened on a day covers, by calendar day (CT-ROT-11)."""
    if not rotation.spans_midnight:
        yield opened_on, rotation.start_minute, rotation.end_minute
        return
    yield opened_on, rotation.start_minute, _DAY_MINUTES
    if rotation.end_minute:
        yield opened_on + _DAY, 0, rotation.end_minute


def _opens(rotation: Rotation, day: date, start: int, end: int) -> bool:
    """Whether one of the rotation's windows holds all of [start, end) on a calendar day."""
    return any(
        opened_on in rotation.dates
        and opened_on.weekday() in rotation.weekdays
        and any(on == day and first <= start and end <= last for on, first, last in _segments(rotation, opened_on))
        for opened_on in (day, day - _DAY)
    )
