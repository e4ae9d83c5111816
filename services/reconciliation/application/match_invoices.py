"""Find the insertions that lines of pending media invoices bill: in sets, and only what is left one by one."""

from collections.abc import Sequence
from uuid import UUID

from services.reconciliation.application.register_invoice import pending_invoice, touch
from services.reconciliation.domain.matching import match
from services.reconciliation.repository import matching
from shared.runtime.db import AsyncSession


async def match_invoices(session: AsyncSession, invoice_ids: Sequence[UUID]) -> None:
    """Match every line that has no insertion yet; one that fits nothing, or too much, is left to a person."""
    await matching.lock_matching(session)
    await matching.match_exactly(session, invoice_ids)
    left = await matching.match_nearly(session, invoice_ids, await matching.waiting_lines(session, invoice_ids))
    if not left:
        return
    insertions = await matching.candidates(session, invoice_ids, [one.line.order_no for one in left])
    found = match([one.line for one in left], insertions)
    await matching.assign(session, {one.id: pair for one, pair in zip(left, found, strict=True) if pair})


async def match_again(session: AsyncSession, invoice_id: UUID, version: int) -> None:
    """Match what is left of a pending invoice, say after an order was entered late."""
    invoice = await pending_invoice(session, invoice_id, version)
    await match_invoices(session, [invoice_id])
    await touch(session, invoice)
