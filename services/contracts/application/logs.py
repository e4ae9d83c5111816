"""Logs: opened from the station's breaks, and told when their state changes (CT-LOG-01)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.contracts import tables
from services.contracts.application.telling import spot_states
from services.contracts.domain.station_time import exists
from services.contracts.repository.logs import hold_stations, logs_of, station_of
from services.contracts.repository.rows import Record, change, insert, insert_new
from shared.events.contracts import LogState
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import new_id
from shared.runtime.audit import Change, audit_all
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_many


@dataclass(frozen=True, slots=True)
class Warned:
    """Something a person should look at, though the step was taken; `entity_id` is what it is about."""

    code: str
    text: str
    entity_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A log with its new state and the units that changed with it."""

    log: Record
    state: str
    units: Sequence[Record]


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


async def held_logs(session: AsyncSession, log_ids: Sequence[UUID]) -> tuple[dict[UUID, Record], dict[UUID, Record]]:
    """Logs by id and their stations by id, both locked: the logs of a station change one step after the other.

    Unknown ids are left out.
    """
    known = await logs_of(session, log_ids)
    stations = await hold_stations(session, {row["station_id"] for row in known})
    held = await logs_of(session, log_ids, lock=True)
    return {row["id"]: row for row in held}, {row["id"]: row for row in stations}


async def held_log(session: AsyncSession, log_id: UUID, version: int | None) -> tuple[Record, Record]:
    """One log and its station, both locked; `NotFound("not_found")`, `StaleVersion`."""
    logs, stations = await held_logs(session, [log_id])
    if log_id not in logs:
        raise NotFound("not_found", "There is no such log.")
    here = logs[log_id]
    if version is not None and here["version"] != version:
        raise StaleVersion
    return here, stations[here["station_id"]]


async def settle_logs(session: AsyncSession, told: type[LogState], settled: Sequence[Settled]) -> list[Record]:
    """Store the new state of logs, tell each with its units, and keep who did it; the logs as they then are."""
    after = [{**one.log, "state": one.state, "version": one.log["version"] + 1} for one in settled]
    await change(session, tables.Log, after)
    states = iter(await spot_states(session, [unit for one in settled for unit in one.units]))
    facts = [
        told(
            id=log["id"],
            version=log["version"],
            station_id=log["station_id"],
            air_on=log["air_on"],
            state=log["state"],
            spots=[next(states) for _ in one.units],
        )
        for log, one in zip(after, settled, strict=True)
    ]
    await record_many(session, facts)
    changes = [Change(one.log["id"], {"state": one.log["state"]}, {"state": one.state}) for one in settled]
    await audit_all(session, action=told.TYPE.split(".", 1)[1].removesuffix(".v1"), entity="log", changes=changes)
    return after
