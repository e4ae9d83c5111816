"""Campaigns, legal entities and clients as other services last told them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects.postgresql import insert

from services.preinvoice.domain.campaign import CampaignItem, LegalEntity, MediaCampaign, PlanEntry, Recipient
from services.preinvoice.tables import CAMPAIGN, CLIENT, ITEM, LEGAL_ENTITY
from shared.kernel.period import Weekday
from shared.runtime.db import AsyncSession, context_of

_CAMPAIGN_COLUMNS = [field.name for field in fields(MediaCampaign) if field.name not in ("items", "recipient")]
_ITEM_COLUMNS = [field.name for field in fields(CampaignItem) if field.name != "payment_plan"]


async def save_campaigns(session: AsyncSession, campaigns: Sequence[MediaCampaign]) -> None:
    """Keep the newest state of each campaign; an older version changes nothing."""
    tenant = context_of(session).tenant_id
    rows = [
        {name: getattr(one, name) for name in _CAMPAIGN_COLUMNS}
        | {"tenant_id": tenant, "recipient": asdict(one.recipient)}
        for one in campaigns
    ]
    newer = await _upsert_newer(session, CAMPAIGN, rows)
    changed = [one for one in campaigns if one.id in newer]
    await session.execute(delete(ITEM).where(ITEM.c.campaign_id.in_(newer)))
    items = [_item_values(item, one.id) | {"tenant_id": tenant} for one in changed for item in one.items]
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
            "start_of_week": entity.start_of_week,
            "time_zone": entity.time_zone,
        }
        for version, entity in entities
    ]
    await _upsert_newer(session, LEGAL_ENTITY, rows)


async def save_clients(session: AsyncSession, clients: Sequence[Mapping[str, Any]]) -> None:
    """Keep the newest code and name of each client: mappings of id, version, code and name."""
    tenant = context_of(session).tenant_id
    await _upsert_newer(session, CLIENT, [{**client, "tenant_id": tenant} for client in clients])


async def campaign_version(session: AsyncSession, campaign_id: UUID) -> int | None:
    """The version that has arrived, or None when nothing is known of the campaign."""
    found = await session.execute(select(CAMPAIGN.c.version).where(CAMPAIGN.c.id == campaign_id))
    return found.scalar()


async def lock_campaigns(
    session: AsyncSession, ids: Collection[UUID]
) -> list[tuple[MediaCampaign, LegalEntity | None]]:
    """The campaigns with their legal entities, locked in order of their ids so that generations wait for each other."""
    locked = select(CAMPAIGN).where(CAMPAIGN.c.id.in_(ids)).order_by(CAMPAIGN.c.id).with_for_update()
    campaigns = (await session.execute(locked)).all()
    listed = select(ITEM).where(ITEM.c.campaign_id.in_(ids)).order_by(ITEM.c.line_no)
    items: dict[UUID, list[CampaignItem]] = {}
    for row in await session.execute(listed):
        items.setdefault(row.campaign_id, []).append(_item(row))
    entity_ids = {row.legal_entity_id for row in campaigns}
    owners = select(LEGAL_ENTITY).where(LEGAL_ENTITY.c.id.in_(entity_ids))
    entities = {row.id: _entity(row) for row in await session.execute(owners)}
    return [
        (_campaign(row, items.get(row.id, [])), entities.get(row.legal_entity_id) if row.legal_entity_id else None)
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


def _item_values(item: CampaignItem, campaign_id: UUID) -> dict[str, Any]:
    plan = [
        {
            "entry_no": entry.entry_no,
            "invoice_on": entry.invoice_on,
            "percent": None if entry.percent is None else str(entry.percent),
            "amount": entry.amount,
        }
        for entry in item.payment_plan
    ]
    values = {name: getattr(item, name) for name in _ITEM_COLUMNS}
    return {**values, "campaign_id": campaign_id, "payment_plan": plan}


def _item(row: Any) -> CampaignItem:
    from_row = {name: getattr(row, name) for name in _ITEM_COLUMNS}
    return CampaignItem(**from_row, payment_plan=tuple(_entry(entry) for entry in row.payment_plan))


def _entry(stored: Mapping[str, Any]) -> PlanEntry:
    return PlanEntry(
        stored["entry_no"],
        None if stored["invoice_on"] is None else date.fromisoformat(stored["invoice_on"]),
        None if stored["percent"] is None else Decimal(stored["percent"]),
        stored["amount"],
    )


def _entity(row: Any) -> LegalEntity:
    starts = None if row.start_of_week is None else Weekday(row.start_of_week)
    return LegalEntity(row.id, row.name, starts, row.time_zone)


def _campaign(row: Any, items: Sequence[CampaignItem]) -> MediaCampaign:
    from_row = {name: getattr(row, name) for name in _CAMPAIGN_COLUMNS}
    return MediaCampaign(**from_row, recipient=Recipient(**row.recipient), items=tuple(items))
