"""Open the intervals of reversed invoices again, and draft them anew from current data (PI-CAN-05, PI-CAN-06)."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.preinvoice.application.generate import generate_drafts
from services.preinvoice.application.telling import tell_drafts
from services.preinvoice.domain.draft import Draft
from services.preinvoice.repository.drafts import drafts_of_invoices, replace_lines, save_drafts
from shared.events.preinvoice import DraftUpdated
from shared.runtime.db import AsyncSession


async def reopen(session: AsyncSession, invoice_ids: Collection[UUID], *, now: datetime) -> None:
    """Cancel the drafts of these invoices and generate their campaigns, which the caller has locked.

    Where a prerequisite fails the interval stays open without a draft, and the errors are told (PI-CAN-06).
    """
    drafts = [draft for draft in await drafts_of_invoices(session, invoice_ids) if draft.status == "invoiced"]
    cancelled = [_cancelled(draft) for draft in drafts]
    await save_drafts(session, cancelled)
    await replace_lines(session, cancelled)
    await tell_drafts(session, DraftUpdated, cancelled)
    for campaign_id in sorted({draft.campaign_id for draft in cancelled}):
        await generate_drafts(session, campaign_id, now=now)


def _cancelled(draft: Draft) -> Draft:
    lines = tuple(replace(line, reversed=True) for line in draft.lines)
    return replace(draft, status="cancelled", version=draft.version + 1, lines=lines)
