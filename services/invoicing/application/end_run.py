"""Close the books of a run: its counts, its state, its documents to print."""

from dataclasses import asdict, replace
from datetime import datetime

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
