"""Exports of vouchers: the batch, what is in it, and its files."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.invoicing.tables.base import At, Key, Minor, Row, Words


class VoucherExport(Row, table=True):
    """A batch of vouchers of one legal entity and year, with control totals."""

    __tablename__ = "voucher_export"

    tenant_id: Key
    id: Key
    legal_entity_id: UUID
    export_no: int
    year: int
    currency: Words
    first_on: date
    last_on: date
    voucher_count: int
    debit_amount: Minor
    credit_amount: Minor
    created_by: Words
    created_at: At


class VoucherExportItem(Row, table=True):
    """A voucher and the one batch it is in."""

    __tablename__ = "voucher_export_item"

    tenant_id: Key
    voucher_id: Key
    export_id: UUID


class VoucherExportFile(Row, table=True):
    """A batch as a file."""

    __tablename__ = "voucher_export_file"

    tenant_id: Key
    export_id: Key
    format: str = Field(sa_type=Text, primary_key=True)
    file_name: Words
    sha256: bytes
    content: bytes
    created_at: At
