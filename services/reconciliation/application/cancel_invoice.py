"""Cancel a saved media invoice as a whole, by a voucher that mirrors the first (MA-MIN-21)."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from services.reconciliation.application.book import book
from services.reconciliation.application.post import Voucher, post
from services.reconciliation.application.telling import tell_invoices
from services.reconciliation.domain.posting import reversed_voucher
from services.reconciliation.repository import ledger
from services.reconciliation.repository import media_invoices as rows
from services.reconciliation.repository.ledger import Entry
from services.reconciliation.repository.media_invoices import Invoice, Line
from services.reconciliation.repository.registers import legal_entities
from services.reconciliation.repository.vouchers import postings_of
from shared.events.reconciliation import MediaInvoiceCancelled
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import derived_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession


async def cancel_invoice(session: AsyncSession, invoice_id: UUID, version: int, *, on: date, reason: str) -> None:
    """Take a saved invoice back on accounting date `on`; its number may be saved again.

    `NotFound`; `StaleVersion`; `NotAllowedNow`: `not_saved`, `line_used` naming the lines that were moved or whose
    insertions were written off; `Invalid("accounting_date")` before the invoice's own.
    """
    invoice = (await rows.lock_invoices(session, [invoice_id])).get(invoice_id)
    if invoice is None:
        raise NotFound("not_found", "There is no such media invoice.")
    if invoice.state != "saved":
        raise NotAllowedNow("not_saved", "Only a saved media invoice can be cancelled.")
    if invoice.version != version:
        raise StaleVersion
    assert invoice.accounting_on is not None
    assert invoice.legal_entity_id is not None
    if on < invoice.accounting_on:
        raise Invalid("accounting_date", "A media invoice is not cancelled before it was posted.")
    lines = (await rows.lines_of(session, [invoice_id])).get(invoice_id, [])
    await _check_unused(session, lines)
    entities = await legal_entities(session, [invoice.legal_entity_id])
    entity = entities[invoice.legal_entity_id]
    booked = await ledger.entries_of(session, invoice_id)
    await book(session, [_taken_back(entry, on) for entry in booked], {entity.id: entity.currency})
    voucher_id = None
    if invoice.voucher_id is not None:
        postings = (await postings_of(session, [invoice.voucher_id]))[invoice.voucher_id]
        mirrored = Voucher("media_invoice_cancelled", invoice_id, entity, on, reversed_voucher(postings))
        voucher_id = (await post(session, [mirrored]))[invoice_id].id
    await _store(session, invoice, lines, voucher_id, on, reason)


async def _store(
    session: AsyncSession, invoice: Invoice, lines: list[Line], voucher_id: UUID | None, on: date, reason: str
) -> None:
    cancelled = replace(
        invoice, version=invoice.version + 1, state="cancelled", cancelled_voucher_id=voucher_id, cancelled_on=on
    )
    await rows.save_invoices(session, [cancelled])
    await tell_invoices(session, MediaInvoiceCancelled, [cancelled], {invoice.id: lines})
    await audit(
        session,
        action="media_invoice.cancelled",
        entity="media_invoice",
        entity_id=invoice.id,
        after={"cancelled_on": on},
        reason=reason,
    )


async def _check_unused(session: AsyncSession, lines: list[Line]) -> None:
    known = await ledger.lock_discrepancies(session, [line.insertion_id for line in lines if line.insertion_id])
    faults = [
        Fault(f"/lines/{line.line_no}", "line_used", "The line was moved, or its insertion written off.")
        for line in lines
        if line.moved or (line.insertion_id in known and known[line.insertion_id].balance.written_off_amount)
    ]
    if faults:
        raise NotAllowedNow("line_used", "A line of the invoice was moved or written off.", faults=faults)


def _taken_back(entry: Entry, on: date) -> Entry:
    return entry._replace(
        id=derived_id("cancelled", entry.id),
        accounting_on=on,
        net_amount=-entry.net_amount,
        net_net_amount=-entry.net_net_amount,
        billed_amount=-entry.billed_amount,
    )
