"""Media campaigns."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from services.contracts import tables
from services.contracts.application.campaigns import amend_campaign, create_campaigns, move_campaign, shown_item
from services.contracts.repository.media import campaign, campaigns_listed, items_of, one
from services.contracts.schemas.campaigns import (
    CampaignRow,
    CampaignShape,
    CampaignTermsShape,
    CampaignTransition,
    CampaignView,
)
from shared.events.fields import Code
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["campaigns"])


class CampaignQuery(ListQuery):
    """Filters of the list of campaigns."""

    code: list[Code] | None = None
    client_id: list[UUID] | None = None


@router.post("/v1/campaigns", status_code=201)
@needs("campaign:write")
async def create_campaign(body: CampaignShape, session: Db, response: Response) -> CampaignView:
    """A new campaign with its items."""
    (created,) = await create_campaigns(session, [body.model_dump()])
    return await _campaign(session, created["id"], response)


@router.get("/v1/campaigns")
@needs("campaign:read")
async def list_campaigns(session: Db, query: Annotated[CampaignQuery, Query()]) -> Page[CampaignRow]:
    """Campaigns by number."""
    statement = campaigns_listed()
    if query.code is not None:
        statement = statement.where(campaign.c.code.in_(query.code))
    if query.client_id is not None:
        statement = statement.where(campaign.c.client_id.in_(query.client_id))
    return await page(session, statement, keys=(campaign.c.campaign_no, campaign.c.id), query=query, shape=CampaignRow)


@router.get("/v1/campaigns/{campaign_id}")
@needs("campaign:read")
async def show_campaign(campaign_id: UUID, session: Db, response: Response) -> CampaignView:
    """One campaign with its items."""
    return await _campaign(session, campaign_id, response)


@router.patch("/v1/campaigns/{campaign_id}")
@needs("campaign:write")
async def change_campaign(
    campaign_id: UUID, body: CampaignTermsShape, version: Version, session: Db, response: Response
) -> CampaignView:
    """Change billing terms."""
    await amend_campaign(session, campaign_id, version, body.given())
    return await _campaign(session, campaign_id, response)


@router.post("/v1/campaigns/{campaign_id}/transitions", summary="Book or cancel campaign")
@needs("campaign:approve")
async def move_one_campaign(
    campaign_id: UUID, body: CampaignTransition, version: Version, session: Db, response: Response
) -> CampaignView:
    """Book a proposal, or cancel."""
    await move_campaign(session, campaign_id, version, body.to)
    return await _campaign(session, campaign_id, response)


async def _campaign(session: AsyncSession, campaign_id: UUID, response: Response) -> CampaignView:
    found = await one(session, tables.MediaCampaign, campaign_id)
    tag(response, found["version"])
    items = [shown_item(item) for item in await items_of(session, [campaign_id])]
    return CampaignView.model_validate({**found, "items": items})
