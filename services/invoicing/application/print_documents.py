"""Print issued invoices: a job's worth at a time, each document stored once (PI-RUN-12)."""

from uuid import UUID

from shared.kernel.ids import derived_id
from shared.runtime.db import AsyncSession
from shared.runtime.jobs import enqueue

JOB = "print_documents"


async def queue_documents(
    session: AsyncSession, *, run_id: UUID | None = None, invoice_ids: list[UUID] | None = None
) -> None:
    """Have the invoices of a run, or some invoices, printed after the commit."""
    request = {"run_id": str(run_id) if run_id else None, "invoice_ids": [str(one) for one in invoice_ids or []]}
    await enqueue(session, JOB, request, job_id=derived_id(JOB, run_id, *request["invoice_ids"] or ()))
