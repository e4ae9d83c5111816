"""Which drafts a billing run hands over, which it skips or refuses, and when the run is over (PI-RUN)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.preinvoice.domain.draft import BILLABLE, Draft
from shared.kernel.errors import Fault, Invalid

DRAFTS_MAX = 2000

RunState = Literal["queued", "running", "completed", "completed_with_errors", "failed"]
# `waiting` awaits its turn, `locked` invoicing's answer; every other outcome is final. `timed_out` got no answer in
# time, `not_run` never had its turn because the run's job ended.
Outcome = Literal["waiting", "locked", "invoiced", "refused", "skipped_zero", "timed_out", "not_run"]
Phase = Literal["lock", "issue"]
_OPEN = {"waiting", "locked"}
FAILED: tuple[Outcome, ...] = ("refused", "timed_out", "not_run")


@dataclass(frozen=True, slots=True)
class Run:
    """A billing run: what was asked for, and how far it is (PI-RUN-14).

    `invoice_on` and `accounting_on`, where given, win over the drafts' own dates; without `documents` nothing is
    printed.
    """

    id: UUID
    version: int
    run_no: int
    state: RunState
    invoice_on: date | None
    accounting_on: date | None
    zero_invoices: bool
    documents: bool
    draft_count: int
    created_by: str
    created_at: datetime
    invoiced_count: int = 0
    skipped_count: int = 0
    failed_count: int = 0
    retry_of: UUID | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one draft in a run; `phase` is how far it came (PI-RUN-04)."""

    run_id: UUID
    draft_id: UUID
    draft_no: int
    campaign_no: int
    planned_invoice_on: date
    outcome: Outcome = "waiting"
    phase: Phase = "lock"
    code: str = ""
    message: str = ""
    invoice_no: str = ""
    late: bool = False


def check_selection(draft_ids: Collection[UUID]) -> None:
    """Refuse an empty selection and one of more than 2,000 drafts: 422 `pi_e_40`, `pi_e_46` (PI-RUN-01, PI-RUN-03)."""
    if not draft_ids:
        raise Invalid("pi_e_40", "Nothing selected.")
    if len(draft_ids) > DRAFTS_MAX:
        raise Invalid("pi_e_46", f"{len(draft_ids)} drafts selected, at most {DRAFTS_MAX} allowed.")


def refusal(draft: Draft, failures: Sequence[Fault], today: date) -> Fault | None:
    """Why a draft cannot be invoiced today, first reason met (PI-RUN-05).

    `failures` are the failed prerequisites of its campaign; those of other drafts' items do not count, nor do missing
    delivery reports: whether those of its own slices are there was asked of its lines.
    """
    if draft.locked:
        return Fault("", "pi_e_45", f"Draft {draft.draft_no} is taken by billing run {draft.billing_run_id}.")
    if draft.status not in BILLABLE:
        return Fault("", "pi_e_41", f"Draft {draft.draft_no} has status {draft.status} and cannot be invoiced.")
    for line in draft.lines:
        if line.figures.pending:
            days = f"{line.figures.days.start_on}..{line.figures.days.last_on}"
            return Fault("", "pi_e_42", f"Draft {draft.draft_no}: delivery for {days} is still incomplete.")
    deferred = draft.header.deferred_until_on
    if deferred and today < deferred:
        return Fault("", "pi_e_43", f"Draft {draft.draft_no} may not be invoiced before {deferred}.")
    items = {str(line.key.item_id) for line in draft.lines}
    concerned = (
        fault
        for fault in failures
        if fault.code != "pi_e_14" and (fault.entity != "campaign_item" or fault.entity_id in items)
    )
    return next(concerned, None)


def is_zero(draft: Draft) -> bool:
    """Whether a run leaves the draft out unless it asks for zero invoices: total 0.00, nothing pending (PI-RUN-15)."""
    return draft.key.kind == "regular" and draft.total == 0 and not draft.pending


def state_of(outcomes: Collection[Outcome]) -> RunState:
    """`running` while an answer is missing, then completed, with errors when some draft failed (PI-RUN-14).

    A run none of whose drafts had its turn has failed.
    """
    if _OPEN & set(outcomes):
        return "running"
    if set(outcomes) == {"not_run"}:
        return "failed"
    return "completed_with_errors" if set(FAILED) & set(outcomes) else "completed"
