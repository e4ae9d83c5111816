"""Orders with their insertions, and media campaigns with their items."""

from datetime import date
from uuid import UUID

from services.contracts.tables.base import (
    At,
    Exact,
    Json,
    Key,
    MaybeDay,
    MaybeExact,
    MaybeId,
    MaybeJson,
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
    not_before_on: MaybeDay
    alteration: bool


class Insertion(Row, table=True):
    """One dated appearance; the rows it was priced from and the amounts they gave, in minor units (MA-INS).

    `own_status` is what people and defaults made of it; `status` is that, or what its shares' invoices make of it.
    `edited_version` is the version that last changed what is billed. Corrections, credits and re-debits have no price
    rows: `mirror` holds the amounts they take from elsewhere, before fee or capital cost are left out.
    """

    __tablename__ = "insertion"

    tenant_id: Key
    id: Key
    version: int
    code: Words
    order_id: UUID
    client_id: UUID
    insertion_on: date
    status: Words
    own_status: Words
    text: Words
    price_rows: Json
    mirror: MaybeJson
    exclude_fee: bool
    exclude_capital_cost: bool
    exchange_rate: Exact
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
    edited_version: int
    changed_in_run: bool


class InvoicedShare(Row, table=True):
    """A client's share of an insertion as an issued invoice bills it; kept when the invoice is reversed (MA-INS-15).

    `released` is a share that a person opened again after a reversal had blocked it.
    """

    __tablename__ = "invoiced_share"

    tenant_id: Key
    insertion_id: Key
    client_id: Key
    invoice_id: Key
    kind: Words
    item_version: int | None
    currency: Words
    net_amount: Minor
    net_net_amount: Minor
    client_net_amount: Minor
    fee_amount: Minor
    capital_cost_amount: Minor
    amount: Minor
    released: bool


class InvoiceRun(Row, table=True):
    """A live invoice run as contracts heard of it: what it chooses stays as it is until it has ended (MA-INV-26)."""

    __tablename__ = "invoice_run"

    tenant_id: Key
    id: Key
    run_no: int
    state: Words
    started_at: At
    criteria: Json
    looks_ahead: bool


class MediaInvoiceMark(Row, table=True):
    """An insertion that a saved media invoice bills (MA-INS-13)."""

    __tablename__ = "media_invoice_mark"

    tenant_id: Key
    invoice_id: Key
    insertion_id: Key
    version: int


class HeardMediaInvoice(Row, table=True):
    """The newest version that was heard of a media invoice; lines of an older one come too late."""

    __tablename__ = "heard_media_invoice"

    tenant_id: Key
    id: Key
    version: int


class AllocationMove(Row, table=True):
    """A client's share on its way to another client: credited, debited, finished (MA-CRD-14 to MA-CRD-16)."""

    __tablename__ = "allocation_move"

    tenant_id: Key
    id: Key
    version: int
    insertion_id: UUID
    invoice_id: UUID
    from_client_id: UUID
    to_client_id: MaybeId
    credit_id: UUID
    debit_id: MaybeId
    step: Words
    started_at: At
    started_by: Words


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
    unlimited: bool
    state: Words
