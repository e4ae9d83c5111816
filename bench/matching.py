"""Matching media invoices (G9): our passes over pending invoices, beside a query and commit per line and plain SQL."""

import asyncio
import multiprocessing
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from uuid import UUID

import asyncpg

from bench.measure import Stopwatch, compare, peak_mebibytes, verdict
from deploy.provision import discard, provision
from services.reconciliation.application.match_invoices import match_invoices
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from shared.runtime.garbage import collect_rarely
from shared.runtime.migrate import migrate

_POSTGRES = "MB_TEST_POSTGRES_URL"
# What a transaction of ours matches at once, and how many lines the slowest contestant is timed on.
_BLOCK_LINES, _NAIVE_LINES = 10_000, 5_000
_LINES_OF_INVOICE = 36
# 36 insertions an order, five days apart. Of their lines 93 % agree, 5 % are a day or two and one per cent off, and 2 %
# name an order nobody knows.
_FILL = f"""
TRUNCATE insertion, media_invoice, media_invoice_line;
INSERT INTO insertion SELECT $1, md5('i' || g)::uuid, 1, md5('i' || g)::uuid, $1, $1, '', '', $1,
  g / {_LINES_OF_INVOICE}, $1, '', $1, '', date '2026-01-01' + g % {_LINES_OF_INVOICE} * 5, 'definitive', 'SEK', 1, '',
  net, 0, net, 0, net
  FROM (SELECT g, 1000 + (hashint4(g) & 1048575) % 500000 AS net FROM generate_series(0, $2 - 1) g) AS made;
INSERT INTO media_invoice (tenant_id, id, version, state, supplier_id, invoice_no, currency, amount, vat, vat_amount,
  total_amount, rounding_amount, line_count, voucher_no, created_by, created_at)
  SELECT $1, md5('m' || g)::uuid, 1, 'pending', $1, g, 'SEK', 0, '[]', 0, 0, 0, {_LINES_OF_INVOICE}, '', '', now()
  FROM generate_series(0, ($2 - 1) / {_LINES_OF_INVOICE}) g;
INSERT INTO media_invoice_line SELECT $1, md5('l' || g)::uuid, md5('m' || g / {_LINES_OF_INVOICE})::uuid,
  g % {_LINES_OF_INVOICE} + 1, CASE WHEN g % 50 = 0 THEN -g ELSE g / {_LINES_OF_INVOICE} END,
  CASE WHEN g % 20 = 1 THEN i.insertion_on + g % 3 ELSE i.insertion_on END, '', NULL, NULL, true, false, net, net, 0, 0,
  net, 0 FROM generate_series(0, $2 - 1) g JOIN insertion i ON i.id = md5('i' || g)::uuid
  CROSS JOIN LATERAL (SELECT CASE WHEN g % 20 = 1 THEN i.net_amount * 101 / 100 ELSE i.net_amount END AS net) AS billed
"""
_SQL_EXACT = """
UPDATE media_invoice_line m SET insertion_id = i.id, match = 'exact' FROM
  (SELECT tenant_id, id, order_no, insertion_on, net_net_amount, row_number() OVER (PARTITION BY order_no, insertion_on,
    net_net_amount ORDER BY media_invoice_id, line_no) k FROM media_invoice_line WHERE insertion_id IS NULL) l
  JOIN (SELECT id, order_no, insertion_on, net_net_amount, row_number() OVER (PARTITION BY order_no, insertion_on,
    net_net_amount ORDER BY id) k FROM insertion) i USING (order_no, insertion_on, net_net_amount, k)
  WHERE m.tenant_id = l.tenant_id AND m.id = l.id
"""
_SQL_NEAR = """
UPDATE media_invoice_line m SET insertion_id = best.insertion_id, match = 'near' FROM
  (SELECT DISTINCT ON (insertion_id) tenant_id, line_id, insertion_id FROM
    (SELECT DISTINCT ON (l.id) l.tenant_id, l.id AS line_id, i.id AS insertion_id,
        abs(i.net_net_amount - l.net_net_amount) AS gap
      FROM media_invoice_line l JOIN insertion i ON i.tenant_id = l.tenant_id AND i.order_no = l.order_no
        AND i.insertion_on BETWEEN l.insertion_on - 3 AND l.insertion_on + 3
        AND abs(i.net_net_amount - l.net_net_amount) * 50 <= i.net_net_amount
      WHERE l.insertion_id IS NULL
        AND NOT EXISTS (SELECT FROM media_invoice_line t WHERE t.tenant_id = i.tenant_id AND t.insertion_id = i.id)
      ORDER BY l.id, gap) z ORDER BY insertion_id, gap) best
  WHERE m.tenant_id = best.tenant_id AND m.id = best.line_id
"""
_ONE = """
SELECT i.id FROM insertion i WHERE i.tenant_id = $1 AND i.order_no = $2
  AND i.insertion_on BETWEEN $3::date - 3 AND $3::date + 3 AND abs(i.net_net_amount - $4) * 50 <= i.net_net_amount
  AND NOT EXISTS (SELECT FROM media_invoice_line t WHERE t.tenant_id = $1 AND t.insertion_id = i.id)
  ORDER BY abs(i.net_net_amount - $4) LIMIT 1 FOR UPDATE
"""


@dataclass(frozen=True, slots=True)
class Stand:
    """A database of reconciliation with as many lines to match as insertions."""

    url: str
    superuser: str
    tenant_id: UUID
    count: int

    async def fill(self, count: int | None = None) -> None:
        """The same lines before each turn, with fresh statistics."""
        connection = await asyncpg.connect(self.superuser)
        for statement in (
            _FILL.replace("$1", f"'{self.tenant_id}'").replace("$2", str(count or self.count)).split(";\n")
        ):
            await connection.execute(statement)
        await connection.execute("VACUUM ANALYZE insertion, media_invoice, media_invoice_line")
        await connection.execute("CHECKPOINT")
        await connection.close()

    async def fetch(self, sql: str) -> list[asyncpg.Record]:
        """As the owner of everything sees it."""
        connection = await asyncpg.connect(self.superuser)
        try:
            return list(await connection.fetch(sql))
        finally:
            await connection.close()

    async def outcome(self) -> list[tuple[str, int, str]]:
        """What was found: how, how often, and a sum over which line found which insertion."""
        rows = await self.fetch(
            "SELECT coalesce(match, ''), count(*), md5(string_agg(id::text || insertion_id, '' ORDER BY id)) "
            "FROM media_invoice_line GROUP BY 1 ORDER BY 1"
        )
        return [tuple(row) for row in rows]


@asynccontextmanager
async def stand(count: int) -> AsyncIterator[Stand]:
    """Made and dropped again."""
    admin = os.environ[_POSTGRES]
    made = await provision(admin, f"bench_{new_id().hex[-12:]}")
    await migrate(made.owner_url, "reconciliation")
    superuser = admin.rsplit("/", 1)[0] + f"/{made.database}"
    try:
        yield Stand(made.app_url, superuser, new_id(), count)
    finally:
        await discard(admin, made.database)


async def one_by_one(place: Stand) -> float:
    """The naive floor: a query, an update and a commit for each line."""
    await place.fill()
    connection = await asyncpg.connect(place.superuser)
    # Without it each line would look through all lines for insertions already taken.
    await connection.execute("CREATE INDEX taken ON media_invoice_line (tenant_id, insertion_id)")
    lines = await connection.fetch(
        "SELECT id, order_no, insertion_on, net_net_amount FROM media_invoice_line ORDER BY id LIMIT $1", _NAIVE_LINES
    )
    watch = Stopwatch()
    for line_id, *wanted in lines:
        async with connection.transaction():
            found = await connection.fetchval(_ONE, place.tenant_id, *wanted)
            await connection.execute(
                "UPDATE media_invoice_line SET insertion_id = $3, match = $4 WHERE tenant_id = $1 AND id = $2",
                place.tenant_id,
                line_id,
                found,
                "near" if found else None,
            )
    rate = watch.rate(len(lines))
    await connection.execute("DROP INDEX taken")
    await connection.close()
    return rate


async def two_passes(place: Stand) -> float:
    """The floor: two plain statements over all lines, by a superuser whom no row security stops."""
    await place.fill()
    connection = await asyncpg.connect(place.superuser)
    watch = Stopwatch()
    async with connection.transaction():
        await connection.execute(_SQL_EXACT)
        await connection.execute("ANALYZE media_invoice_line")
        await connection.execute(_SQL_NEAR)
    rate = watch.rate(place.count)
    await connection.close()
    return rate


async def ours(place: Stand) -> float:
    """Our matching, block by block, as the service's own role."""
    await place.fill()
    return await _match(place)


async def _match(place: Stand) -> float:
    database = Database(place.url)
    rows = await place.fetch("SELECT id FROM media_invoice ORDER BY id")
    watch = Stopwatch()
    for block in _blocks(iter(rows)):
        async with database.transaction(Context(place.tenant_id, "bench", new_id())) as session:
            await match_invoices(session, block)
    rate = watch.rate(len(rows) * _LINES_OF_INVOICE)
    await database.close()
    return rate


def _blocks(rows: Iterator[asyncpg.Record]) -> Iterator[list[UUID]]:
    while block := [row["id"] for row in islice(rows, _BLOCK_LINES // _LINES_OF_INVOICE)]:
        yield block


def _peak(place: Stand, answer: Connection) -> None:
    collect_rarely()
    asyncio.run(_match(place))
    answer.send(peak_mebibytes())


async def peak_memory(place: Stand, count: int) -> float:
    """MiB of a process of its own that matches so many lines."""
    await place.fill(count)
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_peak, args=(place, there))
    process.start()
    await asyncio.to_thread(process.join)
    mebibytes: float = here.recv()
    return mebibytes


async def matching(count: int, runs: int) -> None:
    """G9 of docs/performance.md."""
    count -= count % _LINES_OF_INVOICE
    async with stand(count) as place:
        await two_passes(place)
        expected = await place.outcome()
        await ours(place)
        assert await place.outcome() == expected, "both find the same insertions"
        await compare("G9 one by one", lambda: one_by_one(place), lambda: ours(place), runs=runs, goal=50)
        await compare("G9 two passes", lambda: two_passes(place), lambda: ours(place), runs=runs, goal=0.7)
        small, large = await peak_memory(place, count // 10), await peak_memory(place, count)
        remark = f"{large:.0f} MiB at {count} lines, {small:.0f} MiB at a tenth"
        verdict("G9 memory, of that at a tenth", large / small, goal=1.3, at_most=True, remark=remark)
