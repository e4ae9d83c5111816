"""Read delivery data anew into the drafts of campaigns (PI-GEN-15, PI-GEN-16, PI-DEL-17)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.preinvoice.application.telling import tell_drafts
from services.preinvoice.domain.campaign import LegalEntity, MediaCampaign
from services.preinvoice.domain.delivery import ItemDelivery
from services.preinvoice.domain.draft import Draft, check_editable
from services.preinvoice.domain.redelivery import redelivered
from services.preinvoice.repository.campaigns import read_campaigns
from services.preinvoice.repository.deliveries import deliveries_of
from services.preinvoice.repository.drafts import drafts_of_campaigns, replace_lines, save_drafts
from shared.events.preinvoice import DraftUpdated
from shared.kernel.errors import Fault, Invalid, NotFound
from shared.runtime.db import AsyncSession


@dataclass(frozen=True, slots=True)
class Counted:
    """A locked campaign with its drafts and what was delivered of its items."""

    campaign: MediaCampaign
    entity: LegalEntity | None
    drafts: Sequence[Draft]
    deliveries: Mapping[UUID, ItemDelivery]

    @property
    def changed(self) -> list[Draft]:
        """The drafts whose lines no longer say what was delivered, as they should be."""
        return redelivered(self.campaign, self.entity, self.drafts, self.deliveries)


async def update_delivery(session: AsyncSession, campaign_id: UUID, draft_ids: Collection[UUID]) -> list[Draft]:
    """Recalculate the delivery-based lines of all drafts of a campaign, or of some; those that changed.

    `NotFound`; of drafts that are named, `Invalid("unknown_reference")` for one of another campaign and
    `NotAllowedNow` (`pi_e_30`, `pi_e_31`, `pi_e_45`) for one that may not change.
    """
    counted = (await read_counted(session, [campaign_id])).get(campaign_id)
    if counted is None:
        raise NotFound("not_found", "There is no such campaign.")
    drafts = {draft.id: draft for draft in counted.drafts}
    for draft_id in draft_ids:
        if draft_id not in drafts:
            fault = Fault("/draft_ids", "unknown_reference", "A draft is not one of this campaign.", field="draft_ids")
            raise Invalid.of([fault])
        check_editable(drafts[draft_id], typed=frozenset())
    changed = [draft for draft in counted.changed if not draft_ids or draft.id in draft_ids]
    await save_changed(session, changed)
    return changed


async def read_counted(session: AsyncSession, campaign_ids: Collection[UUID]) -> dict[UUID, Counted]:
    """Campaigns and their drafts, locked in this order."""
    known = await read_campaigns(session, campaign_ids, lock=True)
    drafts = await drafts_of_campaigns(session, [campaign.id for campaign, _ in known])
    deliveries = await deliveries_of(session, (item for campaign, _ in known for item in campaign.items))
    return {
        campaign.id: Counted(campaign, entity, drafts.get(campaign.id, []), deliveries) for campaign, entity in known
    }


async def save_changed(session: AsyncSession, changed: Sequence[Draft]) -> None:
    """Store and tell drafts whose lines changed."""
    await save_drafts(session, changed)
    await replace_lines(session, changed)
    await tell_drafts(session, DraftUpdated, changed)


def with_draft(counted: Counted, edited: Draft) -> Counted:
    """The same campaign with one draft as it is going to be."""
    drafts = [edited if draft.id == edited.id else draft for draft in counted.drafts]
    return replace(counted, drafts=drafts)
