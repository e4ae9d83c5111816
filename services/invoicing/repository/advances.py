"""Advance invoices as preinvoice tells them."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from asyncpg import Record

from services.invoicing.domain.advance import Advance, Scope
from shared.runtime.bulk import exact, upsert_statement, write
from shared.runtime.db import AsyncSession, context_of, driver

_TYPES = {
    "id": "uuid", "version": "int", "advance_no": "int", "client_id": "uuid", "status": "text", "blocked": "boolean",
    "deduct_all": "boolean", "scopes": "jsonb", "scope_version": "int", "currency": "text", "taxable": "boolean",
    "vat_percent": "numeric", "aged_on": "date", "remaining_amount": "bigint", "reserved_amount": "bigint",
}  # fmt: skip
_KEEP = upsert_statement("advance_invoice", _TYPES)
_READ = """
SELECT id, advance_no, client_id, currency, blocked, deduct_all, scopes, scope_version, taxable, vat_percent, aged_on,
  remaining_amount - reserved_amount AS available_amount
FROM advance_invoice WHERE tenant_id = $1 AND
"""


async def save_advances(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Keep the newer of what is stored and what is told; no id twice."""
    await write(session, _KEEP, [tuple(row[name] for name in _TYPES) for row in rows])


async def open_advances(session: AsyncSession, client_ids: Collection[UUID]) -> dict[UUID, list[Advance]]:
    """By client, those of these clients that are not used up."""
    connection = await driver(session)
    rows = await connection.fetch(
        _READ + "status <> 'deducted' AND client_id = ANY($2)", context_of(session).tenant_id, list(client_ids)
    )
    found: dict[UUID, list[Advance]] = {}
    for row in rows:
        found.setdefault(row["client_id"], []).append(_advance(row))
    return found


async def find_advance(session: AsyncSession, advance_id: UUID) -> Advance | None:
    """One of them, used up or not."""
    connection = await driver(session)
    row = await connection.fetchrow(_READ + "id = $2", context_of(session).tenant_id, advance_id)
    return _advance(row) if row else None


async def currencies_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    """The currency of each of these."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT id, currency FROM advance_invoice WHERE tenant_id = $1 AND id = ANY($2)",
        context_of(session).tenant_id,
        list(ids),
    )
    return {row["id"]: row["currency"] for row in rows}


async def deducting_per_row(session: AsyncSession) -> frozenset[UUID]:
    """The legal entities whose parameter says so (MA-REG-18)."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT id FROM parameter WHERE tenant_id = $1 AND (stated ->> 'deduction_per_row')::boolean",
        context_of(session).tenant_id,
    )
    return frozenset(row[0] for row in rows)


def _advance(row: Record) -> Advance:
    values = dict(row)
    scopes = tuple(_scope(one) for one in values["scopes"])
    return Advance(**{**values, "scopes": scopes, "vat_percent": exact(values["vat_percent"])})


def _scope(stored: dict[str, Any]) -> Scope:
    plan_id, order_id = stored["plan_id"], stored["order_id"]
    from_on, to_on = stored["from_on"], stored["to_on"]
    return Scope(
        plan_id and UUID(plan_id),
        order_id and UUID(order_id),
        stored["campaign"],
        from_on and date.fromisoformat(from_on),
        to_on and date.fromisoformat(to_on),
    )
