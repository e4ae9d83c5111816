"""How an item's delivery stands to its booking and its bills (PI-DEL-19)."""

from uuid import UUID

from services.preinvoice.domain.campaign import CampaignItem
from services.preinvoice.domain.delivery import ItemDelivery
from services.preinvoice.domain.redelivery import Comparison, compare
from services.preinvoice.repository.campaigns import campaigns_of_items, read_campaigns
from services.preinvoice.repository.deliveries import deliveries_of
from services.preinvoice.repository.drafts import drafts_of_campaigns
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession


async def compare_delivery(session: AsyncSession, item_id: UUID) -> tuple[CampaignItem, Comparison, bool]:
    """The item, its units, and whether reports cover its whole runtime; `NotFound`."""
    campaign_id = (await campaigns_of_items(session, [item_id])).get(item_id)
    known = await read_campaigns(session, [campaign_id] if campaign_id else [])
    item = next((one for campaign, _ in known for one in campaign.items if one.id == item_id), None)
    if item is None or campaign_id is None:
        raise NotFound("not_found", "There is no such campaign item.")
    delivery = (await deliveries_of(session, [item])).get(item_id, ItemDelivery())
    drafts = (await drafts_of_campaigns(session, [campaign_id], lock=False)).get(campaign_id, [])
    covered = item.runtime is not None and delivery.covers(item.runtime)
    return item, compare(item, delivery, drafts), covered
