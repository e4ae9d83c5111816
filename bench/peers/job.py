"""The same invoices through our public API and in Tryton: lines, VAT, numbers, balanced postings on both sides."""

import os
import statistics
from uuid import UUID

import asyncpg

from bench.invoice_run import RUN_DAY
from bench.measure import compare, verdict
from bench.peers.environment import is_installed
from bench.peers.tryton import Invoices, Posted, Tryton, running_tryton
from bench.suite import POSTGRES, Invoicing, running_invoicing

# What Tryton posts in a turn of half a minute or so; its rate does not depend on how many invoices there are.
_LINES, _OF_INVOICE = 1_000, 20
_BOOKED = "SELECT client_id, text, price_amount FROM billable_item WHERE tenant_id = $1 ORDER BY client_id, id"
_POSTED = """
SELECT count(*), sum(line_count), sum(net_amount), sum(vat_amount), sum(total_amount)
FROM invoice WHERE tenant_id = $1 AND state = 'issued' AND no IS NOT NULL
"""
_UNBALANCED = """
SELECT count(*) FROM (SELECT FROM voucher_line WHERE tenant_id = $1
  GROUP BY voucher_id HAVING sum(debit) <> sum(credit)) AS voucher
"""


async def peers(count: int, runs: int) -> None:
    """G3 of docs/performance.md: ours at `count` beside Tryton's rate, and the same lines on both sides.

    A small run is mostly waiting: for the queue to be looked at, and for the caller to look again.
    """
    if not is_installed():
        print("peers: Tryton is not installed; `make bench-peers` installs it apart and runs this", flush=True)
        return
    lines = min(count, _LINES)
    async with (
        running_invoicing() as ours,
        running_tryton(os.environ[POSTGRES], lines // _OF_INVOICE, RUN_DAY) as tryton,
    ):
        turns = _Turns(ours, tryton, lines)
        await turns.warm_up()
        title = f"G3 {count} lines through the API, Tryton {lines}"
        compared = await compare(title, turns.theirs, lambda: turns.ours(count), runs=runs, goal=300)
        rates = [await turns.ours(lines) for _ in range(runs)]
        same = statistics.median(rates) / compared.floor
        verdict(f"G3 the same {lines} lines on both sides", same, goal=100, remark=f"ours {min(rates):.0f}/s at worst")


class _Turns:
    def __init__(self, invoicing: Invoicing, tryton: Tryton, lines: int) -> None:
        self._invoicing, self._tryton, self._lines = invoicing, tryton, lines
        self._invoices: Invoices = []

    async def warm_up(self) -> None:
        """One turn of each that does not count, whose books must agree: both post the same insertions."""
        tenant_id = await self._invoicing.seeded(self._lines, _OF_INVOICE)
        self._invoices = await _booked(self._invoicing.url, tenant_id)
        await self._invoicing.bill(tenant_id, self._lines)
        here, (there, _) = await _posted(self._invoicing.url, tenant_id), await self._tryton.post(self._invoices)
        if here != there:
            raise SystemExit(f"our books and Tryton's differ: {here} against {there}")

    async def theirs(self) -> float:
        """Lines a second in Tryton."""
        posted, seconds = await self._tryton.post(self._invoices)
        return posted.lines / seconds

    async def ours(self, count: int) -> float:
        """Lines a second through the gateway."""
        return await self._invoicing.bill(await self._invoicing.seeded(count, _OF_INVOICE), count)


async def _booked(url: str, tenant_id: UUID) -> Invoices:
    connection = await asyncpg.connect(url)
    of_client: dict[UUID, list[tuple[str, int]]] = {}
    for row in await connection.fetch(_BOOKED, tenant_id):
        of_client.setdefault(row["client_id"], []).append((row["text"], row["price_amount"]))
    await connection.close()
    return list(of_client.values())


async def _posted(url: str, tenant_id: UUID) -> Posted:
    connection = await asyncpg.connect(url)
    found = Posted(*map(int, await connection.fetchrow(_POSTED, tenant_id)))
    if await connection.fetchval(_UNBALANCED, tenant_id):
        raise SystemExit("a voucher does not balance")
    await connection.close()
    return found
