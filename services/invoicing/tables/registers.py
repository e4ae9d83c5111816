"""Registers of contracts, as far as invoicing decides on them."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.invoicing.tables.base import Exact, Json, Key, Minor, Row, Words


class LegalEntity(Row, table=True):
    """A selling company."""

    __tablename__ = "legal_entity"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    name: Words
    currency: Words
    country: Words
    address: Words
    vat_no: Words
    vat_percent: Exact
    number_prefix: Words
    credit_series: bool


class Client(Row, table=True):
    """A buyer and how it is invoiced."""

    __tablename__ = "client"

    tenant_id: Key
    id: Key
    version: int
    legal_entity_id: UUID
    code: Words
    name: Words
    category: Words
    address: Words
    country: Words
    vat_no: Words
    vat_percent: Exact
    currency: Words
    payment_days: int
    from_month_end: bool
    separate_by: Words
    reference_required: bool
    minimum_amount: Minor


class Agreement(Row, table=True):
    """The flags of an agreement."""

    __tablename__ = "agreement"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    current_invoicing: bool
    current_deduction: bool


class Plan(Row, table=True):
    """A media plan."""

    __tablename__ = "plan"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    name: Words
    client_id: UUID
    invoice_on: date | None


class Station(Row, table=True):
    """A radio station."""

    __tablename__ = "station"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    name: Words


class Tax(Row, table=True):
    """A tax and its parts."""

    __tablename__ = "tax"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    name: Words
    percent: Exact
    parts: Json


class Contract(Row, table=True):
    """A radio contract: terms that hold on its invoices."""

    __tablename__ = "contract"

    tenant_id: Key
    id: Key
    version: int
    contract_no: Minor
    state: Words
    legal_entity_id: UUID
    client_id: UUID
    currency: Words
    billing_cycle: Words
    invoice_type: Words
    discount_percent: Exact
    agency_commission_percent: Exact
    sales_commission_percent: Exact
    tax_id: UUID | None
    comment: Words
    po_no: Words
    product: Words
    start_on: date | None
    end_on: date | None
    cancelled_on: date | None


class ContractDay(Row, table=True):
    """A day on which a contract has ordered units or occurrences on a station."""

    __tablename__ = "contract_day"

    tenant_id: Key
    contract_id: Key
    station_id: Key
    kind: str = Field(primary_key=True, sa_type=Text)
    ordered_on: date = Field(primary_key=True)


class StationLog(Row, table=True):
    """How far one station's log of one date has come."""

    __tablename__ = "station_log"

    tenant_id: Key
    id: Key
    version: int
    station_id: UUID
    air_on: date
    state: Words
