"""Settle an advance invoice: invoice what fits, deduct all that remains, or answer why not (MA-PRE-22 to MA-PRE-26)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from services.invoicing.application.billing_terms import Parties, ready_media_invoice
from services.invoicing.application.issue import issue
from services.invoicing.application.ledger import Ledger
from services.invoicing.application.print_documents import queue_documents
from services.invoicing.application.refuse_wish import refuse_wish
from services.invoicing.domain.advance import Advance
from services.invoicing.domain.charges import NO_CHARGES
from services.invoicing.domain.prepared import PreparedInvoice
from services.invoicing.domain.settlement import settled, taken_by
from services.invoicing.domain.wish import Held
from services.invoicing.repository import posting_rules, registers
from services.invoicing.repository.advances import Standing, find_advance
from services.invoicing.repository.candidates import open_items_of
from services.invoicing.repository.wishes import answered
from shared.events.invoicing import InvoiceIssued
from shared.events.preinvoice import AdvanceInvoiceState, AdvanceSettlementState
from shared.kernel.errors import BillingError, Invalid, NotAllowedNow, NotFound
from shared.kernel.ids import derived_id
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession
from shared.runtime.jobs import enqueue
from shared.runtime.series import blocked_legal_entities

JOB = "advance_settlement"
_ONE = Decimal(1)


class _Settling(NamedTuple):
    """An invoice that settles an advance invoice, and who is on it."""

    prepared: PreparedInvoice
    parties: Parties


async def queue_settlements(session: AsyncSession, told: Iterable[AdvanceInvoiceState]) -> None:
    """A job for each settlement that is requested and not answered; told again, it is worked on again."""
    newest = {one.id: one for one in sorted(told, key=lambda one: one.version)}
    wanted = [one for one in newest.values() if one.settlement and one.settlement.state == "requested"]
    done = await answered(session, [one.settlement.id for one in wanted if one.settlement]) if wanted else set()
    for one in wanted:
        if one.settlement and one.settlement.id not in done:
            job_id = derived_id("settlement", one.settlement.id, one.version)
            await enqueue(session, JOB, {"advance": one.model_dump(mode="json")}, total=1, job_id=job_id)


async def settle_advance(session: AsyncSession, told: AdvanceInvoiceState) -> None:
    """Issue the invoice, or refuse the wish for good; one that was answered is left alone."""
    wish = told.settlement
    if wish is None or await answered(session, [wish.id]):
        return
    try:
        async with session.begin_nested():
            await _issue(session, told, wish)
    except BillingError as refused:
        await refuse_wish(session, told, wish.id, refused.code)


async def preview_settlement(
    session: AsyncSession, advance_id: UUID, *, invoice_on: date, without_deduction: bool
) -> PreparedInvoice:
    """The invoice as it would be now; nothing is written (MA-PRE-26).

    `NotFound("advance_invoice_not_found")`; `NotAllowedNow`: `already_settled`, `bill_not_printed`;
    `Invalid("nothing_to_deduct")`.
    """
    standing = await find_advance(session, advance_id)
    if standing is None:
        raise NotFound("advance_invoice_not_found", "There is no such advance invoice.")
    if standing.status == "deducted":
        raise NotAllowedNow("already_settled", "Nothing of the advance invoice is left.")
    if standing.has_unprinted or not standing.advance.aged_on:
        raise NotAllowedNow("bill_not_printed", "A bill of the advance invoice is not printed.")
    settling = await _settling(
        session, standing, standing.remaining_amount, invoice_on, _ONE, without_deduction=without_deduction
    )
    return settling.prepared


async def _issue(session: AsyncSession, told: AdvanceInvoiceState, wish: AdvanceSettlementState) -> None:
    standing = await find_advance(session, told.id)
    assert standing is not None
    amount = Money.parse(wish.amount, currency(told.currency)).minor
    rate = next((bill.exchange_rate for bill in told.bills if bill.state == "printed"), _ONE)
    prepared, parties = await _settling(
        session, standing, amount, wish.invoice_on, rate, without_deduction=wish.without_deduction
    )
    client = prepared.client
    if client.legal_entity_id in await blocked_legal_entities(session):
        raise NotAllowedNow("series_blocked", "The number series is closed.")
    base = currency(parties.legal_entities[client.legal_entity_id]["currency"])
    held = Held(standing.advance, None, amount, Money.parse(wish.base_amount, base).minor)
    ready = replace(
        ready_media_invoice(
            prepared, parties, accounting_on=wish.accounting_on, text=wish.text, run_id=None, held=[held]
        ),
        advance_invoice_id=told.id,
        wish_id=wish.id,
    )
    if no := (await Ledger.load(session, [ready])).refusal(ready):
        raise no
    await issue(session, [ready], prefixes=parties.prefixes, event=InvoiceIssued)
    await queue_documents(session, invoice_ids=[ready.id])


async def _settling(
    session: AsyncSession,
    standing: Standing,
    amount: int,
    invoice_on: date,
    exchange_rate: Decimal,
    *,
    without_deduction: bool,
) -> _Settling:
    advance: Advance = standing.advance
    client = (await registers.clients(session, [advance.client_id])).get(advance.client_id)
    if client is None:
        raise Invalid("unknown_reference", "The client's record has not arrived yet.")
    parties = await Parties.load(session, {client.legal_entity_id}, {client.id})
    if client.legal_entity_id not in parties.legal_entities:
        raise Invalid("unknown_reference", "The legal entity's record has not arrived yet.")
    items = [] if without_deduction else taken_by(advance, await open_items_of(session, client.id))
    if not items and not without_deduction:
        raise Invalid("nothing_to_deduct", "No insertion fits what the advance invoice may be deducted from.")
    charges = (await posting_rules.charges(session)).get(client.legal_entity_id, NO_CHARGES)
    prepared = settled(
        client, advance, amount, items, charges=charges, invoice_on=invoice_on, exchange_rate=exchange_rate
    )
    return _Settling(prepared, parties)
