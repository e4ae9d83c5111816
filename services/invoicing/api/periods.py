"""Accounting periods: added, closed and opened again (MA-GEN-07)."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field
from sqlalchemy import select

from services.invoicing import tables
from services.invoicing.application.change_periods import add_period, move_period
from shared.events.examples import LEGAL_ENTITY, example
from shared.events.fields import Day, Moment, Shape, Text, View
from shared.kernel.errors import Invalid, NotFound
from shared.kernel.period import Period
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["ledger"])
_period = tables.AccountingPeriod.__table__  # type: ignore[attr-defined]
State = Literal["open", "closed"]


class PeriodShape(Shape):
    """Days to be closed together; both are included."""

    model_config = example(legal_entity_id=LEGAL_ENTITY, from_on="2026-10-01", to_on="2026-10-31")

    legal_entity_id: UUID
    from_on: Day
    to_on: Day


class PeriodTransition(Shape):
    """Close a period, or open it again; the reason is kept."""

    model_config = example(to="closed", reason="October is reported.")

    to: State = Field(description="On a day in a `closed` period nothing is posted (MA-GEN-07).")
    reason: Text(500, 1)  # type: ignore[valid-type]


class PeriodView(View):
    """An accounting period; on a day in a closed one nothing is posted."""

    id: UUID
    version: int
    legal_entity_id: UUID
    from_on: Day
    to_on: Day
    state: State
    closed_at: Moment | None


class PeriodQuery(ListQuery):
    """Filters of the list of periods."""

    legal_entity_id: list[UUID] | None = None
    state: list[State] | None = Field(None, description="Where nothing is posted any more, or still may be.")


@router.get("/v1/accounting-periods", summary="List accounting periods")
@needs("accounting_period:read")
async def list_periods(session: Db, query: Annotated[PeriodQuery, Query()]) -> Page[PeriodView]:
    """Periods in the order of their days."""
    statement = select(_period)
    for name in ("legal_entity_id", "state"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(_period.c[name].in_(wanted))
    return await page(session, statement, keys=(_period.c.from_on, _period.c.id), query=query, shape=PeriodView)


@router.get("/v1/accounting-periods/{period_id}", summary="Show accounting period")
@needs("accounting_period:read")
async def show_period(period_id: UUID, session: Db, response: Response) -> PeriodView:
    """One period."""
    return await _view(session, period_id, response)


@router.post("/v1/accounting-periods", summary="Create accounting period", status_code=201)
@needs("accounting_period:write")
async def create_period(body: PeriodShape, session: Db, response: Response) -> PeriodView:
    """Add a period, open to begin with."""
    if body.to_on < body.from_on:
        raise Invalid("bad_date_range", "The from-date lies after the to-date.")
    period_id = await add_period(session, body.legal_entity_id, Period.inclusive(body.from_on, body.to_on))
    return await _view(session, period_id, response)


@router.post("/v1/accounting-periods/{period_id}/transitions", summary="Close or reopen accounting period")
@needs("accounting_period:close", key="required")
async def change_period(
    period_id: UUID, body: PeriodTransition, version: Version, session: Db, response: Response
) -> PeriodView:
    """Close a period once the postings under way are through, or open it again."""
    await move_period(session, period_id, body.to, version=version, reason=body.reason)
    return await _view(session, period_id, response)


async def _view(session: AsyncSession, period_id: UUID, response: Response) -> PeriodView:
    found = (await session.execute(select(_period).where(_period.c.id == period_id))).mappings().first()
    if found is None:
        raise NotFound("not_found", "There is no such accounting period.")
    tag(response, found["version"])
    return PeriodView.model_validate(dict(found))
