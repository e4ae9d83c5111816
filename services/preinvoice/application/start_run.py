"""Start a billing run: choose its drafts, remember it, queue its job (PI-RUN-01, PI-RUN-03, PI-RUN-13, PI-RUN-14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from services.preinvoice.application.telling import tell_run
from services.preinvoice.domain.billing_run import FAILED, Entry, Run, check_selection
from services.preinvoice.domain.draft import Draft
from services.preinvoice.repository import runs
from services.preinvoice.repository.drafts import drafts_by_id
from services.preinvoice.repository.numbers import draw
from services.preinvoice.repository.selection import Filter, chosen_drafts
from shared.events.preinvoice import BillingRunStarted
from shared.kernel.errors import Fault, Invalid, NotAllowedNow
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession
from shared.runtime.jobs import enqueue

JOB = "billing_run"
# How long a run waits for invoicing's answers before it gives drafts back.
ANSWER_TIME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller wants of a run: chosen drafts, or a filter, and how they are to be invoiced."""

    draft_ids: Sequence[UUID] = ()
    filter: Filter | None = None
    invoice_on: date | None = None
    accounting_on: date | None = None
    zero_invoices: bool = False
    documents: bool = True


async def start_run(session: AsyncSession, asked: Asked, *, by: str, now: datetime) -> Run:
    """The run, queued; its job has the run's id.

    `Invalid`: `pi_e_40` when nothing is selected, `pi_e_46` above 2,000 drafts, `unknown_reference`.
    """
    if asked.filter:
        draft_ids: Sequence[UUID] = await chosen_drafts(session, asked.filter, now)
    else:
        draft_ids = list(dict.fromkeys(asked.draft_ids))
    check_selection(draft_ids)
    drafts = await drafts_by_id(session, draft_ids)
    if len(drafts) < len(draft_ids):
        raise Invalid.of([Fault("/draft_ids", "unknown_reference", "A draft does not exist.", field="draft_ids")])
    return await _start(session, asked, drafts, by=by, now=now)


async def retry_run(session: AsyncSession, run_id: UUID, *, by: str, now: datetime) -> Run:
    """A new run over the drafts that failed in an ended one, asked for alike.

    `NotFound`; `NotAllowedNow("run_not_ended")`; `Invalid("pi_e_40")` when none failed or those are gone.
    """
    run = await runs.get_run(session, run_id)
    if run.completed_at is None:
        raise NotAllowedNow("run_not_ended", f"Billing run {run.run_no} has not ended yet.")
    failed = await runs.entries_of_run(session, run_id, *FAILED)
    drafts = await drafts_by_id(session, [entry.draft_id for entry in failed])
    check_selection([draft.id for draft in drafts])
    asked = Asked((), None, run.invoice_on, run.accounting_on, run.zero_invoices, run.documents)
    return await _start(session, asked, drafts, by=by, now=now, retry_of=run_id)


async def _start(
    session: AsyncSession,
    asked: Asked,
    drafts: Sequence[Draft],
    *,
    by: str,
    now: datetime,
    retry_of: UUID | None = None,
) -> Run:
    (run_no,) = await draw(session, "run", 1)
    run = Run(
        id=new_id(),
        version=1,
        run_no=run_no,
        state="queued",
        invoice_on=asked.invoice_on,
        accounting_on=asked.accounting_on,
        zero_invoices=asked.zero_invoices,
        documents=asked.documents,
        draft_count=len(drafts),
        created_by=by,
        created_at=now,
        retry_of=retry_of,
    )
    entries = [
        Entry(run.id, draft.id, draft.draft_no, draft.header.campaign_no, draft.key.planned_invoice_on)
        for draft in drafts
    ]
    await runs.add_run(session, run, entries)
    await runs.wait_until(session, run.id, now + ANSWER_TIME)
    await enqueue(session, JOB, {"run_id": str(run.id)}, job_id=run.id, total=len(drafts))
    await tell_run(session, BillingRunStarted, run)
    await audit(
        session,
        action="billing_run.started",
        entity="billing_run",
        entity_id=run.id,
        after={"run_no": run_no, "draft_count": len(drafts)},
    )
    return run
