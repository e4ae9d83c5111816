"""What contracts hears, and which use case records it."""

from collections.abc import Sequence

from services.contracts.application import run_locks
from services.contracts.application.contract_correction import hear_holds
from services.contracts.application.invoiced import (
    keep_invoices,
    keep_mentioned,
    keep_reversals,
    mark_units,
    unmark_units,
)
from services.contracts.application.invoiced_shares import InvoicedLine, keep_lines, keep_reversed
from services.contracts.application.media_invoices import note_lines, note_media_invoice
from shared.events.envelope import Received
from shared.events.invoicing import (
    CorrectionHoldPlaced,
    CorrectionHoldRefused,
    CorrectionHoldState,
    InvoiceIssued,
    InvoiceLinesIssued,
    InvoiceReversed,
    InvoiceRunCompleted,
    InvoiceRunStarted,
)
from shared.events.reconciliation import (
    MediaInvoiceCancelled,
    MediaInvoiceLinesSaved,
    MediaInvoiceMoved,
    MediaInvoiceSaved,
    MediaInvoiceState,
)
from shared.runtime import clock
from shared.runtime.db import AsyncSession
from shared.runtime.handlers import Handlers


async def on_invoice_issued(session: AsyncSession, received: Sequence[Received[InvoiceIssued]]) -> None:
    """Insertions are invoiced, units know their invoice (CT-LOG-16, MA-INS-10)."""
    gone = await keep_invoices(session, [one.data for one in received])
    issued = [one.data for one in received if one.data.reverses_id is None]
    await keep_lines(session, [line for one in issued for line in InvoicedLine.of_invoice(one)])
    await mark_units(session, {line.origin_id: one.id for one in issued if one.id not in gone for line in one.lines})


async def on_invoice_lines(session: AsyncSession, received: Sequence[Received[InvoiceLinesIssued]]) -> None:
    """Lines of invoices too long for one message."""
    lines = [line for one in received for line in one.data.items if not line.reversal]
    gone = await keep_mentioned(session, {line.invoice_id for line in lines})
    await keep_lines(session, InvoicedLine.of_batch(lines))
    await mark_units(session, {line.origin_id: line.invoice_id for line in lines if line.invoice_id not in gone})


async def on_invoice_reversed(session: AsyncSession, received: Sequence[Received[InvoiceReversed]]) -> None:
    """What was invoiced is open again, or blocked (MA-CRD-03, MA-CRD-04)."""
    await keep_reversals(session, [one.data for one in received])
    await keep_reversed(session, [one.data.reverses_id for one in received if one.data.reverses_id])
    for one in received:
        await unmark_units(session, [line.origin_id for line in one.data.lines])


async def on_correction_hold(session: AsyncSession, received: Sequence[Received[CorrectionHoldState]]) -> None:
    """Whether a contract may be corrected (CT-LIF-14)."""
    await hear_holds(session, [one.data for one in received], clock.now())


async def on_run_started(session: AsyncSession, received: Sequence[Received[InvoiceRunStarted]]) -> None:
    """A run takes what it chooses (MA-INV-26)."""
    await run_locks.keep_started(session, received)


async def on_run_completed(session: AsyncSession, received: Sequence[Received[InvoiceRunCompleted]]) -> None:
    """A run lets go (MA-INV-26)."""
    await run_locks.keep_completed(session, received)


async def on_media_invoice(session: AsyncSession, received: Sequence[Received[MediaInvoiceState]]) -> None:
    """A media invoice is registered on insertions, moved to others, or gone (MA-INS-13)."""
    for one in received:
        await note_media_invoice(session, one.data)


async def on_media_invoice_lines(session: AsyncSession, received: Sequence[Received[MediaInvoiceLinesSaved]]) -> None:
    """Lines of media invoices too long for one message."""
    await note_lines(session, [line for one in received for line in one.data.items])


HANDLERS: Handlers = {
    InvoiceIssued: on_invoice_issued,
    InvoiceLinesIssued: on_invoice_lines,
    InvoiceReversed: on_invoice_reversed,
    InvoiceRunStarted: on_run_started,
    InvoiceRunCompleted: on_run_completed,
    CorrectionHoldPlaced: on_correction_hold,
    CorrectionHoldRefused: on_correction_hold,
    MediaInvoiceSaved: on_media_invoice,
    MediaInvoiceLinesSaved: on_media_invoice_lines,
    MediaInvoiceMoved: on_media_invoice,
    MediaInvoiceCancelled: on_media_invoice,
}
