"""Media invoices and their lines; invoices to clients as far as they touch the deduction account."""

from datetime import date
from uuid import UUID

from services.reconciliation.tables.base import At, Exact, Json, Key, MaybeExact, MaybeWords, Minor, Row, Words


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
    invoice_on: date | None
    accounting_on: date | None
    due_on: date | None
    currency: Words
    exchange_rate: MaybeExact
    amount: Minor
    vat: Json
    vat_amount: Minor
    total_amount: Minor
    rounding_amount: Minor
    line_count: int
    voucher_id: UUID | None
    voucher_no: Words
    cancelled_voucher_id: UUID | None
    cancelled_on: date | None
    created_by: Words
    created_at: At


class MediaInvoiceLine(Row, table=True):
    """What the medium billed for one insertion, in the invoice's currency."""

    __tablename__ = "media_invoice_line"
    tenant_id: Key
    id: Key
    media_invoice_id: UUID
    line_no: int
    order_no: Minor
    insertion_on: date
    text: Words
    insertion_id: UUID | None
    match: MaybeWords
    marked: bool
    moved: bool
    gross_amount: Minor
    net_amount: Minor
    commission_amount: Minor
    other_amount: Minor
    net_net_amount: Minor
    ordered_net_net_amount: Minor


class ClientInvoice(Row, table=True):
    """An invoice or credit note to a client with what it credited to the deduction account, in base currency."""

    __tablename__ = "client_invoice"
    tenant_id: Key
    id: Key
    legal_entity_id: UUID
    client_id: UUID
    invoice_no: Words
    accounting_on: date
    currency: Words
    media_deduction_amount: Exact


class WaitingLine(Row, table=True):
    """A line of a client invoice that cannot be booked before something else has arrived."""

    __tablename__ = "waiting_line"
    tenant_id: Key
    id: Key
    client_invoice_id: UUID
    insertion_id: UUID
    net_amount: Exact
    net_net_amount: Exact
