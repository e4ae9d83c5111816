"""Credits of insertions, corrections, and shares moved from one client to another."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from services.contracts import tables
from services.contracts.api.insertions import insertion_rows
from services.contracts.application.corrections import Correction, correct
from services.contracts.application.crediting import Wanted, credit_insertion, credit_share, debit_share
from services.contracts.application.moving import OPEN, move, moves_listed
from services.contracts.repository.media import one
from services.contracts.repository.rows import Record
from services.contracts.schemas.credits import (
    AllocationCreditShape,
    AllocationDebitShape,
    AllocationMoveView,
    CorrectionsShape,
    CreditShape,
)
from services.contracts.schemas.orders import InsertionRow
from shared.runtime.http import Db, Now, Router, Who, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["credits"])


class MoveQuery(ListQuery):
    """Filters of the list of moved shares."""

    step: list[Literal["credited", "debited", "finished", "abandoned"]] | None = Field(
        None, description="How far the share has come."
    )
    open: bool | None = Field(
        None, description="Those that a person still has something to do with, or those that are through."
    )
    insertion_id: list[UUID] | None = None


@router.post("/v1/insertions/{insertion_id}/credits", summary="Credit insertion", status_code=201)
@needs("insertion:write", key="required")
async def credit_one_insertion(insertion_id: UUID, body: CreditShape, session: Db, response: Response) -> InsertionRow:
    """Credit an invoiced insertion; the credit is billed in the next run (MA-CRD-08 to MA-CRD-12)."""
    credit = await credit_insertion(session, insertion_id, Wanted(**body.model_dump()))
    tag(response, credit["version"])
    return (await insertion_rows(session, {credit["id"]}))[0]


@router.post("/v1/insertions/{insertion_id}/allocation-credits", summary="Credit share of insertion", status_code=201)
@needs("insertion:write", key="required")
async def credit_one_share(
    insertion_id: UUID, body: AllocationCreditShape, session: Db, who: Who, now: Now, response: Response
) -> AllocationMoveView:
    """CREDIT ALLOCATION: credit the share on one of the insertion's invoices (MA-CRD-14)."""
    wanted = Wanted(**body.model_dump(exclude={"invoice_id"}))
    return _answer(
        response, await credit_share(session, insertion_id, body.invoice_id, wanted, by=who.subject, now=now)
    )


@router.post("/v1/insertions/{insertion_id}/allocation-debits", summary="Debit share of insertion", status_code=201)
@needs("insertion:write", key="required")
async def debit_one_share(
    insertion_id: UUID, body: AllocationDebitShape, session: Db, response: Response
) -> AllocationMoveView:
    """DEBIT ALLOCATION: debit a credited share again; then the debit is saved with its new client (MA-CRD-15)."""
    return _answer(response, await debit_share(session, insertion_id, body.client_id))


@router.get("/v1/allocation-moves", summary="List moved shares")
@needs("insertion:read")
async def list_allocation_moves(session: Db, query: Annotated[MoveQuery, Query()]) -> Page[AllocationMoveView]:
    """Moved shares, the oldest first; `open=true` are those that are not finished."""
    statement = moves_listed()
    if query.step is not None:
        statement = statement.where(move.c.step.in_(query.step))
    if query.open is not None:
        statement = statement.where(move.c.step.in_(OPEN) if query.open else move.c.step.not_in(OPEN))
    if query.insertion_id is not None:
        statement = statement.where(move.c.insertion_id.in_(query.insertion_id))
    return await page(session, statement, keys=(move.c.started_at, move.c.id), query=query, shape=AllocationMoveView)


@router.get("/v1/allocation-moves/{move_id}", summary="Show moved share")
@needs("insertion:read")
async def show_allocation_move(move_id: UUID, session: Db, response: Response) -> AllocationMoveView:
    """One moved share."""
    return _answer(response, await one(session, tables.AllocationMove, move_id))


@router.post("/v1/corrections", status_code=201)
@needs("insertion:write", key="required")
async def make_corrections(body: CorrectionsShape, session: Db) -> Page[InsertionRow]:
    """Corrections beside insertions, billed in the next run (MA-INS-17)."""
    wanted = [Correction(**one.model_dump()) for one in body.corrections]
    made = await correct(session, body.kind, wanted, body.reason)
    return Page[InsertionRow](items=await insertion_rows(session, {row["id"] for row in made}))


def _answer(response: Response, moved: Record) -> AllocationMoveView:
    tag(response, moved["version"])
    return AllocationMoveView.model_validate(moved)
