"""The list of a contract's lines, and the view of it that each user keeps (CT-LIN-29, CT-LIN-30)."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from services.contracts.application.listing import line_rows, own_list, reset_own_list, save_own_list, view_of
from services.contracts.domain.line_list import LineList
from services.contracts.schemas.line_lists import (
    ColumnName,
    LineGroup,
    LineListAnswer,
    LineListShape,
    LineListView,
    SortName,
)
from shared.runtime.http import Db, Router, needs

router = Router(tags=["contracts"])


class LineQuery(BaseModel):
    """Columns, order and grouping of this one list; what is left out comes from the caller's saved view."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: list[ColumnName] | None = None
    sort: list[SortName] | None = None
    group_by: ColumnName | None = None


@router.get("/v1/contracts/{contract_id}/lines")
@needs("contract:read")
async def list_lines(contract_id: UUID, session: Db, query: Annotated[LineQuery, Query()]) -> LineListAnswer:
    """A contract's lines with the standard columns, or as the caller's view or the query has them."""
    saved = await own_list(session)
    view = view_of(
        {
            "columns": query.column or saved.columns,
            "sort": query.sort or saved.sort,
            "group_by": saved.group_by if query.group_by is None else query.group_by,
            "filters": saved.filters,
        }
    )
    groups = view.arranged(await line_rows(session, contract_id))
    return LineListAnswer(
        columns=list(view.columns), groups=[LineGroup(value=value, items=items) for value, items in groups]
    )


@router.get("/v1/line-view", summary="Show view of lines")
@needs("contract:read")
async def show_view(session: Db) -> LineListView:
    """The caller's saved view, or the standard one."""
    return _view(await own_list(session))


@router.put("/v1/line-view", summary="Save view of lines")
@needs("contract:read")
async def save_view(body: LineListShape, session: Db) -> LineListView:
    """Keep a view of the list for this user."""
    view = view_of(body.model_dump())
    await save_own_list(session, view)
    return _view(view)


@router.delete("/v1/line-view", summary="Reset view of lines")
@needs("contract:read")
async def reset_view(session: Db) -> LineListView:
    """Back to the standard columns."""
    await reset_own_list(session)
    return _view(LineList())


def _view(view: LineList) -> LineListView:
    return LineListView(
        columns=list(view.columns),
        sort=list(view.sort),
        group_by=view.group_by,
        filters={name: list(values) for name, values in (view.filters or {}).items()},
        standard=view == LineList(),
    )
