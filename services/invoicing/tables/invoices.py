"""Number series, invoices with their lines, and printed documents."""

from datetime import date
from uuid import UUID

from sqlmodel import Field

from services.invoicing.tables.base import At, Exact, Json, Key, MaybeAt, MaybeJson, MaybeMinor, Minor, Row, Words


class Series(Row, table=True):
    """A gapless number series."""

    __tablename__ = "series"

    tenant_id: Key
    id: Key
    legal_entity_id: UUID
    kind: Words
    year: int
    prefix: Words
    first_no: Minor
    next_no: Minor
    status: Words


class Invoice(Row, table=True):
    """An invoice or credit note, from gathering on."""

    __tablename__ = "invoice"

    tenant_id: Key
    id: Key
    version: int
    kind: Words
    variant: Words
    document: Words
    state: Words
    legal_entity_id: UUID
    client_id: UUID
    contract_id: UUID | None
    station_id: UUID | None
    campaign_id: UUID | None
    draft_id: UUID | None
    billing_run_id: UUID | None
    invoice_run_id: UUID | None
    advance_invoice_id: UUID | None
    advance_bill_id: UUID | None
    wish_id: UUID | None
    series_id: UUID | None
    no: MaybeMinor
    invoice_no: Words
    period_from: date | None
    period_to: date | None
    invoice_on: date | None
    accounting_on: date | None
    due_on: date | None
    issued_at: MaybeAt
    currency: Words
    exchange_rate: Exact
    gross_amount: Minor
    discount_amount: Minor
    agency_commission_amount: Minor
    net_amount: Minor
    vat: Json
    vat_amount: Minor
    total_amount: Minor
    sales_commission_amount: Minor
    media_deduction_amount: Minor
    client_reference: Words
    text: Words
    frozen: Json
    line_count: int
    reverses_id: UUID | None
    reversed_by_id: UUID | None
    credits_id: UUID | None
    reason: Words
    block_items: bool
    paid_amount: Minor
    paid_on: date | None


class InvoiceLine(Row, table=True):
    """A billed item on an invoice."""

    __tablename__ = "invoice_line"

    tenant_id: Key
    invoice_id: Key
    line_no: int = Field(primary_key=True)
    billable_item_id: UUID
    portion: Words
    reversed: bool
    order_no: Words
    media_id: UUID | None
    media_name: Words
    text: Words
    details: MaybeJson
    dated_on: date
    vat_percent: Exact
    gross_amount: Minor
    net_amount: Minor
    net_net_amount: Minor
    client_net_amount: Minor
    fee_amount: Minor
    capital_cost_amount: Minor
    amount: Minor


class Document(Row, table=True):
    """The printed document of an issued invoice."""

    __tablename__ = "document"

    tenant_id: Key
    invoice_id: Key
    template_version: int
    sha256: bytes
    content: bytes
    created_at: At
