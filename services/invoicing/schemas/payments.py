"""Payments and balances at the door."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.events.fields import Amount, CurrencyCode, Day, Shape, Text, View
from shared.runtime.views import MinorView


class PaymentShape(Shape):
    """Money received from a client."""

    legal_entity_id: UUID
    client_id: UUID
    currency: CurrencyCode
    amount: Amount
    received_on: Day
    reference: Text(200) = ""  # type: ignore[valid-type]


class ApplicationShape(Shape):
    """A part of a payment for one approved invoice."""

    invoice_id: UUID
    amount: Amount


class ApplicationTransition(Shape):
    """Take an application off its invoice."""

    to: Literal["unapplied"]


class ApplicationView(View):
    """A part of a payment; parked, it counts as unapplied until its invoice is approved (CT-LIF-16)."""

    id: UUID
    invoice_id: UUID
    invoice_no: str
    amount: Amount
    state: Literal["applied", "parked", "unapplied"]


class PaymentRow(MinorView):
    """A payment in a list."""

    id: UUID
    version: int
    legal_entity_id: UUID
    client_id: UUID
    currency: CurrencyCode
    amount: Amount
    received_on: Day
    reference: str


class PaymentView(PaymentRow):
    """A payment with what is left of it and where the rest went."""

    unapplied_amount: Amount
    applications: list[ApplicationView]


class BalanceView(MinorView):
    """What a client was invoiced, less its credit notes and what it paid, in one currency."""

    currency: CurrencyCode
    invoiced_amount: Amount
    received_amount: Amount
    unapplied_amount: Amount
    cash_discount_amount: Amount = Field(description="Kept back, rightly, by who paid within the discount days.")
    balance_amount: Amount


class BalancesView(View):
    """A client's balances, one for each currency it was invoiced or paid in."""

    items: list[BalanceView]
