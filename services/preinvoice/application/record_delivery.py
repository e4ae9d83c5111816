"""Keep delivery reports; open lines follow at once, and what needs a look is told (PI-DEL-03, PI-DEL-10, PI-DEL-17)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.preinvoice.application.telling import tell_delivery
from services.preinvoice.application.update_delivery import Counted, read_counted, save_changed
from services.preinvoice.domain.campaign import CampaignItem
from services.preinvoice.domain.delivery import ItemDelivery
from services.preinvoice.domain.delivery_report import Report
from services.preinvoice.domain.redelivery import Comparison, compare
from services.preinvoice.repository.campaigns import campaigns_of_items
from services.preinvoice.repository.deliveries import Kept, keep_report
from shared.events.preinvoice import DeliveryDiscrepancyFound, DeliveryRecorded
from shared.kernel.errors import NotFound
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession

Told = tuple[UUID, CampaignItem, Comparison]


async def record_delivery(
    session: AsyncSession, reports: Sequence[tuple[UUID, Report]], *, now: datetime
) -> list[Kept]:
    """What became of each report (item id, report); `NotFound` when an item is not known.

    The same report and revision again changes nothing, whatever it says.
    """
    campaign_of = await campaigns_of_items(session, {item_id for item_id, _ in reports})
    if any(item_id not in campaign_of for item_id, _ in reports):
        raise NotFound("not_found", "There is no such campaign item.")
    before = await read_counted(session, set(campaign_of.values()))
    kept = [await keep_report(session, item_id, report, now) for item_id, report in reports]
    touched = {item_id for (item_id, _), one in zip(reports, kept, strict=True) if one != "ignored"}
    if touched:
        await _follow(session, before, {campaign_of[item_id] for item_id in touched}, touched)
    for item_id in sorted(touched):
        await audit(session, action="delivery.recorded", entity="campaign_item", entity_id=item_id)
    return kept


async def _follow(
    session: AsyncSession, before: Mapping[UUID, Counted], campaign_ids: set[UUID], touched: set[UUID]
) -> None:
    """Recalculate the drafts of these campaigns, and tell how the items with new reports stand now."""
    earlier = {item.id: compared for _, item, compared in _compared(before.values(), touched)}
    after = await read_counted(session, campaign_ids)
    changed = [draft for one in after.values() for draft in one.changed]
    await save_changed(session, changed)
    current = await read_counted(session, campaign_ids) if changed else after
    told = list(_compared(current.values(), touched))
    await tell_delivery(session, DeliveryRecorded, told)
    found = [
        one for one in told if any(one[2].discrepancies) and one[2].discrepancies != earlier[one[1].id].discrepancies
    ]
    await tell_delivery(session, DeliveryDiscrepancyFound, found)


def _compared(counted: Iterable[Counted], item_ids: set[UUID]) -> Iterable[Told]:
    for one in counted:
        for item in one.campaign.items:
            if item.id in item_ids and item.counted:
                delivery = one.deliveries.get(item.id, ItemDelivery())
                yield one.campaign.id, item, compare(item, delivery, one.drafts)
