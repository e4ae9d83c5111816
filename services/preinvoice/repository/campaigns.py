"""Campaigns, legal entities and clients as other services last told them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from services.preinvoice.domain.campaign import CampaignItem, Client, LegalEntity, MediaCampaign, Recipient
from services.preinvoice.domain.payment_plan import PlanSettings, entries_of
from services.preinvoice.repository.plans import plans_of_items
from services.preinvoice.tables import CAMPAIGN, CLIENT, DRAFT, ITEM, LEGAL_ENTITY
from shared.kernel.money import Currency, currency
from shared.kernel.period import Weekday
from shared.runtime.bulk import exact
from shared.runtime.db import AsyncSession, context_of

_CAMPAIGN_COLUMNS = [field.name for field in fields(MediaCampaign) if field.name not in ("items", "recipient")]
_ITEM_COLUMNS = [field.name for field in fields(CampaignItem) if field.name != "payment_plan"]


async def save_campaigns(session: AsyncSession, campaigns: Sequence[MediaCampaign]) -> None:
    """Keep the newest state of each campaign; an older version changes nothing."""
    tenant = context_of(session).tenant_id
    newest = {one.id: one for one in sorted(campaigns, key=lambda one: one.version)}
    rows = [
        {name: getattr(one, name) for name in _CAMPAIGN_COLUMNS}
        | {"tenant_id": tenant, "recipient": asdict(one.recipient)}
        for one in newest.values()
    ]
    newer = await _upsert_newer(session, CAMPAIGN, rows)
    changed = [newest[id_] for id_ in newer]
    await session.execute(delete(ITEM).where(ITEM.c.campaign_id.in_(newer)))
    items = [
        {name: getattr(item, name) for name in _ITEM_COLUMNS} | {"tenant_id": tenant, "campaign_id": one.id}
        for one in changed
        for item in one.items
    ]
    if items:
        await session.execute(insert(ITEM), items)


async def save_legal_entities(session: AsyncSession, entities: Sequence[tuple[int, LegalEntity]]) -> None:
    """Keep the newest version of each legal entity."""
    tenant = context_of(session).tenant_id
    rows = [
        {
            "tenant_id": tenant,
            "id": entity.id,
            "version": version,
            "name": entity.name,
            "currency": entity.currency,
            "start_of_week": entity.start_of_week,
            "time_zone": entity.time_zone,
            "daily_delivery": entity.daily_delivery,
        }
        for version, entity in entities
    ]
    await _upsert_newer(session, LEGAL_ENTITY, rows)


async def save_clients(session: AsyncSession, clients: Sequence[Mapping[str, Any]]) -> None:
    """Keep the newest record of each client: mappings of its columns."""
    tenant = context_of(session).tenant_id
    await _upsert_newer(session, CLIENT, [{**client, "tenant_id": tenant} for client in clients])


async def base_currencies(session: AsyncSession, legal_entity_ids: Collection[UUID]) -> dict[UUID, Currency]:
    """The currency that each of these legal entities keeps its books in."""
    found = await session.execute(
        select(LEGAL_ENTITY.c.id, LEGAL_ENTITY.c.currency).where(LEGAL_ENTITY.c.id.in_(legal_entity_ids))
    )
    return {row.id: currency(row.currency) for row in found}


async def find_client(session: AsyncSession, client_id: UUID) -> Client | None:
    """A buyer as contracts last told it, if its selling company has been told of too."""
    found = await session.execute(
        select(CLIENT.c.legal_entity_id, CLIENT.c.currency, CLIENT.c.vat_percent, LEGAL_ENTITY.c.currency.label("base"))
        .join(LEGAL_ENTITY, LEGAL_ENTITY.c.id == CLIENT.c.legal_entity_id)
        .where(CLIENT.c.id == client_id)
    )
    row = found.first()
    return row and Client(client_id, row.legal_entity_id, row.currency, exact(row.vat_percent), row.base)


async def campaign_version(session: AsyncSession, campaign_id: UUID) -> int | None:
    """The version that has arrived, or None when nothing is known of the campaign."""
    found = await session.execute(select(CAMPAIGN.c.version).where(CAMPAIGN.c.id == campaign_id))
    return found.scalar()


async def campaigns_of_drafts(session: AsyncSession, draft_ids: Collection[UUID]) -> set[UUID]:
    """The campaigns that drafts belong to."""
    found = await session.execute(select(DRAFT.c.campaign_id).where(DRAFT.c.id.in_(draft_ids)))
    return set(found.scalars())


async def mark_generated(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Note that the drafts of these campaigns, which are locked, follow from what is known of them."""
    changed = CAMPAIGN.c.generated_version.is_distinct_from(CAMPAIGN.c.version)
    await session.execute(
        update(CAMPAIGN).where(CAMPAIGN.c.id.in_(ids), changed).values(generated_version=CAMPAIGN.c.version)
    )


async def mark_changed_by_hand(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Note that somebody took away what the campaigns' drafts should hold."""
    await session.execute(update(CAMPAIGN).where(CAMPAIGN.c.id.in_(ids)).values(generated_version=None))


async def campaigns_of_items(session: AsyncSession, item_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Item → campaign, for the items that are known."""
    found = await session.execute(select(ITEM.c.id, ITEM.c.campaign_id).where(ITEM.c.id.in_(item_ids)))
    return {row.id: row.campaign_id for row in found}


async def lock_campaigns(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Hold campaigns against generation and against each other's invoices, in order of their ids."""
    await session.execute(select(CAMPAIGN.c.id).where(CAMPAIGN.c.id.in_(ids)).order_by(CAMPAIGN.c.id).with_for_update())


async def items_by_code(session: AsyncSession, codes: Collection[str]) -> dict[tuple[str, int], UUID]:
    """Items by the code of their campaign and their line number."""
    statement = (
        select(CAMPAIGN.c.code, ITEM.c.line_no, ITEM.c.id)
        .join(ITEM, ITEM.c.campaign_id == CAMPAIGN.c.id)
        .where(CAMPAIGN.c.code.in_(codes))
    )
    return {(row.code, row.line_no): row.id for row in await session.execute(statement)}


async def read_campaigns(
    session: AsyncSession, ids: Collection[UUID], *, lock: bool = False
) -> list[tuple[MediaCampaign, LegalEntity | None]]:
    """The campaigns with their legal entities, in order of their ids, each item with its payment plan.

    Locked, generations of one campaign wait for each other; lock campaigns before their drafts.
    """
    statement = select(CAMPAIGN).where(CAMPAIGN.c.id.in_(ids)).order_by(CAMPAIGN.c.id)
    campaigns = (await session.execute(statement.with_for_update() if lock else statement)).all()
    listed = select(ITEM).where(ITEM.c.campaign_id.in_(ids)).order_by(ITEM.c.line_no)
    items: dict[UUID, list[CampaignItem]] = {}
    for row in await session.execute(listed):
        items.setdefault(row.campaign_id, []).append(_item(row))
    plans = await plans_of_items(session, [item.id for members in items.values() for item in members])
    entity_ids = {row.legal_entity_id for row in campaigns}
    owners = select(LEGAL_ENTITY).where(LEGAL_ENTITY.c.id.in_(entity_ids))
    entities = {row.id: _entity(row) for row in await session.execute(owners)}
    return [
        (
            _campaign(row, items.get(row.id, []), plans),
            entities.get(row.legal_entity_id) if row.legal_entity_id else None,
        )
        for row in campaigns
    ]


async def _upsert_newer(session: AsyncSession, table: Table, rows: list[dict[str, Any]]) -> set[UUID]:
    """Insert or replace where the stored version is smaller; the ids that changed. Of one id the newest row counts."""
    newest = {row["id"]: row for row in sorted(rows, key=lambda row: int(row["version"]))}
    statement = insert(table).values([newest[id_] for id_ in sorted(newest)])
    replaced = {name: statement.excluded[name] for name in rows[0] if name not in ("tenant_id", "id")}
    upsert = statement.on_conflict_do_update(
        index_elements=["tenant_id", "id"], set_=replaced, where=table.c.version < statement.excluded.version
    )
    return set((await session.execute(upsert.returning(table.c.id))).scalars())


def _item(row: Any) -> CampaignItem:
    return CampaignItem(**{name: getattr(row, name) for name in _ITEM_COLUMNS}, payment_plan=())


def _entity(row: Any) -> LegalEntity:
    starts = None if row.start_of_week is None else Weekday(row.start_of_week)
    return LegalEntity(row.id, row.name, row.currency, starts, row.time_zone, row.daily_delivery)


def _campaign(row: Any, items: Sequence[CampaignItem], plans: Mapping[UUID, PlanSettings]) -> MediaCampaign:
    from_row = {name: getattr(row, name) for name in _CAMPAIGN_COLUMNS}
    bare = MediaCampaign(**from_row, recipient=Recipient(**row.recipient), items=())
    planned = (
        replace(item, payment_plan=entries_of(plans[item.id], item.runtime, prepaid=bare.prepaid))
        if item.id in plans
        else item
        for item in items
    )
    return replace(bare, items=tuple(planned))
