"""Billable items."""

from datetime import date
from uuid import UUID

from services.invoicing.tables.base import Exact, Key, MaybeExact, MaybeJson, Minor, Row, Words


class BillableItem(Row, table=True):
    """What may be billed: insertion, spot, occurrence or draft line."""

    __tablename__ = "billable_item"

    tenant_id: Key
    id: Key
    version: int
    revision: int
    origin: Words
    origin_id: UUID
    legal_entity_id: UUID
    client_id: UUID
    plan_id: UUID | None
    order_id: UUID | None
    order_no: Words
    campaign: Words
    product: Words
    owner: Words
    agreement_id: UUID | None
    media_id: UUID | None
    media_name: Words
    contract_id: UUID | None
    text: Words
    details: MaybeJson
    dated_on: date
    status: Words
    ad_check_missing: bool
    correction_kind: Words
    credit: bool
    original_id: UUID | None
    client_reference: Words
    not_before_on: date | None
    currency: Words
    exchange_rate: Exact
    vat_percent: MaybeExact
    gross_amount: Minor
    net_amount: Minor
    net_net_amount: Minor
    client_net_amount: Minor
    fee_amount: Minor
    capital_cost_amount: Minor
    price_amount: Minor
