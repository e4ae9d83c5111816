"""Orders with their insertions, and media campaigns with their items."""

from datetime import date
from uuid import UUID

from services.contracts.tables.base import (
    Exact,
    Json,
    Key,
    MaybeDay,
    MaybeExact,
    MaybeId,
    MaybeMinor,
    MaybeWords,
    Minor,
    Row,
    Words,
)


class MediaOrder(Row, table=True):
    """A booking with one medium on a plan; it may name an agreement and a reference of its own (MA-REG-05)."""

    __tablename__ = "media_order"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    order_no: int
    plan_id: UUID
    media_id: UUID
    agreement_id: MaybeId
    client_reference: Words
    currency: Words
    exchange_rate: Exact


class Insertion(Row, table=True):
    """One dated appearance; the terms it was priced from and the amounts they gave, in minor units (MA-INS)."""

    __tablename__ = "insertion"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    order_id: UUID
    client_id: UUID
    insertion_on: date
    status: Words
    text: Words
    terms: Json
    gross_amount: Minor
    discount_amount: Minor
    net_amount: Minor
    commission_amount: Minor
    net_net_amount: Minor
    client_net_amount: Minor
    fee_amount: Minor
    capital_cost_amount: Minor
    surcharge_amount: Minor
    price_amount: Minor
    allocation: Json
    ad_checked: bool
    correction_kind: Words
    credit: bool
    original_id: MaybeId
    invoice_comment: Words
    not_before_on: MaybeDay
    has_media_invoice: bool


class InvoicedShare(Row, table=True):
    """A client's share of an insertion that stands on an issued invoice (MA-INS-15)."""

    __tablename__ = "invoiced_share"

    tenant_id: Key
    insertion_id: Key
    client_id: Key
    invoice_id: UUID


class MediaCampaign(Row, table=True):
    """A sold order with its billing terms; gaps stay until it is billed (PI-REQ)."""

    __tablename__ = "media_campaign"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    campaign_no: int
    name: Words
    stage: Words
    bill_me: bool
    legal_entity_id: MaybeId
    client_id: UUID
    recipient: Json
    dispatch: Words
    currency: Words
    vat_treatment: Words
    payment_interval: MaybeWords
    payment_start: MaybeWords
    due_at: MaybeWords
    billing_start_on: MaybeDay
    billing_end_on: MaybeDay
    payment_days: int
    client_reference: Words


class CampaignItem(Row, table=True):
    """A sold position and how it spreads over its drafts (PI-DST-01)."""

    __tablename__ = "campaign_item"

    tenant_id: Key
    id: Key
    campaign_id: UUID
    line_no: int
    name: Words
    start_on: MaybeDay
    end_on: MaybeDay
    amount: MaybeMinor
    currency: Words
    booked_quantity: int | None
    billing_category: Words
    billing_basis: Words
    distribution_unit: Words
    distribution_period: Words
    payment_start: MaybeWords
    bill_me: bool
    show_on_invoice: bool
    vat_percent: MaybeExact
    state: Words
