"""Close the books of a run: its counts, its state, its documents to print."""

from dataclasses import asdict, replace
from datetime import datetime
from uuid import UUID

from services.invoicing.application.bill_block import Tally
from services.invoicing.application.print_documents import queue_documents
from services.invoicing.application.tell_run import tell_run
from services.invoicing.repository import runs
from services.invoicing.repository.runs import Run
from shared.events.invoicing import InvoiceRunCompleted
from shared.runtime.db import AsyncSession


async def end_run(session: AsyncSession, run: Run, tally: Tally, *, state: str, digest: str, now: datetime) -> Run:
    """Store and tell what the run came to; a live run's invoices are printed by a job of their own."""
    ended = replace(run, version=run.version + 1, state=state, digest=digest, ended_at=now, **asdict(tally))
    await runs.save_run(session, ended)
    await tell_run(session, ended, InvoiceRunCompleted)
    if run.is_live and tally.invoice_count:
        await queue_documents(session, run_id=run.id)
    return ended


async def end_abandoned(session: AsyncSession, run_id: UUID, *, now: datetime) -> None:
    """A run whose job was cancelled or failed ends with what it did: that stands, the rest is open for another."""
    run = await runs.find_run(session, run_id, lock=True)
    if run is None or run.ended_at is not None:
        return
    state, checkpoint = await runs.job_of(session, run_id)
    tally = Tally(**checkpoint.get("tally", {}))
    await end_run(session, run, tally, state=state, digest=checkpoint.get("digest", run.digest), now=now)
