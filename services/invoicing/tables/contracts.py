"""Radio contracts with their lines, and the logs of their stations."""

from datetime import date
from uuid import UUID

from services.invoicing.tables.base import Exact, Json, Key, MaybeAt, Minor, Row, Words


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
    agency_id: UUID | None
    currency: Words
    estimate: Words
    po_no: Words
    product: Words
    billing_cycle: Words
    invoice_type: Words
    affidavit: Words
    discount_percent: Exact
    agency_commission_percent: Exact
    sales_commission_percent: Exact
    tax_id: UUID | None
    comment: Words
    approved_at: MaybeAt
    correction_id: UUID | None


class ContractLine(Row, table=True):
    """An approved line: what it orders on which dates, and at what rate."""

    __tablename__ = "contract_line"

    tenant_id: Key
    id: Key
    contract_id: UUID
    line_no: int
    kind: Words
    station_id: UUID
    start_on: date
    end_on: date
    start_minute: int | None
    end_minute: int | None
    length_seconds: int | None
    rate_amount: Minor
    quantity: int
    total_amount: Minor
    comment: Words
    ordered: Json
    approved_at: MaybeAt


class StationLog(Row, table=True):
    """How far one station's log of one date has come."""

    __tablename__ = "station_log"

    tenant_id: Key
    id: Key
    version: int
    station_id: UUID
    air_on: date
    state: Words
