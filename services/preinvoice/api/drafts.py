"""Draft pre-invoices: generated, listed, edited, moved, deleted."""

import asyncio
from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from services.preinvoice.application.edit_drafts import delete_draft, edit_draft, move_draft, type_quantities
from services.preinvoice.application.generate import generate_drafts
from services.preinvoice.application.update_delivery import update_delivery
from services.preinvoice.application.warn import warnings_of_draft
from services.preinvoice.domain.draft import Kind, Status
from services.preinvoice.repository.campaigns import campaign_version
from services.preinvoice.repository.lists import drafts_listed, drafts_shown, lines_shown
from services.preinvoice.repository.selection import within
from services.preinvoice.schemas.drafts import (
    DeliveryUpdateShape,
    DeliveryUpdateView,
    DraftPatch,
    DraftRow,
    DraftTransition,
    DraftView,
    GenerationShape,
    GenerationView,
    WarningView,
)
from services.preinvoice.tables import DRAFT
from shared.events.fields import Day
from shared.kernel.errors import Fault, Invalid, NotFound
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Expand, Now, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page
from shared.runtime.problem import ProtocolFault, refusal

router = Router(tags=["draft pre-invoices"])

_WAIT_SECONDS, _LOOK_SECONDS = 2.0, 0.05
_FIRST: dict[int | str, dict[str, Any]] = {
    201: {"model": GenerationView, "description": "The campaign had no drafts before."}
}


class DraftQuery(ListQuery):
    """Filters of the list of drafts."""

    status: list[Status] | None = Field(None, description="`created` and `reviewed` ones are billed by runs.")
    kind: list[Kind] | None = Field(None, description="`cancellation` reverses what was invoiced.")
    campaign_id: list[UUID] | None = None
    client_id: list[UUID] | None = None
    legal_entity_id: list[UUID] | None = None
    billing_run_id: list[UUID] | None = None
    draft_no: list[Annotated[int, Field(ge=1, le=2**31 - 1)]] | None = None
    planned_gte: Day | None = Field(None, alias="planned_invoice_on.gte")
    planned_lte: Day | None = Field(None, alias="planned_invoice_on.lte")
    accounting_gte: Day | None = Field(None, alias="accounting_on.gte")
    accounting_lte: Day | None = Field(None, alias="accounting_on.lte")


@router.post(
    "/v1/campaigns/{campaign_id}/draft-pre-invoices",
    summary="Generate drafts of campaign",
    response_model=GenerationView,
    responses=_FIRST,
)
@needs("draft_pre_invoice:write")
async def generate(
    campaign_id: UUID, body: GenerationShape, session: Db, now: Now, response: Response
) -> GenerationView | Response:
    """Make or bring up to date all drafts of a campaign; every failed prerequisite comes back at once (PI-GEN-01)."""
    if body.campaign_version is not None:
        await _heard(session, campaign_id, body.campaign_version)
    done = await generate_drafts(session, campaign_id, now=now)
    if done.faults:
        # Answered, not raised: that the generation was refused is told and stays told (PI-REQ-01).
        return refusal(Invalid.of(done.faults))
    if done.counts["created"] == len(done.drafts):
        response.status_code = 201
    items = await drafts_shown(session, [draft.id for draft in done.drafts])
    return GenerationView.model_validate(
        {
            "campaign_id": campaign_id,
            **{f"{name}_count": count for name, count in done.counts.items()},
            "warnings": _warnings(done.warnings),
            "items": [DraftRow.model_validate(item) for item in items],
        }
    )


@router.post("/v1/campaigns/{campaign_id}/delivery-updates", summary="Read delivery anew into drafts")
@needs("draft_pre_invoice:write")
async def read_delivery_anew(campaign_id: UUID, body: DeliveryUpdateShape, session: Db) -> DeliveryUpdateView:
    """Recalculate what is billed by delivery on the campaign's open drafts (PI-GEN-15)."""
    changed = await update_delivery(session, campaign_id, body.draft_ids)
    items = await drafts_shown(session, [draft.id for draft in changed])
    return DeliveryUpdateView(updated_count=len(items), items=[DraftRow.model_validate(item) for item in items])


@router.get("/v1/draft-pre-invoices")
@needs("draft_pre_invoice:read")
async def list_drafts(session: Db, query: Annotated[DraftQuery, Query()]) -> Page[DraftRow]:
    """Drafts by planned invoice date."""
    statement = drafts_listed()
    for name in ("status", "kind", "campaign_id", "client_id", "legal_entity_id", "billing_run_id", "draft_no"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(DRAFT.c[name].in_(wanted))
    statement = statement.where(
        *within(DRAFT.c.planned_invoice_on, query.planned_gte, query.planned_lte),
        *within(DRAFT.c.accounting_on, query.accounting_gte, query.accounting_lte),
    )
    return await page(session, statement, keys=(DRAFT.c.planned_invoice_on, DRAFT.c.id), query=query, shape=DraftRow)


@router.get("/v1/draft-pre-invoices/{draft_id}")
@needs("draft_pre_invoice:read")
async def show_draft(draft_id: UUID, session: Db, response: Response, expand: Expand = None) -> DraftView:
    """One draft; `expand=lines` adds its lines."""
    return await _view(session, draft_id, response, whole=expand == "lines")


@router.patch("/v1/draft-pre-invoices/{draft_id}")
@needs("draft_pre_invoice:write")
async def change_draft(
    draft_id: UUID, body: DraftPatch, version: Version, session: Db, response: Response
) -> DraftView:
    """Type values into a draft that is `draft` or `created` (PI-GEN-12)."""
    if body.unknown:
        raise Invalid.of([_not_typed(name) for name in body.unknown])
    if body.lines:
        # First, because it locks the campaign, which comes before its drafts.
        typed = [(line.id, line.delivered_quantity) for line in body.lines]
        version = (await type_quantities(session, draft_id, version, typed)).version
    await edit_draft(session, draft_id, version, body.model_dump(exclude_unset=True, exclude={"lines"}))
    return await _view(session, draft_id, response, whole=False)


@router.delete("/v1/draft-pre-invoices/{draft_id}", status_code=204)
@needs("draft_pre_invoice:write")
async def remove_draft(draft_id: UUID, version: Version, session: Db) -> None:
    """Delete a regular draft that is not invoiced (PI-GEN-14)."""
    await delete_draft(session, draft_id, version)


@router.post("/v1/draft-pre-invoices/{draft_id}/transitions", summary="Move draft")
@needs("draft_pre_invoice:write")
async def move(draft_id: UUID, body: DraftTransition, version: Version, session: Db, response: Response) -> DraftView:
    """Move a draft between `draft`, `created` and `reviewed` (PI-GEN-17)."""
    await move_draft(session, draft_id, version, body.to)
    return await _view(session, draft_id, response, whole=False)


async def _heard(session: AsyncSession, campaign_id: UUID, version: int) -> None:
    """Wait for the campaign as the caller saved it: contracts' event may still be on its way (PI-GEN-02)."""
    deadline = asyncio.get_running_loop().time() + _WAIT_SECONDS
    while (known := await campaign_version(session, campaign_id) or 0) < version:
        if asyncio.get_running_loop().time() > deadline:
            if not known:
                raise NotFound("not_found", "There is no such campaign, or it has not been heard of yet.")
            message = "Saved data of the campaign has not arrived yet; try again."
            raise ProtocolFault(503, "pi_e_39", message, Retry_After="1")
        await asyncio.sleep(_LOOK_SECONDS)


def _not_typed(name: str) -> Fault:
    if name in DraftView.model_fields:
        return Fault(f"/{name}", "pi_e_37", f"{name} is calculated and cannot be typed in.", field=name)
    return Fault(f"/{name[:80]}", "unknown_field", "There is no such field.", field=name[:80])


async def _view(session: AsyncSession, draft_id: UUID, response: Response, *, whole: bool) -> DraftView:
    found = await drafts_shown(session, [draft_id])
    if not found:
        raise NotFound("not_found", "There is no such draft pre-invoice.")
    tag(response, found[0]["version"])
    lines = await lines_shown(session, draft_id) if whole else None
    warnings = _warnings(await warnings_of_draft(session, draft_id))
    return DraftView.model_validate({**found[0], "warnings": warnings, "lines": lines})


def _warnings(found: Iterable[Fault]) -> list[WarningView]:
    return [WarningView(code=one.code, text=one.message, entity_id=one.entity_id or "") for one in found]
