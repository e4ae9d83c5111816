"""Applying money received to invoices: what is left of either, and what is refused (CT-LIF-16, CT-CYC-09)."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from shared.kernel.errors import Fault, Invalid, NotAllowedNow


class Application(NamedTuple):
    """A part of a payment on an invoice, in minor units; `state` is applied, parked or unapplied."""

    id: UUID
    payment_id: UUID
    invoice_id: UUID
    amount: int
    state: str


class Payable(NamedTuple):
    """An invoice as a payment sees it; amounts in minor units."""

    state: str
    is_reversed: bool
    legal_entity_id: UUID
    client_id: UUID
    currency: str
    total_amount: int
    paid_amount: int
    is_settled: bool = False

    @property
    def open_amount(self) -> int:
        """What is still to be paid; nothing of a zero invoice or a credit note, or once a cash discount settled it."""
        return 0 if self.is_settled else max(self.total_amount, 0) - self.paid_amount


class Received(NamedTuple):
    """A payment as an invoice sees it: whose it is."""

    legal_entity_id: UUID
    client_id: UUID
    currency: str


def unapplied(payment_amount: int, applications: Iterable[Application]) -> int:
    """What of a payment is not applied; parked money counts as unapplied until its invoice is approved (CT-LIF-16)."""
    return payment_amount - sum(one.amount for one in applications if one.state == "applied")


def check_application(payment: Received, left: int, invoice: Payable, amount: int) -> None:
    """Refuse what cannot be applied.

    `NotAllowedNow`: `invoice_not_approved`, `invoice_reversed`, `nothing_due`. `Invalid`: `other_account` when client,
    legal entity or currency differ, `exceeds_invoice`, `exceeds_payment`.
    """
    if invoice.state != "issued":
        raise NotAllowedNow("invoice_not_approved", "Money is applied to approved invoices only.")
    if invoice.is_reversed:
        raise NotAllowedNow("invoice_reversed", "The invoice is reversed.")
    if payment != (invoice.legal_entity_id, invoice.client_id, invoice.currency):
        raise _fault("/invoice_id", "other_account", "The invoice is another client's, company's or currency's.")
    if invoice.open_amount <= 0:
        raise NotAllowedNow("nothing_due", "Nothing is due on the invoice.")
    if amount > invoice.open_amount:
        raise _fault("/amount", "exceeds_invoice", "The amount is more than what is due on the invoice.")
    if amount > left:
        raise _fault("/amount", "exceeds_payment", "The amount is more than what is left of the payment.")


def revived(parked: Iterable[Application], due: int) -> list[Application]:
    """Applications parked on an invoice that is approved now: in order, up to what is due on it (CT-LIF-16).

    What goes beyond it is unapplied; the rest of a part that fits only partly stays with its payment.
    """
    found = []
    for one in parked:
        amount = min(one.amount, due)
        due -= amount
        found.append(one._replace(amount=amount, state="applied") if amount else one._replace(state="unapplied"))
    return found


def _fault(pointer: str, code: str, message: str) -> Invalid:
    return Invalid.of([Fault(pointer, code, message)])
