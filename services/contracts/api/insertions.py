"""Insertions."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from services.contracts import tables
from services.contracts.application.booking import add_insertions, amend_insertion
from services.contracts.application.insertions import move_insertion
from services.contracts.application.showing import shown_insertion
from services.contracts.repository.media import insertion, insertions_listed, one
from services.contracts.repository.rows import fetch
from services.contracts.schemas.orders import (
    InsertionPatchShape,
    InsertionRow,
    InsertionsShape,
    InsertionStatus,
    InsertionTransition,
    InsertionView,
)
from shared.events.fields import Day
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["insertions"])


class InsertionQuery(ListQuery):
    """Filters of the list of insertions."""

    order_id: list[UUID] | None = None
    client_id: list[UUID] | None = None
    original_id: list[UUID] | None = Field(None, description="Credits and corrections of these insertions.")
    status: list[InsertionStatus] | None = Field(None, description="`definitive` ones may be invoiced (MA-INS-10).")
    changed_in_run: bool | None = Field(
        None, description="Changed while a run billed them as they stood before (MA-INV-26)."
    )
    insertion_on_gte: Day | None = Field(None, alias="insertion_on.gte")
    insertion_on_lte: Day | None = Field(None, alias="insertion_on.lte")


@router.post("/v1/orders/{order_id}/insertions", summary="Add insertions", status_code=201)
@needs("insertion:write")
async def add_order_insertions(order_id: UUID, body: InsertionsShape, session: Db) -> Page[InsertionRow]:
    """Add preliminary insertions, priced from their rows (MA-INS)."""
    await one(session, tables.MediaOrder, order_id)
    added = await add_insertions(session, [{**row.model_dump(), "order_id": order_id} for row in body.insertions])
    return Page[InsertionRow](items=await insertion_rows(session, {row["id"] for row in added}))


@router.get("/v1/insertions")
@needs("insertion:read")
async def list_insertions(session: Db, query: Annotated[InsertionQuery, Query()]) -> Page[InsertionRow]:
    """Insertions by date."""
    statement = insertions_listed()
    for name in ("order_id", "client_id", "original_id", "status"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(insertion.c[name].in_(wanted))
    if query.changed_in_run is not None:
        statement = statement.where(insertion.c.changed_in_run.is_(query.changed_in_run))
    if query.insertion_on_gte is not None:
        statement = statement.where(insertion.c.insertion_on >= query.insertion_on_gte)
    if query.insertion_on_lte is not None:
        statement = statement.where(insertion.c.insertion_on <= query.insertion_on_lte)
    keys = (insertion.c.insertion_on, insertion.c.id)
    return await page(session, statement, keys=keys, query=query, shape=InsertionRow)


@router.get("/v1/insertions/{insertion_id}")
@needs("insertion:read")
async def show_insertion(insertion_id: UUID, session: Db, response: Response) -> InsertionView:
    """One insertion with its price rows and shares."""
    return await _answer(session, insertion_id, response)


@router.patch("/v1/insertions/{insertion_id}")
@needs("insertion:write")
async def change_insertion(
    insertion_id: UUID, body: InsertionPatchShape, version: Version, session: Db, response: Response
) -> InsertionView:
    """Change an insertion; what is billed only while it is not invoiced (MA-INS-12, MA-INS-13, MA-INS-18)."""
    changes = {name: value for name, value in body.given().items() if name != "confirm"}
    await amend_insertion(session, insertion_id, version, changes, confirm=body.confirm)
    return await _answer(session, insertion_id, response)


@router.post("/v1/insertions/{insertion_id}/transitions", summary="Move insertion")
@needs("insertion:write")
async def move_one_insertion(
    insertion_id: UUID, body: InsertionTransition, version: Version, session: Db, response: Response
) -> InsertionView:
    """Move one insertion, or one client's blocked share of it, by hand (MA-INS-10)."""
    await move_insertion(session, insertion_id, version, body.to, body.reason, client_id=body.client_id)
    return await _answer(session, insertion_id, response)


async def insertion_rows(session: AsyncSession, ids: set[UUID]) -> list[InsertionRow]:
    """Insertions as lists show them."""
    rows = await fetch(session, insertions_listed().where(insertion.c.id.in_(ids)).order_by(insertion.c.id))
    return [InsertionRow.model_validate(row) for row in rows]


async def _answer(session: AsyncSession, insertion_id: UUID, response: Response) -> InsertionView:
    found = await shown_insertion(session, insertion_id)
    tag(response, found["version"])
    return InsertionView.model_validate(found)
