"""Invoice runs: started as jobs, looked at while they go."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field
from sqlalchemy import Select, case, select

from services.invoicing import tables
from services.invoicing.application.start_run import Asked, start_run
from services.invoicing.domain.criteria import Corrections, Criteria, SignChoice, Switches
from services.invoicing.schemas.runs import (
    CriteriaShape,
    InvoiceRunShape,
    InvoiceRunView,
    LeftOutView,
    PreviewView,
    RunState,
    SwitchesShape,
)
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Now, Router, Who, needs, tag
from shared.runtime.jobs.views import JOB
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["invoice runs"])
_run = tables.InvoiceRun.__table__  # type: ignore[attr-defined]
_left_out = tables.InvoiceRunLeftOut.__table__  # type: ignore[attr-defined]
_preview = tables.InvoiceRunPreview.__table__  # type: ignore[attr-defined]


class RunQuery(ListQuery):
    """Filters of the list of runs."""

    state: list[RunState] | None = Field(None, description="After `completed_with_errors`, the job says what failed.")


class LeftOutQuery(ListQuery):
    """Filters of what a run left out."""

    reason: list[str] | None = Field(None, description="First reason met, such as `not_ad_checked` (MA-INV-06).")


@router.post("/v1/invoice-runs", status_code=202)
@needs("invoice_run:write", key="required")
async def start_invoice_run(
    body: InvoiceRunShape, session: Db, now: Now, who: Who, response: Response
) -> InvoiceRunView:
    """Start a test or live run; it goes on as the job of the same id (MA-INV-01)."""
    asked = Asked(
        body.mode,
        criteria_of(body.criteria),
        switches_of(body.switches),
        body.invoice_on,
        body.accounting_on,
        body.text,
        body.digest,
    )
    run = await start_run(session, asked, by=who.subject, now=now)
    response.headers["Location"] = f"/v1/jobs/{run.id}"
    return await _view(session, run.id, response)


@router.get("/v1/invoice-runs")
@needs("invoice_run:read")
async def list_invoice_runs(session: Db, query: Annotated[RunQuery, Query()]) -> Page[InvoiceRunView]:
    """Runs, newest first."""
    runs = _runs().subquery()
    statement = runs.select()
    if query.state is not None:
        statement = statement.where(runs.c.state.in_(query.state))
    keys = (runs.c.created_at, runs.c.id)
    return await page(session, statement, keys=keys, query=query, shape=InvoiceRunView, descending=True)


@router.get("/v1/invoice-runs/{run_id}")
@needs("invoice_run:read")
async def show_invoice_run(run_id: UUID, session: Db, response: Response) -> InvoiceRunView:
    """One run."""
    return await _view(session, run_id, response)


@router.get("/v1/invoice-runs/{run_id}/left-out", summary="List what a run left out")
@needs("invoice_run:read")
async def list_left_out(run_id: UUID, session: Db, query: Annotated[LeftOutQuery, Query()]) -> Page[LeftOutView]:
    """Every item the run did not bill, with the first reason met (MA-INV-06)."""
    statement = select(_left_out).where(_left_out.c.run_id == run_id)
    if query.reason is not None:
        statement = statement.where(_left_out.c.reason.in_(query.reason))
    return await page(session, statement, keys=(_left_out.c.billable_item_id,), query=query, shape=LeftOutView)


@router.get("/v1/invoice-runs/{run_id}/preview", summary="List what a test run would issue")
@needs("invoice_run:read")
async def list_preview(run_id: UUID, session: Db, query: Annotated[ListQuery, Query()]) -> Page[PreviewView]:
    """The invoices a test run would have issued (MA-INV-05)."""
    statement = select(_preview).where(_preview.c.run_id == run_id)
    return await page(session, statement, keys=(_preview.c.position,), query=query, shape=PreviewView)


def _runs() -> Select[Any]:
    """Runs as stored; one that has not ended stands as its job does."""
    state = case((_run.c.ended_at.is_(None), JOB.c.state), else_=_run.c.state).label("state")
    others = [column for column in _run.c if column.name != "state"]
    return select(*others, state).join(JOB, JOB.c.id == _run.c.id)


async def _view(session: AsyncSession, run_id: UUID, response: Response) -> InvoiceRunView:
    found = (await session.execute(_runs().where(_run.c.id == run_id))).mappings().first()
    if found is None:
        raise NotFound("not_found", "There is no such run.")
    tag(response, found["version"])
    return InvoiceRunView.model_validate(dict(found))


def criteria_of(shape: CriteriaShape) -> Criteria:
    """The criteria as the domain knows them."""
    values = {name: tuple(one) if isinstance(one, list) else one for name, one in shape.model_dump().items()}
    return Criteria(**values)  # type: ignore[arg-type]


def switches_of(shape: SwitchesShape) -> Switches:
    """The switches as the domain knows them."""
    return Switches(
        shape.current_invoicing,
        shape.also_not_checked,
        shape.no_reference_number,
        SignChoice(shape.sign) if shape.sign else None,
        Corrections(shape.corrections),
        shape.one_invoice_per_client,
    )
