"""The search for insertions that a media invoice may bill."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from sqlalchemy import or_

from services.reconciliation.repository.insertions import candidates, insertion
from services.reconciliation.schemas.media_invoices import CandidateRow
from shared.events.fields import Day
from shared.kernel.errors import Invalid
from shared.runtime.http import Db, Router, needs
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["media invoices"])
_CRITERIA = {"insertion_on_gte", "insertion_on_lte", "client_id", "supplier_id", "media_id", "order_no"}


class CandidateQuery(ListQuery):
    """At least one criterion; criteria are joined by AND (MA-MIN-01)."""

    insertion_on_gte: Day | None = Field(None, alias="insertion_on.gte")
    insertion_on_lte: Day | None = Field(None, alias="insertion_on.lte")
    client_id: list[UUID] | None = Field(None, max_length=500)
    supplier_id: list[UUID] | None = Field(None, max_length=500)
    media_id: list[UUID] | None = Field(None, max_length=500)
    order_no: list[int] | None = Field(None, max_length=500)


@router.get("/v1/media-invoice-candidates", summary="Search insertions to be billed")
@needs("media_invoice:read")
async def list_candidates(session: Db, query: Annotated[CandidateQuery, Query()]) -> Page[CandidateRow]:
    """Insertions a medium may bill and has not billed in full; a search by order number shows those too, marked.

    By supplier it finds the orders of that supplier's media and those of media that no supplier is linked to.
    """
    if not query.model_fields_set & _CRITERIA:
        raise Invalid("search_empty", "Give at least one criterion: date, client, supplier, media or order.")
    statement = candidates(matched_too=query.order_no is not None)
    for name in ("client_id", "media_id", "order_no"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(insertion.c[name].in_(wanted))
    if query.supplier_id is not None:
        of_supplier = insertion.c.supplier_id.in_(query.supplier_id)
        statement = statement.where(or_(of_supplier, insertion.c.supplier_id.is_(None)))
    if query.insertion_on_gte is not None:
        statement = statement.where(insertion.c.insertion_on >= query.insertion_on_gte)
    if query.insertion_on_lte is not None:
        statement = statement.where(insertion.c.insertion_on <= query.insertion_on_lte)
    keys = (insertion.c.insertion_on, insertion.c.id)
    return await page(session, statement, keys=keys, query=query, shape=CandidateRow)
