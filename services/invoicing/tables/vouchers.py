"""Vouchers: what was posted."""

from datetime import date
from uuid import UUID

from sqlmodel import Field

from services.invoicing.tables.base import At, Key, Minor, Row, Words


class Voucher(Row, table=True):
    """The header of a posting."""

    __tablename__ = "voucher"

    tenant_id: Key
    id: Key
    legal_entity_id: UUID
    source: Words
    source_id: UUID
    series_id: UUID
    no: Minor
    voucher_no: Words
    accounting_on: date
    client_id: UUID
    currency: Words
    created_xid: Minor
    created_at: At


class VoucherLine(Row, table=True):
    """One side of a posting."""

    __tablename__ = "voucher_line"

    tenant_id: Key
    voucher_id: Key
    line_no: int = Field(primary_key=True)
    role: Words
    media_id: UUID | None
    currency: Words
    debit: Minor
    credit: Minor
    plan_id: UUID | None
    order_id: UUID | None
    insertion_id: UUID | None
    account_no: Words
