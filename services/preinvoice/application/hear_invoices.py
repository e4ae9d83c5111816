"""Invoicing's answers: drafts become invoiced, or are free again with the reason (PI-RUN-07, PI-RUN-11)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.preinvoice.application.end_run import end_if_answered
from services.preinvoice.application.reopen import reopen
from services.preinvoice.application.restore_late import restore_late
from services.preinvoice.application.telling import tell_drafts, tell_released
from services.preinvoice.domain.billing_run import Entry
from services.preinvoice.domain.draft import Draft
from services.preinvoice.domain.late import follows
from services.preinvoice.repository import runs
from services.preinvoice.repository.campaigns import lock_campaigns
from services.preinvoice.repository.drafts import drafts_by_id, keep_reversed, reversed_of, save_drafts
from shared.events.invoicing import InvoiceState
from shared.events.preinvoice import DraftInvoiced, DraftReleased
from shared.runtime.db import AsyncSession

_SKIPPED = "skipped_zero"
_ENDED = ("invoiced", "cancelled")


async def hear_issued(session: AsyncSession, told: Sequence[InvoiceState], *, now: datetime) -> None:
    """Each draft is invoiced, whatever became of it since it was handed over: the invoice exists.

    An answer after the run gave the draft up is marked late. Another run that took the draft meanwhile loses it; a
    draft that was changed or deleted meanwhile is put back to what was billed.
    """
    invoices = {one.draft_id: one for one in told if one.draft_id}
    # Before the drafts: whoever hears of the credit note of one of these invoices waits here, or has been here.
    await lock_campaigns(session, _campaign_ids(told))
    drafts = {draft.id: draft for draft in await drafts_by_id(session, list(invoices), lock=True)}
    entries = await runs.entries_of_drafts(session, list(invoices))
    late = await _changed_meanwhile(session, entries, invoices, drafts)
    invoiced = [
        _invoiced(draft, invoices[draft.id])
        for draft in drafts.values()
        if draft.status not in _ENDED and draft.id not in late
    ]
    await save_drafts(session, invoiced)
    await tell_drafts(session, DraftInvoiced, invoiced)
    twice = set()
    for draft_id in sorted(late):
        done = await restore_late(session, _invoiced(late[draft_id], invoices[draft_id]), now=now)
        twice |= {draft_id} if done.billed_twice else set()
    answered = [after for one in entries if (after := _answered(one, invoices[one.draft_id], twice)) != one]
    await runs.save_entries(session, answered)
    await _end(session, answered, now=now)
    if reversed_ids := await reversed_of(session, [one.id for one in told]):
        await reopen(session, reversed_ids, now=now)


async def hear_reversed(session: AsyncSession, told: Sequence[InvoiceState], *, now: datetime) -> None:
    """What a credit note reverses is open again (PI-CAN-05), also when the note is heard of before its invoice."""
    notes = [one for one in told if one.kind == "campaign" and one.reverses_id]
    invoice_ids = {one.reverses_id for one in notes if one.reverses_id}
    await lock_campaigns(session, _campaign_ids(notes))
    await keep_reversed(session, invoice_ids)
    await reopen(session, invoice_ids, now=now)


async def hear_refused(session: AsyncSession, told: Sequence[InvoiceState], *, now: datetime) -> None:
    """Each draft is free again in the status it had, and its run lists it with the code."""
    refusals = {(one.billing_run_id, one.draft_id): one.refusal_code for one in told if one.draft_id}
    draft_ids = [draft_id for _, draft_id in refusals if draft_id]
    drafts = await drafts_by_id(session, draft_ids, lock=True)
    released = [
        (replace(draft, billing_run_id=None, version=draft.version + 1), refusals[draft.billing_run_id, draft.id])
        for draft in drafts
        if draft.locked and (draft.billing_run_id, draft.id) in refusals
    ]
    await save_drafts(session, [draft for draft, _ in released])
    entries = [
        _refused(one, refusals[one.run_id, one.draft_id])
        for one in await runs.entries_of_drafts(session, draft_ids)
        if one.outcome == "locked" and (one.run_id, one.draft_id) in refusals
    ]
    await runs.save_entries(session, entries)
    await tell_released(session, DraftReleased, released)
    await _end(session, entries, now=now)


def _campaign_ids(invoices: Iterable[InvoiceState]) -> set[UUID]:
    return {one.campaign_id for one in invoices if one.campaign_id}


def _invoiced(draft: Draft, invoice: InvoiceState) -> Draft:
    return replace(
        draft,
        status="invoiced",
        version=draft.version + 1,
        billing_run_id=invoice.billing_run_id,
        invoice_id=invoice.id,
        invoice_no=invoice.invoice_no,
    )


async def _changed_meanwhile(
    session: AsyncSession,
    entries: Sequence[Entry],
    invoices: Mapping[UUID, InvoiceState],
    drafts: Mapping[UUID, Draft],
) -> dict[UUID, Draft]:
    """By id the drafts, as they were handed over, that no longer are so: only a run that gave up lets them change."""
    overdue = [
        (one.run_id, one.draft_id)
        for one in entries
        if one.outcome == "timed_out" and one.run_id == invoices[one.draft_id].billing_run_id
    ]
    handed_over = await runs.snapshots(session, overdue) if overdue else {}
    return {draft_id: draft for draft_id, draft in handed_over.items() if not follows(drafts.get(draft_id), draft)}


def _answered(entry: Entry, invoice: InvoiceState, twice: Collection[UUID]) -> Entry:
    if entry.run_id == invoice.billing_run_id:
        late = entry.late or entry.outcome == "timed_out"
        answered = replace(entry, outcome="invoiced", invoice_no=invoice.invoice_no, late=late)
        if entry.draft_id not in twice:
            return answered if entry.outcome == "invoiced" else replace(answered, code="", message="")
        message = f"Billed twice: credit {invoice.invoice_no}, or the other invoice of the same intervals."
        return replace(answered, code="billed_twice", message=message)
    if entry.outcome != "locked":
        return entry
    message = f"Draft {entry.draft_no} was invoiced by another billing run as {invoice.invoice_no}."
    return replace(entry, outcome="refused", code="pi_e_41", message=message)


def _refused(entry: Entry, code: str) -> Entry:
    if code == _SKIPPED:
        return replace(entry, outcome="skipped_zero")
    return replace(entry, outcome="refused", code=code, message=f"Invoicing refused draft {entry.draft_no}: {code}.")


async def _end(session: AsyncSession, entries: Iterable[Entry], *, now: datetime) -> None:
    run_ids: set[UUID] = {entry.run_id for entry in entries}
    for run_id in sorted(run_ids):
        await end_if_answered(session, run_id, now=now)
