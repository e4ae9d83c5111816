"""Settle an advance invoice: hold all that remains and ask invoicing for the one invoice (MA-PRE-22 to MA-PRE-26)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.preinvoice.application.save_changed import save_changed
from services.preinvoice.application.tell_advances import tell_advances
from services.preinvoice.domain.advance import Advance, Settlement, check_settling
from services.preinvoice.repository.advance_lists import has_deductible
from services.preinvoice.repository.advances import advances_by_id, get_advance, save_advances
from services.preinvoice.repository.waiting import wait_for_answer
from shared.events.invoicing import InvoiceState
from shared.events.preinvoice import AdvanceRestored, AdvanceSettlementRequested
from shared.kernel.errors import Invalid
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession


@dataclass(frozen=True, slots=True)
class Asked:
    """A settlement as a caller wants it."""

    invoice_on: date
    accounting_on: date | None
    without_deduction: bool
    text: str


async def request_settlement(session: AsyncSession, advance_id: UUID, asked: Asked, *, now: datetime) -> Advance:
    """Ask for the invoice; until its answer nobody else uses what remains.

    `NotFound("advance_invoice_not_found")`; `NotAllowedNow`: `already_settled`, `bill_not_printed`,
    `advance_invoice_locked` while something of it is held; `Invalid("nothing_to_deduct")`.
    """
    before = await get_advance(session, advance_id, lock=True)
    check_settling(before)
    if not asked.without_deduction and not await has_deductible(session, advance_id):
        raise Invalid("nothing_to_deduct", "No insertion fits what the advance invoice may be deducted from.")
    settlement = Settlement(
        id=new_id(),
        state="requested",
        without_deduction=asked.without_deduction,
        invoice_on=asked.invoice_on,
        accounting_on=asked.accounting_on or asked.invoice_on,
        amount=before.available_amount,
        base_amount=before.available_base_amount,
        text=asked.text,
    )
    after = replace(before, settlement=settlement, version=before.version + 1)
    after = after.holding(settlement.amount, settlement.base_amount)
    await save_advances(session, [after])
    await wait_for_answer(session, advance_id, now=now)
    await tell_advances(session, AdvanceSettlementRequested, [after])
    await audit(
        session,
        action="advance_invoice.settlement_requested",
        entity="advance_invoice",
        entity_id=advance_id,
        after={"amount": settlement.amount, "without_deduction": asked.without_deduction},
    )
    return after


async def hear_settlements_refused(session: AsyncSession, told: Sequence[InvoiceState]) -> None:
    """What a settlement held is free again, with the code that says why."""
    refusals = {one.wish_id: one.refusal_code for one in told if one.wish_id and not one.advance_bill_id}
    ids = {one.advance_invoice_id for one in told if one.wish_id in refusals and one.advance_invoice_id}
    before = await advances_by_id(session, ids, lock=True)
    after = {id_: _refused(one, refusals) for id_, one in before.items()}
    await tell_advances(session, AdvanceRestored, await save_changed(session, before, after))


def _refused(advance: Advance, refusals: dict[UUID, str]) -> Advance:
    wish = advance.settlement
    if wish is None or wish.state != "requested" or wish.id not in refusals:
        return advance
    return replace(advance, settlement=replace(wish, state="refused", code=refusals[wish.id])).holding(
        -wish.amount, -wish.base_amount
    )
