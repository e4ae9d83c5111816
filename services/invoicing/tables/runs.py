"""Invoice runs with what they left out or would issue."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Uuid
from sqlmodel import Field

from services.invoicing.tables.base import At, Json, Key, MaybeAt, Minor, Row, Words


class InvoiceRun(Row, table=True):
    """One run over billable items."""

    __tablename__ = "invoice_run"

    tenant_id: Key
    id: Key
    version: int
    run_no: int
    mode: Words
    state: Words
    criteria: Json
    switches: Json
    invoice_on: date
    accounting_on: date
    text: Words
    digest: Words
    bound_digest: Words
    invoice_count: int
    item_count: int
    left_out_count: int
    total_amounts: Json
    created_by: Words
    created_at: At
    ended_at: MaybeAt


class InvoiceRunOpen(Row, table=True):
    """A run that has not ended."""

    __tablename__ = "invoice_run_open"

    tenant_id: Key
    run_id: Key


class InvoiceRunLeftOut(Row, table=True):
    """An item that a run did not bill, and why."""

    __tablename__ = "invoice_run_left_out"

    tenant_id: Key
    run_id: Key
    billable_item_id: Key
    client_id: UUID
    reason: Words


class InvoiceRunPreview(Row, table=True):
    """An invoice that a test run would have issued."""

    __tablename__ = "invoice_run_preview"

    tenant_id: Key
    run_id: Key
    position: int = Field(primary_key=True)
    client_id: UUID
    currency: Words
    invoice_on: date
    due_on: date
    client_reference: Words
    net_amount: Minor
    vat: Json
    vat_amount: Minor
    total_amount: Minor
    deductions: Json
    billable_item_ids: list[UUID] = Field(sa_type=ARRAY(Uuid))
