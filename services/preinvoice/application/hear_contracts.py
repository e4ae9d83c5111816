"""Keep preinvoice's copies of what contracts tells: legal entities, clients, campaigns with their items."""

from collections.abc import Sequence
from dataclasses import fields

from services.preinvoice.domain.campaign import CampaignItem, LegalEntity, MediaCampaign, Recipient
from services.preinvoice.repository import campaigns
from shared.events.contracts import CampaignItemState, CampaignState, ClientChanged, LegalEntityChanged
from shared.kernel.money import Money, currency
from shared.kernel.period import Weekday
from shared.runtime.db import AsyncSession

_MADE_OF_CAMPAIGN = ("recipient", "items")
_MADE_OF_ITEM = ("amount", "cancelled", "payment_plan")
_CAMPAIGN_FIELDS = [field.name for field in fields(MediaCampaign) if field.name not in _MADE_OF_CAMPAIGN]
_ITEM_FIELDS = [field.name for field in fields(CampaignItem) if field.name not in _MADE_OF_ITEM]


async def keep_campaigns(session: AsyncSession, told: Sequence[CampaignState]) -> None:
    """Campaigns whole; of several versions the newest stays."""
    await campaigns.save_campaigns(session, [_campaign(one) for one in told])


async def keep_legal_entities(session: AsyncSession, told: Sequence[LegalEntityChanged]) -> None:
    """Name, currency, weeks, time zone and kind of delivery data of selling companies."""
    await campaigns.save_legal_entities(session, [(one.version, _entity(one)) for one in told])


async def keep_clients(session: AsyncSession, told: Sequence[ClientChanged]) -> None:
    """Code and name of clients, for lists, and what their advance invoices are billed by."""
    kept = ("id", "version", "code", "name", "legal_entity_id", "currency", "vat_percent")
    await campaigns.save_clients(session, [{name: getattr(one, name) for name in kept} for one in told])


def _campaign(told: CampaignState) -> MediaCampaign:
    return MediaCampaign(
        **{name: getattr(told, name) for name in _CAMPAIGN_FIELDS},
        recipient=Recipient(**told.recipient.model_dump()),
        items=tuple(_item(item) for item in told.items),
    )


def _item(told: CampaignItemState) -> CampaignItem:
    amount = None if told.amount is None else Money.parse(told.amount, currency(told.currency)).minor
    return CampaignItem(
        **{name: getattr(told, name) for name in _ITEM_FIELDS},
        amount=amount,
        cancelled=told.state == "cancelled",
        # Settled here, not in contracts: whoever reads the item puts its plan in.
        payment_plan=(),
    )


def _entity(told: LegalEntityChanged) -> LegalEntity:
    starts = None if told.start_of_week is None else Weekday(told.start_of_week)
    return LegalEntity(told.id, told.name, told.currency, starts, told.time_zone, told.daily_delivery)
