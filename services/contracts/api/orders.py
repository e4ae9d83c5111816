"""Orders and insertions, media campaigns."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from services.contracts import tables
from services.contracts.application.campaigns import amend_campaign, create_campaigns, move_campaign, shown_item
from services.contracts.application.insertions import make_order_definitive, move_insertion
from services.contracts.application.ordering import add_insertions, amend_insertion, create_orders
from services.contracts.repository.media import (
    campaign,
    campaigns_listed,
    insertion,
    insertions_listed,
    items_of,
    one,
    order,
    orders_listed,
)
from services.contracts.repository.rows import fetch
from services.contracts.schemas.orders import (
    CampaignRow,
    CampaignShape,
    CampaignTermsShape,
    CampaignTransition,
    CampaignView,
    InsertionPatchShape,
    InsertionRow,
    InsertionsShape,
    InsertionStatus,
    InsertionTransition,
    OrderRow,
    OrderShape,
    OrderTransition,
)
from shared.events.fields import Code, Day, View
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["orders"])
campaigns = Router(tags=["campaigns"])


class OrderQuery(ListQuery):
    """Filters of the list of orders."""

    code: list[Code] | None = None
    plan_id: list[UUID] | None = None


class InsertionQuery(ListQuery):
    """Filters of the list of insertions."""

    order_id: list[UUID] | None = None
    client_id: list[UUID] | None = None
    status: list[InsertionStatus] | None = None
    insertion_on_gte: Day | None = Field(None, alias="insertion_on.gte")
    insertion_on_lte: Day | None = Field(None, alias="insertion_on.lte")


class CampaignQuery(ListQuery):
    """Filters of the list of campaigns."""

    code: list[Code] | None = None
    client_id: list[UUID] | None = None


class Moved(View):
    """How many insertions moved."""

    order_id: UUID
    insertion_count: int


@router.post("/v1/orders", status_code=201)
@needs("order:write")
async def create_order(body: OrderShape, session: Db, response: Response) -> OrderRow:
    """A booking with one medium on a plan."""
    (created,) = await create_orders(session, [body.model_dump()])
    tag(response, created["version"])
    return OrderRow.model_validate(created)


@router.get("/v1/orders")
@needs("order:read")
async def list_orders(session: Db, query: Annotated[OrderQuery, Query()]) -> Page[OrderRow]:
    """Orders by number."""
    statement = orders_listed()
    if query.code is not None:
        statement = statement.where(order.c.code.in_(query.code))
    if query.plan_id is not None:
        statement = statement.where(order.c.plan_id.in_(query.plan_id))
    return await page(session, statement, keys=(order.c.order_no, order.c.id), query=query, shape=OrderRow)


@router.get("/v1/orders/{order_id}")
@needs("order:read")
async def show_order(order_id: UUID, session: Db, response: Response) -> OrderRow:
    """One order."""
    found = await one(session, tables.MediaOrder, order_id)
    tag(response, found["version"])
    return OrderRow.model_validate(found)


@router.post("/v1/orders/{order_id}/insertions", status_code=201)
@needs("insertion:write")
async def add_order_insertions(order_id: UUID, body: InsertionsShape, session: Db) -> Page[InsertionRow]:
    """Add preliminary insertions, priced from their terms (MA-INS)."""
    await one(session, tables.MediaOrder, order_id)
    added = await add_insertions(session, [{**row.model_dump(), "order_id": order_id} for row in body.insertions])
    return Page[InsertionRow](items=await _insertions(session, {row["id"] for row in added}))


@router.post("/v1/orders/{order_id}/transitions")
@needs("order:write")
async def move_order(order_id: UUID, body: OrderTransition, version: Version, session: Db) -> Moved:
    """Make the order's preliminary insertions definitive."""
    moved = await make_order_definitive(session, order_id)
    return Moved(order_id=order_id, insertion_count=len(moved))


@router.get("/v1/insertions")
@needs("insertion:read")
async def list_insertions(session: Db, query: Annotated[InsertionQuery, Query()]) -> Page[InsertionRow]:
    """Insertions by date."""
    statement = insertions_listed()
    for name in ("order_id", "client_id", "status"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(insertion.c[name].in_(wanted))
    if query.insertion_on_gte is not None:
        statement = statement.where(insertion.c.insertion_on >= query.insertion_on_gte)
    if query.insertion_on_lte is not None:
        statement = statement.where(insertion.c.insertion_on <= query.insertion_on_lte)
    keys = (insertion.c.insertion_on, insertion.c.id)
    return await page(session, statement, keys=keys, query=query, shape=InsertionRow)


@router.get("/v1/insertions/{insertion_id}")
@needs("insertion:read")
async def show_insertion(insertion_id: UUID, session: Db, response: Response) -> InsertionRow:
    """One insertion."""
    return await _insertion(session, insertion_id, response)


@router.patch("/v1/insertions/{insertion_id}")
@needs("insertion:write")
async def change_insertion(
    insertion_id: UUID, body: InsertionPatchShape, version: Version, session: Db, response: Response
) -> InsertionRow:
    """Change and price anew an insertion that is not invoiced (MA-INS-12, MA-INS-13)."""
    changes = body.model_dump(exclude_unset=True, exclude={"confirm"})
    given = {name: value for name, value in changes.items() if value is not None}
    await amend_insertion(session, insertion_id, version, given, confirm=body.confirm)
    return await _insertion(session, insertion_id, response)


@router.post("/v1/insertions/{insertion_id}/transitions")
@needs("insertion:write")
async def move_one_insertion(
    insertion_id: UUID, body: InsertionTransition, version: Version, session: Db, response: Response
) -> InsertionRow:
    """Move one insertion by hand (MA-INS-10)."""
    await move_insertion(session, insertion_id, version, body.to, body.reason)
    return await _insertion(session, insertion_id, response)


@campaigns.post("/v1/campaigns", status_code=201)
@needs("campaign:write")
async def create_campaign(body: CampaignShape, session: Db, response: Response) -> CampaignView:
    """A new campaign with its items."""
    (created,) = await create_campaigns(session, [body.model_dump()])
    return await _campaign(session, created["id"], response)


@campaigns.get("/v1/campaigns")
@needs("campaign:read")
async def list_campaigns(session: Db, query: Annotated[CampaignQuery, Query()]) -> Page[CampaignRow]:
    """Campaigns by number."""
    statement = campaigns_listed()
    if query.code is not None:
        statement = statement.where(campaign.c.code.in_(query.code))
    if query.client_id is not None:
        statement = statement.where(campaign.c.client_id.in_(query.client_id))
    return await page(session, statement, keys=(campaign.c.campaign_no, campaign.c.id), query=query, shape=CampaignRow)


@campaigns.get("/v1/campaigns/{campaign_id}")
@needs("campaign:read")
async def show_campaign(campaign_id: UUID, session: Db, response: Response) -> CampaignView:
    """One campaign with its items."""
    return await _campaign(session, campaign_id, response)


@campaigns.patch("/v1/campaigns/{campaign_id}")
@needs("campaign:write")
async def change_campaign(
    campaign_id: UUID, body: CampaignTermsShape, version: Version, session: Db, response: Response
) -> CampaignView:
    """Change billing terms."""
    await amend_campaign(session, campaign_id, version, body.model_dump(exclude_unset=True))
    return await _campaign(session, campaign_id, response)


@campaigns.post("/v1/campaigns/{campaign_id}/transitions")
@needs("campaign:approve")
async def move_one_campaign(
    campaign_id: UUID, body: CampaignTransition, version: Version, session: Db, response: Response
) -> CampaignView:
    """Book a proposal, or cancel."""
    await move_campaign(session, campaign_id, version, body.to)
    return await _campaign(session, campaign_id, response)


async def _insertions(session: AsyncSession, ids: set[UUID]) -> list[InsertionRow]:
    rows = await fetch(session, insertions_listed().where(insertion.c.id.in_(ids)).order_by(insertion.c.id))
    return [InsertionRow.model_validate(row) for row in rows]


async def _insertion(session: AsyncSession, insertion_id: UUID, response: Response) -> InsertionRow:
    row = await one(session, tables.Insertion, insertion_id)
    tag(response, row["version"])
    return (await _insertions(session, {insertion_id}))[0]


async def _campaign(session: AsyncSession, campaign_id: UUID, response: Response) -> CampaignView:
    found = await one(session, tables.MediaCampaign, campaign_id)
    tag(response, found["version"])
    items = [shown_item(item) for item in await items_of(session, [campaign_id])]
    return CampaignView.model_validate({**found, "items": items})
