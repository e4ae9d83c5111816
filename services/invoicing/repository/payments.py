"""Payments, their applications, and the marks they leave on invoices."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from services.invoicing.domain.payment import Application
from shared.runtime.bulk import insert_statement, write
from shared.runtime.db import AsyncSession, context_of, driver

Record = dict[str, Any]
_PAYMENT = {
    "id": "uuid", "version": "int", "legal_entity_id": "uuid", "client_id": "uuid", "currency": "text",
    "amount": "bigint", "received_on": "date", "reference": "text",
}  # fmt: skip
_INSERT = insert_statement("payment", _PAYMENT)
_SAVE_APPLICATION = insert_statement(
    "payment_application",
    {"id": "uuid", "payment_id": "uuid", "invoice_id": "uuid", "amount": "bigint", "state": "text"},
    on_conflict="ON CONFLICT (tenant_id, id) DO UPDATE SET invoice_id = excluded.invoice_id, "
    "amount = excluded.amount, state = excluded.state",
)
_APPLICATIONS = """
SELECT a.id, a.payment_id, a.invoice_id, a.amount, a.state, i.invoice_no FROM payment_application a
JOIN invoice i ON i.tenant_id = $1 AND i.id = a.invoice_id
WHERE a.tenant_id = $1 AND a.payment_id = ANY($2) ORDER BY a.id
"""
# What each invoice has been paid; the day is that of the newest payment when they come to all of it, or to all but the
# cash discount with what came in time for that.
_MARK = """
UPDATE invoice i SET version = i.version + 1, paid_amount = paid.amount,
  paid_on = CASE WHEN paid.amount = i.total_amount
    OR paid.in_time >= i.total_amount - (i.frozen #>> '{cash_discount,amount}')::bigint THEN paid.newest_on END
FROM (SELECT o.id, o.paid_on IS NOT NULL AS was_paid, coalesce(sum(a.amount), 0)::bigint AS amount,
    max(p.received_on) AS newest_on,
    coalesce(sum(a.amount) FILTER (WHERE p.received_on <= (o.frozen #>> '{cash_discount,until_on}')::date), 0)::bigint
      AS in_time
  FROM invoice o
  LEFT JOIN payment_application a ON a.tenant_id = $1 AND a.invoice_id = o.id AND a.state = 'applied'
  LEFT JOIN payment p ON p.tenant_id = $1 AND p.id = a.payment_id
  WHERE o.tenant_id = $1 AND o.id = ANY($2::uuid[]) AND o.no IS NOT NULL GROUP BY o.id, o.paid_on) paid
WHERE i.tenant_id = $1 AND i.id = paid.id AND i.paid_amount <> paid.amount
RETURNING i.id, paid.was_paid <> (i.paid_on IS NOT NULL) AS turned
"""


async def insert(session: AsyncSession, payment: Record) -> None:
    """Keep a payment."""
    await write(session, _INSERT, [tuple(payment[name] for name in _PAYMENT)])


async def lock(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Record]:
    """Payments by id, locked in one order; always after their invoices."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT * FROM payment WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE",
        context_of(session).tenant_id,
        list(set(ids)),
    )
    return {row["id"]: dict(row) for row in rows}


async def raise_versions(session: AsyncSession, ids: Iterable[UUID]) -> None:
    """Count a change of these payments."""
    connection = await driver(session)
    await connection.execute(
        "UPDATE payment SET version = version + 1 WHERE tenant_id = $1 AND id = ANY($2)",
        context_of(session).tenant_id,
        list(ids),
    )


async def save_applications(session: AsyncSession, applications: Sequence[Application]) -> None:
    """Insert or update applications; nothing is ever deleted."""
    await write(session, _SAVE_APPLICATION, applications)


async def applications_of(session: AsyncSession, payment_ids: Iterable[UUID]) -> dict[UUID, list[Record]]:
    """The applications of payments, each with its invoice's number, in the order they were made."""
    ids = list(set(payment_ids))
    found: dict[UUID, list[Record]] = {id_: [] for id_ in ids}
    connection = await driver(session)
    for row in await connection.fetch(_APPLICATIONS, context_of(session).tenant_id, ids):
        found[row["payment_id"]].append(dict(row))
    return found


async def on_invoices(session: AsyncSession, invoice_ids: Iterable[UUID], *states: str) -> list[Application]:
    """Applications on these invoices that are in one of these states, oldest first."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT id, payment_id, invoice_id, amount, state FROM payment_application "
        "WHERE tenant_id = $1 AND invoice_id = ANY($2) AND state = ANY($3) ORDER BY id",
        context_of(session).tenant_id,
        list(invoice_ids),
        list(states),
    )
    return [Application(*row) for row in rows]


async def application(session: AsyncSession, payment_id: UUID, application_id: UUID) -> Application | None:
    """One application of a payment."""
    connection = await driver(session)
    row = await connection.fetchrow(
        "SELECT id, payment_id, invoice_id, amount, state FROM payment_application "
        "WHERE tenant_id = $1 AND payment_id = $2 AND id = $3",
        context_of(session).tenant_id,
        payment_id,
        application_id,
    )
    return Application(*row) if row else None


async def mark_paid(session: AsyncSession, invoice_ids: Iterable[UUID]) -> list[UUID]:
    """Bring the marks of numbered invoices in line; those that have become paid in full, or no longer are."""
    connection = await driver(session)
    rows = await connection.fetch(_MARK, context_of(session).tenant_id, sorted(set(invoice_ids)))
    return [row["id"] for row in rows if row["turned"]]


async def balances(session: AsyncSession, client_id: UUID) -> list[Record]:
    """What a client was invoiced, has paid, kept back as cash discount, and still owes, per currency."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT currency, sum(invoiced)::bigint AS invoiced_amount, sum(received)::bigint AS received_amount, "
        "sum(received - applied)::bigint AS unapplied_amount, sum(kept)::bigint AS cash_discount_amount, "
        "sum(invoiced - received - kept)::bigint AS balance_amount FROM ("
        "SELECT currency, total_amount AS invoiced, 0 AS received, paid_amount AS applied, "
        "CASE WHEN paid_on IS NULL THEN 0 ELSE total_amount - paid_amount END AS kept FROM invoice "
        "WHERE tenant_id = $1 AND client_id = $2 AND no IS NOT NULL UNION ALL "
        "SELECT currency, 0, amount, 0, 0 FROM payment WHERE tenant_id = $1 AND client_id = $2) entries "
        "GROUP BY currency ORDER BY currency",
        context_of(session).tenant_id,
        client_id,
    )
    return [dict(row) for row in rows]
