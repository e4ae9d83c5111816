"""Approving, cancelling and completing contracts (CT-LIF)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from services.contracts import tables
from services.contracts.application.headers import Parties, header_of, local_day, parties_of
from services.contracts.application.lines import line_of
from services.contracts.application.telling import occurrence_states, spot_states, tell_contracts
from services.contracts.domain.contract import Contract, approval_faults
from services.contracts.domain.line import SpotTerms, line_faults
from services.contracts.repository.radio import (
    change_occurrences,
    closed_logs,
    contract_by_id,
    finished,
    lines_of,
    occurrence,
    spot,
    trash_spots,
)
from services.contracts.repository.rows import Record, change, insert
from shared.events.contracts import (
    ContractApproved,
    ContractCancelled,
    ContractCompleted,
    OffAirFellDue,
    SpotTrashed,
    SpotUnplaced,
)
from shared.kernel.errors import Invalid, StaleVersion
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_batch


async def approve_contract(session: AsyncSession, contract_id: UUID, version: int | None, now: datetime) -> Record:
    """Make a contract's pending lines live: units and occurrences arise, all in one step (CT-LIF-04, CT-LIF-05).

    `Invalid` lists every failing check; `NotAllowedNow("nothing_to_approve")` without pending lines.
    """
    contract = await _locked(session, contract_id, version)
    parties = await parties_of(session, [contract])
    today = local_day(now, contract, parties)
    pending = [line for line in await lines_of(session, [contract_id]) if line["status"] == "pending"]
    decided = _state_of(contract).approve(pending_lines=len(pending), now=now)
    _check(contract, parties, pending, today)
    contract |= {"state": decided.state, "revision": decided.revision, "approved_at": now}
    contract["version"] += 1
    await change(session, tables.Contract, [contract])
    await change(session, tables.ContractLine, [{"id": line["id"], "status": "approved"} for line in pending])
    await tell_contracts(session, ContractApproved, [contract])
    await _create_spots(session, contract, pending)
    await _create_occurrences(session, contract, pending, today)
    await _audit(session, "approved", contract)
    return contract


async def cancel_contract(
    session: AsyncSession, contract_id: UUID, version: int | None, now: datetime, reason: str = ""
) -> Record:
    """End a contract as early as its logs allow (CT-LIF-08 to CT-LIF-10)."""
    contract = await _locked(session, contract_id, version)
    decided = _state_of(contract).cancel(now)
    if decided.state == contract["state"]:
        return contract
    parties = await parties_of(session, [contract])
    today = local_day(now, contract, parties)
    spots = await trash_spots(session, spot.c.contract_id == contract_id)
    due = occurrence.c.due_on >= today
    occurrences = await change_occurrences(session, "trashed", occurrence.c.contract_id == contract_id, due)
    contract |= {"state": decided.state, "cancelled_at": now}
    contract["version"] += 1
    await change(session, tables.Contract, [contract])
    trashed = [one["id"] for one in spots + occurrences]
    await tell_contracts(session, ContractCancelled, [contract], trashed=trashed)
    await record_batch(session, SpotTrashed, await spot_states(session, spots))
    await _audit(session, "cancelled", contract, reason)
    return contract


async def complete_contracts(session: AsyncSession, contract_ids: Iterable[UUID], today: date) -> None:
    """Close those of these contracts that have nothing left to run or fall due (CT-LIF-12)."""
    ended = await finished(session, contract_ids)
    for contract in ended:
        contract |= {"state": "completed", "completed_on": today, "version": contract["version"] + 1}
    await change(session, tables.Contract, ended)
    await tell_contracts(session, ContractCompleted, ended)


async def let_fall_due(session: AsyncSession, today: date) -> int:
    """Occurrences whose date has arrived become billable (CT-LIN-27); how many there were."""
    due = await change_occurrences(session, "due", occurrence.c.due_on <= today)
    await record_batch(session, OffAirFellDue, await occurrence_states(session, due))
    await complete_contracts(session, {one["contract_id"] for one in due}, today)
    return len(due)


async def _locked(session: AsyncSession, contract_id: UUID, version: int | None) -> Record:
    contract = await contract_by_id(session, contract_id, lock=True)
    if version is not None and contract["version"] != version:
        raise StaleVersion
    return contract


def _state_of(contract: Record) -> Contract:
    return Contract(contract["state"], contract["revision"], contract["approved_at"], contract["cancelled_at"])


def _check(contract: Record, parties: Parties, pending: Sequence[Record], today: date) -> None:
    faults = approval_faults(header_of(contract, parties), [line["quantity"] for line in pending])
    for index, line in enumerate(pending):
        override = line["override_start_date"]
        faults += line_faults(line_of(line), f"/lines/{index}", today=today, override_start=override)
    if faults:
        raise Invalid.of(faults)


async def _create_spots(session: AsyncSession, contract: Record, lines: Sequence[Record]) -> None:
    """One unit per counted spot; where the log is closed already it starts on the bump list (CT-LIN-06, CT-LIN-32)."""
    closed = await closed_logs(session, {line["station_id"] for line in lines})
    spots = []
    for row in lines:
        line = line_of(row)
        if not isinstance(line.terms, SpotTerms):
            continue
        for day, count in line.ordered.items():
            state = "unplaced" if (row["station_id"], day) in closed else "scheduled"
            spots += [_spot(contract, row, line.terms, day, state) for _ in range(count)]
    await insert(session, tables.Spot, spots)
    bumped = [one for one in spots if one["state"] == "unplaced"]
    await record_batch(session, SpotUnplaced, await spot_states(session, bumped))


def _spot(contract: Record, line: Record, terms: SpotTerms, day: date, state: str) -> Record:
    return {
        "id": new_id(),
        "version": 1,
        "contract_id": contract["id"],
        "line_id": line["id"],
        "line_no": line["line_no"],
        "station_id": line["station_id"],
        "state": state,
        "original_target_on": day,
        "target_on": day,
        "length_seconds": terms.length_seconds,
        "rate_amount": line["rate_amount"],
        "avail_type": terms.avail_type,
        "log_on": None,
        "break_id": None,
        "break_position": None,
        "scheduled_minute": None,
        "air_minute": None,
        "aired_at": None,
        "copy_id": None,
        "invoice_id": None,
    }


async def _create_occurrences(session: AsyncSession, contract: Record, lines: Sequence[Record], today: date) -> None:
    """One occurrence per due date of an off-air line; those already past are due at once (CT-LIN-27)."""
    made = [
        {
            "id": new_id(),
            "version": 1,
            "contract_id": contract["id"],
            "line_id": row["id"],
            "line_no": row["line_no"],
            "station_id": row["station_id"],
            "due_on": day,
            "state": "due" if day <= today else "scheduled",
            "amount": row["rate_amount"],
            "comment": row["comment"],
            "income_account": row["income_account"],
            "invoice_id": None,
        }
        for row in lines
        if row["kind"] == "off_air"
        for day in line_of(row).ordered
    ]
    await insert(session, tables.OffAirOccurrence, made)
    due = [one for one in made if one["state"] == "due"]
    await record_batch(session, OffAirFellDue, await occurrence_states(session, due))


async def _audit(session: AsyncSession, action: str, contract: Record, reason: str = "") -> None:
    await audit(
        session,
        action=f"contract.{action}",
        entity="contract",
        entity_id=contract["id"],
        after={"state": contract["state"], "revision": contract["revision"]},
        reason=reason,
    )
