"""Proposed credits of upfront invoices: looked at, approved or declined (CT-CYC-11)."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field
from sqlalchemy import select

from services.invoicing import tables
from services.invoicing.application.decide_proposal import decide_proposal
from services.invoicing.schemas.proposals import (
    CreditProposalRow,
    CreditProposalState,
    CreditProposalTransition,
    CreditProposalView,
)
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Now, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["credit proposals"])
_proposal = tables.CreditProposal.__table__  # type: ignore[attr-defined]
_item = tables.CreditProposalItem.__table__  # type: ignore[attr-defined]


class CreditProposalQuery(ListQuery):
    """Filters of the list of proposals."""

    state: list[CreditProposalState] | None = Field(None, description="`proposed` ones await a decision.")
    contract_id: list[UUID] | None = None
    invoice_id: list[UUID] | None = None


@router.get("/v1/credit-proposals")
@needs("credit_note:read")
async def list_credit_proposals(session: Db, query: Annotated[CreditProposalQuery, Query()]) -> Page[CreditProposalRow]:
    """Proposals in the order they were made."""
    statement = select(_proposal)
    for name in ("state", "contract_id", "invoice_id"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(_proposal.c[name].in_(wanted))
    return await page(session, statement, keys=(_proposal.c.id,), query=query, shape=CreditProposalRow)


@router.get("/v1/credit-proposals/{proposal_id}")
@needs("credit_note:read")
async def show_credit_proposal(proposal_id: UUID, session: Db, response: Response) -> CreditProposalView:
    """One proposal with the units it is for."""
    return await _view(session, proposal_id, response)


@router.post("/v1/credit-proposals/{proposal_id}/transitions")
@needs("credit_note:write", key="required")
async def decide_credit_proposal(
    proposal_id: UUID, body: CreditProposalTransition, version: Version, session: Db, now: Now, response: Response
) -> CreditProposalView:
    """Approve a proposal, which issues its credit note, or decline it."""
    await decide_proposal(session, proposal_id, to=body.to, reason=body.reason, version=version, now=now)
    return await _view(session, proposal_id, response)


async def _view(session: AsyncSession, proposal_id: UUID, response: Response) -> CreditProposalView:
    found = (await session.execute(select(_proposal).where(_proposal.c.id == proposal_id))).mappings().first()
    if found is None:
        raise NotFound("not_found", "There is no such proposal.")
    tag(response, found["version"])
    units = select(_item.c.billable_item_id).where(_item.c.proposal_id == proposal_id)
    ids = (await session.execute(units.order_by(_item.c.billable_item_id))).scalars().all()
    return CreditProposalView.model_validate({**found, "unit_ids": ids})
