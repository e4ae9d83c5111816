"""Money on invoices that are reversed, approved again or removed: parked, revived, taken off (CT-LIF-16, CT-LIF-22)."""

from collections.abc import Sequence
from uuid import UUID

from services.invoicing.application.tell_payments import tell_payments
from services.invoicing.domain.payment import revived
from services.invoicing.repository import payments
from shared.events.invoicing import PaymentApplied, PaymentUnapplied
from shared.runtime.db import AsyncSession


async def park_payments(session: AsyncSession, reversed_id: UUID, pending_id: UUID | None) -> None:
    """Applications of a reversed invoice wait on the pending one of its items; with none they are taken off."""
    applied = await payments.on_invoices(session, [reversed_id], "applied")
    changed = [
        one._replace(state="parked", invoice_id=pending_id) if pending_id else one._replace(state="unapplied")
        for one in applied
    ]
    await payments.save_applications(session, changed)
    await tell_payments(session, PaymentUnapplied, changed, invoices=[reversed_id])


async def revive_payments(session: AsyncSession, invoice_id: UUID, due: int) -> None:
    """Parked applications count again when their invoice is approved, up to what is due on it."""
    changed = revived(await payments.on_invoices(session, [invoice_id], "parked"), max(due, 0))
    await payments.save_applications(session, changed)
    await tell_payments(session, PaymentApplied, changed)


async def release_payments(session: AsyncSession, removed_ids: Sequence[UUID]) -> None:
    """Applications on removed invoices are reversed for good: a person applies the money again (CT-LIF-22, 23)."""
    changed = [
        one._replace(state="unapplied") for one in await payments.on_invoices(session, removed_ids, "applied", "parked")
    ]
    await payments.save_applications(session, changed)
    await tell_payments(session, PaymentUnapplied, changed)
