"""Phase 1 of a billing run: refresh a block of drafts, lock them, hand them to invoicing (PI-RUN-04, PI-RUN-05)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.preinvoice.application.end_run import end_if_answered
from services.preinvoice.application.generate import Generation, refresh
from services.preinvoice.application.start_run import ANSWER_TIME
from services.preinvoice.application.telling import tell_drafts
from services.preinvoice.domain.billing_run import Entry, Run, is_zero, refusal
from services.preinvoice.domain.draft import Draft
from services.preinvoice.repository import runs
from services.preinvoice.repository.campaigns import campaigns_of_drafts
from services.preinvoice.repository.drafts import save_drafts
from shared.events.preinvoice import DraftLocked
from shared.kernel.errors import Fault
from shared.runtime.db import AsyncSession

BLOCK = 200


async def lock_block(session: AsyncSession, run_id: UUID, *, now: datetime) -> int:
    """Take the next drafts of the run; how many there were, 0 when none is left.

    A draft that cannot be invoiced is listed with its code and stops nobody else (PI-RUN-11). Whole campaigns are
    refreshed, so that lines move between drafts before any of them is handed over.
    """
    run = await runs.get_run(session, run_id)
    waiting = await runs.next_waiting(session, run_id, BLOCK)
    campaign_ids = await campaigns_of_drafts(session, [entry.draft_id for entry in waiting])
    refreshed = await refresh(session, campaign_ids, now=now)
    drafts = {draft.id: draft for one in refreshed.values() for draft in one.drafts}
    entries = [_decided(run, entry, drafts.get(entry.draft_id), refreshed) for entry in waiting]
    locked = [
        replace(draft, billing_run_id=run.id, version=draft.version + 1)
        for draft in (drafts[entry.draft_id] for entry in entries if entry.outcome == "locked")
    ]
    await save_drafts(session, locked)
    await runs.save_entries(session, entries)
    await runs.keep_snapshots(session, run.id, locked)
    await tell_drafts(session, DraftLocked, locked, run=run)
    if entries:
        await runs.wait_until(session, run.id, now + ANSWER_TIME)
    await end_if_answered(session, run.id, now=now)
    return len(entries)


def _decided(run: Run, entry: Entry, draft: Draft | None, refreshed: Mapping[UUID, Generation]) -> Entry:
    if draft is None:
        gone = Fault("", "pi_e_41", f"Draft {entry.draft_no} is gone: nothing of its campaign belongs on it any more.")
        return _refused(entry, gone)
    done = refreshed[draft.campaign_id]
    fault = refusal(draft, done.faults, done.today)
    if fault:
        return _refused(entry, fault)
    if is_zero(draft) and not run.zero_invoices:
        return replace(entry, outcome="skipped_zero")
    return replace(entry, outcome="locked", phase="issue")


def _refused(entry: Entry, fault: Fault) -> Entry:
    return replace(entry, outcome="refused", code=fault.code, message=fault.message)
