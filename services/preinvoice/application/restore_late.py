"""Put a draft back to what a late invoice bills, and draft the rest of its campaign anew (PI-RUN-07)."""

from dataclasses import replace
from datetime import datetime

from services.preinvoice.application.generate import refresh
from services.preinvoice.application.telling import tell_drafts
from services.preinvoice.domain.draft import Draft
from services.preinvoice.domain.late import Restored, restore
from services.preinvoice.repository.drafts import (
    delete_drafts,
    drafts_of_campaigns,
    insert_drafts,
    replace_lines,
    save_drafts,
)
from shared.events.preinvoice import DraftDeleted, DraftInvoiced, DraftUpdated
from shared.runtime.db import AsyncSession


async def restore_late(session: AsyncSession, invoiced: Draft, *, now: datetime) -> Restored:
    """`invoiced` is the draft as it was handed over, with its invoice; its campaign is locked.

    The invoice exists and does not change, so the drafts do: whatever was edited, deleted or drafted again while the
    answer was overdue gives way to what was billed.
    """
    existing = (await drafts_of_campaigns(session, [invoiced.campaign_id])).get(invoiced.campaign_id, [])
    done = restore(invoiced, existing)
    await delete_drafts(session, done.emptied)
    await save_drafts(session, done.trimmed)
    await replace_lines(session, done.trimmed)
    if done.is_new:
        await insert_drafts(session, [done.draft])
    else:
        await save_drafts(session, [done.draft])
        await replace_lines(session, [done.draft])
    await tell_drafts(session, DraftDeleted, [replace(draft, version=draft.version + 1) for draft in done.emptied])
    await tell_drafts(session, DraftUpdated, done.trimmed)
    await tell_drafts(session, DraftInvoiced, [done.draft])
    await refresh(session, [invoiced.campaign_id], now=now)
    return done
