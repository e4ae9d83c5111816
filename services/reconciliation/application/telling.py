"""What reconciliation tells of media invoices; lines beyond 500 follow in batches of their own."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from services.reconciliation.repository.media_invoices import Invoice, Line
from shared.events.reconciliation import (
    MediaInvoiceCancelled,
    MediaInvoiceLineOf,
    MediaInvoiceLinesSaved,
    MediaInvoiceLineState,
    MediaInvoiceMoved,
    MediaInvoiceSaved,
)
from shared.kernel.money import currency
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_batch, record_many

LINES_MAX = 500
InvoiceEvent = type[MediaInvoiceSaved] | type[MediaInvoiceCancelled] | type[MediaInvoiceMoved]


async def tell_invoices(
    session: AsyncSession, event: InvoiceEvent, invoices: Sequence[Invoice], lines: Mapping[UUID, Sequence[Line]]
) -> None:
    """One fact per invoice with its whole state."""
    facts, large = [], []
    for invoice in invoices:
        stated = [_line_state(invoice, line) for line in lines.get(invoice.id, ())]
        if len(stated) > LINES_MAX:
            large += [
                MediaInvoiceLineOf.model_construct(
                    **dict(line), media_invoice_id=invoice.id, media_invoice_version=invoice.version
                )
                for line in stated
            ]
            stated = []
        facts.append(_state(event, invoice, stated))
    await record_many(session, facts)
    await record_batch(session, MediaInvoiceLinesSaved, large)


def _line_state(invoice: Invoice, line: Line) -> MediaInvoiceLineState:
    """A line as others keep it; values are our own and checked by the tables, so they are not checked again."""
    assert line.insertion_id is not None
    exponent = -currency(invoice.currency).places
    return MediaInvoiceLineState.model_construct(
        id=line.id,
        insertion_id=line.insertion_id,
        net_amount=Decimal(line.net_amount).scaleb(exponent),
        commission_amount=Decimal(line.commission_amount).scaleb(exponent),
        net_net_amount=Decimal(line.net_net_amount).scaleb(exponent),
    )


def _state(
    event: InvoiceEvent, invoice: Invoice, lines: list[MediaInvoiceLineState]
) -> MediaInvoiceSaved | MediaInvoiceCancelled | MediaInvoiceMoved:
    exponent = -currency(invoice.currency).places
    amounts = invoice.amounts
    return event.model_validate(
        {
            "id": invoice.id,
            "version": invoice.version,
            "legal_entity_id": invoice.legal_entity_id,
            "supplier_id": invoice.supplier_id,
            "invoice_no": invoice.invoice_no,
            "state": invoice.state,
            "invoice_on": invoice.invoice_on,
            "accounting_on": invoice.accounting_on,
            "due_on": invoice.due_on,
            "currency": invoice.currency,
            "amount": Decimal(amounts.amount).scaleb(exponent),
            "vat_amount": Decimal(amounts.vat_amount).scaleb(exponent),
            "total_amount": Decimal(amounts.total_amount).scaleb(exponent),
            "voucher_no": invoice.voucher_no,
            "line_count": invoice.line_count,
            "lines": lines,
        }
    )
