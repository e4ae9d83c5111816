"""Correction mode: asked for, opened by invoicing's hold, saved or abandoned (CT-LIF-13 to CT-LIF-24; saga 9)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.corrected_values import corrected_state, merged
from services.contracts.application.telling import tell_contracts
from services.contracts.domain.contract import Contract
from services.contracts.repository.corrections import live_invoices, under_way
from services.contracts.repository.radio import contract_by_id, contract_locked
from services.contracts.repository.rows import Record, change, find, insert, table_of
from shared.events.contracts import (
    ContractCorrectionAbandoned,
    ContractCorrectionOpened,
    ContractCorrectionRequested,
    ContractState,
)
from shared.events.invoicing import CorrectionHoldState
from shared.kernel.errors import Blocker, Fault, Invalid, NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession, context_of

# A wish that invoicing does not answer is given up, so that the contract is free again.
ANSWER_WITHIN = timedelta(minutes=5)
_correction = table_of(tables.Correction)


async def ask_correction(
    session: AsyncSession, contract_id: UUID, version: int | None, *, acknowledged: bool, reason: str, now: datetime
) -> Record:
    """Ask invoicing to hold the contract's invoices; the correction opens when it has (CT-LIF-13, CT-LIF-14).

    `Invalid("acknowledgement_required")` without flag or reason; `NotAllowedNow`: `not_approved`, `state`,
    `correction_open`, `invoices_not_reversed` naming those that contracts knows of.
    """
    if not acknowledged or not reason.strip():
        field = "reason" if acknowledged else "acknowledge_impact"
        message = "Reports will show other figures: acknowledge that and give a reason."
        raise Invalid.of([Fault(f"/{field}", "acknowledgement_required", message, field=field)])
    contract = await contract_locked(session, contract_id, version)
    standing = Contract(contract["state"], contract["revision"], correction=contract["correction"]).ask_correction()
    if live := await live_invoices(session, contract_id):
        raise NotAllowedNow(
            "invoices_not_reversed",
            f"Approved invoices must be reversed first: {', '.join(one['invoice_no'] for one in live)}.",
            blockers=[
                Blocker("invoices_not_reversed", f"Invoice {one['invoice_no']}", f"/v1/invoicing/invoices/{one['id']}")
                for one in live
            ],
        )
    made: Record = {
        "id": new_id(),
        "version": 1,
        "contract_id": contract_id,
        "state": "requested",
        "reason": reason,
        "requested_by": context_of(session).actor,
        "requested_at": now,
        "expires_at": now + ANSWER_WITHIN,
        "opened_at": None,
        "changes": {},
        "closed_by": "",
        "closed_at": None,
        "blocked_by": [],
    }
    await insert(session, tables.Correction, [made])
    contract |= {"correction": standing.correction, "correction_id": made["id"]}
    await _tell(session, contract, ContractCorrectionRequested, "correction_requested", reason)
    return made


async def hear_holds(session: AsyncSession, holds: Sequence[CorrectionHoldState], now: datetime) -> None:
    """Invoicing's answers: a placed hold opens the correction, a refusal ends the wish for it (CT-LIF-14).

    An answer to a wish that was given up meanwhile changes nothing: that end was told, and releases the hold.
    """
    for hold in sorted(holds, key=lambda one: one.contract_id):
        contract = await contract_by_id(session, hold.contract_id, lock=True)
        correction = await _locked(session, hold.id)
        if correction["state"] != "requested":
            continue
        if hold.state == "placed":
            await _change(session, correction, {"state": "open", "opened_at": now})
            contract["correction"] = "open"
            await _tell(session, contract, ContractCorrectionOpened, "correction_opened", correction["reason"])
        else:
            numbers = [one.invoice_no for one in hold.invoices]
            await _end(session, contract, correction, {"state": "refused", "blocked_by": numbers}, now)


async def prepare_correction(
    session: AsyncSession, contract_id: UUID, correction_id: UUID, version: int, changes: Mapping[str, Any]
) -> Record:
    """Add to what the correction will change; checked at once, applied when it is saved (CT-LIF-17).

    `NotAllowedNow`: `not_correctable`, `correction_not_open`; `Invalid` for what the contract could not hold.
    """
    contract, correction = await correction_locked(session, contract_id, correction_id, version)
    prepared = merged(correction["changes"], changes)
    await corrected_state(session, contract, prepared)
    return await _change(session, correction, {"changes": prepared})


async def abandon_correction(
    session: AsyncSession, contract_id: UUID, correction_id: UUID, version: int | None, now: datetime
) -> Record:
    """End a correction, or the wish for one, without a trace but the audit entry (CT-LIF-20)."""
    contract, correction = await correction_locked(session, contract_id, correction_id, version, "requested", "open")
    return await _end(session, contract, correction, {"state": "abandoned", "changes": {}}, now)


async def give_up_unanswered(session: AsyncSession, now: datetime) -> int:
    """End the wishes that invoicing has not answered in time; how many there were."""
    expired = await under_way(session, _correction.c.state == "requested", _correction.c.expires_at < now)
    for one in expired:
        await abandon_correction(session, one["contract_id"], one["id"], None, now)
    return len(expired)


async def correction_of(session: AsyncSession, contract_id: UUID, correction_id: UUID) -> Record:
    """One correction of a contract, or `NotFound`."""
    found = await find(
        session, tables.Correction, _correction.c.id == correction_id, _correction.c.contract_id == contract_id
    )
    if not found:
        raise NotFound("not_found", "The contract has no such correction.")
    return found[0]


async def correction_locked(
    session: AsyncSession, contract_id: UUID, correction_id: UUID, version: int | None, *states: str
) -> tuple[Record, Record]:
    """Contract and correction, locked in this order, in one of the states; `open` when none is named."""
    contract = await contract_by_id(session, contract_id, lock=True)
    correction = await correction_of(session, contract_id, correction_id)
    if version is not None and correction["version"] != version:
        raise StaleVersion
    if correction["state"] not in (states or ("open",)):
        raise NotAllowedNow("correction_not_open", "The correction is not open.")
    return contract, correction


async def _end(session: AsyncSession, contract: Record, correction: Record, how: Record, now: datetime) -> Record:
    ended = await _change(session, correction, {**how, "closed_by": context_of(session).actor, "closed_at": now})
    contract |= {"correction": "none", "correction_id": None}
    await _tell(session, contract, ContractCorrectionAbandoned, f"correction_{how['state']}", correction["reason"])
    return ended


async def _locked(session: AsyncSession, correction_id: UUID) -> Record:
    found = await find(session, tables.Correction, _correction.c.id == correction_id, lock=True)
    if not found:
        raise NotFound("not_found", "There is no such correction.")
    return found[0]


async def _change(session: AsyncSession, correction: Record, how: Mapping[str, Any]) -> Record:
    correction |= {**how, "version": correction["version"] + 1}
    await change(session, tables.Correction, [{"id": correction["id"], "version": correction["version"], **how}])
    return correction


async def _tell(session: AsyncSession, contract: Record, told: type[ContractState], action: str, reason: str) -> None:
    contract["version"] += 1
    kept = ("id", "version", "correction", "correction_id")
    await change(session, tables.Contract, [{name: contract[name] for name in kept}])
    await tell_contracts(session, told, [contract])
    await audit(session, action=f"contract.{action}", entity="contract", entity_id=contract["id"], reason=reason)
