"""What people do to one draft: type values in, move its status, delete it (PI-GEN-12 to PI-GEN-14, PI-GEN-17)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.preinvoice.application.telling import tell_drafts
from services.preinvoice.application.update_delivery import read_counted, save_changed, with_draft
from services.preinvoice.domain.draft import (
    Draft,
    DraftLine,
    Status,
    check_deletable,
    check_editable,
    check_move,
    check_version,
)
from services.preinvoice.repository.campaigns import campaigns_of_drafts, mark_changed_by_hand
from services.preinvoice.repository.drafts import delete_drafts, get_draft, save_drafts
from shared.events.preinvoice import DraftDeleted, DraftUpdated
from shared.kernel.errors import Fault, Invalid
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession

# What a caller types, and where it is kept.
_TYPED = {
    "manual_invoice_on": "invoice_on",
    "text": "text",
    "payment_days": "payment_days",
    "dispatch": "dispatch",
}


async def edit_draft(session: AsyncSession, draft_id: UUID, version: int, changes: Mapping[str, Any]) -> Draft:
    """Keep what was typed; None takes a typed value back.

    `NotFound`, `DraftChanged`, `NotAllowedNow` (`pi_e_30`, `pi_e_31`, `pi_e_33`, `pi_e_45`), `Invalid("pi_e_25")` for
    negative payment days.
    """
    draft = await _locked(session, draft_id, version)
    check_editable(draft, typed=frozenset(changes))
    if not changes:
        return draft
    if (changes.get("payment_days") or 0) < 0:
        fault = Fault("/payment_days", "pi_e_25", "payment_days: negative.", "draft", str(draft_id), "payment_days")
        raise Invalid.of([fault])
    typed = {_TYPED[name]: value for name, value in changes.items()}
    manual = replace(draft.manual, **({**typed, "text": typed["text"] or ""} if "text" in typed else typed))
    if manual == draft.manual:
        return draft
    return await _changed(session, draft, replace(draft, manual=manual), "edited", list(changes))


async def type_quantities(
    session: AsyncSession, draft_id: UUID, version: int, typed: Sequence[tuple[UUID, int | None]]
) -> Draft:
    """Delivered quantities of lines (line id, units or None) in place of the recorded ones (PI-GEN-16).

    What the item bills on other drafts follows. Refusals as for `edit_draft`, and `Invalid`: `unknown_reference` for a
    line of another draft, `pi_e_38` for one that is not billed by delivery, `pi_e_34` below zero.
    """
    campaign_ids = await campaigns_of_drafts(session, [draft_id])
    read = await read_counted(session, campaign_ids)
    draft = await _locked(session, draft_id, version)
    check_editable(draft, typed=frozenset({"lines"}))
    edited = replace(draft, lines=_with_typed(draft, typed))
    if edited == draft:
        return draft
    (counted,) = read.values()
    changed = {one.id: one for one in with_draft(counted, edited).changed}
    changed.setdefault(draft.id, replace(edited, version=draft.version + 1))
    await save_changed(session, list(changed.values()))
    await audit(
        session,
        action="draft_pre_invoice.counted",
        entity="draft_pre_invoice",
        entity_id=draft_id,
        after={str(line_id): quantity for line_id, quantity in typed},
    )
    return changed[draft.id]


async def move_draft(session: AsyncSession, draft_id: UUID, version: int, to: Status) -> Draft:
    """One of the moves users may make; `NotFound`, `DraftChanged`, `NotAllowedNow` (`pi_e_45`, `pi_e_48`)."""
    draft = await _locked(session, draft_id, version)
    check_move(draft, to)
    return await _changed(session, draft, replace(draft, status=to), "moved", ["status"])


async def delete_draft(session: AsyncSession, draft_id: UUID, version: int) -> None:
    """Remove a regular draft; the next generation makes it again while its items stay billable.

    `NotFound`, `DraftChanged`, `NotAllowedNow` (`pi_e_30`, `pi_e_33`, `pi_e_45`).
    """
    # The campaign before its draft, as generation locks them.
    await mark_changed_by_hand(session, await campaigns_of_drafts(session, [draft_id]))
    draft = await _locked(session, draft_id, version)
    check_deletable(draft)
    await delete_drafts(session, [draft])
    await tell_drafts(session, DraftDeleted, [replace(draft, version=draft.version + 1)])
    await audit(
        session,
        action="draft_pre_invoice.deleted",
        entity="draft_pre_invoice",
        entity_id=draft_id,
        before={"draft_no": draft.draft_no, "total": draft.total},
    )


def _with_typed(draft: Draft, typed: Sequence[tuple[UUID, int | None]]) -> tuple[DraftLine, ...]:
    known = {line.id: line for line in draft.lines}
    faults = [
        fault
        for index, (line_id, quantity) in enumerate(typed)
        if (fault := _fault(index, known.get(line_id), quantity))
    ]
    if faults:
        raise Invalid.of(faults)
    quantities = dict(typed)
    return tuple(
        replace(line, manual_delivered_quantity=quantities[line.id]) if line.id in quantities else line
        for line in draft.lines
    )


def _fault(index: int, line: DraftLine | None, quantity: int | None) -> Fault | None:
    at, named = f"/lines/{index}", "delivered_quantity"
    if line is None:
        return Fault(f"{at}/id", "unknown_reference", "The draft has no such line.", field="id")
    if line.key.basis != "delivery":
        message = f"Line {line.id} is not billed by delivery."
        return Fault(f"{at}/{named}", "pi_e_38", message, "line", str(line.id), named)
    if quantity is not None and quantity < 0:
        message = "Delivered quantity must be a whole number of at least 0."
        return Fault(f"{at}/{named}", "pi_e_34", message, "line", str(line.id), named)
    return None


async def _locked(session: AsyncSession, draft_id: UUID, version: int) -> Draft:
    draft = await get_draft(session, draft_id, lock=True)
    check_version(draft, version)
    return draft


async def _changed(session: AsyncSession, before: Draft, after: Draft, action: str, names: list[str]) -> Draft:
    after = replace(after, version=before.version + 1)
    await save_drafts(session, [after])
    await tell_drafts(session, DraftUpdated, [after])
    await audit(
        session,
        action=f"draft_pre_invoice.{action}",
        entity="draft_pre_invoice",
        entity_id=before.id,
        before={name: _value(before, name) for name in names},
        after={name: _value(after, name) for name in names},
    )
    return after


def _value(draft: Draft, name: str) -> Any:
    return draft.status if name == "status" else getattr(draft.manual, _TYPED[name])
