"""Cancelling a contract as early as its logs allow (CT-LIF-08 to CT-LIF-10)."""

from datetime import datetime
from uuid import UUID

from services.contracts import tables
from services.contracts.application.headers import local_day, parties_of
from services.contracts.application.telling import occurrence_states, spot_states, tell_contracts
from services.contracts.domain.contract import Contract
from services.contracts.repository.radio import contract_locked, occurrence, spot, trash_occurrences, trash_spots
from services.contracts.repository.rows import Record, change
from shared.events.contracts import ContractCancelled, OffAirTrashed, SpotTrashed
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_batch


async def cancel_contract(
    session: AsyncSession, contract_id: UUID, version: int | None, now: datetime, reason: str = ""
) -> Record:
    """Trash every unit neither locked nor aired and every occurrence from today on; a second time changes nothing.

    `NotAllowedNow`: `state` on a completed contract, `correction_open` while it is being corrected.
    """
    contract = await contract_locked(session, contract_id, version)
    before = Contract(contract["state"], cancelled_at=contract["cancelled_at"], correction=contract["correction"])
    decided = before.cancel(now)
    if decided == before:
        return contract
    today = local_day(now, contract, await parties_of(session, [contract]))
    spots = await trash_spots(session, spot.c.contract_id == contract_id)
    occurrences = await trash_occurrences(
        session, occurrence.c.contract_id == contract_id, occurrence.c.due_on >= today
    )
    contract |= {"state": decided.state, "cancelled_at": now, "version": contract["version"] + 1}
    await change(session, tables.Contract, [contract])
    await tell_contracts(session, ContractCancelled, [contract])
    await record_batch(session, SpotTrashed, await spot_states(session, spots))
    await record_batch(session, OffAirTrashed, await occurrence_states(session, occurrences))
    await audit(
        session,
        action="contract.cancelled",
        entity="contract",
        entity_id=contract_id,
        before={"state": before.state},
        after={"state": decided.state, "trashed_count": len(spots) + len(occurrences)},
        reason=reason,
    )
    return contract
