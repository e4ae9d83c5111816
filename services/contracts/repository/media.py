"""What use cases read of orders, insertions and media campaigns."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from services.contracts import tables
from services.contracts.repository.rows import Record, fetch, find, table_of
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession

order = table_of(tables.MediaOrder)
insertion = table_of(tables.Insertion)
campaign = table_of(tables.MediaCampaign)
item = table_of(tables.CampaignItem)
plan = table_of(tables.Plan)
media = table_of(tables.Media)
media_type = table_of(tables.MediaType)
client = table_of(tables.Client)
agreement = table_of(tables.Agreement)
entity = table_of(tables.LegalEntity)


async def one(session: AsyncSession, row: type[Any], record_id: UUID, *, lock: bool = False) -> Record:
    """One record, or `NotFound("not_found")`."""
    found = await find(session, row, table_of(row).c.id == record_id, lock=lock)
    if not found:
        raise NotFound("not_found", "There is no such record.")
    return found[0]


async def bookings(session: AsyncSession, order_ids: Iterable[UUID]) -> dict[UUID, Record]:
    """Orders with all that their insertions take from plan, client, medium and the nearest agreement (MA-REG-05)."""
    nearest = func.coalesce(order.c.agreement_id, plan.c.agreement_id)
    statement = (
        select(
            order,
            plan.c.code.label("plan_no"),
            plan.c.client_id,
            plan.c.campaign,
            plan.c.product,
            plan.c.owner,
            plan.c.client_reference.label("plan_reference"),
            client.c.legal_entity_id,
            entity.c.currency.label("base_currency"),
            client.c.blocked.label("client_blocked"),
            client.c.credit_limit_amount,
            client.c.credit_used_amount,
            media.c.name.label("media_name"),
            media.c.supplier_id,
            media.c.ad_check_required,
            media.c.look_ahead_days,
            media.c.media_type_id,
            media.c.default_status.label("media_status"),
            media_type.c.default_status.label("media_type_status"),
            agreement.c.id.label("nearest_agreement_id"),
            agreement.c.blocked.label("agreement_blocked"),
            agreement.c.default_status.label("agreement_status"),
            agreement.c.allocation_invoicing,
            agreement.c.timing,
        )
        .join(plan, plan.c.id == order.c.plan_id)
        .join(client, client.c.id == plan.c.client_id)
        .join(entity, entity.c.id == client.c.legal_entity_id)
        .join(media, media.c.id == order.c.media_id)
        .outerjoin(media_type, media_type.c.id == media.c.media_type_id)
        .join(agreement, agreement.c.id == nearest)
        .where(order.c.id.in_(set(order_ids)))
    )
    return {row["id"]: row for row in await fetch(session, statement)}


async def insertions_of(session: AsyncSession, *criteria: Any, lock: bool = False) -> list[Record]:
    """Insertions in the order of their ids."""
    return await find(session, tables.Insertion, *criteria, order=(insertion.c.id,), lock=lock)


async def insertions_of_plan(session: AsyncSession, plan_id: UUID, *, lock: bool = False) -> list[Record]:
    """The insertions on all orders of a plan."""
    orders = select(order.c.id).where(order.c.plan_id == plan_id)
    return await insertions_of(session, insertion.c.order_id.in_(orders), lock=lock)


async def items_of(session: AsyncSession, campaign_ids: Iterable[UUID]) -> list[Record]:
    """The items of campaigns in the order of their line numbers."""
    ids = set(campaign_ids)
    return await find(
        session, tables.CampaignItem, item.c.campaign_id.in_(ids), order=(item.c.campaign_id, item.c.line_no)
    )


def orders_listed() -> Select[Any]:
    """Orders for lists."""
    return select(order, plan.c.client_id).join(plan, plan.c.id == order.c.plan_id)


def insertions_listed() -> Select[Any]:
    """Insertions with the currency of their order."""
    chosen = select(insertion, order.c.currency, order.c.media_id, media.c.ad_check_required)
    return chosen.join(order, order.c.id == insertion.c.order_id).join(media, media.c.id == order.c.media_id)


def campaigns_listed() -> Select[Any]:
    """Headers of media campaigns."""
    return select(campaign)
