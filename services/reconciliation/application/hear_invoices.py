"""The client side of discrepancies: what issued invoices and credit notes put on the deduction account (MA-REC-01)."""

from collections.abc import Sequence

from services.reconciliation.application.book_client_lines import book_lines, book_waiting, waiting_lock
from services.reconciliation.repository.client_lines import ClientInvoice, ClientLine, save_client_invoices
from shared.events.invoicing import InvoiceLineOf, InvoiceState
from shared.runtime.db import AsyncSession


async def keep_invoices(session: AsyncSession, invoices: Sequence[InvoiceState]) -> None:
    """Issued invoices and credit notes with their lines, as far as they bill insertions; credits are negative."""
    await waiting_lock(session)
    issued = [one for one in invoices if one.state == "issued" and one.accounting_on is not None and _concerns(one)]
    await save_client_invoices(
        session,
        [
            ClientInvoice(
                one.id,
                one.legal_entity_id,
                one.client_id,
                one.invoice_no,
                one.accounting_on,
                one.currency,
                one.media_deduction_amount,
            )
            for one in issued
        ],
    )
    await book_lines(
        session,
        [
            ClientLine(line.id, one.id, line.origin_id, line.net_amount, line.net_net_amount)
            for one in issued
            for line in one.lines
            if line.origin == "insertion"
        ],
    )
    await book_waiting(session, "client_invoice_id", [one.id for one in issued if one.line_count > len(one.lines)])


async def keep_lines(session: AsyncSession, lines: Sequence[InvoiceLineOf]) -> None:
    """Lines of invoices too long for one message; they may come before their invoice."""
    await waiting_lock(session)
    await book_lines(
        session,
        [
            ClientLine(line.id, line.invoice_id, line.origin_id, line.net_amount, line.net_net_amount)
            for line in lines
            if line.origin == "insertion"
        ],
    )


def _concerns(invoice: InvoiceState) -> bool:
    """Whether it may touch the deduction account; of a long invoice only its lines tell."""
    billed = any(line.origin == "insertion" for line in invoice.lines)
    return billed or invoice.media_deduction_amount != 0 or invoice.line_count > len(invoice.lines)
