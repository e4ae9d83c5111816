"""How far a campaign's items are billed at this moment (PI-GEN-21)."""

from uuid import UUID

from services.preinvoice.domain.billing_status import BillingStatus, item_status
from services.preinvoice.domain.campaign import MediaCampaign
from services.preinvoice.repository.campaigns import read_campaigns
from services.preinvoice.repository.drafts import drafts_of_campaigns
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession


async def billing_status(session: AsyncSession, campaign_id: UUID) -> tuple[MediaCampaign, dict[UUID, BillingStatus]]:
    """A campaign and the status of each item; `NotFound`."""
    known = await read_campaigns(session, [campaign_id])
    if not known:
        raise NotFound("not_found", "There is no such campaign.")
    campaign, _ = known[0]
    drafts = (await drafts_of_campaigns(session, [campaign_id], lock=False)).get(campaign_id, [])
    return campaign, {item.id: item_status(item, drafts) for item in campaign.items}
