"""Vouchers, the entries of the deduction account per insertion, and what they leave open."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from sqlmodel import Field

from services.reconciliation.tables.base import Key, KeyNumber, Minor, Row, Words
from shared.runtime.db import MOMENT


class VoucherSeries(Row, table=True):
    """The counter of a legal entity's vouchers of one year."""

    __tablename__ = "voucher_series"
    tenant_id: Key
    legal_entity_id: Key
    year: KeyNumber
    next_no: Minor


class Voucher(Row, table=True):
    """A posting of the purchase ledger, never changed."""

    tenant_id: Key
    id: Key
    legal_entity_id: UUID
    year: int
    no: Minor
    source: Words
    source_id: UUID
    accounting_on: date
    currency: Words
    created_by: Words
    created_at: Annotated[datetime, Field(sa_type=MOMENT)]
    created_xid: Minor


class VoucherLine(Row, table=True):
    """One debit or credit."""

    __tablename__ = "voucher_line"
    tenant_id: Key
    voucher_id: Key
    line_no: KeyNumber
    role: Words
    insertion_id: UUID | None
    debit_amount: Minor
    credit_amount: Minor


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
    """The sum of an insertion's entries, and the code it falls under."""

    tenant_id: Key
    insertion_id: Key
    version: int
    legal_entity_id: UUID
    client_net_amount: Minor
    client_net_net_amount: Minor
    media_net_amount: Minor
    media_net_net_amount: Minor
    written_off_amount: Minor
    billed_amount: Minor
    discrepancy_net_amount: Minor
    discrepancy_net_net_amount: Minor
    reconciliation_code: int | None
