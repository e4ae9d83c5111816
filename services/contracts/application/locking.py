"""Locking logs for air, which gives every placed unit its copy, and unlocking them (CT-LOG-07 to CT-LOG-09).

Any number of logs is locked by the same few statements: units, rotations, copy and cursors are read once, the copy is
chosen log by log in memory, and what changed is written back as arrays.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.contracts import tables
from services.contracts.application.as_run import match_lines
from services.contracts.application.lines import line_of
from services.contracts.application.logs import Settled, Warned, held_log, held_logs, settle_logs
from services.contracts.application.rotation_values import copies_of, copy_value, rotation_value
from services.contracts.application.telling import spot_states
from services.contracts.domain.resolving import Deck, Resolved, Served
from services.contracts.domain.rotation import Cursors, Rotation
from services.contracts.repository.logs import (
    bump_scheduled,
    contracts_on,
    cursors_of,
    hold_contracts,
    lock_units,
    log,
    log_exists,
    open_days,
    spot,
    undecided_lines,
    units_on,
    unlock_units,
)
from services.contracts.repository.radio import draft_lines_on, rotations_of, trash_spots
from services.contracts.repository.rows import Record, find, table_of, upsert
from shared.events.contracts import LogLocked, LogUnlocked, SpotTrashed, SpotUnplaced
from shared.events.fields import clock_text
from shared.kernel.errors import BillingError, Blocker, NotAllowedNow, NotFound
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_batch


@dataclass(frozen=True, slots=True)
class Locked:
    """A log that was locked, and what a person should look at: units without copy, drafts that wait."""

    log: Record
    warnings: list[Warned]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A log with its units, in the order they are served, and the copy of each."""

    log: Record
    units: list[Record]
    resolved: Resolved
    warnings: list[Warned]


async def lock_log(session: AsyncSession, log_id: UUID, version: int | None) -> Locked:
    """Approve one log for air; refusals are raised."""
    await held_log(session, log_id, version)
    done = (await lock_logs(session, [log_id]))[log_id]
    if isinstance(done, BillingError):
        raise done
    return done


async def lock_logs(session: AsyncSession, log_ids: Sequence[UUID]) -> dict[UUID, Locked | BillingError]:
    """Approve logs for air, oldest first: each placed unit gets its copy by the rotations (CT-LOG-07, CT-ROT-06).

    Each log is locked or refused on its own: `log_locked`, `earlier_log_open`, and where the station feeds automation
    `copy_missing` with the units that have none; elsewhere these are warnings (CT-LOG-08).
    """
    held, stations = await held_logs(session, log_ids)
    results: dict[UUID, Locked | BillingError] = {}
    for log_id in log_ids:
        if log_id not in held:
            results[log_id] = NotFound("not_found", "There is no such log.")
    in_order = sorted(held.values(), key=lambda row: (row["station_id"], row["air_on"]))
    desk = await _desk(session, [row for row in in_order if row["state"] == "open"])
    waiting = await open_days(session, stations)
    ready: list[_Ready] = []
    for here in in_order:
        station_id = here["station_id"]
        refusal = _refusal(here, waiting[station_id])
        one = refusal or desk.choose(here, needs_copy=stations[station_id]["feeds_automation"])
        if isinstance(one, BillingError):
            results[here["id"]] = one
        else:
            waiting[station_id].discard(here["air_on"])
            ready.append(one)
    await _store(session, desk, ready)
    return results | {one.log["id"]: Locked(one.log, one.warnings) for one in ready}


class _Desk:
    """What locking reads: the units of each log, and for each station the rotations with their cursors."""

    def __init__(
        self,
        units: Mapping[tuple[UUID, date], list[Record]],
        decks: Mapping[UUID, Deck],
        drafts: Mapping[tuple[UUID, date], list[Warned]],
    ) -> None:
        self.decks = decks
        self._units = units
        self._drafts = drafts

    def choose(self, here: Record, *, needs_copy: bool) -> _Ready | BillingError:
        """The copy of a log's units as the cursors stand now; a log that is refused moves none."""
        place = here["station_id"], here["air_on"]
        units, deck = self._units.get(place, []), self.decks[here["station_id"]]
        served = (
            Served(row["contract_id"], row["scheduled_minute"], row["length_seconds"], row["direct_rotation_id"])
            for row in units
        )
        done = deck.resolve(here["air_on"], served)
        missing = [_without_copy(row) for row, copy_id in zip(units, done.copies, strict=True) if copy_id is None]
        if missing and needs_copy:
            deck.undo()
            return _copy_missing(missing)
        return _Ready(here, units, done, missing + self._drafts.get(place, []))


async def unlock_log(session: AsyncSession, log_id: UUID, version: int | None) -> Record:
    """Open a locked log again: copy comes off the units, cursors go back, units of cancelled contracts are trashed.

    `later_log_locked` unless it is the newest locked one (CT-LOG-09, CT-ROT-28, CT-LIF-11). Lines of an as-run file
    are matched anew once the log is locked again.
    """
    here, _ = await held_log(session, log_id, version)
    if here["state"] != "locked":
        raise NotAllowedNow("log_not_locked", f"The log is {here['state']}.")
    if await log_exists(session, here["station_id"], log.c.state != "open", log.c.air_on > here["air_on"]):
        raise NotAllowedNow("later_log_locked", "A later log of the station is locked.")
    await hold_contracts(session, await contracts_on(session, [here], "locked"))
    units = await unlock_units(session, here)
    await _restore_cursors(session, here)
    await undecided_lines(session, log_id)
    (opened,) = await settle_logs(session, LogUnlocked, [Settled({**here, "cursors_before": {}}, "open", units)])
    cancelled = table_of(tables.Contract)
    ended = await find(
        session,
        tables.Contract,
        cancelled.c.id.in_({row["contract_id"] for row in units}),
        cancelled.c.state == "cancelled",
    )
    if ended:
        orphans = spot.c.contract_id.in_([row["id"] for row in ended]), spot.c.id.in_([row["id"] for row in units])
        await record_batch(session, SpotTrashed, await spot_states(session, await trash_spots(session, *orphans)))
    return opened


def _refusal(here: Record, open_before: Iterable[date]) -> BillingError | None:
    if here["state"] != "open":
        return NotAllowedNow("log_locked", f"The log is {here['state']}.")
    if any(day < here["air_on"] for day in open_before):
        return NotAllowedNow("earlier_log_open", "An earlier log of the station is still open.")
    return None


def _copy_missing(missing: Sequence[Warned]) -> BillingError:
    blockers = [Blocker(each.code, each.text, f"/v1/contracts/spots/{each.entity_id}") for each in missing]
    return NotAllowedNow("copy_missing", "Units have no valid copy.", blockers=blockers)


def _without_copy(row: Record) -> Warned:
    at = clock_text(row["scheduled_minute"])
    text = f"The unit at {at} of contract {row['contract_no']}, line {row['line_no']}, has no valid copy."
    return Warned("copy_missing", text, row["id"])


async def _desk(session: AsyncSession, logs: Sequence[Record]) -> _Desk:
    # Contracts before units, as approving, cancelling and arranging rotations do it.
    await hold_contracts(session, await contracts_on(session, logs, "placed"))
    units: dict[tuple[UUID, date], list[Record]] = defaultdict(list)
    contract_ids = set()
    for row in await units_on(session, logs, "placed"):
        units[row["station_id"], row["log_on"]].append(row)
        contract_ids.add(row["contract_id"])
    rows = await rotations_of(session, contract_ids)
    lists: dict[UUID, list[Rotation]] = defaultdict(list)
    for row in rows:
        lists[row["contract_id"]].append(rotation_value(row))
    stored = await copies_of(session, {copy_id for row in rows for copy_id in row["sequence"]})
    copies = {copy_id: copy_value(row) for copy_id, row in stored.items()}
    stations = {row["station_id"] for row in logs}
    cursors: Cursors = {
        (row["rotation_id"], row["station_id"]): row["position"]
        for row in await cursors_of(session, stations, [row["id"] for row in rows], lock=True)
    }
    decks = {station_id: Deck(station_id, lists, copies, cursors) for station_id in stations}
    return _Desk(units, decks, await _drafts(session, logs))


async def _drafts(session: AsyncSession, logs: Sequence[Record]) -> dict[tuple[UUID, date], list[Warned]]:
    """Drafts with spots on these logs, which would come too late (CT-LIF-07)."""
    found: dict[tuple[UUID, date], list[Warned]] = defaultdict(list)
    days: dict[UUID, set[date]] = defaultdict(set)
    for here in logs:
        days[here["station_id"]].add(here["air_on"])
    for row in await draft_lines_on(session, days):
        for day, count in line_of(row).ordered.items():
            if day in days[row["station_id"]]:
                text = f"Draft contract {row['contract_no']}, line {row['line_no']}, has {count} spot(s) on this log."
                found[row["station_id"], day].append(Warned("draft_has_spots", text, row["contract_id"]))
    return found


async def _store(session: AsyncSession, desk: _Desk, ready: Sequence[_Ready]) -> None:
    units = [row for one in ready for row in one.units]
    copies = [copy_id for one in ready for copy_id in one.resolved.copies]
    await lock_units(session, [row["id"] for row in units], copies)
    for row, copy_id in zip(units, copies, strict=True):
        row.update(state="locked", copy_id=copy_id, version=row["version"] + 1)
    await upsert(
        session,
        tables.RotationCursor,
        [
            {"rotation_id": rotation_id, "station_id": station_id, "position": position}
            for station_id, deck in desk.decks.items()
            for rotation_id, position in deck.moved()
        ],
    )
    logs = [
        {**one.log, "cursors_before": {str(rotation_id): at for rotation_id, at in one.resolved.before}}
        for one in ready
    ]
    settled = [Settled(here, "locked", one.units) for here, one in zip(logs, ready, strict=True)]
    for one, after in zip(ready, await settle_logs(session, LogLocked, settled), strict=True):
        one.log.update(after)
    await match_lines(session, [here["id"] for here in logs])
    # What nobody placed is carried on rather than lost (CT-LOG-06).
    await record_batch(session, SpotUnplaced, await spot_states(session, await bump_scheduled(session, logs)))


async def _restore_cursors(session: AsyncSession, here: Record) -> None:
    """Where the cursors stood before the lock, of those rotations that are still there (CT-ROT-23, CT-ROT-28)."""
    before = {UUID(rotation_id): position for rotation_id, position in here["cursors_before"].items()}
    known = await find(session, tables.Rotation, table_of(tables.Rotation).c.id.in_(before))
    await upsert(
        session,
        tables.RotationCursor,
        [{"rotation_id": row["id"], "station_id": here["station_id"], "position": before[row["id"]]} for row in known],
    )
