"""What contracts tells of media plans and insertions, as far as advance invoices need it."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from shared.runtime.bulk import insert_statement, upsert_statement, write
from shared.runtime.db import AsyncSession, context_of, driver

_PLAN = {"id": "uuid", "version": "int", "client_id": "uuid", "campaign": "text"}
_SHARE = {
    "insertion_id": "uuid", "client_id": "uuid", "version": "int", "plan_id": "uuid", "order_id": "uuid",
    "campaign": "text", "insertion_on": "date", "status": "text", "currency": "text", "price_amount": "bigint",
}  # fmt: skip
_KEEP_PLANS = upsert_statement("media_plan", _PLAN)
_KEEP_SHARES = insert_statement(
    "insertion_share",
    _SHARE,
    # Older news of an insertion bring back no share that a newer allocation no longer has.
    on_conflict="WHERE NOT EXISTS (SELECT FROM insertion_share n WHERE n.tenant_id = $1 "
    "AND n.insertion_id = row.insertion_id AND n.version > row.version) "
    "ON CONFLICT (tenant_id, insertion_id, client_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _SHARE if name not in ("insertion_id", "client_id"))
    + " WHERE excluded.version > insertion_share.version",
)
# Shares that an allocation no longer has.
_DROP_SHARES = """
UPDATE insertion_share s SET status = 'cancelled', version = newer.version
FROM unnest($2::uuid[], $3::int[]) AS newer(insertion_id, version)
WHERE s.tenant_id = $1 AND s.insertion_id = newer.insertion_id AND s.version < newer.version
"""
# Per thing named, whether it is known at all, and whether the client has a part in it (MA-PRE-06).
_FITS = """
SELECT named.n,
  CASE named.kind
    WHEN 'plan_id' THEN EXISTS (SELECT FROM media_plan p WHERE p.tenant_id = $1 AND p.id = named.id)
      OR EXISTS (SELECT FROM insertion_share s WHERE s.tenant_id = $1 AND s.plan_id = named.id)
    WHEN 'order_id' THEN EXISTS (SELECT FROM insertion_share s WHERE s.tenant_id = $1 AND s.order_id = named.id)
    ELSE EXISTS (SELECT FROM media_plan p WHERE p.tenant_id = $1 AND p.campaign <> '' AND p.campaign = named.word)
  END AS known,
  CASE named.kind
    WHEN 'plan_id' THEN EXISTS (
        SELECT FROM media_plan p WHERE p.tenant_id = $1 AND p.id = named.id AND p.client_id = $2)
      OR EXISTS (
        SELECT FROM insertion_share s WHERE s.tenant_id = $1 AND s.plan_id = named.id AND s.client_id = $2)
    WHEN 'order_id' THEN EXISTS (
        SELECT FROM insertion_share s WHERE s.tenant_id = $1 AND s.order_id = named.id AND s.client_id = $2)
    ELSE EXISTS (
        SELECT FROM media_plan p
        WHERE p.tenant_id = $1 AND p.campaign <> '' AND p.campaign = named.word AND (p.client_id = $2 OR EXISTS (
          SELECT FROM insertion_share s
          WHERE s.tenant_id = $1 AND s.plan_id = p.id AND s.client_id = $2)))
  END AS fits
FROM unnest($3::text[], $4::uuid[], $5::text[]) WITH ORDINALITY AS named(kind, id, word, n)
ORDER BY named.n
"""


async def save_plans(session: AsyncSession, rows: Sequence[Sequence[Any]]) -> None:
    """Keep the newest of each plan: (id, version, client, campaign); no id twice."""
    await write(session, _KEEP_PLANS, rows)


async def save_shares(session: AsyncSession, rows: Sequence[Sequence[Any]], versions: dict[UUID, int]) -> None:
    """Keep the newest of each share, in the order of the columns; `versions` are those of the insertions."""
    await write(session, _KEEP_SHARES, rows)
    if versions:
        connection = await driver(session)
        await connection.execute(_DROP_SHARES, context_of(session).tenant_id, list(versions), list(versions.values()))


async def fitting(
    session: AsyncSession, client_id: UUID, named: Iterable[tuple[str, UUID | None, str]]
) -> list[tuple[bool, bool]]:
    """Of each (`plan_id`, `order_id` or `campaign`; its id; its name): is it known, and has the client part in it?"""
    asked = list(named)
    if not asked:
        return []
    kinds, ids, words = map(list, zip(*asked, strict=True))
    connection = await driver(session)
    rows = await connection.fetch(_FITS, context_of(session).tenant_id, client_id, kinds, ids, words)
    return [(row["known"], row["fits"]) for row in rows]
