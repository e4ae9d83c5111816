"""Hold a contract's invoices while it is corrected, or say which must be reversed first (CT-LIF-14, CT-LIF-19)."""

from collections.abc import Iterable
from uuid import UUID

from services.invoicing.repository import holds
from shared.events.invoicing import CorrectionHoldPlaced, CorrectionHoldRefused, LiveInvoice
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record


async def answer_corrections(session: AsyncSession, wishes: Iterable[tuple[UUID, UUID]]) -> None:
    """Answer wishes (correction id, contract id) once each; the contracts' rows are locked.

    Question and hold are one transaction, and approving locks the contract first: none can slip in between.
    """
    for correction_id, contract_id in wishes:
        approved = await holds.approved_invoices(session, contract_id)
        told = CorrectionHoldRefused if approved else CorrectionHoldPlaced
        state = "refused" if approved else "placed"
        if await holds.answer(session, correction_id, contract_id, state):
            await record(
                session,
                told(
                    id=correction_id,
                    version=1,
                    contract_id=contract_id,
                    state=state,
                    invoices=[LiveInvoice(id=id_, invoice_no=no) for id_, no in approved],
                ),
            )
