"""Reconciliation's rows, as the migrations make them."""

from services.reconciliation.tables.base import Row
from services.reconciliation.tables.invoices import ClientInvoice, ClientInvoiceLine, MediaInvoice, MediaInvoiceLine
from services.reconciliation.tables.ledger import DeductionEntry, Discrepancy, Voucher, VoucherLine, VoucherSeries
from services.reconciliation.tables.registers import Client, Insertion, LegalEntity, Media, Supplier

__all__ = [
    "Client",
    "ClientInvoice",
    "ClientInvoiceLine",
    "DeductionEntry",
    "Discrepancy",
    "Insertion",
    "LegalEntity",
    "Media",
    "MediaInvoice",
    "MediaInvoiceLine",
    "Row",
    "Supplier",
    "Voucher",
    "VoucherLine",
    "VoucherSeries",
]
