"""Radio contracts with their lines, rotations and off-air occurrences."""

from datetime import date
from uuid import UUID

from services.contracts.tables.base import (
    Exact,
    Json,
    Key,
    KeyNumber,
    KeyWords,
    MaybeAt,
    MaybeDay,
    MaybeId,
    Minor,
    Row,
    Words,
)


class Contract(Row, table=True):
    """The header of a contract; `notes` leave the service for no one but its users (CT-NOT-03)."""

    __tablename__ = "contract"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    contract_no: int
    last_line_no: int
    state: Words
    revision: int
    correction: Words
    correction_id: MaybeId
    corrected_fields: Json
    legal_entity_id: UUID
    client_id: UUID
    agency_id: MaybeId
    edi_no: Words
    salesperson_id: MaybeId
    currency: Words
    estimate_no: Words
    agency_estimate_code: Words
    agency_advertiser_code: Words
    agency_product_code: Words
    po_no: Words
    product: Words
    pre_pay: bool
    discount_percent: Exact
    agency_commission_percent: Exact
    sales_commission_percent: Exact
    tax_id: MaybeId
    revenue_source_id: MaybeId
    revenue_type_id: MaybeId
    primary_conflict_id: MaybeId
    secondary_conflict_id: MaybeId
    billing_cycle: Words
    invoice_type: Words
    affidavit: Words
    tfn: bool
    comment: Words
    notes: Words
    approved_at: MaybeAt
    cancelled_at: MaybeAt
    completed_on: MaybeDay


class ContractLine(Row, table=True):
    """A line; `terms` hold schedule or frequency, `quantity` and `total_amount` what it comes to (CT-LIN)."""

    __tablename__ = "contract_line"

    tenant_id: Key
    id: Key
    contract_id: UUID
    line_no: int
    kind: Words
    status: Words
    approved_at: MaybeAt
    station_id: UUID
    start_on: date
    end_on: date
    override_start_date: bool
    rate_amount: Minor
    terms: Json
    quantity: int
    total_amount: Minor
    comment: Words
    income_account: Words
    direct_rotation_id: MaybeId
    override_advertiser: bool
    override_conflict: bool


class Rotation(Row, table=True):
    """An entry of a contract's ordered rotation list (CT-ROT-02); without a station it serves all."""

    __tablename__ = "rotation"

    tenant_id: Key
    id: Key
    contract_id: UUID
    position: int
    name: Words
    station_id: MaybeId
    length_seconds: int
    start_on: date
    end_on: date
    start_minute: int
    end_minute: int
    weekdays: Json


class RotationItem(Row, table=True):
    """One entry of a rotation's sequence (CT-ROT-24)."""

    __tablename__ = "rotation_item"

    tenant_id: Key
    rotation_id: Key
    position: KeyNumber
    copy_id: UUID


class RotationCursor(Row, table=True):
    """Where a rotation continues on a station (CT-ROT-25)."""

    __tablename__ = "rotation_cursor"

    tenant_id: Key
    rotation_id: Key
    station_id: Key
    position: int


class OffAirOccurrence(Row, table=True):
    """One due amount of an off-air line (CT-LIN-27)."""

    __tablename__ = "off_air_occurrence"

    tenant_id: Key
    id: Key
    version: int
    contract_id: UUID
    line_id: UUID
    line_no: int
    station_id: UUID
    due_on: date
    state: Words
    amount: Minor
    comment: Words
    income_account: Words
    invoice_id: MaybeId


class Counter(Row, table=True):
    """The last number drawn of contracts, orders or campaigns (CT-HDR-01)."""

    __tablename__ = "counter"

    tenant_id: Key
    name: KeyWords
    last_no: int
