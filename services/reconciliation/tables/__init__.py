"""Reconciliation's rows, as the migrations make them."""

from services.reconciliation.tables.base import Row, table_of
from services.reconciliation.tables.invoices import ClientInvoice, MediaInvoice, MediaInvoiceLine, WaitingLine
from services.reconciliation.tables.ledger import (
    DeductionEntry,
    Discrepancy,
    Series,
    Voucher,
    VoucherLine,
    WriteOff,
    WriteOffRow,
)
from services.reconciliation.tables.registers import Client, Insertion, LegalEntity, Media, Supplier

__all__ = [
    "Client",
    "ClientInvoice",
    "DeductionEntry",
    "Discrepancy",
    "Insertion",
    "LegalEntity",
    "Media",
    "MediaInvoice",
    "MediaInvoiceLine",
    "Row",
    "Series",
    "Supplier",
    "Voucher",
    "VoucherLine",
    "WaitingLine",
    "WriteOff",
    "WriteOffRow",
    "table_of",
]
