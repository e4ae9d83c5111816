"""Payments and what of them goes towards which invoice."""

from datetime import date
from uuid import UUID

from services.invoicing.tables.base import Key, Minor, Row, Words


class Payment(Row, table=True):
    """Money received from a client."""

    __tablename__ = "payment"

    tenant_id: Key
    id: Key
    version: int
    legal_entity_id: UUID
    client_id: UUID
    currency: Words
    amount: Minor
    received_on: date
    reference: Words


class PaymentApplication(Row, table=True):
    """A part of a payment on an invoice: applied, parked until it is approved, or unapplied."""

    __tablename__ = "payment_application"

    tenant_id: Key
    id: Key
    payment_id: UUID
    invoice_id: UUID
    amount: Minor
    state: Words
