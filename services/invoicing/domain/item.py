"""A billable item as a run decides on it."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID


class Item(NamedTuple):
    """What a run decides on, and no more: it streams a million of these. Amounts in minor units of `currency`."""

    id: UUID
    version: int
    # The version with which it last read otherwise: its insertion also counts on when other shares are invoiced.
    revision: int
    origin_id: UUID
    client_id: UUID
    plan_id: UUID | None
    order_id: UUID | None
    order_no: str
    campaign: str
    product: str
    agreement_id: UUID | None
    media_id: UUID | None
    dated_on: date
    status: str
    ad_check_missing: bool
    correction_kind: str
    credit: bool
    reference: str
    not_before_on: date | None
    currency: str
    exchange_rate: Decimal
    net_amount: int
    net_net_amount: int
    client_net_amount: int
    fee_amount: int
    capital_cost_amount: int
    price_amount: int
    # Whether the date that its agreement's timing goes by lies in the run's period (MA-INV-10).
    is_due: bool = True

    @property
    def is_debit(self) -> bool:
        """The sign of a record is that of its price ex VAT; zero is debit unless flagged as credit (MA-INV-16)."""
        return self.price_amount > 0 or (self.price_amount == 0 and not self.credit)
