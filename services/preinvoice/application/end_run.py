"""The end of a billing run: every draft has its answer, or has waited long enough for it (PI-RUN-11, PI-RUN-14)."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.preinvoice.application.start_run import ANSWER_TIME
from services.preinvoice.application.telling import tell_released, tell_run
from services.preinvoice.domain.billing_run import FAILED, state_of
from services.preinvoice.repository import runs
from services.preinvoice.repository.drafts import drafts_by_id, save_drafts
from shared.events.preinvoice import BillingRunCompleted, DraftReleased
from shared.runtime.db import AsyncSession
from shared.runtime.jobs.views import get_job

_TIMED_OUT = "answer_overdue"
_NOT_RUN = "run_stopped"


async def end_if_answered(session: AsyncSession, run_id: UUID, *, now: datetime) -> None:
    """Bring the run's counts up to date; with the last answer it ends and says so.

    The caller has saved the drafts' outcomes; the lock on the run makes the last of several callers see them all.
    """
    run = await runs.get_run(session, run_id, lock=True)
    counted = await runs.outcomes_of_run(session, run_id)
    state = state_of(counted.keys())
    ended = state != "running"
    after = replace(
        run,
        state=state,
        completed_at=(run.completed_at or now) if ended else None,
        invoiced_count=counted.get("invoiced", 0),
        skipped_count=counted.get("skipped_zero", 0),
        failed_count=sum(counted.get(outcome, 0) for outcome in FAILED),
    )
    if after == run:
        return
    after = replace(after, version=run.version + 1)
    await runs.save_run(session, after)
    if ended:
        await runs.wait_no_more(session, run_id)
        await tell_run(session, BillingRunCompleted, after)


async def give_up(session: AsyncSession, run_id: UUID, *, now: datetime) -> None:
    """Release the drafts that got no answer in time; those that wait for a job that has ended are not run at all.

    While the job still works the run is given more time. An answer that comes later is still heard, as a late one.
    """
    locked = await runs.entries_of_run(session, run_id, "locked")
    drafts = {draft.id: draft for draft in await drafts_by_id(session, [one.draft_id for one in locked], lock=True)}
    # An answer may have come while the drafts' locks were awaited.
    overdue = await runs.entries_of_run(session, run_id, "locked")
    released = [
        replace(draft, billing_run_id=None, version=draft.version + 1)
        for entry in overdue
        if (draft := drafts.get(entry.draft_id)) and draft.billing_run_id == run_id
    ]
    await save_drafts(session, released)
    message = "Invoicing has not answered in time; the draft is free again."
    outcomes = [replace(entry, outcome="timed_out", code=_TIMED_OUT, message=message) for entry in overdue]
    waiting = await runs.entries_of_run(session, run_id, "waiting")
    if waiting and (await get_job(session, run_id)).state.ended:
        message = "The run was stopped before this draft had its turn."
        outcomes += [replace(entry, outcome="not_run", code=_NOT_RUN, message=message) for entry in waiting]
    elif waiting:
        await runs.wait_until(session, run_id, now + ANSWER_TIME)
    await runs.save_entries(session, outcomes)
    await tell_released(session, DraftReleased, [(draft, _TIMED_OUT) for draft in released])
    await end_if_answered(session, run_id, now=now)
