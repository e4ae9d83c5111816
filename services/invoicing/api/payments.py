"""Payments: recorded, applied to approved invoices, taken off again; and what clients owe."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy import select

from services.invoicing import tables
from services.invoicing.application.apply_payments import apply_payment, record_payment, unapply_payment
from services.invoicing.application.tell_payments import payment_fields
from services.invoicing.repository import payments
from services.invoicing.schemas.payments import (
    ApplicationShape,
    ApplicationTransition,
    BalancesView,
    BalanceView,
    PaymentRow,
    PaymentShape,
    PaymentView,
)
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["payments"])
_payment = tables.Payment.__table__  # type: ignore[attr-defined]


class PaymentQuery(ListQuery):
    """Filters of the list of payments."""

    client_id: list[UUID] | None = None


@router.get("/v1/payments")
@needs("payment:read")
async def list_payments(session: Db, query: Annotated[PaymentQuery, Query()]) -> Page[PaymentRow]:
    """Payments in the order they were recorded."""
    statement = select(_payment)
    if query.client_id is not None:
        statement = statement.where(_payment.c.client_id.in_(query.client_id))
    return await page(session, statement, keys=(_payment.c.id,), query=query, shape=PaymentRow)


@router.post("/v1/payments", status_code=201)
@needs("payment:write", key="required")
async def create_payment(body: PaymentShape, session: Db, response: Response) -> PaymentView:
    """Record money received; it is applied by hand."""
    return await _view(session, await record_payment(session, body.model_dump()), response)


@router.get("/v1/payments/{payment_id}")
@needs("payment:read")
async def show_payment(payment_id: UUID, session: Db, response: Response) -> PaymentView:
    """One payment with its applications."""
    return await _view(session, payment_id, response)


@router.post("/v1/payments/{payment_id}/applications", summary="Apply payment to invoice", status_code=201)
@needs("payment:write", key="required")
async def apply_to_invoice(payment_id: UUID, body: ApplicationShape, session: Db, response: Response) -> PaymentView:
    """Apply a part of a payment to an approved invoice (CT-LIF-23)."""
    await apply_payment(session, payment_id, body.invoice_id, body.amount)
    return await _view(session, payment_id, response)


@router.post("/v1/payments/{payment_id}/applications/{application_id}/transitions", summary="Take payment off invoice")
@needs("payment:write", key="required")
async def take_off_invoice(
    payment_id: UUID,
    application_id: UUID,
    body: ApplicationTransition,
    version: Version,
    session: Db,
    response: Response,
) -> PaymentView:
    """Take an application off its invoice; `If-Match` names the payment's version."""
    await unapply_payment(session, payment_id, application_id, version=version)
    return await _view(session, payment_id, response)


@router.get("/v1/balances/{client_id}", summary="Show balances of client")
@needs("payment:read")
async def show_balances(client_id: UUID, session: Db) -> BalancesView:
    """What a client owes, per currency; below zero it is the client's credit."""
    return BalancesView(items=[BalanceView.model_validate(one) for one in await payments.balances(session, client_id)])


async def _view(session: AsyncSession, payment_id: UUID, response: Response) -> PaymentView:
    found = (await session.execute(select(_payment).where(_payment.c.id == payment_id))).mappings().first()
    if found is None:
        raise NotFound("not_found", "There is no such payment.")
    tag(response, found["version"])
    applications = (await payments.applications_of(session, [payment_id]))[payment_id]
    return PaymentView.model_validate(payment_fields(dict(found), applications))
