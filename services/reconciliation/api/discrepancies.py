"""Discrepancies: listed, added up, held against the ledger."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy import select

from services.reconciliation.repository.discrepancies import (
    Criteria,
    by_order,
    discrepancy,
    entries_of,
    listed,
    totals,
)
from services.reconciliation.schemas.discrepancies import (
    CriteriaQuery,
    DiscrepancyRow,
    DiscrepancyView,
    OrderTotalRow,
    TotalsView,
)
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Router, needs, tag
from shared.runtime.paging import Page, page

router = Router(tags=["discrepancies"])
# Both intervals from 0: the setting that hides nothing.
_EVERYTHING = Criteria(net_from=Decimal(0), net_net_from=Decimal(0))


@router.get("/v1/discrepancies")
@needs("discrepancy:read")
async def list_discrepancies(session: Db, query: Annotated[CriteriaQuery, Query()]) -> Page[DiscrepancyRow]:
    """Insertions with what clients paid for them, what the media billed, and what lies between (MA-REC-01)."""
    statement = listed(_criteria(query))
    return await page(session, statement, keys=(discrepancy.c.insertion_id,), query=query, shape=DiscrepancyRow)


@router.get("/v1/discrepancies/{insertion_id}")
@needs("discrepancy:read")
async def show_discrepancy(insertion_id: UUID, session: Db, response: Response) -> DiscrepancyView:
    """One insertion's discrepancy with the movements that make it up."""
    return await view_of(session, insertion_id, response)


@router.get("/v1/discrepancy-totals", summary="Show totals of discrepancies")
@needs("discrepancy:read")
async def show_totals(session: Db, query: Annotated[CriteriaQuery, Query()]) -> TotalsView:
    """The list's totals per legal entity; with no more than a date, beside the ledger's (MA-REC-06)."""
    return TotalsView.model_validate({"items": await totals(session, _criteria(query))})


@router.get("/v1/discrepancy-totals/orders", summary="List totals by order")
@needs("discrepancy:read")
async def list_order_totals(session: Db, query: Annotated[CriteriaQuery, Query()]) -> Page[OrderTotalRow]:
    """The list's rows added up per order."""
    orders = by_order(_criteria(query))
    keys = (orders.c.order_no, orders.c.order_id)
    return await page(session, select(orders), keys=keys, query=query, shape=OrderTotalRow)


async def view_of(session: AsyncSession, insertion_id: UUID, response: Response) -> DiscrepancyView:
    """A row with its movements, tagged with its version."""
    statement = listed(_EVERYTHING).where(discrepancy.c.insertion_id == insertion_id)
    found = (await session.execute(statement)).mappings().first()
    if found is None:
        raise NotFound("not_found", "The insertion has no movement on the deduction account.")
    tag(response, found["version"])
    moved = (await session.execute(entries_of(insertion_id))).mappings()
    return DiscrepancyView.model_validate(
        {**found, "entries": [{**row, "currency": found["currency"]} for row in moved]}
    )


def _criteria(query: CriteriaQuery) -> Criteria:
    chosen: dict[str, Any] = {
        "client_ids": query.client_id,
        "legal_entity_ids": query.legal_entity_id,
        "owners": query.owner,
        "codes": query.reconciliation_code,
        "plan_nos": query.plan_no,
        "order_nos": query.order_no,
        "campaigns": query.campaign,
        "media_ids": query.media_id,
        "media_types": query.media_type,
        "supplier_ids": query.supplier_id,
        "media_invoice_nos": query.media_invoice_no,
    }
    return Criteria(
        accounting_to=query.accounting_on_lte,
        insertion_from=query.insertion_on_gte,
        insertion_to=query.insertion_on_lte,
        positive=None if query.sign is None else query.sign == "positive",
        comment=query.comment,
        net_from=query.discrepancy_net_gte,
        net_to=query.discrepancy_net_lte,
        net_net_from=query.discrepancy_net_net_gte,
        net_net_to=query.discrepancy_net_net_lte,
        **chosen,
    )
