"""The warnings of a draft: shown until their cause is gone (PI-REQ-22)."""

from uuid import UUID

from services.preinvoice.domain.draft import pending_warnings
from services.preinvoice.domain.intervals import terms_of
from services.preinvoice.domain.prerequisites import warnings
from services.preinvoice.repository.campaigns import read_campaigns
from services.preinvoice.repository.deliveries import deliveries_of
from services.preinvoice.repository.drafts import get_draft
from shared.kernel.errors import Fault
from shared.runtime.db import AsyncSession


async def warnings_of_draft(session: AsyncSession, draft_id: UUID) -> list[Fault]:
    """What somebody should look at, of the draft's items as they are now; nothing of an invoiced draft. `NotFound`."""
    draft = await get_draft(session, draft_id)
    if draft.status in ("invoiced", "cancelled") or draft.key.kind == "cancellation":
        return []
    items = {str(line.key.item_id) for line in draft.lines}
    found: list[Fault] = []
    for campaign, entity in await read_campaigns(session, [draft.campaign_id]):
        terms, deliveries = terms_of(campaign, entity), await deliveries_of(session, campaign.items)
        if terms:
            found += [one for one in warnings(campaign, terms, deliveries) if one.entity_id in items]
    return found + pending_warnings(draft)
