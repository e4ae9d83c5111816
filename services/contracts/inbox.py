"""What contracts hears, and which use case records it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.contracts.application.insertions import (
    InvoicedLine,
    mark_invoiced,
    note_media_invoice,
    reopen_invoiced,
)
from services.contracts.application.invoiced import keep_invoices, keep_reversals, mark_units, unmark_units
from shared.events.envelope import Received
from shared.events.invoicing import InvoiceIssued, InvoiceLinesIssued, InvoiceReversed, InvoiceState
from shared.events.reconciliation import MediaInvoiceSaved
from shared.runtime.db import AsyncSession
from shared.runtime.handlers import Handlers


async def on_invoice_issued(session: AsyncSession, received: Sequence[Received[InvoiceIssued]]) -> None:
    """Insertions are invoiced, units know their invoice (CT-LOG-16, MA-INS-10)."""
    gone = await keep_invoices(session, [one.data for one in received])
    issued = [one.data for one in received if one.data.reverses_id is None and one.data.id not in gone]
    await mark_invoiced(session, _insertion_lines(issued))
    await mark_units(session, {line.origin_id: one.id for one in issued for line in one.lines})


async def on_invoice_lines(session: AsyncSession, received: Sequence[Received[InvoiceLinesIssued]]) -> None:
    """Lines of invoices too long for one message."""
    lines = [line for one in received for line in one.data.items if not line.reversal]
    marked = [
        InvoicedLine(line.origin_id, line.client_id, line.invoice_id) for line in lines if line.origin == "insertion"
    ]
    await mark_invoiced(session, marked)
    await mark_units(session, {line.origin_id: line.invoice_id for line in lines})


async def on_invoice_reversed(session: AsyncSession, received: Sequence[Received[InvoiceReversed]]) -> None:
    """What was invoiced is open again, or blocked (MA-CRD-03, MA-CRD-04)."""
    await keep_reversals(session, [one.data for one in received])
    for one in received:
        await reopen_invoiced(session, _insertion_lines([one.data]), block=one.data.block_items)
        await unmark_units(session, [line.origin_id for line in one.data.lines])


async def on_media_invoice(session: AsyncSession, received: Sequence[Received[MediaInvoiceSaved]]) -> None:
    """A media invoice is registered on insertions (MA-INS-13)."""
    await note_media_invoice(session, {line.insertion_id for one in received for line in one.data.lines})


def _insertion_lines(invoices: Sequence[InvoiceState]) -> list[InvoicedLine]:
    found: list[Any] = [(invoice, line) for invoice in invoices for line in invoice.lines if line.origin == "insertion"]
    return [InvoicedLine(line.origin_id, invoice.client_id, _of(invoice)) for invoice, line in found]


def _of(invoice: InvoiceState) -> UUID:
    return invoice.reverses_id or invoice.id


HANDLERS: Handlers = {
    InvoiceIssued: on_invoice_issued,
    InvoiceLinesIssued: on_invoice_lines,
    InvoiceReversed: on_invoice_reversed,
    MediaInvoiceSaved: on_media_invoice,
}
