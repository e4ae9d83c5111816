"""What use cases read of orders, insertions and media campaigns."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, select, tuple_

from services.contracts import tables
from services.contracts.repository.rows import Record, fetch, find, table_of
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession

order = table_of(tables.MediaOrder)
insertion = table_of(tables.Insertion)
share = table_of(tables.InvoicedShare)
campaign = table_of(tables.MediaCampaign)
item = table_of(tables.CampaignItem)
plan = table_of(tables.Plan)
media = table_of(tables.Media)
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
            plan.c.invoice_on.label("not_before_on"),
            plan.c.client_reference.label("plan_reference"),
            client.c.legal_entity_id,
            client.c.blocked.label("client_blocked"),
            media.c.name.label("media_name"),
            media.c.supplier_id,
            media.c.ad_check_required,
            media.c.default_status.label("media_status"),
            agreement.c.id.label("nearest_agreement_id"),
            agreement.c.blocked.label("agreement_blocked"),
            agreement.c.default_status.label("agreement_status"),
            agreement.c.received_percent,
            agreement.c.passed_on_percent,
            agreement.c.fee_percent,
            agreement.c.fee_base,
            agreement.c.capital_cost_percent,
            agreement.c.capital_cost_base,
        )
        .join(plan, plan.c.id == order.c.plan_id)
        .join(client, client.c.id == plan.c.client_id)
        .join(media, media.c.id == order.c.media_id)
        .join(agreement, agreement.c.id == nearest)
        .where(order.c.id.in_(set(order_ids)))
    )
    return {row["id"]: row for row in await fetch(session, statement)}


async def insertions_of(session: AsyncSession, *criteria: Any, lock: bool = False) -> list[Record]:
    """Insertions in the order of their ids."""
    return await find(session, tables.Insertion, *criteria, order=(insertion.c.id,), lock=lock)


async def invoiced_counts(session: AsyncSession, insertion_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many shares of each insertion stand on issued invoices."""
    statement = (
        select(share.c.insertion_id, func.count().label("shares"))
        .where(share.c.insertion_id.in_(set(insertion_ids)))
        .group_by(share.c.insertion_id)
    )
    return {row["insertion_id"]: row["shares"] for row in await fetch(session, statement)}


async def forget_shares(session: AsyncSession, invoiced: Iterable[tuple[UUID, UUID, UUID]]) -> None:
    """Take shares (insertion, client, invoice) off the invoice they stood on; those on a newer invoice stay."""
    keys = list(invoiced)
    await session.execute(
        delete(share).where(tuple_(share.c.insertion_id, share.c.client_id, share.c.invoice_id).in_(keys))
    )


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
    return select(insertion, order.c.currency, order.c.media_id).join(order, order.c.id == insertion.c.order_id)


def campaigns_listed() -> Select[Any]:
    """Headers of media campaigns."""
    return select(campaign)


def amounts(row: Mapping[str, Any]) -> dict[str, int]:
    """The frozen amounts of an insertion by the names of the domain's price."""
    return {name.removesuffix("_amount"): value for name, value in row.items() if name.endswith("_amount")}
