"""Payments and balances at the door."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.events.examples import CLIENT, INVOICE, LEGAL_ENTITY, example
from shared.events.fields import Amount, CurrencyCode, Day, Shape, Text, View
from shared.runtime.views import MinorView


class PaymentShape(Shape):
    """Money received from a client."""

    model_config = example(
        legal_entity_id=LEGAL_ENTITY,
        client_id=CLIENT,
        currency="SEK",
        amount="11103.00",
        received_on="2026-10-30",
        reference="OCR 2026001147",
    )

    legal_entity_id: UUID
    client_id: UUID
    currency: CurrencyCode
    amount: Amount = Field(description="What came in; applied to invoices in steps of its own.")
    received_on: Day
    reference: Text(200) = Field("", description="What the bank told with it.")  # type: ignore[valid-type]


class ApplicationShape(Shape):
    """A part of a payment for one approved invoice."""

    model_config = example(invoice_id=INVOICE, amount="11103.00")

    invoice_id: UUID
    amount: Amount = Field(description="At most what is left of the payment.")


class ApplicationTransition(Shape):
    """Take an application off its invoice."""

    model_config = example(to="unapplied")

    to: Literal["unapplied"] = Field(description="The only step: the amount is free for another invoice.")


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
