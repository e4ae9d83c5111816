"""Vouchers, the entries of the deduction account per insertion, what they leave open, and what was written off."""

from datetime import date
from typing import Annotated
from uuid import UUID

from sqlmodel import Field

from services.reconciliation.tables.base import At, Key, KeyNumber, MaybeAt, Minor, Row, Words
from shared.runtime.db import AMOUNT

Computed = Annotated[int, Field(sa_type=AMOUNT, description="Made by the database from the columns beside it.")]


class Series(Row, table=True):
    """The gapless numbers of a legal entity's vouchers of one year."""

    tenant_id: Key
    id: Key
    legal_entity_id: UUID
    kind: Words
    year: int
    prefix: Words
    first_no: Minor
    next_no: Minor
    status: Words


class Voucher(Row, table=True):
    """A posting of the purchase ledger, never changed."""

    tenant_id: Key
    id: Key
    legal_entity_id: UUID
    source: Words
    source_id: UUID
    series_id: UUID
    no: Minor
    voucher_no: Words
    accounting_on: date
    currency: Words
    created_by: Words
    created_at: At
    created_xid: Minor


class VoucherLine(Row, table=True):
    """One debit or credit."""

    __tablename__ = "voucher_line"
    tenant_id: Key
    voucher_id: Key
    line_no: KeyNumber
    role: Words
    insertion_id: UUID | None
    debit: Minor
    credit: Minor


class DeductionEntry(Row, table=True):
    """One movement of an insertion's balance on the deduction account."""

    __tablename__ = "deduction_entry"
    tenant_id: Key
    id: Key
    insertion_id: UUID
    legal_entity_id: UUID
    kind: Words
    source_id: UUID
    accounting_on: date
    net_amount: Minor
    net_net_amount: Minor
    billed_amount: Minor


class Discrepancy(Row, table=True):
    """The sum of an insertion's entries in base currency, the code it falls under, and what people say of it."""

    tenant_id: Key
    insertion_id: Key
    version: int
    legal_entity_id: UUID
    currency: Words
    client_net_amount: Minor
    client_net_net_amount: Minor
    media_net_amount: Minor
    media_net_net_amount: Minor
    written_off_amount: Minor
    billed_amount: Minor
    discrepancy_net_amount: Computed
    discrepancy_net_net_amount: Computed
    reconciliation_code: int | None
    code_by_hand: bool
    comment: Words
    commented_by: Words
    commented_at: MaybeAt


class WriteOff(Row, table=True):
    """Discrepancies booked away together, or the undoing of such (`reverses_id`)."""

    __tablename__ = "write_off"
    tenant_id: Key
    id: Key
    legal_entity_id: UUID
    accounting_on: date
    account: Words
    currency: Words
    reason: Words
    voucher_id: UUID
    reverses_id: UUID | None
    created_by: Words
    created_at: At


class WriteOffRow(Row, table=True):
    """What was booked away of one insertion, signed like its discrepancy."""

    __tablename__ = "write_off_row"
    tenant_id: Key
    write_off_id: Key
    insertion_id: Key
    amount: Minor
