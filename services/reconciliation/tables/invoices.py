"""Media invoices and their lines; invoices to clients as far as they touch the deduction account."""

from datetime import date
from uuid import UUID

from services.reconciliation.tables.base import Exact, Json, Key, MaybeWords, Minor, Row, Words


class MediaInvoice(Row, table=True):
    """A media supplier's invoice: pending, saved, or saved and then cancelled."""

    __tablename__ = "media_invoice"
    tenant_id: Key
    id: Key
    version: int
    state: Words
    supplier_id: UUID | None
    legal_entity_id: UUID | None
    invoice_no: Words
    invoice_on: date
    accounting_on: date | None
    due_on: date | None
    currency: Words
    exchange_rate: Exact
    amount: Minor
    vat: Json
    total_amount: Minor
    rounding_amount: Minor
    line_count: int
    voucher_id: UUID | None
    cancelled_voucher_id: UUID | None


class MediaInvoiceLine(Row, table=True):
    """What the medium billed for one insertion, in the invoice's currency."""

    __tablename__ = "media_invoice_line"
    tenant_id: Key
    id: Key
    media_invoice_id: UUID
    line_no: int
    insertion_id: UUID
    marked: bool
    match: MaybeWords
    gross_amount: Minor
    net_amount: Minor
    commission_amount: Minor
    other_amount: Minor
    net_net_amount: Minor
    ordered_net_net_amount: Minor


class ClientInvoice(Row, table=True):
    """An invoice or credit note to a client with what it posted on the deduction account, credits positive."""

    __tablename__ = "client_invoice"
    tenant_id: Key
    id: Key
    legal_entity_id: UUID
    client_id: UUID
    invoice_no: Words
    accounting_on: date
    currency: Words
    exchange_rate: Exact
    media_deduction_amount: Minor


class ClientInvoiceLine(Row, table=True):
    """A billed insertion on it, in the invoice's currency."""

    __tablename__ = "client_invoice_line"
    tenant_id: Key
    id: Key
    client_invoice_id: UUID
    insertion_id: UUID
    net_amount: Exact
    net_net_amount: Exact
