"""Matching in sets: lines of pending invoices find the insertions they bill, first exactly, then nearly (MA-MIN-02)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from services.reconciliation.domain.matching import NEAR_DAYS, NEAR_PERCENT, Found, Insertion, Line, Match
from services.reconciliation.repository.insertions import COVERED
from shared.runtime.db import AsyncSession, context_of, driver

_MATCHES = {Match.EXACT: "exact", Match.NEAR: "near", Match.SAME_DAY: "same_day", Match.AGAIN: "again"}
_WAITING = "l.tenant_id = $1 AND l.media_invoice_id = ANY($2) AND l.insertion_id IS NULL"
# What may still be billed of an insertion that no line of these invoices has found.
_OPEN = "i.net_net_amount - coalesce(d.billed_amount, 0)"
_BALANCE = "LEFT JOIN discrepancy d ON d.tenant_id = i.tenant_id AND d.insertion_id = i.id"
# The insertions these invoices' lines have found: a subquery without correlation, looked up in a hash.
_FOUND = (
    "(SELECT t.insertion_id FROM media_invoice_line t "
    "WHERE t.tenant_id = $1 AND t.media_invoice_id = ANY($2) AND t.insertion_id IS NOT NULL)"
)
_FREE = f"NOT {COVERED} AND i.id NOT IN {_FOUND}"
_FIND = (
    "UPDATE media_invoice_line m SET insertion_id = found.insertion_id, match = found.match, marked = true, "
    "gross_amount = found.gross_amount, ordered_net_net_amount = found.net_net_amount FROM found "
    "WHERE m.tenant_id = $1 AND m.id = found.line_id"
)
# No step hangs on statistics: orders find their insertions by the index (OFFSET 0 keeps it so), and lines and
# insertions, numbered among their equals, meet by a sort instead of a join.
_EXACT = f"""
WITH line AS (
  SELECT l.id, l.order_no, l.insertion_on, l.net_net_amount AS amount, row_number() OVER (
    PARTITION BY l.order_no, l.insertion_on, l.net_net_amount ORDER BY l.media_invoice_id, l.line_no) AS nth
  FROM media_invoice_line l WHERE {_WAITING}
), met AS (
  SELECT order_no, insertion_on, amount, nth, id AS line_id, NULL::uuid AS insertion_id, NULL::bigint AS gross_amount,
    NULL::bigint AS net_net_amount FROM line
  UNION ALL
  SELECT i.order_no, i.insertion_on, {_OPEN}, row_number() OVER (
    PARTITION BY i.order_no, i.insertion_on, {_OPEN} ORDER BY i.id), NULL, i.id, i.gross_amount, i.net_net_amount
  FROM (SELECT DISTINCT order_no FROM line) o CROSS JOIN LATERAL (
    SELECT * FROM insertion i WHERE i.tenant_id = $1 AND i.order_no = o.order_no AND i.billable OFFSET 0) i
  {_BALANCE} WHERE {_FREE}
), paired AS (
  SELECT line_id, lead(insertion_id) OVER equals AS insertion_id, lead(gross_amount) OVER equals AS gross_amount,
    lead(net_net_amount) OVER equals AS net_net_amount, 'exact' AS match
  FROM met WINDOW equals AS (PARTITION BY order_no, insertion_on, amount, nth ORDER BY line_id NULLS LAST)
), found AS (SELECT * FROM paired WHERE line_id IS NOT NULL AND insertion_id IS NOT NULL)
{_FIND}
"""
# Pairs that are each other's best: taken again and again, the same as taking the best pair of all each time.
_NEAR = f"""
WITH line AS (
  SELECT * FROM unnest($3::uuid[], $4::bigint[], $5::date[], $6::bigint[])
    WITH ORDINALITY AS line(id, order_no, insertion_on, amount, nth)
), pair AS (
  SELECT l.id AS line_id, l.nth, i.id AS insertion_id, i.gross_amount, i.net_net_amount,
    abs({_OPEN} - l.amount) AS gap, abs(i.insertion_on - l.insertion_on) AS days
  FROM line l CROSS JOIN LATERAL (
    SELECT * FROM insertion i WHERE i.tenant_id = $1 AND i.order_no = l.order_no AND i.billable
      AND i.insertion_on BETWEEN l.insertion_on - {NEAR_DAYS} AND l.insertion_on + {NEAR_DAYS} OFFSET 0) i
  {_BALANCE} WHERE {_FREE} AND abs({_OPEN} - l.amount) * 100 <= abs({_OPEN}) * {NEAR_PERCENT}
), ranked AS (
  SELECT *, 'near' AS match,
    row_number() OVER (PARTITION BY line_id ORDER BY gap, days, insertion_id) AS for_line,
    row_number() OVER (PARTITION BY insertion_id ORDER BY gap, days, nth) AS for_insertion
  FROM pair
), found AS (SELECT * FROM ranked WHERE for_line = 1 AND for_insertion = 1)
{_FIND} RETURNING m.id
"""
_ASSIGN = f"""
WITH found AS (
  SELECT line_id, insertion_id, match, i.gross_amount, i.net_net_amount
  FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS pair(line_id, insertion_id, match)
  JOIN insertion i ON i.tenant_id = $1 AND i.id = pair.insertion_id
)
{_FIND}
"""
_CANDIDATES = f"""
SELECT i.id, i.order_no, i.insertion_on, {_OPEN} AS open, i.net_net_amount,
  {COVERED} OR i.id IN {_FOUND} AS matched
FROM insertion i {_BALANCE}
WHERE i.tenant_id = $1 AND i.order_no = ANY($3) AND i.billable ORDER BY i.id
"""


class WaitingLine(NamedTuple):
    """A line whose insertion is still to be found."""

    id: UUID
    line: Line


async def lock_matching(session: AsyncSession) -> None:
    """One matching at a time for a tenant, so that two never find the same free insertion."""
    connection = await driver(session)
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('reconciliation.matching' || $1::text, 0))",
        str(context_of(session).tenant_id),
    )


async def match_exactly(session: AsyncSession, invoice_ids: Sequence[UUID]) -> None:
    """The same order, date and amount; equal lines take equal insertions one by one."""
    connection = await driver(session)
    await connection.execute(_EXACT, context_of(session).tenant_id, list(invoice_ids))


async def match_nearly(
    session: AsyncSession, invoice_ids: Sequence[UUID], waiting: Sequence[WaitingLine]
) -> list[WaitingLine]:
    """The same order within three days and two per cent, the nearest amount first; the lines that found nothing."""
    connection, tenant = await driver(session), context_of(session).tenant_id
    left = list(waiting)
    while left:
        columns = map(list, zip(*((one.id, *one.line) for one in left), strict=True))
        found = {row[0] for row in await connection.fetch(_NEAR, tenant, list(invoice_ids), *columns)}
        if not found:
            break
        left = [one for one in left if one.id not in found]
    return left


async def waiting_lines(session: AsyncSession, invoice_ids: Sequence[UUID]) -> list[WaitingLine]:
    """The lines that have not found their insertion, in their order."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"SELECT l.id, l.order_no, l.insertion_on, l.net_net_amount FROM media_invoice_line l WHERE {_WAITING} "
        "ORDER BY l.media_invoice_id, l.line_no",
        context_of(session).tenant_id,
        list(invoice_ids),
    )
    return [WaitingLine(row[0], Line(*tuple(row)[1:])) for row in rows]


async def candidates(session: AsyncSession, invoice_ids: Sequence[UUID], order_nos: Iterable[int]) -> list[Insertion]:
    """All billable insertions of these orders; those that a line of these invoices has found are matched."""
    connection = await driver(session)
    rows = await connection.fetch(_CANDIDATES, context_of(session).tenant_id, list(invoice_ids), list(set(order_nos)))
    return [
        Insertion(id_, order_no, on, net_net_amount if matched else open_amount, matched)
        for id_, order_no, on, open_amount, net_net_amount, matched in rows
    ]


async def assign(session: AsyncSession, found: Mapping[UUID, Found]) -> None:
    """Give lines the insertions that were found for them."""
    if found:
        connection = await driver(session)
        await connection.execute(
            _ASSIGN,
            context_of(session).tenant_id,
            list(found),
            [insertion_id for insertion_id, _ in found.values()],
            [_MATCHES[how] for _, how in found.values()],
        )
