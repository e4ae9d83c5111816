"""What aired and what did not: as-run files, the commit of a log and its undoing (CT-LOG-10 to CT-LOG-15)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.contracts import tables
from services.contracts.application.approval import complete_contracts
from services.contracts.application.logs import settle
from services.contracts.application.telling import spot_states, tell_contracts
from services.contracts.domain.as_run import Expected, Played, match_as_run
from services.contracts.domain.station_time import instant
from services.contracts.repository.logs import as_run_of, log_by_id, spot, station_of, units_on
from services.contracts.repository.radio import contract as contracts
from services.contracts.repository.radio import trash_spots
from services.contracts.repository.rows import Record, change, find, insert, table_of
from shared.events.contracts import (
    ContractReopened,
    LogReconciled,
    LogReconciliationReversed,
    SpotMissed,
    SpotTrashed,
)
from shared.kernel.errors import Blocker, Fault, Invalid, NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_batch

MINUTE = 60


async def add_as_run(session: AsyncSession, lines: Sequence[Record]) -> None:
    """Keep lines of an as-played file, each with its `log_id`, and match all lines of those logs with their units."""
    await insert(session, tables.AsRunLine, [{"id": new_id(), "spot_id": None, **line} for line in lines])
    await _match(session, {line["log_id"] for line in lines})


async def reconcile_log(
    session: AsyncSession,
    log_id: UUID,
    version: int | None,
    now: datetime,
    *,
    air_minutes: Mapping[UUID, int] | None = None,
    missed: Sequence[UUID] = (),
) -> Record:
    """Commit what aired: by the as-run lines where there are any, else as scheduled, a person's word above both.

    `log_not_locked` on an open log; a second commit changes nothing (CT-LOG-10, CT-LOG-11).
    """
    here = await log_by_id(session, log_id, lock=True)
    if here["state"] == "reconciled":
        return here
    _check_version(here, version)
    if here["state"] != "locked":
        raise NotAllowedNow("log_not_locked", "Only a locked log is reconciled.")
    units = await units_on(session, [here], "locked")
    corrected = dict(air_minutes or {})
    unknown = (set(corrected) | set(missed)) - {row["id"] for row in units}
    if unknown:
        raise Invalid.of([Fault("/spots", "unknown_reference", "A unit is not on this log.")])
    played = await as_run_of(session, log_id)
    aired_at = {row["spot_id"]: row["air_second"] // MINUTE for row in played if row["spot_id"]}
    if not played:
        aired_at = {row["id"]: row["scheduled_minute"] for row in units}
    aired_at |= corrected
    for spot_id in missed:
        aired_at.pop(spot_id, None)
    station = await station_of(session, here["station_id"])
    assert station is not None
    settled = [_settled(row, aired_at.get(row["id"]), here, station["time_zone"]) for row in units]
    await _store(session, settled)
    await settle(session, here, "reconciled", LogReconciled, settled)
    gone = [row for row in settled if row["state"] == "missed"]
    await record_batch(session, SpotMissed, await spot_states(session, gone))
    today = now.astimezone(ZoneInfo(station["time_zone"])).date()
    await complete_contracts(session, {row["contract_id"] for row in units}, today)
    return here


async def reverse_reconciliation(session: AsyncSession, log_id: UUID, version: int | None) -> Record:
    """Undo a commit while none of its units is on an issued invoice: `unit_invoiced` names those (CT-LOG-12)."""
    here = await log_by_id(session, log_id, lock=True)
    _check_version(here, version)
    if here["state"] != "reconciled":
        raise NotAllowedNow("log_not_reconciled", "Only a reconciled log can be reversed.")
    units = await units_on(session, [here], "aired", "missed")
    invoiced = {row["invoice_id"] for row in units if row["invoice_id"]}
    if invoiced:
        invoice = table_of(tables.IssuedInvoice)
        rows = await find(session, tables.IssuedInvoice, invoice.c.id.in_(invoiced), order=(invoice.c.invoice_no,))
        blockers = [Blocker("unit_invoiced", f"Invoice {row['invoice_no']}") for row in rows]
        raise NotAllowedNow("unit_invoiced", "Units of the log are on issued invoices.", blockers=blockers)
    locked = [
        {**row, "state": "locked", "air_minute": None, "aired_at": None, "version": row["version"] + 1} for row in units
    ]
    await _store(session, locked)
    await settle(session, here, "locked", LogReconciliationReversed, locked)
    await _reopen(session, {row["contract_id"] for row in units})
    return here


async def trash_spot(session: AsyncSession, spot_id: UUID, now: datetime, reason: str = "") -> Record:
    """Dismiss a unit for good; `unit_locked` when it is locked or aired (CT-LOG-13, CT-LOG-15)."""
    found = await find(session, tables.Spot, spot.c.id == spot_id, lock=True)
    if not found:
        raise NotFound("not_found", "There is no such unit.")
    if found[0]["state"] == "trashed":
        return found[0]
    trashed = await trash_spots(session, spot.c.id == spot_id)
    if not trashed:
        raise NotAllowedNow("unit_locked", "A locked or aired unit is not trashed.")
    await record_batch(session, SpotTrashed, await spot_states(session, trashed))
    await complete_contracts(session, {trashed[0]["contract_id"]}, now.date())
    await audit(session, action="spot.trashed", entity="spot", entity_id=spot_id, reason=reason)
    return trashed[0]


def _check_version(here: Record, version: int | None) -> None:
    if version is not None and here["version"] != version:
        raise StaleVersion


async def _match(session: AsyncSession, log_ids: set[UUID]) -> None:
    """Match the lines of these logs with their units, a few queries for all of them."""
    log, line = table_of(tables.Log), table_of(tables.AsRunLine)
    logs = await find(session, tables.Log, log.c.id.in_(log_ids))
    lines: dict[UUID, list[Played]] = defaultdict(list)
    for row in await find(session, tables.AsRunLine, line.c.log_id.in_(log_ids)):
        lines[row["log_id"]].append(
            Played(row["id"], row["air_second"], row["cart_no"], row["length_seconds"], row["contract_no"])
        )
    expected: dict[tuple[UUID, date], list[Expected]] = defaultdict(list)
    for row in await units_on(session, logs, "locked"):
        expected[row["station_id"], row["log_on"]].append(
            Expected(
                row["id"],
                row["scheduled_minute"] * MINUTE,
                row["cart_no"] or "",
                row["length_seconds"],
                row["contract_no"],
            )
        )
    matched: dict[UUID, UUID] = {}
    for here in logs:
        matched |= match_as_run(lines[here["id"]], expected[here["station_id"], here["air_on"]])
    every = [played.id for list_ in lines.values() for played in list_]
    await change(session, tables.AsRunLine, [{"id": one, "spot_id": matched.get(one)} for one in every])


def _settled(row: Record, air_minute: int | None, here: Mapping[str, Any], time_zone: str) -> Record:
    ran = air_minute is not None
    return {
        **row,
        "version": row["version"] + 1,
        "state": "aired" if ran else "missed",
        "air_minute": air_minute,
        "aired_at": instant(here["air_on"], air_minute, time_zone) if air_minute is not None else None,
    }


async def _store(session: AsyncSession, rows: Sequence[Record]) -> None:
    names = ("id", "version", "state", "air_minute", "aired_at")
    await change(session, tables.Spot, [{name: row[name] for name in names} for row in rows])


async def _reopen(session: AsyncSession, contract_ids: set[UUID]) -> None:
    """A reversal makes a completed contract active again (CT-LIF-12)."""
    closed = await find(
        session, tables.Contract, contracts.c.id.in_(contract_ids), contracts.c.state == "completed", lock=True
    )
    for row in closed:
        row |= {"state": "active", "completed_on": None, "version": row["version"] + 1}
    await change(session, tables.Contract, closed)
    await tell_contracts(session, ContractReopened, closed)
