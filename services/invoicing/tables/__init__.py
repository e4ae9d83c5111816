"""Invoicing's rows, as the migrations make them."""

from services.invoicing.tables.advances import (
    AdvanceInvoice,
    DeductionDeadline,
    DeductionWish,
    InvoiceDeduction,
    RefusedWish,
)
from services.invoicing.tables.base import Row
from services.invoicing.tables.contracts import Contract, ContractLine, StationLog
from services.invoicing.tables.distribution import Distribution
from services.invoicing.tables.exports import VoucherExport, VoucherExportFile, VoucherExportItem
from services.invoicing.tables.invoices import Document, Invoice, InvoiceLine, Series
from services.invoicing.tables.items import BillableItem
from services.invoicing.tables.payments import Payment, PaymentApplication
from services.invoicing.tables.periods import AccountingPeriod
from services.invoicing.tables.proposals import CorrectionHold, CreditProposal, CreditProposalItem
from services.invoicing.tables.registers import (
    Agency,
    Agreement,
    Client,
    Copy,
    ExchangeRate,
    LegalEntity,
    Media,
    MediaType,
    Parameter,
    Plan,
    Station,
    StationGroup,
    Tax,
)
from services.invoicing.tables.runs import InvoiceRun, InvoiceRunLeftOut, InvoiceRunOpen, InvoiceRunPreview
from services.invoicing.tables.selections import Selection
from services.invoicing.tables.vouchers import Voucher, VoucherLine

__all__ = [
    "AccountingPeriod",
    "AdvanceInvoice",
    "Agency",
    "Agreement",
    "BillableItem",
    "Client",
    "Contract",
    "ContractLine",
    "Copy",
    "CorrectionHold",
    "CreditProposal",
    "CreditProposalItem",
    "DeductionDeadline",
    "DeductionWish",
    "Distribution",
    "Document",
    "ExchangeRate",
    "Invoice",
    "InvoiceDeduction",
    "InvoiceLine",
    "InvoiceRun",
    "InvoiceRunLeftOut",
    "InvoiceRunOpen",
    "InvoiceRunPreview",
    "LegalEntity",
    "Media",
    "MediaType",
    "Parameter",
    "Payment",
    "PaymentApplication",
    "Plan",
    "RefusedWish",
    "Row",
    "Selection",
    "Series",
    "Station",
    "StationGroup",
    "StationLog",
    "Tax",
    "Voucher",
    "VoucherExport",
    "VoucherExportFile",
    "VoucherExportItem",
    "VoucherLine",
]
