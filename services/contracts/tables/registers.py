"""The registers: whom we sell for and to, what runs where, on which terms."""

from uuid import UUID

from sqlmodel import Field

from services.contracts.tables.base import Exact, Json, Key, MaybeDay, MaybeId, Minor, Row, Words


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


class Tax(Register, table=True):
    """A tax of radio contracts (CT-TAX-02)."""

    __tablename__ = "tax"

    percent: Exact
    parts: Json


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
    separate_by: Words
    reference_required: bool
    minimum_amount: Minor
    agency_id: MaybeId
    salesperson_id: MaybeId
    tax_id: MaybeId
    discount_percent: Exact
    billing_cycle: Words
    invoice_type: Words
    pre_pay: bool


class Station(Register, table=True):
    """A radio station with the breaks its logs open with (CT-LOG-01, CT-LOG-08)."""

    __tablename__ = "station"

    legal_entity_id: UUID
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
    """A medium where insertions are booked (MA-REG-12)."""

    __tablename__ = "media"

    supplier_id: MaybeId
    currency: Words
    media_type: Words
    ad_check_required: bool
    look_ahead_days: int
    default_status: Words


class Agreement(Register, table=True):
    """Terms of trade: flags of the whole insertion, and fees where the insertion states none (MA-REG-04, MA-REG-05)."""

    __tablename__ = "agreement"

    current_invoicing: bool
    current_deduction: bool
    timing: Words
    default_status: Words
    received_percent: Exact
    passed_on_percent: Exact
    fee_percent: Exact
    fee_base: Words
    capital_cost_percent: Exact
    capital_cost_base: Words


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
