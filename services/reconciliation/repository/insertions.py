"""Insertions a medium may bill, found by order and date, with what was billed of them so far."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, func, not_, select

from services.reconciliation import tables
from services.reconciliation.repository.registers import Insertion
from services.reconciliation.tables import table_of
from shared.runtime.db import AsyncSession, context_of, driver

insertion = table_of(tables.Insertion)
_balance = table_of(tables.Discrepancy)
# Media invoices bill at least as much as was ordered; `d` is the insertion's discrepancy, if it has one.
COVERED = (
    "(coalesce(d.billed_amount, 0) <> 0 AND CASE WHEN i.net_net_amount < 0 THEN d.billed_amount <= i.net_net_amount "
    "ELSE d.billed_amount >= i.net_net_amount END)"
)


async def on_order_and_date(session: AsyncSession, order_no: int, insertion_on: date) -> list[Insertion]:
    """The insertions of an order on one day that a medium may bill."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"SELECT {', '.join(f'i.{name}' for name in Insertion._fields)} FROM insertion i "
        f"WHERE i.tenant_id = $1 AND i.order_no = $2 AND i.insertion_on = $3 AND i.billable ORDER BY i.id",
        context_of(session).tenant_id,
        order_no,
        insertion_on,
    )
    return [Insertion(*row) for row in rows]


class BookedOrder(NamedTuple):
    """An order as media invoices name it: whose medium, in which currency, for which legal entity."""

    order_no: int
    supplier_id: UUID | None
    currency: str
    legal_entity_id: UUID


async def orders(session: AsyncSession, order_nos: Iterable[int]) -> dict[int, BookedOrder]:
    """Orders that have insertions a medium may bill."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT n, found.* FROM unnest($2::bigint[]) AS n CROSS JOIN LATERAL ("
        "SELECT i.supplier_id, i.currency, i.legal_entity_id FROM insertion i "
        "WHERE i.tenant_id = $1 AND i.order_no = n AND i.billable LIMIT 1) AS found",
        context_of(session).tenant_id,
        list(set(order_nos)),
    )
    return {row[0]: BookedOrder(*row) for row in rows}


async def over_ordered(session: AsyncSession, invoice_id: UUID) -> list[tuple[int, date]]:
    """Order and date of the invoice's insertions that were billed beyond what was ordered (MA-MIN-20)."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT DISTINCT i.order_no, i.insertion_on FROM media_invoice_line l "
        "JOIN insertion i ON i.tenant_id = l.tenant_id AND i.id = l.insertion_id "
        "JOIN discrepancy d ON d.tenant_id = i.tenant_id AND d.insertion_id = i.id "
        "WHERE l.tenant_id = $1 AND l.media_invoice_id = $2 AND abs(d.billed_amount) > abs(i.net_net_amount) "
        "ORDER BY i.order_no, i.insertion_on LIMIT 100",
        context_of(session).tenant_id,
        invoice_id,
    )
    return [(row[0], row[1]) for row in rows]


def candidates(*, matched_too: bool) -> Select[Any]:
    """Billable insertions with what was billed of them so far; `matched` says they are covered (MA-MIN-02)."""
    billed = func.coalesce(_balance.c.billed_amount, 0)
    beyond = func.sign(insertion.c.net_net_amount) * (billed - insertion.c.net_net_amount)
    matched = and_(billed != 0, beyond >= 0)
    statement = (
        select(insertion, billed.label("billed_amount"), matched.label("matched"))
        .outerjoin(_balance, _balance.c.insertion_id == insertion.c.id)
        .where(insertion.c.billable)
    )
    return statement if matched_too else statement.where(not_(matched))
