"""Steps of many logs in one request: forward oldest first, back newest first, each on its own (CT-LIF-15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import tuple_

from services.contracts import tables
from services.contracts.application.locking import Locked, lock_logs, unlock_log
from services.contracts.application.logs import Warned, open_log
from services.contracts.application.placing import fill_log
from services.contracts.application.reconciling import reconcile_log, reverse_reconciliation
from services.contracts.repository.logs import log
from services.contracts.repository.rows import Record, find
from shared.kernel.errors import BillingError, NotFound
from shared.runtime.db import AsyncSession

Goal = Literal["placed", "locked", "reconciled", "open"]
_Logs = dict[tuple[UUID, date], Record]


@dataclass(frozen=True, slots=True)
class Step:
    """One log by station and date, and the state it goes to; `placed` opens it where it is missing."""

    station_id: UUID
    air_on: date
    to: Goal


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a step: a refusal, or counts and warnings."""

    refusal: BillingError | None = None
    placed_count: int = 0
    unplaced_count: int = 0
    warnings: Sequence[Warned] = ()


async def take_steps(session: AsyncSession, steps: Sequence[Step], now: datetime) -> list[Taken]:
    """Take every step that can be taken; the results in the order asked."""
    logs = await _logs(session, steps)
    back = [at for at, step in enumerate(steps) if _is_back(step, logs)]
    forward = sorted(set(range(len(steps))) - set(back), key=lambda at: (steps[at].air_on, at))
    taken: dict[int, Taken] = {}
    for at in sorted(back, key=lambda at: (steps[at].air_on, at), reverse=True):
        taken[at] = await _one(session, steps[at], logs, now)
    locking = [at for at in forward if steps[at].to == "locked"]
    for at in (at for at in forward if steps[at].to == "placed"):
        taken[at] = await _one(session, steps[at], logs, now)
    taken |= await _lock(session, steps, locking, logs)
    for at in (at for at in forward if steps[at].to == "reconciled"):
        taken[at] = await _one(session, steps[at], logs, now)
    return [taken[at] for at in range(len(steps))]


async def _lock(session: AsyncSession, steps: Sequence[Step], chosen: Sequence[int], logs: _Logs) -> dict[int, Taken]:
    """All logs that are to be locked, by one set of statements."""
    found = {at: logs.get((steps[at].station_id, steps[at].air_on)) for at in chosen}
    done = await lock_logs(session, [here["id"] for here in found.values() if here]) if found else {}
    return {at: _locked(done[here["id"]]) if here else Taken(_unknown()) for at, here in found.items()}


def _locked(done: Locked | BillingError) -> Taken:
    return Taken(done) if isinstance(done, BillingError) else Taken(warnings=done.warnings)


async def _one(session: AsyncSession, step: Step, logs: _Logs, now: datetime) -> Taken:
    try:
        async with session.begin_nested():
            return await _taken(session, step, logs, now)
    except BillingError as refused:
        return Taken(refused)


async def _taken(session: AsyncSession, step: Step, logs: _Logs, now: datetime) -> Taken:
    here = logs.get((step.station_id, step.air_on))
    if here is None and step.to == "placed":
        here = logs[step.station_id, step.air_on] = await open_log(session, step.station_id, step.air_on)
    if here is None:
        raise _unknown()
    if step.to == "placed":
        done = await fill_log(session, here["id"])
        return Taken(None, len(done.placed), len(done.unplaced))
    if step.to == "locked":
        await reverse_reconciliation(session, here["id"], None)
    elif step.to == "open":
        await unlock_log(session, here["id"], None)
    else:
        await reconcile_log(session, here["id"], None, now)
    return Taken()


def _is_back(step: Step, logs: _Logs) -> bool:
    here = logs.get((step.station_id, step.air_on))
    return step.to == "open" or (step.to == "locked" and here is not None and here["state"] == "reconciled")


def _unknown() -> BillingError:
    return NotFound("not_found", "The station has no log for this date.")


async def _logs(session: AsyncSession, steps: Sequence[Step]) -> _Logs:
    wanted = {(step.station_id, step.air_on) for step in steps}
    rows = await find(session, tables.Log, tuple_(log.c.station_id, log.c.air_on).in_(wanted))
    return {(row["station_id"], row["air_on"]): row for row in rows}
