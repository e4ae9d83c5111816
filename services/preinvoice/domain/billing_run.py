"""Which drafts a billing run hands over, which it skips or refuses, and when the run is over (PI-RUN)."""

from collections.abc import Collection, Sequence
from typing import Literal
from uuid import UUID

from services.preinvoice.domain.draft import BILLABLE, Draft
from shared.kernel.errors import Fault, Invalid

DRAFTS_MAX = 2000

RunState = Literal["queued", "running", "completed", "completed_with_errors", "failed"]
# `locked` awaits invoicing's answer; every other outcome is final.
Outcome = Literal["locked", "invoiced", "refused", "skipped_zero", "timed_out"]


def check_selection(draft_ids: Collection[UUID]) -> None:
    """Refuse an empty selection and one of more than 2,000 drafts: 422 `pi_e_40`, `pi_e_46` (PI-RUN-01, PI-RUN-03)."""
    if not draft_ids:
        raise Invalid("pi_e_40", "Nothing selected.")
    if len(draft_ids) > DRAFTS_MAX:
        raise Invalid("pi_e_46", f"{len(draft_ids)} drafts selected, at most {DRAFTS_MAX} allowed.")


def refusal(draft: Draft, failures: Sequence[Fault]) -> Fault | None:
    """Why a draft cannot be invoiced now, first reason met (PI-RUN-05).

    `failures` are the failed prerequisites of its campaign; those of other drafts' items do not count.
    """
    if draft.locked:
        return Fault("", "pi_e_45", f"Draft {draft.draft_no} is taken by billing run {draft.billing_run_id}.")
    if draft.status not in BILLABLE:
        return Fault("", "pi_e_41", f"Draft {draft.draft_no} has status {draft.status} and cannot be invoiced.")
    for line in draft.lines:
        if line.figures.pending:
            days = f"{line.figures.days.start_on}..{line.figures.days.last_on}"
            return Fault("", "pi_e_42", f"Draft {draft.draft_no}: delivery for {days} is still incomplete.")
    items = {str(line.key.item_id) for line in draft.lines}
    concerned = (fault for fault in failures if fault.entity != "campaign_item" or fault.entity_id in items)
    return next(concerned, None)


def is_zero(draft: Draft) -> bool:
    """Whether a run leaves the draft out unless it asks for zero invoices: total 0.00, nothing pending (PI-RUN-15)."""
    return draft.key.kind == "regular" and draft.total == 0 and not draft.pending


def state_of(outcomes: Collection[Outcome]) -> RunState:
    """`running` while an answer is missing, then completed, with errors when some draft failed (PI-RUN-14)."""
    if "locked" in outcomes:
        return "running"
    return "completed_with_errors" if {"refused", "timed_out"} & set(outcomes) else "completed"
