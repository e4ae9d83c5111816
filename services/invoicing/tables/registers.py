"""Registers of contracts, as far as invoicing decides on them."""

from datetime import date
from uuid import UUID

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
    time_zone: Words


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
    email: Words
    language: Words
    vat_percent: Exact
    currency: Words
    payment_days: int
    from_month_end: bool
    cash_discount_percent: Exact
    cash_discount_days: int
    separate_by: Words
    reference_required: bool
    minimum_amount: Minor


class Agreement(Row, table=True):
    """The flags and the timing of an agreement."""

    __tablename__ = "agreement"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    current_invoicing: bool
    current_deduction: bool
    timing: Words
    fee_payment_days: int | None
    fee_from_month_end: bool


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


class Media(Row, table=True):
    """A medium, whose media type may have accounts of its own."""

    __tablename__ = "media"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    name: Words
    media_type_id: UUID | None
    look_ahead_days: int


class MediaType(Row, table=True):
    """A kind of media, with the sales and cost accounts it may have of its own (MA-GEN-07)."""

    __tablename__ = "media_type"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    sales_account: Words
    cost_account: Words


class Parameter(Row, table=True):
    """What a legal entity's parameters state, as told; the id is the legal entity's."""

    __tablename__ = "parameter"

    tenant_id: Key
    id: Key
    version: int
    stated: Json


class ExchangeRate(Row, table=True):
    """Units of a legal entity's base currency for one unit of another, from a day on."""

    __tablename__ = "exchange_rate"

    tenant_id: Key
    id: Key
    version: int
    legal_entity_id: UUID
    currency: Words
    rate_on: date
    rate: Exact


class Station(Row, table=True):
    """A radio station and its affidavit texts."""

    __tablename__ = "station"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    name: Words
    legal_entity_id: UUID | None
    group_id: UUID | None
    affidavit_text: Words
    notarized_text: Words


class StationGroup(Row, table=True):
    """Stations run together, with the options of their invoices (CT-ITY-14, CT-CYC-20)."""

    __tablename__ = "station_group"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    name: Words
    split_by_station: bool
    logo_svg: Words
    remit_address: Words
    footer_text: Words
    invoice_columns: Json
    rates: Words


class Agency(Row, table=True):
    """An agency that buys airtime for clients."""

    __tablename__ = "agency"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    name: Words


class Copy(Row, table=True):
    """A recorded commercial."""

    __tablename__ = "copy"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    name: Words
    cart_no: Words
    script: Words


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
    merged_into_id: UUID | None
