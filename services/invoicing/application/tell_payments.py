"""What invoicing tells of payments, and of the invoices they pay."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.invoicing.application.stored_invoice import tell_paid
from services.invoicing.domain.payment import Application, unapplied
from services.invoicing.repository import payments
from shared.events.invoicing import PaymentApplied, PaymentUnapplied
from shared.kernel.money import currency
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_many


async def tell_payments(
    session: AsyncSession,
    told: type[PaymentApplied] | type[PaymentUnapplied],
    changed: Sequence[Application],
    *,
    invoices: Iterable[UUID] = (),
) -> None:
    """Count, mark and tell what became of applications; `invoices` are others whose marks may have changed."""
    payment_ids = {one.payment_id for one in changed}
    if not payment_ids:
        return
    await payments.raise_versions(session, payment_ids)
    stored = await payments.lock(session, payment_ids)
    applications = await payments.applications_of(session, payment_ids)
    await record_many(
        session, [told.model_validate(payment_fields(one, applications[id_])) for id_, one in stored.items()]
    )
    turned = await payments.mark_paid(session, {*invoices, *(one.invoice_id for one in changed)})
    await tell_paid(session, turned)


def payment_fields(payment: Mapping[str, Any], applications: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A payment with its applications in major units, as events and answers name them."""
    exponent = -currency(payment["currency"]).places
    left = unapplied(
        payment["amount"],
        [Application(*(one[name] for name in Application._fields)) for one in applications],
    )
    return {
        **payment,
        "amount": Decimal(payment["amount"]).scaleb(exponent),
        "unapplied_amount": Decimal(left).scaleb(exponent),
        "applications": [{**one, "amount": Decimal(one["amount"]).scaleb(exponent)} for one in applications],
    }
