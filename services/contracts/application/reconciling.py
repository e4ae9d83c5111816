"""What aired and what did not: what is proposed, the commit of a log and its undoing (CT-LOG-10 to CT-LOG-12)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.approval import complete_contracts
from services.contracts.application.as_run import judged_lines
from services.contracts.application.copy_choice import choose_copy
from services.contracts.application.logs import Settled, held_log, settle_logs
from services.contracts.application.placing import earliest_on
from services.contracts.application.telling import spot_states, tell_contracts
from services.contracts.domain.reconciliation import Due, Proposal, Ran, Word, corrected, proposals
from services.contracts.domain.rotation import Airing
from services.contracts.domain.station_time import day_of, instant
from services.contracts.repository.logs import as_run_of, chosen_units, contracts_on, hold_contracts, spot, units_on
from services.contracts.repository.radio import contract as contracts
from services.contracts.repository.radio import trash_spots
from services.contracts.repository.rows import Record, change, find, table_of
from shared.events.contracts import (
    ContractReopened,
    LogReconciled,
    LogReconciliationReversed,
    SpotMissed,
    SpotTrashed,
    SpotUnplaced,
)
from shared.kernel.errors import Blocker, Fault, Invalid, NotAllowedNow, StaleVersion
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_batch

NO_WORD = Word()
# Units of the bump list that ran on a log, and when (CT-LIN-06).
Added = Mapping[UUID, int]


async def propose(session: AsyncSession, here: Record, *, lock: bool = False) -> list[tuple[Record, Proposal]]:
    """What a locked log's reconciliation starts with, unit by unit (CT-LOG-10)."""
    units = await units_on(session, [here], "locked", lock=lock)
    lines = await as_run_of(session, here["id"])
    proposed = proposals(
        [Due(row["id"], row["scheduled_minute"]) for row in units],
        [Ran(row["id"], row["air_second"], row["second_pass"], row["cart_no"]) for row in lines],
        judged_lines(lines, units),
        with_file=bool(lines),
    )
    return list(zip(units, proposed, strict=True))


async def reconcile_log(
    session: AsyncSession,
    log_id: UUID,
    version: int | None,
    now: datetime,
    *,
    word: Word = NO_WORD,
    added: Added | None = None,
) -> Record:
    """Commit what aired: by the as-run lines where there are any, else as scheduled, a person's word above both.

    `log_not_locked` on an open log; a second commit changes nothing (CT-LOG-10, CT-LOG-11).
    """
    here, station = await held_log(session, log_id, None)
    if here["state"] == "reconciled":
        return here
    if version not in (None, here["version"]):
        raise StaleVersion
    if here["state"] != "locked":
        raise NotAllowedNow("log_not_locked", "Only a locked log is reconciled.")
    extra = await chosen_units(session, added or {})
    held = await contracts_on(session, [here], "locked") | {row["contract_id"] for row in extra}
    await hold_contracts(session, held, changing=True)
    proposed = await propose(session, here, lock=True)
    _check_on_log(word, {row["id"] for row, _ in proposed})
    heard = await _copies_heard(session, [row for row, _ in proposed], [one for _, one in proposed])
    said = corrected([one for _, one in proposed], word)
    settled = [
        _settled(row, one, here, station["time_zone"], _said_at(word, row["id"])) | heard.get(row["id"], {})
        for (row, _), one in zip(proposed, said, strict=True)
    ]
    settled += await _added(session, extra, added or {}, here, station["time_zone"])
    await _store(session, settled)
    (after,) = await settle_logs(session, LogReconciled, [Settled(here, "reconciled", settled)])
    await _tell_missed(session, settled)
    today = day_of(now, station["time_zone"])
    await complete_contracts(session, dict.fromkeys(held, today))
    return after


async def reverse_reconciliation(session: AsyncSession, log_id: UUID, version: int | None) -> Record:
    """Undo a commit while none of its units is on an issued invoice: `unit_invoiced` names those (CT-LOG-12).

    Units go back to locked, those that were added while reconciling to the bump list.
    """
    here, _ = await held_log(session, log_id, version)
    if here["state"] != "reconciled":
        raise NotAllowedNow("log_not_reconciled", "Only a reconciled log can be reversed.")
    held = await contracts_on(session, [here], "aired", "missed")
    await hold_contracts(session, held, changing=True)
    units = await units_on(session, [here], "aired", "missed")
    await _check_not_invoiced(session, units)
    back = [_taken_back(row) for row in units]
    await _store(session, back)
    (after,) = await settle_logs(session, LogReconciliationReversed, [Settled(here, "locked", back)])
    waiting = [row for row in back if row["state"] == "unplaced"]
    await record_batch(session, SpotUnplaced, await spot_states(session, waiting))
    await _reopen(session, held)
    return after


def _check_on_log(word: Word, on_log: set[UUID]) -> None:
    said = (("air_times", word.air_minutes), ("second_pass_ids", word.second_pass), ("missed_ids", word.missed))
    faults = [
        Fault(f"/{field}", "unknown_reference", "A unit is not on this log.", field=field)
        for field, spot_ids in said
        if set(spot_ids) - on_log
    ]
    if faults:
        raise Invalid.of(faults)


def _said_at(word: Word, spot_id: UUID) -> str:
    """Where in the request a person speaks of when a unit aired."""
    return "/second_pass_ids" if spot_id in word.second_pass else f"/air_times/{spot_id}"


def _settled(row: Record, one: Proposal, here: Mapping[str, Any], time_zone: str, pointer: str) -> Record:
    """The unit as it aired or missed; `Invalid("no_such_time")` where the day's clock skips the time (CT-LOG-18)."""
    ran = one.air_minute
    try:
        aired_at = None if ran is None else instant(here["air_on"], ran, time_zone, second_pass=one.second_pass)
    except Invalid as refusal:
        raise Invalid.of([Fault(pointer, refusal.code, refusal.message)]) from None
    state = "missed" if ran is None else "aired"
    return {**row, "version": row["version"] + 1, "state": state, "air_minute": ran, "aired_at": aired_at}


async def _copies_heard(
    session: AsyncSession, units: Sequence[Record], proposed: Sequence[Proposal]
) -> dict[UUID, Record]:
    """Another copy of the same customer that ran in a unit's place: what aired counts, not the plan (CT-LOG-19)."""
    other = {
        row["id"]: one.ran.cart_no
        for row, one in zip(units, proposed, strict=True)
        if one.ran is not None and one.ran.cart_no != (row["cart_no"] or "")
    }
    copy = table_of(tables.Copy)
    found = await find(session, tables.Copy, copy.c.cart_no.in_(set(other.values())))
    known = {(row["client_id"], row["cart_no"]): row["id"] for row in found}
    clients = {row["id"]: row["client_id"] for row in units}
    heard = {spot_id: known.get((clients[spot_id], cart_no)) for spot_id, cart_no in other.items()}
    return {spot_id: {"copy_id": copy_id} for spot_id, copy_id in heard.items() if copy_id}


async def _added(
    session: AsyncSession, units: Sequence[Record], at: Added, here: Record, time_zone: str
) -> list[Record]:
    """Units of the bump list that ran on this log after all, with the copy their rotations name (CT-LIN-06)."""
    by_id = {row["id"]: row for row in units}
    index = {spot_id: position for position, spot_id in enumerate(at)}
    faults = [
        Fault(f"/added/{index[spot_id]}/spot_id", code, message)
        for spot_id in at
        for code, message in _not_added(by_id.get(spot_id), here)
    ]
    if faults:
        raise Invalid.of(faults)
    airings = [
        (
            row["contract_id"],
            Airing(
                row["id"],
                row["station_id"],
                row["length_seconds"],
                here["air_on"],
                at[row["id"]],
                row["direct_rotation_id"],
            ),
        )
        for row in units
    ]
    chosen = (await choose_copy(session, airings)).chosen
    return [
        {
            **_settled(row, Proposal(row["id"], at[row["id"]]), here, time_zone, f"/added/{index[row['id']]}/air_time"),
            "log_on": here["air_on"],
            "copy_id": chosen[row["id"]].copy_id,
        }
        for row in units
    ]


def _not_added(row: Record | None, here: Record) -> list[tuple[str, str]]:
    if row is None or row["station_id"] != here["station_id"] or row["state"] not in ("unplaced", "missed"):
        return [("unknown_reference", "The unit is not on this log's bump list.")]
    if here["air_on"] < earliest_on(row):
        return [("makegood_too_early", "A unit runs on or after its target date.")]
    return []


def _taken_back(row: Record) -> Record:
    """A unit as it was before the commit; one without a break was never placed."""
    bumped = row["break_id"] is None
    return {
        **row,
        "version": row["version"] + 1,
        "state": "unplaced" if bumped else "locked",
        "air_minute": None,
        "aired_at": None,
        "log_on": None if bumped else row["log_on"],
        "copy_id": None if bumped else row["copy_id"],
    }


async def _check_not_invoiced(session: AsyncSession, units: Sequence[Record]) -> None:
    invoiced = {row["invoice_id"] for row in units if row["invoice_id"]}
    if invoiced:
        invoice = table_of(tables.IssuedInvoice)
        rows = await find(session, tables.IssuedInvoice, invoice.c.id.in_(invoiced), order=(invoice.c.invoice_no,))
        blockers = [Blocker("unit_invoiced", f"Invoice {row['invoice_no']}") for row in rows]
        raise NotAllowedNow("unit_invoiced", "Units of the log are on issued invoices.", blockers=blockers)


async def _store(session: AsyncSession, rows: Sequence[Record]) -> None:
    names = ("id", "version", "state", "log_on", "air_minute", "aired_at", "copy_id")
    await change(session, tables.Spot, [{name: row[name] for name in names} for row in rows])


async def _tell_missed(session: AsyncSession, settled: Sequence[Record]) -> None:
    """Missed units await a makegood, those of a cancelled contract will never run (CT-LIF-08, CT-LOG-13)."""
    missed = [row for row in settled if row["state"] == "missed"]
    await record_batch(session, SpotMissed, await spot_states(session, missed))
    ended = [row["id"] for row in missed if row["contract_state"] == "cancelled"]
    if ended:
        trashed = await trash_spots(session, spot.c.id.in_(ended))
        await record_batch(session, SpotTrashed, await spot_states(session, trashed))


async def _reopen(session: AsyncSession, contract_ids: set[UUID]) -> None:
    """A reversal makes a completed contract active again (CT-LIF-12)."""
    closed = await find(
        session, tables.Contract, contracts.c.id.in_(contract_ids), contracts.c.state == "completed", lock=True
    )
    for row in closed:
        row |= {"state": "active", "completed_on": None, "version": row["version"] + 1}
    await change(session, tables.Contract, closed)
    await tell_contracts(session, ContractReopened, closed)
