"""The canonical digest of a preview: a live run bound to it issues exactly what was approved."""

from hashlib import sha256

from services.invoicing.domain.billing import ClientBill
from services.invoicing.domain.prepared import PreparedInvoice

# Of a preview without invoices; a live run bound to it issues nothing, one bound to no digest whatever there is.
EMPTY = sha256().hexdigest()


def extended(digest: str, bill: ClientBill) -> str:
    """The digest of a run so far, with one more client's bill; a chain, so that a run may stop and go on.

    Equal digests mean the same invoices, lines and amounts in the same order. What is left out does not count.
    """
    chain = sha256(digest.encode())
    for invoice in bill.invoices:
        chain.update(_canonical(invoice).encode())
    return chain.hexdigest() if bill.invoices else digest


def _canonical(invoice: PreparedInvoice) -> str:
    head = (
        invoice.client.id.hex,
        invoice.kind,
        invoice.cash_discount,
        invoice.key.currency,
        invoice.key.invoice_on.isoformat(),
        invoice.due_on.isoformat(),
        invoice.reference,
        invoice.totals.total_amount,
        [(f"{rate.percent:f}", rate.base_amount, rate.vat_amount) for rate in invoice.totals.vat],
    )
    used = [(one.advance.id.hex, one.amount) for one in invoice.deductions]
    return repr((head, used, [(item.id.int, item.revision, item.price_amount) for item in invoice.items]))
