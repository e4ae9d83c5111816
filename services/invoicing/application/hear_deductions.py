"""Preinvoice's answers to what runs asked it to hold (MA-INV-27)."""

from collections.abc import Sequence
from dataclasses import replace

from services.invoicing.application.ask_deductions import release_wishes
from services.invoicing.application.hear_advances import keep_advances
from services.invoicing.domain.wish import Wish
from services.invoicing.repository.deductions import note_answers, wishes_by_id
from services.invoicing.repository.registers import base_currencies
from shared.events.preinvoice import DeductionReserved
from shared.kernel.money import Currency, Money
from shared.runtime.db import AsyncSession


async def hear_answers(session: AsyncSession, told: Sequence[DeductionReserved]) -> None:
    """Note what is held, or that nothing is; and what else is known now of the advance invoices.

    What is still held for a wish that was released is told to be free once more: that is what preinvoice asks when an
    answer comes again.
    """
    newest = {one.id: one for one in sorted(told, key=lambda one: one.version)}
    await keep_advances(session, [advance for one in newest.values() for advance in one.advance_invoices])
    wishes = await wishes_by_id(session, newest)
    held_in_vain = [one for one in wishes.values() if one.state == "released" and newest[one.id].state == "reserved"]
    await release_wishes(session, held_in_vain)
    answered = [
        one for one in wishes.values() if one.state == "requested" and newest[one.id].asked_version == one.version
    ]
    bases = await base_currencies(session, [one.client_id for one in answered])
    await note_answers(session, [_answered(one, newest[one.id], bases[one.client_id]) for one in answered])


def _answered(wish: Wish, answer: DeductionReserved, base: Currency) -> Wish:
    if answer.state != "reserved":
        return replace(wish, state="refused")
    bases = {one.advance_invoice_id: Money.parse(one.base_amount, base).minor for one in answer.takes}
    takes = tuple(take._replace(base_amount=bases[take.advance_invoice_id]) for take in wish.takes)
    return replace(wish, state="reserved", takes=takes)
