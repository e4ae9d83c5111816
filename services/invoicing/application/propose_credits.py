"""Propose credits for what was billed up front and will not run (CT-CYC-11)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.invoicing.domain.deductions import ContractAmounts
from services.invoicing.domain.shortfall import shortfall_credit
from services.invoicing.repository import proposals
from services.invoicing.repository.proposals import AMOUNTS, Record, Trashed
from shared.events.invoicing import CreditNoteProposed
from shared.kernel.ids import new_id
from shared.kernel.money import currency
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record


async def propose_credits(session: AsyncSession, contract_ids: Iterable[UUID]) -> None:
    """Add newly trashed units to the open proposal of their upfront invoice, or make one; contracts are locked."""
    ids = list(contract_ids)
    trashed = await proposals.trashed_units(session, ids)
    if not trashed:
        return
    for invoice in await proposals.upfront_invoices(session, ids):
        units = [one for one in trashed if one.invoice_id == invoice["id"]]
        if units and invoice["total_amount"]:
            await _propose(session, invoice, units)


async def tell_proposal(session: AsyncSession, proposal: Record) -> None:
    """One fact with the proposal's whole state."""
    exponent = -currency(proposal["currency"]).places
    units = await proposals.items_of(session, proposal["id"])
    amounts = {name: Decimal(proposal[name]).scaleb(exponent) for name in AMOUNTS}
    await record(
        session, CreditNoteProposed.model_validate({**proposal, **amounts, "unit_ids": [one["id"] for one in units]})
    )


async def _propose(session: AsyncSession, invoice: dict[str, Any], units: list[Trashed]) -> None:
    open_one = await proposals.open_proposal(session, invoice["id"])
    gross = sum(one.gross_amount for one in units) + (open_one["gross_amount"] if open_one else 0)
    if not gross:
        return
    amounts = shortfall_credit(
        ContractAmounts(*(invoice[name] for name in AMOUNTS)), await proposals.credited(session, invoice["id"]), gross
    )
    proposal: Record = {
        "id": new_id(),
        "version": 0,
        "state": "proposed",
        **{name: invoice[name] for name in ("legal_entity_id", "client_id", "contract_id", "currency")},
        "invoice_id": invoice["id"],
        "credit_note_id": None,
        **(open_one or {}),
        **dict(zip(AMOUNTS, amounts, strict=True)),
    }
    proposal["version"] += 1
    await proposals.save(session, proposal)
    await proposals.add_items(session, proposal, [one.item_id for one in units])
    await tell_proposal(session, proposal)
