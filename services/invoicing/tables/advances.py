"""Advance invoices as told, deductions of documents, and what is held for runs."""

from datetime import date
from uuid import UUID

from sqlmodel import Field

from services.invoicing.tables.base import At, Exact, Json, Key, Minor, Row, Words


class AdvanceInvoice(Row, table=True):
    """Money billed ahead, as preinvoice last told it."""

    __tablename__ = "advance_invoice"

    tenant_id: Key
    id: Key
    version: int
    advance_no: int
    client_id: UUID
    status: Words
    blocked: bool
    deduct_all: bool
    scopes: Json
    scope_version: int
    currency: Words
    taxable: bool
    vat_percent: Exact
    aged_on: date | None
    remaining_amount: Minor
    reserved_amount: Minor


class InvoiceDeduction(Row, table=True):
    """What a document deducts of an advance invoice."""

    __tablename__ = "invoice_deduction"

    tenant_id: Key
    invoice_id: Key
    line_no: int = Field(primary_key=True)
    advance_invoice_id: UUID
    advance_no: int
    deduction_id: UUID | None
    amount: Minor
    base_amount: Minor


class RefusedWish(Row, table=True):
    """A wish of preinvoice that was not granted."""

    __tablename__ = "refused_wish"

    tenant_id: Key
    id: Key
    code: Words


class DeductionWish(Row, table=True):
    """What a run asked to be held for one client."""

    __tablename__ = "deduction"

    tenant_id: Key
    id: Key
    version: int
    invoice_run_id: UUID
    client_id: UUID
    state: Words
    takes: Json
    digest: Words
    expires_at: At


class DeductionDeadline(Row, table=True):
    """When an open wish is given up."""

    __tablename__ = "deduction_deadline"

    tenant_id: Key
    deduction_id: Key
    expires_at: At
