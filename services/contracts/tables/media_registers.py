"""The registers behind insertions and their invoicing: codes, terms, media types, agencies, parameters, rates."""

from datetime import date
from uuid import UUID

from services.contracts.tables.base import (
    Exact,
    Json,
    Key,
    MaybeExact,
    MaybeId,
    MaybeMinor,
    MaybeWords,
    Row,
    Words,
)
from services.contracts.tables.registers import Register


class VatCode(Register, table=True):
    """A VAT rate that clients name (MA-REG-02)."""

    __tablename__ = "vat_code"

    percent: Exact


class PaymentTerms(Register, table=True):
    """When an invoice falls due, and what is taken off for paying early (MA-REG-08, MA-REG-21)."""

    __tablename__ = "payment_terms"

    days: int
    from_month_end: bool
    cash_discount_percent: Exact
    cash_discount_days: int


class MediaType(Register, table=True):
    """What all media of a kind have in common (MA-REG-10, MA-GEN-07)."""

    __tablename__ = "media_type"

    ad_check_required: bool
    default_status: Words
    look_ahead_days: int
    sales_account: Words
    cost_account: Words


class AdAgency(Register, table=True):
    """A client's advertising agency, which is settled with (MA-REG-13)."""

    __tablename__ = "ad_agency"

    address: Words
    supplier_id: MaybeId
    supplier_no: Words
    language: Words
    vat_on_settlement: bool
    cost_centre: Words
    cost_object: Words


class PriceCode(Register, table=True):
    """A discount or surcharge code (MA-REG-20)."""

    __tablename__ = "price_code"

    kind: Words
    percent: MaybeExact
    fixed_amount: MaybeMinor
    currency: MaybeWords
    base: Words
    by_media: bool
    bears_commission: bool
    do_not_invoice: bool
    vat_percent: MaybeExact


class ReconciliationCode(Register, table=True):
    """A class of discrepancies; its code is its number (MA-REG-19)."""

    __tablename__ = "reconciliation_code"

    evaluation_order: int
    sides: Words
    negative_from: Exact
    negative_to: Exact
    positive_from: Exact
    positive_to: Exact


class ClaimText(Register, table=True):
    """A text to begin claims with (MA-REG-15)."""

    __tablename__ = "claim_text"

    text: Words
    automatic: bool


class Parameter(Row, table=True):
    """A legal entity's parameters as far as somebody stated them; it has the legal entity's id."""

    __tablename__ = "parameter"

    tenant_id: Key
    id: Key
    version: int
    stated: Json


class ExchangeRate(Row, table=True):
    """Units of a legal entity's base currency for one unit of another, from a day on (MA-GEN-10)."""

    __tablename__ = "exchange_rate"

    tenant_id: Key
    id: Key
    version: int
    legal_entity_id: UUID
    currency: Words
    rate_on: date
    rate: Exact
    source: Words
