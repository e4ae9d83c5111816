"""Record money received, apply it to approved invoices and take it off again, by hand (CT-LIF-23)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.invoicing.application.tell_payments import tell_payments
from services.invoicing.domain.payment import Application, Payable, Received, check_application, unapplied
from services.invoicing.repository import open_invoices, payments
from services.invoicing.repository.registers import missing
from shared.events.invoicing import PaymentApplied, PaymentUnapplied
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import new_id
from shared.kernel.money import Money, currency
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession


async def record_payment(session: AsyncSession, values: Mapping[str, Any]) -> UUID:
    """Keep a payment, nothing of it applied yet; `unknown_reference`, or `invalid_value` for no money at all."""
    payment_id = new_id()
    payment = {"id": payment_id, "version": 1, **values}
    payment["amount"] = _positive(values["amount"], values["currency"])
    faults = [
        Fault(f"/{register}_id", "unknown_reference", "There is no such record.")
        for register in ("client", "legal_entity")
        if await missing(session, register, [values[f"{register}_id"]])
    ]
    if faults:
        raise Invalid.of(faults)
    await payments.insert(session, payment)
    await _audit(session, "recorded", payment_id, {"amount": payment["amount"]})
    return payment_id


async def apply_payment(session: AsyncSession, payment_id: UUID, invoice_id: UUID, amount: Any) -> None:
    """Apply a part of a payment to an approved invoice; refused as `check_application` says."""
    invoice = await open_invoices.lock_invoice(session, invoice_id)
    payment = await _locked(session, payment_id)
    if invoice is None:
        raise Invalid.of([Fault("/invoice_id", "unknown_reference", "There is no such invoice.")])
    part = _positive(amount, payment["currency"])
    applications = (await payments.applications_of(session, [payment_id]))[payment_id]
    left = unapplied(payment["amount"], [_application(one) for one in applications])
    received = Received(payment["legal_entity_id"], payment["client_id"], payment["currency"])
    check_application(received, left, _payable(invoice), part)
    applied = Application(new_id(), payment_id, invoice_id, part, "applied")
    await payments.save_applications(session, [applied])
    await tell_payments(session, PaymentApplied, [applied])
    await _audit(session, "applied", payment_id, {"invoice_id": invoice_id, "amount": part})


async def unapply_payment(session: AsyncSession, payment_id: UUID, application_id: UUID, *, version: int) -> None:
    """Take an application off its invoice; once more changes nothing. `StaleVersion` of the payment."""
    found = await payments.application(session, payment_id, application_id)
    if found is None:
        raise NotFound("not_found", "There is no such application.")
    await open_invoices.lock_invoice(session, found.invoice_id)
    payment = await _locked(session, payment_id)
    if payment["version"] != version:
        raise StaleVersion
    found = await payments.application(session, payment_id, application_id)
    assert found is not None
    if found.state == "unapplied":
        raise NotAllowedNow("state", "The application is taken off already.")
    gone = found._replace(state="unapplied")
    await payments.save_applications(session, [gone])
    await tell_payments(session, PaymentUnapplied, [gone])
    await _audit(session, "unapplied", payment_id, {"invoice_id": gone.invoice_id, "amount": gone.amount})


async def _locked(session: AsyncSession, payment_id: UUID) -> dict[str, Any]:
    found = await payments.lock(session, [payment_id])
    if payment_id not in found:
        raise NotFound("not_found", "There is no such payment.")
    return found[payment_id]


def _positive(amount: Any, code: str) -> int:
    minor = Money.parse(amount, currency(code), "/amount").minor
    if minor <= 0:
        raise Invalid.of([Fault("/amount", "invalid_value", "The amount is above zero.")])
    return minor


def _application(row: Mapping[str, Any]) -> Application:
    return Application(*(row[name] for name in Application._fields))


def _payable(invoice: Mapping[str, Any]) -> Payable:
    return Payable(
        invoice["state"],
        invoice["reversed_by_id"] is not None,
        invoice["legal_entity_id"],
        invoice["client_id"],
        invoice["currency"],
        invoice["total_amount"],
        invoice["paid_amount"],
        invoice["paid_on"] is not None,
    )


async def _audit(session: AsyncSession, what: str, payment_id: UUID, after: dict[str, Any]) -> None:
    await audit(session, action=f"payment.{what}", entity="payment", entity_id=payment_id, after=after)
