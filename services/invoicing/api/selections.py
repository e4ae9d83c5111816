"""Saved selections of invoice runs, each user's own."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy import select

from services.invoicing import tables
from services.invoicing.api.runs import criteria_of, switches_of
from services.invoicing.application.save_selection import Wanted, delete_selection, save_selection, selection_of
from services.invoicing.schemas.runs import SelectionShape, SelectionView
from shared.runtime.http import Db, Now, Router, Version, Who, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["invoice runs"])
_selection = tables.Selection.__table__  # type: ignore[attr-defined]


@router.post("/v1/selections", summary="Save selection", status_code=201)
@needs("invoice_run:write")
async def keep_selection(body: SelectionShape, session: Db, now: Now, who: Who, response: Response) -> SelectionView:
    """Keep criteria, switches and text for the next time; a taken name needs `overwrite` (MA-INV-04)."""
    wanted = Wanted(
        body.name,
        criteria_of(body.criteria),
        switches_of(body.switches),
        body.criteria.model_dump(mode="json"),
        body.switches.model_dump(mode="json"),
        body.text,
        body.overwrite,
    )
    saved = await save_selection(session, wanted, owner=who.subject, now=now)
    response.headers["Location"] = f"/v1/selections/{saved.id}"
    tag(response, saved.version)
    return SelectionView.model_validate(saved._asdict())


@router.get("/v1/selections")
@needs("invoice_run:read")
async def list_selections(session: Db, who: Who, query: Annotated[ListQuery, Query()]) -> Page[SelectionView]:
    """One's own selections by name."""
    statement = select(_selection).where(_selection.c.owner == who.subject)
    return await page(session, statement, keys=(_selection.c.name, _selection.c.id), query=query, shape=SelectionView)


@router.get("/v1/selections/{selection_id}")
@needs("invoice_run:read")
async def show_selection(selection_id: UUID, session: Db, who: Who, response: Response) -> SelectionView:
    """One selection, exactly as it was saved."""
    found = await selection_of(session, selection_id, owner=who.subject)
    tag(response, found.version)
    return SelectionView.model_validate(found._asdict())


@router.delete("/v1/selections/{selection_id}", status_code=204)
@needs("invoice_run:write")
async def remove_selection(selection_id: UUID, session: Db, who: Who, version: Version) -> None:
    """Forget one of one's own; another user's is refused (MA-INV-04)."""
    await delete_selection(session, selection_id, version, owner=who.subject)
