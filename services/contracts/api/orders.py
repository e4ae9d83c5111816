"""Orders."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from services.contracts import tables
from services.contracts.application.insertions import make_order_definitive
from services.contracts.application.ordering import amend_order, create_orders
from services.contracts.repository.media import one, order, orders_listed
from services.contracts.schemas.orders import OrderPatchShape, OrderRow, OrderShape, OrderTransition
from shared.events.fields import Code, View
from shared.runtime.http import Db, Now, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["orders"])


class OrderQuery(ListQuery):
    """Filters of the list of orders."""

    code: list[Code] | None = None
    plan_id: list[UUID] | None = None


class Moved(View):
    """How many insertions moved."""

    order_id: UUID
    insertion_count: int


@router.post("/v1/orders", status_code=201)
@needs("order:write")
async def create_order(body: OrderShape, session: Db, now: Now, response: Response) -> OrderRow:
    """A booking with one medium on a plan."""
    (created,) = await create_orders(session, [body.model_dump()], now.date())
    tag(response, created["version"])
    return OrderRow.model_validate(created)


@router.get("/v1/orders")
@needs("order:read")
async def list_orders(session: Db, query: Annotated[OrderQuery, Query()]) -> Page[OrderRow]:
    """Orders by number."""
    statement = orders_listed()
    if query.code is not None:
        statement = statement.where(order.c.code.in_(query.code))
    if query.plan_id is not None:
        statement = statement.where(order.c.plan_id.in_(query.plan_id))
    return await page(session, statement, keys=(order.c.order_no, order.c.id), query=query, shape=OrderRow)


@router.get("/v1/orders/{order_id}")
@needs("order:read")
async def show_order(order_id: UUID, session: Db, response: Response) -> OrderRow:
    """One order."""
    found = await one(session, tables.MediaOrder, order_id)
    tag(response, found["version"])
    return OrderRow.model_validate(found)


@router.patch("/v1/orders/{order_id}")
@needs("order:write")
async def change_order(
    order_id: UUID, body: OrderPatchShape, version: Version, session: Db, response: Response
) -> OrderRow:
    """Change an order and what its insertions take from it (MA-INS-12, MA-INS-13)."""
    changes = {name: value for name, value in body.given().items() if name != "confirm"}
    changed = await amend_order(session, order_id, version, changes, confirm=body.confirm)
    tag(response, changed["version"])
    return OrderRow.model_validate(changed)


@router.post("/v1/orders/{order_id}/transitions", summary="Make insertions of order definitive")
@needs("order:write")
async def move_order(order_id: UUID, body: OrderTransition, version: Version, session: Db) -> Moved:
    """Make the order's preliminary insertions definitive."""
    moved = await make_order_definitive(session, order_id, version)
    return Moved(order_id=order_id, insertion_count=len(moved))
