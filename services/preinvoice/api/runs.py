"""Billing runs: started over drafts, looked at while they go, retried for what failed."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field
from sqlalchemy import select

from services.preinvoice.application.start_run import Asked, retry_run, start_run
from services.preinvoice.domain.billing_run import Outcome, Run, RunState
from services.preinvoice.repository.lists import phases_of_run, runs_listed
from services.preinvoice.repository.runs import get_run
from services.preinvoice.repository.selection import Filter
from services.preinvoice.schemas.runs import (
    BillingRunRow,
    BillingRunShape,
    BillingRunView,
    FilterShape,
    PhaseView,
    RunItemView,
)
from services.preinvoice.tables import RUN, RUN_DRAFT
from shared.kernel.errors import Fault, Invalid
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Now, Router, Who, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["billing runs"])


class RunQuery(ListQuery):
    """Filters of the list of runs."""

    state: list[RunState] | None = Field(None, description="`completed_with_errors` has drafts to retry.")


class RunItemQuery(ListQuery):
    """Filters of a run's drafts."""

    outcome: list[Outcome] | None = Field(None, description="What became of the draft.")


@router.post("/v1/billing-runs", status_code=202)
@needs("billing_run:write", key="required")
async def start_billing_run(
    body: BillingRunShape, session: Db, now: Now, who: Who, response: Response
) -> BillingRunView:
    """Turn drafts into invoices; it goes on as the job of the same id (PI-RUN-01)."""
    if body.filter and body.draft_ids:
        raise Invalid.of([Fault("/filter", "invalid_value", "Choose drafts or a filter, not both.", field="filter")])
    asked = Asked(
        body.draft_ids,
        _filter(body.filter),
        body.invoice_on,
        body.accounting_on,
        body.zero_invoices,
        body.documents,
    )
    return await _started(session, await start_run(session, asked, by=who.subject, now=now), response)


@router.post("/v1/billing-runs/{run_id}/retries", status_code=202)
@needs("billing_run:write", key="required")
async def retry_billing_run(run_id: UUID, session: Db, now: Now, who: Who, response: Response) -> BillingRunView:
    """A new run over the drafts that failed in this one."""
    return await _started(session, await retry_run(session, run_id, by=who.subject, now=now), response)


@router.get("/v1/billing-runs")
@needs("billing_run:read")
async def list_billing_runs(session: Db, query: Annotated[RunQuery, Query()]) -> Page[BillingRunRow]:
    """Runs, newest first."""
    statement = runs_listed()
    if query.state is not None:
        statement = statement.where(RUN.c.state.in_(query.state))
    keys = (RUN.c.created_at, RUN.c.id)
    return await page(session, statement, keys=keys, query=query, shape=BillingRunRow, descending=True)


@router.get("/v1/billing-runs/{run_id}")
@needs("billing_run:read")
async def show_billing_run(run_id: UUID, session: Db, response: Response) -> BillingRunView:
    """One run with its phases."""
    return await _view(session, await get_run(session, run_id), response)


@router.get("/v1/billing-runs/{run_id}/items")
@needs("billing_run:read")
async def list_run_items(run_id: UUID, session: Db, query: Annotated[RunItemQuery, Query()]) -> Page[RunItemView]:
    """What became of each draft, in the order they were taken."""
    await get_run(session, run_id)
    statement = select(RUN_DRAFT).where(RUN_DRAFT.c.run_id == run_id)
    if query.outcome is not None:
        statement = statement.where(RUN_DRAFT.c.outcome.in_(query.outcome))
    keys = (RUN_DRAFT.c.planned_invoice_on, RUN_DRAFT.c.campaign_no, RUN_DRAFT.c.draft_id)
    return await page(session, statement, keys=keys, query=query, shape=RunItemView)


async def _started(session: AsyncSession, run: Run, response: Response) -> BillingRunView:
    response.headers["Location"] = f"/v1/jobs/{run.id}"
    return await _view(session, run, response)


async def _view(session: AsyncSession, run: Run, response: Response) -> BillingRunView:
    tag(response, run.version)
    phases = [PhaseView.model_validate(one) for one in await phases_of_run(session, run.id)]
    return BillingRunView(**BillingRunRow.model_validate(run).model_dump(), phases=phases)


def _filter(shape: FilterShape | None) -> Filter | None:
    """The filter, or None when it names nothing: an empty filter must not mean every draft there is."""
    wanted = shape.model_dump(exclude_defaults=True) if shape else {}
    return Filter(**wanted) if wanted else None
