"""What runs ask preinvoice to hold, and until when they wait for the answer."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record

from services.invoicing.domain.wish import OPEN, Take, Wish
from shared.runtime.db import AsyncSession, context_of, driver

_COLUMNS = "id, version, invoice_run_id, client_id, state, takes, digest, expires_at"
_SAVE = """
INSERT INTO deduction AS d (tenant_id, id, version, invoice_run_id, client_id, state, takes, digest, expires_at)
SELECT $1, row.* FROM unnest($2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::text[], $7::jsonb[], $8::text[],
  $9::timestamptz[]) AS row
ON CONFLICT (tenant_id, id) DO UPDATE SET version = d.version + 1, state = excluded.state, takes = excluded.takes,
  digest = excluded.digest, expires_at = excluded.expires_at
RETURNING id, version
"""
_WAIT = """
INSERT INTO deduction_deadline (tenant_id, deduction_id, expires_at)
SELECT $1, row.* FROM unnest($2::uuid[], $3::timestamptz[]) AS row
ON CONFLICT (tenant_id, deduction_id) DO UPDATE SET expires_at = excluded.expires_at
"""


async def save_wishes(session: AsyncSession, wishes: Sequence[Wish]) -> list[Wish]:
    """Store wishes, each with the version after the stored one; those that are open get their deadline."""
    if not wishes:
        return []
    connection, tenant = await driver(session), context_of(session).tenant_id
    rows = await connection.fetch(_SAVE, tenant, *map(list, zip(*map(_values, wishes), strict=True)))
    versions = {row["id"]: row["version"] for row in rows}
    open_ = [one for one in wishes if one.state in OPEN]
    await connection.execute(_WAIT, tenant, [one.id for one in open_], [one.expires_at for one in open_])
    await connection.execute(
        "DELETE FROM deduction_deadline WHERE tenant_id = $1 AND deduction_id = ANY($2)",
        tenant,
        [one.id for one in wishes if one.state not in OPEN],
    )
    return [replace(one, version=versions[one.id]) for one in wishes]


async def note_answers(session: AsyncSession, wishes: Sequence[Wish]) -> None:
    """Store what preinvoice answered; an answer makes no new version of a wish."""
    connection = await driver(session)
    await connection.execute(
        "UPDATE deduction d SET state = row.state, takes = row.takes "
        "FROM unnest($2::uuid[], $3::text[], $4::jsonb[]) AS row(id, state, takes) "
        "WHERE d.tenant_id = $1 AND d.id = row.id",
        context_of(session).tenant_id,
        [one.id for one in wishes],
        [one.state for one in wishes],
        [_json(one.takes) for one in wishes],
    )


async def wishes_by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Wish]:
    """These wishes, locked in the order of their ids."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM deduction WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE",
        context_of(session).tenant_id,
        list(ids),
    )
    return {row["id"]: _wish(row) for row in rows}


async def open_wishes(session: AsyncSession, run_id: UUID) -> list[Wish]:
    """The wishes of a run that have not come to an end, locked, by client."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM deduction WHERE tenant_id = $1 AND invoice_run_id = $2 AND state = ANY($3) "
        "ORDER BY client_id FOR UPDATE",
        context_of(session).tenant_id,
        run_id,
        list(OPEN),
    )
    return [_wish(row) for row in rows]


async def overdue(session: AsyncSession, now: datetime) -> list[tuple[UUID, UUID]]:
    """Tenant and id of the wishes whose time has come, of every tenant."""
    connection = await driver(session)
    rows = await connection.fetch("SELECT tenant_id, deduction_id FROM deduction_deadline WHERE expires_at <= $1", now)
    return [(row[0], row[1]) for row in rows]


async def wait_until(session: AsyncSession, wish_id: UUID, expires_at: datetime) -> None:
    """Look at a wish again then."""
    connection = await driver(session)
    await connection.execute(_WAIT, context_of(session).tenant_id, [wish_id], [expires_at])


def _values(wish: Wish) -> tuple[Any, ...]:
    return (
        wish.id, wish.version, wish.invoice_run_id, wish.client_id, wish.state, _json(wish.takes), wish.digest,
        wish.expires_at,
    )  # fmt: skip


def _json(takes: Sequence[Take]) -> str:
    return orjson.dumps([take._asdict() for take in takes], default=str).decode()


def _wish(row: Record) -> Wish:
    values = dict(row)
    takes = tuple(Take(**{**one, "advance_invoice_id": UUID(one["advance_invoice_id"])}) for one in values["takes"])
    return Wish(**{**values, "takes": takes})
