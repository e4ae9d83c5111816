"""Advance invoices with their bills, what was deducted of them and what is held; insertions they may be used for."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from sqlmodel import Field

from services.preinvoice.tables.base import (
    Exact,
    Json,
    Key,
    MaybeExact,
    MaybeJson,
    Minor,
    Row,
    Word,
    table_of,
)
from shared.runtime.db import MOMENT


class MediaPlanRow(Row, table=True):
    """A client's media plan, as contracts last told it."""

    __tablename__ = "media_plan"

    tenant_id: Key
    id: Key
    version: int
    client_id: UUID
    campaign: Word


class InsertionShareRow(Row, table=True):
    """A client's share of an insertion, with what "deduction from" may name of it (MA-PRE-01, MA-PRE-06)."""

    __tablename__ = "insertion_share"

    tenant_id: Key
    insertion_id: Key
    client_id: Key
    version: int
    plan_id: UUID
    order_id: UUID
    campaign: Word
    insertion_on: date
    status: Word
    currency: Word
    price_amount: Minor


class AdvanceRow(Row, table=True):
    """An advance invoice; amounts in minor units of its currency, those that end in `base_amount` of its seller's."""

    __tablename__ = "advance_invoice"

    tenant_id: Key
    id: Key
    version: int
    advance_no: int
    legal_entity_id: UUID
    client_id: UUID
    owner: Word
    product: Word
    heading: Word
    description: Word
    blocked: bool
    deduct_all: bool
    scopes: Json
    scope_version: int
    status: Word
    currency: Word
    taxable: bool | None
    vat_percent: MaybeExact
    aged_on: date | None
    printed_amount: Minor
    printed_base_amount: Minor
    deducted_amount: Minor
    deducted_base_amount: Minor
    reserved_amount: Minor
    reserved_base_amount: Minor
    settled_by_id: UUID | None
    settlement: MaybeJson


class AdvanceBillRow(Row, table=True):
    """A bill of an advance invoice."""

    __tablename__ = "advance_bill"

    tenant_id: Key
    id: Key
    advance_id: UUID
    bill_no: int
    state: Word
    wish_id: UUID | None
    currency: Word
    taxable: bool
    vat_percent: MaybeExact
    exchange_rate: Exact
    invoice_on: date
    due_on: date
    rows: Json
    amount: Minor
    base_amount: Minor
    invoice_id: UUID | None
    invoice_no: Word
    refusal_code: Word
    reversal: MaybeJson


class AdvanceEntryRow(Row, table=True):
    """What an invoice deducted of an advance invoice, or its credit note gave back."""

    __tablename__ = "advance_entry"

    tenant_id: Key
    advance_id: Key
    invoice_id: Key
    invoice_no: Word
    reverses_id: UUID | None
    amount: Minor
    base_amount: Minor


class DeductionRow(Row, table=True):
    """Amounts that an invoice run asked to be held for one client."""

    __tablename__ = "deduction"

    tenant_id: Key
    id: Key
    version: int
    asked_version: int
    invoice_run_id: UUID
    client_id: UUID
    state: Word
    code: Word


class DeductionTakeRow(Row, table=True):
    """What is held of one advance invoice; the open part is neither deducted nor free again yet."""

    __tablename__ = "deduction_take"

    tenant_id: Key
    deduction_id: Key
    advance_id: Key
    amount: Minor
    base_amount: Minor
    open_amount: Minor
    open_base_amount: Minor


class DeductionDeadlineRow(Row, table=True):
    """When a deduction that is still open is asked about again."""

    __tablename__ = "deduction_deadline"

    tenant_id: Key
    deduction_id: Key
    expires_at: Annotated[datetime, Field(sa_type=MOMENT)]


MEDIA_PLAN = table_of(MediaPlanRow)
INSERTION_SHARE = table_of(InsertionShareRow)
ADVANCE = table_of(AdvanceRow)
ADVANCE_BILL = table_of(AdvanceBillRow)
ADVANCE_ENTRY = table_of(AdvanceEntryRow)
DEDUCTION = table_of(DeductionRow)
DEDUCTION_TAKE = table_of(DeductionTakeRow)
DEDUCTION_DEADLINE = table_of(DeductionDeadlineRow)
