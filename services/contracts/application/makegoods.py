"""What becomes of single units: taken off a log, aimed at another date, or dismissed for good (CT-LOG-13 to 15)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.approval import complete_contracts
from services.contracts.application.placing import earliest_on
from services.contracts.application.telling import spot_states
from services.contracts.domain.station_time import day_of
from services.contracts.repository.logs import chosen_units, log, log_exists, spot, spot_of, station_of
from services.contracts.repository.radio import contract_by_id, trash_spots
from services.contracts.repository.rows import Record, change
from shared.events.contracts import SpotTrashed, SpotUnplaced
from shared.kernel.errors import Fault, Invalid, NotAllowedNow
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_batch

_OFF_LOG: Record = {
    "log_on": None,
    "break_id": None,
    "break_position": None,
    "scheduled_minute": None,
    "air_minute": None,
    "aired_at": None,
    "copy_id": None,
}


async def trash_spot(session: AsyncSession, spot_id: UUID, now: datetime, reason: str = "") -> Record:
    """Dismiss a unit for good; `unit_locked` when it is locked or aired (CT-LOG-13, CT-LOG-15)."""
    contract_id = (await spot_of(session, spot_id))["contract_id"]
    await contract_by_id(session, contract_id, lock=True)
    (before,) = await chosen_units(session, [spot_id])
    if before["state"] == "trashed":
        return before
    trashed = await trash_spots(session, spot.c.id == spot_id)
    if not trashed:
        raise NotAllowedNow("unit_locked", "A locked or aired unit is not trashed.")
    await record_batch(session, SpotTrashed, await spot_states(session, trashed))
    station = await station_of(session, before["station_id"])
    assert station is not None
    await complete_contracts(session, {contract_id: day_of(now, station["time_zone"])})
    await _audit(session, before, trashed[0], reason)
    return trashed[0]


async def aim_spot(session: AsyncSession, spot_id: UUID, target_on: date, reason: str = "") -> Record:
    """Aim a missed or waiting unit at another date, whose log takes it like any unit of that date (CT-LOG-13, 14).

    `makegood_too_early` before its original target date; `log_locked` when that date's log is no longer open.
    """
    before = await _movable(session, spot_id, "missed", "unplaced", "scheduled")
    if target_on < earliest_on(before):
        fault = Fault("/target_on", "makegood_too_early", "A unit runs on or after its target date.")
        raise Invalid.of([fault])
    if await log_exists(session, before["station_id"], log.c.air_on == target_on, log.c.state != "open"):
        raise NotAllowedNow("log_locked", "The log of that date is no longer open.")
    return await _move(session, before, reason, state="scheduled", target_on=target_on)


async def unplace_spot(session: AsyncSession, spot_id: UUID, reason: str = "") -> Record:
    """Take a placed unit off its open log; it waits on the bump list (CT-LOG-06)."""
    return await _move(session, await _movable(session, spot_id, "placed"), reason, state="unplaced")


async def _movable(session: AsyncSession, spot_id: UUID, *states: str) -> Record:
    await spot_of(session, spot_id)
    (before,) = await chosen_units(session, [spot_id])
    if before["state"] in ("locked", "aired"):
        raise NotAllowedNow("unit_locked", "A locked or aired unit keeps its place.")
    if before["state"] not in states:
        raise NotAllowedNow("state", f"The unit is {before['state']}.")
    return before


async def _move(session: AsyncSession, before: Record, reason: str, **changes: Any) -> Record:
    moved = {"id": before["id"], "version": before["version"] + 1, **_OFF_LOG, **changes}
    await change(session, tables.Spot, [moved])
    after = {**before, **moved}
    if after["state"] == "unplaced":
        await record_batch(session, SpotUnplaced, await spot_states(session, [after]))
    await _audit(session, before, after, reason)
    return after


async def _audit(session: AsyncSession, before: Record, after: Record, reason: str) -> None:
    await audit(
        session,
        action=f"spot.{after['state']}",
        entity="spot",
        entity_id=after["id"],
        before={"state": before["state"], "target_on": before["target_on"]},
        after={"state": after["state"], "target_on": after["target_on"]},
        reason=reason,
    )
