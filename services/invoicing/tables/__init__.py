"""Invoicing's rows, as the migrations make them."""

from services.invoicing.tables.base import Row
from services.invoicing.tables.invoices import Document, Invoice, InvoiceLine, Series
from services.invoicing.tables.items import BillableItem
from services.invoicing.tables.registers import (
    Agreement,
    Client,
    Contract,
    ContractDay,
    LegalEntity,
    Plan,
    Station,
    StationLog,
    Tax,
)
from services.invoicing.tables.runs import InvoiceRun, InvoiceRunLeftOut, InvoiceRunPreview
from services.invoicing.tables.vouchers import Voucher, VoucherLine

__all__ = [
    "Agreement",
    "BillableItem",
    "Client",
    "Contract",
    "ContractDay",
    "Document",
    "Invoice",
    "InvoiceLine",
    "InvoiceRun",
    "InvoiceRunLeftOut",
    "InvoiceRunPreview",
    "LegalEntity",
    "Plan",
    "Row",
    "Series",
    "Station",
    "StationLog",
    "Tax",
    "Voucher",
    "VoucherLine",
]
