"""Approving contracts, one or many at once, and completing them (CT-LIF-04, CT-LIF-05, CT-LIF-12)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from services.contracts import tables
from services.contracts.application.confirming import confirm
from services.contracts.application.expanding import expand
from services.contracts.application.headers import Parties, header_of, local_day, parties_of
from services.contracts.application.line_checks import stations_of, stored_faults
from services.contracts.application.telling import occurrence_states, tell_contracts
from services.contracts.domain.contract import Contract
from services.contracts.domain.header import approval_faults
from services.contracts.domain.station_time import day_of
from services.contracts.repository.radio import contract as contracts
from services.contracts.repository.radio import fall_due, finished, lines_of
from services.contracts.repository.rows import Record, change, find
from shared.events.contracts import ContractApproved, ContractCompleted, OffAirFellDue
from shared.kernel.errors import BillingError, Fault, Invalid, NotFound, StaleVersion
from shared.runtime.audit import Change, audit_all
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_batch

Approved = dict[UUID, Record | BillingError]


async def approve_contract(
    session: AsyncSession, contract_id: UUID, version: int | None, now: datetime, reason: str = ""
) -> Record:
    """Make a contract's pending lines live: units and occurrences arise, all in one step (CT-LIF-04, CT-LIF-05).

    `Invalid` lists every failing check; `NotAllowedNow("nothing_to_approve")` without pending lines.
    """
    done = (await approve_contracts(session, [contract_id], now, version=version, reason=reason))[contract_id]
    if isinstance(done, BillingError):
        raise done
    return done


async def approve_contracts(
    session: AsyncSession,
    contract_ids: Sequence[UUID],
    now: datetime,
    *,
    version: int | None = None,
    reason: str = "",
) -> Approved:
    """Approve those contracts that can be, by one set of statements; the refusals of the others are answered."""
    found = await find(session, tables.Contract, contracts.c.id.in_(set(contract_ids)), lock=True)
    done: Approved = {id_: NotFound("not_found", "There is no such contract.") for id_ in contract_ids}
    pending: dict[UUID, list[Record]] = {one["id"]: [] for one in found}
    for line in await lines_of(session, pending):
        if line["status"] == "pending":
            pending[line["contract_id"]].append(line)
    parties = await parties_of(session, found)
    stations = await stations_of(session, {line["station_id"] for lines in pending.values() for line in lines})
    sound = []
    for contract in found:
        try:
            if version is not None and contract["version"] != version:
                raise StaleVersion
            done[contract["id"]] = _approved(contract, parties, pending[contract["id"]], stations, now)
            sound.append(contract)
        except BillingError as refused:
            done[contract["id"]] = refused
    await _keep(session, sound, [line for one in sound for line in pending[one["id"]]], now, reason)
    await complete_contracts(session, {one["id"]: local_day(now, one, parties) for one in sound})
    return done


async def complete_contracts(session: AsyncSession, days: Mapping[UUID, date]) -> None:
    """Close those of these contracts that have nothing left to run or fall due, on their day (CT-LIF-12)."""
    ended = await finished(session, days)
    for contract in ended:
        contract |= {"state": "completed", "completed_on": days[contract["id"]], "version": contract["version"] + 1}
    await change(session, tables.Contract, ended)
    await tell_contracts(session, ContractCompleted, ended)
    changes = [Change(one["id"], {"state": "active"}, {"state": "completed"}) for one in ended]
    await audit_all(session, action="contract.completed", entity="contract", changes=changes)


async def let_fall_due(session: AsyncSession, now: datetime) -> int:
    """Occurrences whose date has arrived where their station is become billable (CT-LIN-27); how many there were."""
    today = await station_days(session, now)
    due = await fall_due(session, today)
    await record_batch(session, OffAirFellDue, await occurrence_states(session, due))
    await complete_contracts(session, {one["contract_id"]: today[one["station_id"]] for one in due})
    return len(due)


async def station_days(session: AsyncSession, now: datetime) -> dict[UUID, date]:
    """Which day it is at each station."""
    return {row["id"]: day_of(now, row["time_zone"]) for row in await find(session, tables.Station)}


def _approved(
    contract: Record, parties: Parties, pending: Sequence[Record], stations: Mapping[UUID, Record], now: datetime
) -> Record:
    """The contract made live; a refusal lists every failing check at once (CT-LIF-04)."""
    state = Contract(contract["state"], contract["revision"], contract["approved_at"], contract["cancelled_at"])
    decided = state.approve(pending_lines=len(pending), now=now)
    today = local_day(now, contract, parties)
    faults: list[Fault] = approval_faults(header_of(contract, parties), [line["quantity"] for line in pending])
    for index, line in enumerate(pending):
        found = stored_faults(line, stations.get(line["station_id"]), today)
        faults += [replace(fault, pointer=f"/lines/{index}{fault.pointer}") for fault in found]
    if faults:
        raise Invalid.of(faults)
    contract |= {"state": decided.state, "revision": decided.revision, "approved_at": now}
    contract["version"] += 1
    return contract


async def _keep(
    session: AsyncSession, approved: Sequence[Record], lines: Sequence[Record], now: datetime, reason: str
) -> None:
    await change(session, tables.Contract, approved)
    live = [{**line, "status": "approved", "approved_at": now} for line in lines]
    kept = ("id", "status", "approved_at")
    await change(session, tables.ContractLine, [{name: line[name] for name in kept} for line in live])
    await tell_contracts(session, ContractApproved, approved)
    await expand(session, live, await station_days(session, now))
    await confirm(session, approved, now)
    changes = [Change(one["id"], None, {"state": one["state"], "revision": one["revision"]}) for one in approved]
    await audit_all(session, action="contract.approved", entity="contract", changes=changes, reason=reason)
