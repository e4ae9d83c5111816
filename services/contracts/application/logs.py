"""Logs: opened from the station's breaks, filled, locked with copy, unlocked (CT-LOG-01 to CT-LOG-09)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.rotating import copies_of, copy_value, rotation_value
from services.contracts.application.telling import spot_states
from services.contracts.domain.placement import Break, Unit, place
from services.contracts.domain.rotation import Airing, Choice, Cursors, assign
from services.contracts.domain.station_time import exists
from services.contracts.repository.logs import (
    breaks_of,
    candidates,
    cursors_of,
    log,
    log_by_id,
    log_exists,
    spot,
    station_of,
    units_on,
)
from services.contracts.repository.radio import rotations_of, trash_spots
from services.contracts.repository.rows import Record, change, insert, insert_new, upsert
from shared.events.contracts import LogLocked, LogState, LogUnlocked, SpotTrashed, SpotUnplaced
from shared.kernel.errors import Blocker, Fault, Invalid, NotAllowedNow, StaleVersion
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record, record_batch


async def open_log(session: AsyncSession, station_id: UUID, air_on: date) -> Record:
    """A station's log of a date with the breaks of its template; times the day does not have are left out (CT-LOG-18).

    `NotAllowedNow("log_exists")` for the second one, `Invalid("station_has_no_logs")`.
    """
    station = await station_of(session, station_id)
    if station is None:
        raise Invalid.of([Fault("/station_id", "unknown_reference", "There is no such station.")])
    if station["no_logs"]:
        raise Invalid.of([Fault("/station_id", "station_has_no_logs", "The station has no logs.")])
    opened = {"id": new_id(), "version": 1, "station_id": station_id, "air_on": air_on, "state": "open"}
    if not await insert_new(session, tables.Log, [{**opened, "cursors_before": {}}]):
        raise NotAllowedNow("log_exists", "The station has a log for this date.")
    breaks = [
        {
            "id": new_id(),
            "log_id": opened["id"],
            "start_minute": one["time"],
            "avail_types": one["avail_type"].split("|"),
            "avail_count": one["avails"],
            "seconds": one["seconds"],
        }
        for one in station["breaks"]
        if exists(air_on, one["time"], station["time_zone"])
    ]
    await insert(session, tables.LogBreak, breaks)
    return opened


async def place_units(
    session: AsyncSession, log_id: UUID, spot_ids: Sequence[UUID] | None = None
) -> tuple[list[Record], list[Record]]:
    """Place the date's units and the bump list, or the chosen units (a makegood among them): placed and unplaced.

    `log_locked` on a log that is not open; `makegood_too_early` and `does_not_fit` for chosen units (CT-LOG-02, 14).
    """
    here = await log_by_id(session, log_id, lock=True)
    if here["state"] != "open":
        raise NotAllowedNow("log_locked", "Only an open log takes units.")
    units = await candidates(session, here["station_id"], here["air_on"], spot_ids)
    if spot_ids is not None:
        _check_chosen(units, spot_ids, here["air_on"])
    breaks = await _breaks_with_use(session, here)
    places, bumped = place([_unit(row) for row in units], list(breaks.values()))
    if bumped and spot_ids is not None:
        raise Invalid("does_not_fit", "No break of the log takes the unit.")
    by_id = {row["id"]: row for row in units}
    placed = [
        _moved(
            by_id[one.unit_id],
            state="placed",
            log_on=here["air_on"],
            break_id=one.break_id,
            break_position=one.position,
            scheduled_minute=breaks[one.break_id].start_minute,
            air_minute=None,
            aired_at=None,
            copy_id=None,
        )
        for one in places
    ]
    # A unit stays on the bump list it is on; only those that join it are news.
    joined = [_moved(by_id[one], state="unplaced") for one in bumped if by_id[one]["state"] == "scheduled"]
    await change(session, tables.Spot, [_columns(row) for row in placed + joined])
    await record_batch(session, SpotUnplaced, await spot_states(session, joined))
    return placed, [by_id[one] for one in bumped]


async def lock_log(session: AsyncSession, log_id: UUID, version: int | None) -> tuple[Record, list[Choice]]:
    """Approve a log for air: each placed unit gets its copy by the rotations (CT-LOG-07, CT-ROT-06).

    Answers the log and the choices without copy: where the station feeds automation these refuse the lock with
    `copy_missing`, elsewhere they are a warning (CT-LOG-08).
    """
    here = await _in_state(session, log_id, version, "open", "log_locked")
    if await log_exists(session, here["station_id"], log.c.state == "open", log.c.air_on < here["air_on"]):
        raise NotAllowedNow("earlier_log_open", "An earlier log of the station is still open.")
    units = await units_on(session, [here], "placed")
    choices, before, after = await choose_copy(session, here, units)
    missing = [choice for choice in choices.values() if choice.copy_id is None]
    station = await station_of(session, here["station_id"])
    if missing and station and station["feeds_automation"]:
        blockers = [
            Blocker("copy_missing", "The unit has no valid copy.", f"/v1/spots/{choice.airing_id}")
            for choice in missing
        ]
        raise NotAllowedNow("copy_missing", "Units have no valid copy.", blockers=blockers)
    locked = [_moved(row, state="locked", copy_id=choices[row["id"]].copy_id) for row in units]
    await change(session, tables.Spot, [_columns(row) for row in locked])
    await _save_cursors(session, here["station_id"], after)
    here |= {"cursors_before": {str(rotation_id): before.get((rotation_id, there), 0) for rotation_id, there in after}}
    await settle(session, here, "locked", LogLocked, locked)
    return here, missing


async def choose_copy(
    session: AsyncSession, here: Record, units: Sequence[Record]
) -> tuple[dict[UUID, Choice], Cursors, Cursors]:
    """The copy each unit would get, with the cursors before and after; nothing is stored (CT-ROT-27)."""
    lists: dict[UUID, list[Record]] = defaultdict(list)
    for row in await rotations_of(session, {unit["contract_id"] for unit in units}):
        lists[row["contract_id"]].append(row)
    rotations = [row for list_ in lists.values() for row in list_]
    stored = await copies_of(session, {copy_id for row in rotations for copy_id in row["sequence"]})
    copies = {copy_id: copy_value(row) for copy_id, row in stored.items()}
    rows = await cursors_of(session, here["station_id"], {row["id"] for row in rotations})
    before: Cursors = {(row["rotation_id"], row["station_id"]): row["position"] for row in rows}
    cursors = before
    chosen: dict[UUID, Choice] = {}
    served: dict[UUID, list[Airing]] = defaultdict(list)
    for unit in units:
        served[unit["contract_id"]].append(_airing(unit, here))
    for contract_id, airings in served.items():
        values = [rotation_value(row) for row in lists[contract_id]]
        choices, cursors = assign(airings, values, copies, cursors)
        chosen |= {choice.airing_id: choice for choice in choices}
    return chosen, before, cursors


async def unlock_log(session: AsyncSession, log_id: UUID, version: int | None) -> Record:
    """Open a locked log again: copy comes off the units, cursors go back, units of cancelled contracts are trashed.

    `later_log_locked` unless it is the newest locked one (CT-LOG-09, CT-ROT-28, CT-LIF-11).
    """
    here = await _in_state(session, log_id, version, "locked", "log_not_locked")
    if await log_exists(session, here["station_id"], log.c.state != "open", log.c.air_on > here["air_on"]):
        raise NotAllowedNow("later_log_locked", "A later log of the station is locked.")
    units = await units_on(session, [here], "locked")
    opened = [_moved(row, state="placed", copy_id=None) for row in units]
    await change(session, tables.Spot, [_columns(row) for row in opened])
    restored = {(UUID(key), here["station_id"]): position for key, position in here["cursors_before"].items()}
    await _save_cursors(session, here["station_id"], restored)
    here |= {"cursors_before": {}}
    await settle(session, here, "open", LogUnlocked, opened)
    orphans = [row["id"] for row in units if row["contract_state"] == "cancelled"]
    if orphans:
        trashed = await trash_spots(session, spot.c.id.in_(orphans))
        await record_batch(session, SpotTrashed, await spot_states(session, trashed))
    return here


async def settle(
    session: AsyncSession, here: Record, state: str, told: type[LogState], spots: Sequence[Record]
) -> None:
    """Store a log's new state, tell it with its units, and keep who did it."""
    before = here["state"]
    here |= {"state": state, "version": here["version"] + 1}
    await change(session, tables.Log, [here])
    states = await spot_states(session, spots)
    fact = told(
        id=here["id"],
        version=here["version"],
        station_id=here["station_id"],
        air_on=here["air_on"],
        state=here["state"],
        spots=states,
    )
    await record(session, fact)
    await audit(
        session,
        action=told.TYPE.split(".", 1)[1].removesuffix(".v1"),
        entity="log",
        entity_id=here["id"],
        before={"state": before},
        after={"state": state},
    )


async def _in_state(session: AsyncSession, log_id: UUID, version: int | None, state: str, code: str) -> Record:
    here = await log_by_id(session, log_id, lock=True)
    if version is not None and here["version"] != version:
        raise StaleVersion
    if here["state"] != state:
        raise NotAllowedNow(code, f"The log is {here['state']}.")
    return here


async def _breaks_with_use(session: AsyncSession, here: Record) -> dict[UUID, Break]:
    used: dict[UUID, list[int]] = defaultdict(list)
    for row in await units_on(session, [here], "placed"):
        used[row["break_id"]].append(row["length_seconds"])
    return {
        row["id"]: Break(
            row["id"],
            row["start_minute"],
            tuple(row["avail_types"]),
            row["avail_count"],
            row["seconds"],
            len(used[row["id"]]),
            sum(used[row["id"]]),
        )
        for row in await breaks_of(session, here["id"])
    }


def _check_chosen(units: Sequence[Record], spot_ids: Sequence[UUID], air_on: date) -> None:
    missing = set(spot_ids) - {row["id"] for row in units}
    if missing:
        raise Invalid("does_not_fit", "A unit is of another station, or has its place already.")
    if any(row["target_on"] > air_on for row in units):
        raise Invalid("makegood_too_early", "A unit runs on or after its target date.")


def _unit(row: Record) -> Unit:
    terms = row["terms"]
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
    )


def _airing(unit: Record, here: Record) -> Airing:
    return Airing(
        unit["id"],
        here["station_id"],
        unit["length_seconds"],
        here["air_on"],
        unit["scheduled_minute"],
        unit["direct_rotation_id"],
    )


def _moved(row: Record, **changes: Any) -> Record:
    return {**row, **changes, "version": row["version"] + 1}


def _columns(row: Record) -> Record:
    """What moves with a unit."""
    names = (
        "id", "version", "state", "log_on", "break_id", "break_position", "scheduled_minute", "air_minute", "aired_at",
        "copy_id",
    )  # fmt: skip
    return {name: row[name] for name in names}


async def _save_cursors(session: AsyncSession, station_id: UUID, cursors: Cursors) -> None:
    await upsert(
        session,
        tables.RotationCursor,
        [
            {"rotation_id": rotation_id, "station_id": station_id, "position": position}
            for (rotation_id, _), position in cursors.items()
        ],
    )
