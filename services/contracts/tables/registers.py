"""The registers: whom we sell for and to, what runs where, on which terms."""

from uuid import UUID

from sqlmodel import Field

from services.contracts.tables.base import (
    Exact,
    Json,
    Key,
    MaybeDay,
    MaybeId,
    MaybeJson,
    MaybeMinor,
    Minor,
    Row,
    Words,
)


class Register(Row):
    """What every register has: an external code that is unique per tenant, a name, and a block."""

    tenant_id: Key
    id: Key
    version: int
    code: Words
    name: Words
    blocked: bool = Field(nullable=False)


class LegalEntity(Register, table=True):
    """A selling company; number series, currency and start of week go by it."""

    __tablename__ = "legal_entity"

    currency: Words
    country: Words
    address: Words
    vat_no: Words
    start_of_week: int | None
    time_zone: Words
    vat_percent: Exact
    number_prefix: Words
    credit_series: bool
    four_eyes_amount: MaybeMinor
    daily_delivery: bool


class Agency(Register, table=True):
    """Buys airtime for clients; `edi_no` switches the estimate mode (CT-HDR-08)."""

    __tablename__ = "agency"

    commission_percent: Exact
    edi_no: Words
    edi_requires_all_codes: bool


class Salesperson(Register, table=True):
    """Sells contracts for a share of their net (CT-CMN-04)."""

    __tablename__ = "salesperson"

    commission_percent: Exact


class RevenueSource(Register, table=True):
    """A classification of contracts in reports (CT-HDR-18)."""

    __tablename__ = "revenue_source"


class RevenueType(Register, table=True):
    """A second classification of contracts in reports (CT-HDR-19)."""

    __tablename__ = "revenue_type"


class Tax(Register, table=True):
    """A tax of radio contracts (CT-TAX-02)."""

    __tablename__ = "tax"

    percent: Exact
    parts: Json
    merged_into_id: MaybeId


class Conflict(Register, table=True):
    """A product category whose spots are kept apart (CT-LOG-05)."""

    __tablename__ = "conflict"

    method: Words
    distance: int


class Client(Register, table=True):
    """A buyer: how it is invoiced, and the defaults its contracts begin with (MA-REG-01, CT-HDR-03)."""

    __tablename__ = "client"

    legal_entity_id: UUID
    category: Words
    address: Words
    country: Words
    vat_no: Words
    email: Words
    vat_percent: Exact
    currency: Words
    language: Words
    payment_days: int
    from_month_end: bool
    cash_discount_percent: Exact
    cash_discount_days: int
    separate_by: Words
    reference_required: bool
    minimum_amount: Minor
    agency_id: MaybeId
    salesperson_id: MaybeId
    tax_id: MaybeId
    primary_conflict_id: MaybeId
    secondary_conflict_id: MaybeId
    line_station_id: MaybeId
    line_avail_type: Words
    line_start_time: int | None
    line_end_time: int | None
    prints_confirmations: bool
    discount_percent: Exact
    billing_cycle: Words
    invoice_type: Words
    pre_pay: bool
    separation_method: Words
    separation_distance: int
    vat_code_id: MaybeId
    payment_terms_id: MaybeId
    ad_agency_id: MaybeId
    credit_limit_amount: MaybeMinor
    credit_used_amount: Minor


class StationGroup(Register, table=True):
    """Stations run together: what their documents show and how (CT-DOC-08, CT-ITY-14, CT-CYC-20)."""

    __tablename__ = "station_group"

    split_by_station: bool
    logo_svg: Words
    remit_address: Words
    footer_text: Words
    invoice_columns: Json
    confirmation_columns: Json
    rates: Words


class Station(Register, table=True):
    """A radio station with the breaks its logs open with (CT-LOG-01, CT-LOG-08)."""

    __tablename__ = "station"

    legal_entity_id: UUID
    group_id: MaybeId
    time_zone: Words
    affidavit_text: Words
    notarized_text: Words
    feeds_automation: bool
    no_logs: bool
    breaks: Json


class Supplier(Register, table=True):
    """A creditor of the purchase ledger."""

    __tablename__ = "supplier"

    currency: Words
    payment_days: int


class Media(Register, table=True):
    """A medium where insertions are booked (MA-REG-12); what its media type says is kept beside (MA-REG-10)."""

    __tablename__ = "media"

    supplier_id: MaybeId
    currency: Words
    media_type_id: MaybeId
    media_type: Words
    ad_check_required: bool
    look_ahead_days: int
    default_status: Words


class Agreement(Register, table=True):
    """Terms of trade: flags of the whole insertion, money where a price row states none (MA-REG-04, MA-REG-05)."""

    __tablename__ = "agreement"

    current_invoicing: bool
    current_deduction: bool
    timing: Words
    default_status: Words
    allocation_invoicing: Words
    received_percents: Json
    passed_on_percents: Json
    fees: Json
    capital_cost: MaybeJson
    fee_share: MaybeJson
    commission_share: MaybeJson
    capital_cost_share: MaybeJson
    fee_terms_id: MaybeId
    fee_payment_days: int | None
    fee_from_month_end: bool


class Copy(Register, table=True):
    """A recorded commercial; with no `station_ids` every station may run it (CT-ROT-08)."""

    __tablename__ = "copy"

    client_id: UUID
    cart_no: Words
    length_seconds: int
    start_on: MaybeDay
    end_on: MaybeDay
    script: Words
    station_ids: Json


class Plan(Register, table=True):
    """A client's media plan, holder of orders (MA-REG-05)."""

    __tablename__ = "plan"

    client_id: UUID
    agreement_id: UUID
    owner: Words
    client_reference: Words
    campaign: Words
    product: Words
    invoice_on: MaybeDay
