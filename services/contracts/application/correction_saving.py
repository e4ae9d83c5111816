"""Saving a correction: the contract changes in place, has a new revision, and everything open is priced anew."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.confirming import confirm
from services.contracts.application.contract_correction import abandon_correction, correction_locked
from services.contracts.application.corrected_values import CorrectedState, corrected_state
from services.contracts.application.headers import parties_of
from services.contracts.application.telling import occurrence_states, tell_contracts
from services.contracts.domain.contract import Contract
from services.contracts.domain.contract_correction import Corrected
from services.contracts.repository.expansion import reprice_occurrences, reprice_spots
from services.contracts.repository.radio import lines_of
from services.contracts.repository.rows import Record, change
from shared.events.contracts import ContractBillingCycleChanged, ContractCorrected, OffAirFellDue
from shared.kernel.errors import Forbidden
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession, context_of
from shared.runtime.outbox import record_batch


async def save_correction(
    session: AsyncSession, contract_id: UUID, correction_id: UUID, version: int | None, now: datetime
) -> Record:
    """Apply what was prepared: a new revision, old and new value of each field told, and a new cycle told on its own.

    Where nothing differs from what was approved it ends as if abandoned. `NotAllowedNow("correction_not_open")`;
    `Forbidden("four_eyes")` above the legal entity's limit for the one who opened it (CT-LIF-20, CT-LIF-21).
    """
    contract, correction = await correction_locked(session, contract_id, correction_id, version)
    state = await corrected_state(session, contract, correction["changes"])
    if not state.fields:
        return await abandon_correction(session, contract_id, correction_id, version, now)
    await _check_four_eyes(session, contract, correction, state)
    standing = Contract(contract["state"], contract["revision"], correction=contract["correction"]).correct()
    after = {
        **state.header,
        "revision": standing.revision,
        "correction": standing.correction,
        "correction_id": None,
        "corrected_fields": [_told(one) for one in state.fields],
    }
    await _keep_lines(session, state.lines)
    await _tell(session, after, ContractCorrected)
    if after["billing_cycle"] != contract["billing_cycle"]:
        await _tell(session, after, ContractBillingCycleChanged)
    await _reprice(session, state.lines)
    await confirm(session, [after], now)
    ended = {"state": "saved", "closed_by": context_of(session).actor, "closed_at": now}
    correction |= {**ended, "version": correction["version"] + 1}
    await change(session, tables.Correction, [correction])
    await audit(
        session,
        action="contract.corrected",
        entity="contract",
        entity_id=contract_id,
        before={"revision": contract["revision"], "fields": [_side(one, one.old) for one in state.fields]},
        after={"revision": after["revision"], "fields": [_side(one, one.new) for one in state.fields]},
        reason=correction["reason"],
    )
    return correction


async def _check_four_eyes(session: AsyncSession, contract: Record, correction: Record, state: CorrectedState) -> None:
    """From the legal entity's limit on another than the opener saves; in another currency always (CT-LIF-20)."""
    parties = await parties_of(session, [contract])
    entity = parties.of("legal_entity_id", contract)
    limit = entity["four_eyes_amount"]
    if limit is None or context_of(session).actor != correction["requested_by"]:
        return
    before = {one["id"]: one["total_amount"] for one in await lines_of(session, [contract["id"]])}
    after = before | {one["id"]: one["total_amount"] for one in state.lines}
    gross = max(sum(before.values()), sum(after.values()))
    if contract["currency"] != entity["currency"] or gross >= limit:
        raise Forbidden("four_eyes", "Somebody else than who opened the correction must save it.")


async def _keep_lines(session: AsyncSession, lines: list[Record]) -> None:
    kept = ("id", "rate_amount", "total_amount", "comment", "income_account")
    await change(session, tables.ContractLine, [{name: line[name] for name in kept} for line in lines])


async def _tell(session: AsyncSession, contract: Record, told: Any) -> None:
    contract["version"] += 1
    await change(session, tables.Contract, [contract])
    await tell_contracts(session, told, [contract])


async def _reprice(session: AsyncSession, lines: list[Record]) -> None:
    """Units and occurrences follow their line; due amounts are told again, units with their next log."""
    await reprice_spots(session, lines)
    due = [one for one in await reprice_occurrences(session, lines) if one["state"] == "due"]
    await record_batch(session, OffAirFellDue, await occurrence_states(session, due))


def _told(one: Corrected) -> Record:
    return {"field": one.field, "line_no": one.line_no, "old": one.old, "new": one.new}


def _side(one: Corrected, value: str) -> Record:
    return {"field": one.field, "line_no": one.line_no, "value": value}
