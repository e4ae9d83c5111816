"""The canonical digest of a preview: a live run bound to it issues exactly what was approved."""

from hashlib import sha256

from services.invoicing.domain.billing import ClientBill, PreparedInvoice


class Digest:
    """Fed with the clients' bills in run order; equal digests mean the same invoices, lines and amounts."""

    def __init__(self) -> None:
        self._hash = sha256(b"invoice run 1")

    def add(self, bill: ClientBill) -> None:
        """Take in one client; what is left out does not count, only what would be issued."""
        for invoice in bill.invoices:
            self._hash.update(_canonical(invoice).encode())

    def hex(self) -> str:
        """The digest of everything added so far."""
        return self._hash.hexdigest()


def _canonical(invoice: PreparedInvoice) -> str:
    head = (
        invoice.client.id.hex,
        invoice.key.currency,
        invoice.key.invoice_on.isoformat(),
        invoice.due_on.isoformat(),
        invoice.reference,
        invoice.totals.total_amount,
        [(f"{rate.percent:f}", rate.base_amount, rate.vat_amount) for rate in invoice.totals.vat],
    )
    return repr((head, [(item.id.int, item.version, item.price_amount) for item in invoice.items]))
