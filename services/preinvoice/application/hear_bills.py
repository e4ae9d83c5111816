"""Invoicing's answers about bills of advance invoices: numbered, reversed, or refused (MA-PRE-10)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from services.preinvoice.application.save_changed import save_changed
from services.preinvoice.application.tell_advances import tell_advances
from services.preinvoice.domain.advance import Advance, Bill
from services.preinvoice.repository.advances import advances_by_id
from shared.events.invoicing import InvoiceState
from shared.events.preinvoice import AdvanceBillPrinted
from shared.runtime.db import AsyncSession


async def hear_bills_issued(session: AsyncSession, told: Sequence[InvoiceState]) -> None:
    """Bills that have their number count from now on."""
    await _hear(session, told, _printed)


async def hear_bills_reversed(session: AsyncSession, told: Sequence[InvoiceState]) -> None:
    """Bills that have their credit note count no more, and nothing is held for them."""
    await _hear(session, told, _reversed)


async def hear_bills_refused(session: AsyncSession, told: Sequence[InvoiceState]) -> None:
    """Bills are as they were before they were asked for, with the code that says why."""
    await _hear(session, told, _refused)


async def _hear(
    session: AsyncSession,
    told: Sequence[InvoiceState],
    answered: Callable[[Advance, Bill, InvoiceState], Advance],
) -> None:
    answers = [(one.advance_invoice_id, one.advance_bill_id, one) for one in told if one.advance_bill_id]
    if not answers:
        return
    before = await advances_by_id(session, {advance_id for advance_id, _, _ in answers if advance_id}, lock=True)
    after: dict[UUID, Advance] = dict(before)
    for advance_id, bill_id, answer in answers:
        advance = after.get(advance_id) if advance_id else None
        bill = advance.bill(bill_id) if advance and bill_id else None
        # A wish is answered once; what answers an older one is of no account any more.
        if advance and bill and bill.wish_id == answer.wish_id:
            after[advance.id] = answered(advance, bill, answer)
    await tell_advances(session, AdvanceBillPrinted, await save_changed(session, before, after))


def _printed(advance: Advance, bill: Bill, invoice: InvoiceState) -> Advance:
    if bill.state != "printing":
        return advance
    return advance.with_bill(replace(bill, state="printed", invoice_id=invoice.id, invoice_no=invoice.invoice_no))


def _reversed(advance: Advance, bill: Bill, _note: InvoiceState) -> Advance:
    if bill.state != "reversing":
        return advance
    return advance.holding(-bill.amount, -bill.base_amount).with_bill(replace(bill, state="reversed"))


def _refused(advance: Advance, bill: Bill, answer: InvoiceState) -> Advance:
    if bill.state == "printing":
        return advance.with_bill(replace(bill, state="registered", vat_percent=None, refusal_code=answer.refusal_code))
    if bill.state == "reversing":
        after = replace(bill, state="printed", reversal=None, refusal_code=answer.refusal_code)
        return advance.holding(-bill.amount, -bill.base_amount).with_bill(after)
    return advance
