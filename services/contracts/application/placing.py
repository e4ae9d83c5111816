"""Filling open logs: the date's units, the bump list, makegoods and what a person places by hand (CT-LOG-02 to 06)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.logs import Warned, held_log
from services.contracts.application.telling import spot_states
from services.contracts.domain.placement import Board, Break, Place, Present, Unit, place
from services.contracts.domain.separation import Apart, Belongs, Separation
from services.contracts.domain.station_time import elapsed_minutes
from services.contracts.repository.logs import breaks_of, candidates, chosen_units, neighbours
from services.contracts.repository.rows import Record, change, find, table_of
from shared.events.contracts import SpotUnplaced
from shared.kernel.errors import BillingError, Fault, Invalid, NotAllowedNow
from shared.kernel.period import week
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_batch

# No rule keeps units further apart than this, so logs before and after are looked at no further.
SEPARATION_MINUTES_MAX = 240
_DAY = timedelta(days=1)
_NEVER = {
    "locked": ("unit_locked", "A locked unit keeps its place."),
    "aired": ("unit_locked", "An aired unit keeps its place."),
    "trashed": ("unit_trashed", "A trashed unit never runs."),
    "cancelled": ("contract_closed", "The unit's contract is cancelled."),
}


@dataclass(frozen=True, slots=True)
class Placed:
    """What placing came to: units on the log, units without a place, and what a person should look at."""

    placed: list[Record]
    unplaced: list[Record]
    warnings: list[Warned]


async def fill_log(session: AsyncSession, log_id: UUID) -> Placed:
    """Place the date's units and the bump list; who finds no place joins it (CT-LOG-02, CT-LOG-04, CT-LOG-06).

    `NotAllowedNow("log_locked")` on a log that is not open.
    """
    here, station = await _open(session, log_id)
    units = await candidates(session, here["station_id"], here["air_on"])
    breaks, board = await _board(session, here, station, ())
    places, bumped = place(await _units(session, units), board)
    by_id = {row["id"]: row for row in units}
    placed = await _put(session, here, by_id, places, breaks)
    # A unit stays on the bump list it is on; only those that join it are news.
    joined = [
        {**by_id[one], "state": "unplaced", "version": by_id[one]["version"] + 1}
        for one in bumped
        if by_id[one]["state"] == "scheduled"
    ]
    await change(session, tables.Spot, [{name: row[name] for name in ("id", "state", "version")} for row in joined])
    await record_batch(session, SpotUnplaced, await spot_states(session, joined))
    return Placed(placed, [by_id[one] for one in bumped], [])


async def place_chosen(
    session: AsyncSession, log_id: UUID, spot_ids: Sequence[UUID], break_id: UUID | None = None
) -> Placed:
    """Place chosen units, makegoods among them, or move placed ones; into one break where a person names it.

    All are placed or none: `log_locked`, `unit_locked`, `unit_trashed`, `contract_closed` (409); `unknown_reference`,
    `does_not_fit`, `makegood_too_early` (CT-LOG-02, CT-LOG-03, CT-LOG-14). By hand, a place outside the line's window
    or too close to others is taken with a warning (CT-LOG-05).
    """
    here, station = await _open(session, log_id)
    by_id = {row["id"]: row for row in await chosen_units(session, spot_ids)}
    refusals = [_refused(by_id.get(one), index, here) for index, one in enumerate(spot_ids)]
    _raise_first(refusals)
    units = {unit.id: unit for unit in await _units(session, list(by_id.values()))}
    breaks, board = await _board(session, here, station, spot_ids)
    places, warnings = [], []
    for index, one in enumerate(dict.fromkeys(spot_ids)):
        found, against = _by_hand(board, units[one], break_id) if break_id else (board.place(units[one]), [])
        if found is None:
            refusals.append(_fault(index, "does_not_fit", "No break of the log takes the unit."))
        else:
            places.append(found)
            warnings += [Warned(code, text, one) for code, text in against]
    _raise_first(refusals)
    return Placed(await _put(session, here, by_id, places, breaks), [], warnings)


async def _open(session: AsyncSession, log_id: UUID) -> tuple[Record, Record]:
    here, station = await held_log(session, log_id, None)
    if here["state"] != "open":
        raise NotAllowedNow("log_locked", "Only an open log takes units.")
    return here, station


def _by_hand(board: Board, unit: Unit, break_id: UUID) -> tuple[Place | None, list[tuple[str, str]]]:
    try:
        chosen = board.place_by_hand(unit, break_id)
    except Invalid:
        return None, []
    against = [("outside_window", "The unit lies outside its line's window.")] if chosen.outside_window else []
    return chosen.place, against + [
        (f"{kind}_separation", f"The unit is closer to another one than the {kind} separation allows.")
        for kind in chosen.too_close
    ]


def _refused(row: Record | None, index: int, here: Record) -> BillingError | None:
    """Why a unit may not be placed on this log at all."""
    if row is None:
        return _fault(index, "unknown_reference", "There is no such unit.")
    ended = "cancelled" if row["contract_state"] == "cancelled" else row["state"]
    if ended in _NEVER:
        return NotAllowedNow(*_NEVER[ended])
    if row["station_id"] != here["station_id"]:
        return _fault(index, "does_not_fit", "The unit is of another station.")
    if here["air_on"] < earliest_on(row):
        return _fault(index, "makegood_too_early", "A unit runs on or after its target date.")
    return None


def earliest_on(row: Mapping[str, Any]) -> date:
    """The first day a unit may run on: its target date, or its week's Monday where it was sold by the week."""
    target: date = row["original_target_on"]
    return week(target).start_on if row["terms"].get("any_day") else target


def _fault(index: int, code: str, message: str) -> BillingError:
    return Invalid.of([Fault(f"/spot_ids/{index}", code, message)])


def _raise_first(refusals: Sequence[BillingError | None]) -> None:
    """Raise the refusals of one kind together, that of a wrong state before that of wrong input."""
    found = [one for one in refusals if one is not None]
    for one in found:
        if not isinstance(one, Invalid):
            raise one
    if found:
        raise Invalid.of([fault for one in found for fault in one.faults])


async def _put(
    session: AsyncSession,
    here: Record,
    rows: Mapping[UUID, Record],
    places: Sequence[Place],
    breaks: Mapping[UUID, Break],
) -> list[Record]:
    """Store where units are; a makegood's target date is from now on the log's (CT-LOG-14)."""
    placed = []
    for one in places:
        row = rows[one.unit_id]
        placed.append(
            {
                "id": row["id"],
                "version": row["version"] + 1,
                "state": "placed",
                "target_on": here["air_on"] if row["state"] == "missed" else row["target_on"],
                "log_on": here["air_on"],
                "break_id": one.break_id,
                "break_position": one.position,
                "scheduled_minute": breaks[one.break_id].start_minute,
                "air_minute": None,
                "aired_at": None,
                "copy_id": None,
            }
        )
    await change(session, tables.Spot, placed)
    return placed


async def _board(
    session: AsyncSession, here: Record, station: Record, moving: Sequence[UUID]
) -> tuple[dict[UUID, Break], Board]:
    """The log's breaks with what is on them, and what runs shortly before and after the day."""
    zone, day = station["time_zone"], here["air_on"]
    breaks = {
        row["id"]: Break(
            row["id"],
            row["start_minute"],
            tuple(row["avail_types"]),
            row["avail_count"],
            row["seconds"],
            elapsed_minutes(day, day, row["start_minute"], zone),
        )
        for row in await breaks_of(session, here["id"])
    }
    near = await neighbours(session, here, (day - _DAY, day + _DAY), SEPARATION_MINUTES_MAX)
    present = [
        Present(
            _belongs(row),
            row["length_seconds"],
            row["break_id"] if row["log_on"] == day else None,
            row["break_position"] or 0,
            elapsed_minutes(day, row["log_on"], row["scheduled_minute"], zone),
        )
        for row in near
        if row["id"] not in moving
    ]
    return breaks, Board(list(breaks.values()), present)


async def _units(session: AsyncSession, rows: Sequence[Record]) -> list[Unit]:
    client, conflict = table_of(tables.Client), table_of(tables.Conflict)
    clients = {
        row["id"]: Separation(row["separation_method"], row["separation_distance"])
        for row in await find(session, tables.Client, client.c.id.in_({row["client_id"] for row in rows}))
    }
    named = {one for row in rows for one in _belongs(row).conflict_ids}
    conflicts = {
        row["id"]: Separation(row["method"], row["distance"])
        for row in await find(session, tables.Conflict, conflict.c.id.in_(named))
    }
    return [_unit(row, clients, conflicts) for row in rows]


def _unit(row: Record, clients: Mapping[UUID, Separation], conflicts: Mapping[UUID, Separation]) -> Unit:
    terms, belongs = row["terms"], _belongs(row)
    apart = [] if row["override_advertiser"] else [Apart("advertiser", row["client_id"], clients[row["client_id"]])]
    if not row["override_conflict"]:
        apart += [Apart("conflict", one, conflicts[one]) for one in belongs.conflict_ids if one in conflicts]
    return Unit(
        row["id"],
        row["avail_type"],
        terms["start_minute"],
        terms["end_minute"],
        row["length_seconds"],
        terms["placement"],
        row["rate_amount"],
        row["contract_no"],
        row["line_no"],
        belongs,
        tuple(one for one in apart if one.by.method != "none"),
    )


def _belongs(row: Mapping[str, Any]) -> Belongs:
    conflicts = (row["primary_conflict_id"], row["secondary_conflict_id"])
    return Belongs(row["client_id"], tuple(one for one in conflicts if one))
