"""Registers and insertions as contracts tells them."""

from datetime import date
from uuid import UUID

from services.reconciliation.tables.base import Exact, Key, Minor, Row, Words


class LegalEntity(Row, table=True):
    """A selling company; its currency, of so many decimal places, is the base currency of its vouchers."""

    __tablename__ = "legal_entity"
    tenant_id: Key
    id: Key
    version: int
    code: Words
    name: Words
    currency: Words
    currency_places: int
    number_prefix: Words


class Supplier(Row, table=True):
    """A creditor of the purchase ledger."""

    tenant_id: Key
    id: Key
    version: int
    code: Words
    name: Words
    blocked: bool
    payment_days: int


class Media(Row, table=True):
    """A medium, its currency, and the supplier its invoices come from (MA-REG-12)."""

    tenant_id: Key
    id: Key
    version: int
    code: Words
    name: Words
    supplier_id: UUID | None
    currency: Words
    media_type: Words


class Client(Row, table=True):
    """A client, to be named in lists."""

    tenant_id: Key
    id: Key
    version: int
    code: Words
    name: Words


class Insertion(Row, table=True):
    """An insertion at the amounts it was ordered, the shares of its clients added up (CB-SEP-29).

    Its amounts stand on the row of `row_id`: its own, or its original's when it credits or corrects one (MA-CRD-13).
    `billable`, made by the database, says that a medium may bill it (MA-MIN-02).
    """

    tenant_id: Key
    id: Key
    version: int
    row_id: UUID
    legal_entity_id: UUID
    client_id: UUID
    plan_no: Words
    campaign: Words
    order_id: UUID
    order_no: Minor
    media_id: UUID
    media_name: Words
    supplier_id: UUID | None
    owner: Words
    insertion_on: date
    status: Words
    currency: Words
    exchange_rate: Exact
    text: Words
    gross_amount: Minor
    discount_amount: Minor
    net_amount: Minor
    commission_amount: Minor
    net_net_amount: Minor
    billable: bool
