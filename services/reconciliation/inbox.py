"""What reconciliation hears, and which use case records it."""

from collections.abc import Sequence

from services.reconciliation.application.hear_insertions import keep_insertions
from services.reconciliation.application.hear_invoices import keep_invoices, keep_lines
from services.reconciliation.application.hear_registers import keep_legal_entities, keep_records
from shared.events.contracts import (
    ClientChanged,
    InsertionBatch,
    InsertionCancelled,
    InsertionChanged,
    InsertionDefinitive,
    LegalEntityChanged,
    MediaChanged,
    RegisterFact,
    SupplierChanged,
)
from shared.events.envelope import Received
from shared.events.invoicing import InvoiceIssued, InvoiceLinesIssued, InvoiceReversed, InvoiceState
from shared.runtime.db import AsyncSession
from shared.runtime.handlers import Handlers


async def on_record_changed(session: AsyncSession, received: Sequence[Received[RegisterFact]]) -> None:
    """Any register's record."""
    await keep_records(session, [one.data for one in received])


async def on_legal_entity(session: AsyncSession, received: Sequence[Received[LegalEntityChanged]]) -> None:
    """Legal entities and their base currencies."""
    await keep_legal_entities(session, [one.data for one in received])


async def on_insertions(session: AsyncSession, received: Sequence[Received[InsertionBatch]]) -> None:
    """Insertions, whatever happened to them."""
    await keep_insertions(session, [item for one in received for item in one.data.items])


async def on_invoice(session: AsyncSession, received: Sequence[Received[InvoiceState]]) -> None:
    """Invoices and the credit notes that mirror them."""
    await keep_invoices(session, [one.data for one in received])


async def on_invoice_lines(session: AsyncSession, received: Sequence[Received[InvoiceLinesIssued]]) -> None:
    """Lines of invoices too long for one message."""
    await keep_lines(session, [line for one in received for line in one.data.items])


HANDLERS: Handlers = {
    LegalEntityChanged: on_legal_entity,
    SupplierChanged: on_record_changed,
    MediaChanged: on_record_changed,
    ClientChanged: on_record_changed,
    InsertionDefinitive: on_insertions,
    InsertionChanged: on_insertions,
    InsertionCancelled: on_insertions,
    InvoiceIssued: on_invoice,
    InvoiceReversed: on_invoice,
    InvoiceLinesIssued: on_invoice_lines,
}
