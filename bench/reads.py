"""The invoice list through invoicing's HTTP door while a live run issues, beside the same list when nothing runs."""

import asyncio
import statistics
from uuid import UUID

import asyncpg

from bench.lists import SEED
from bench.load import Load
from bench.measure import verdict
from bench.suite import Invoicing, running_invoicing
from tests.tokens import token

_LISTED, _SHOWN, _OF_CLIENT = 5_000, 50, 200
# Four clerks, each looking at another page ten times a second.
_CLERKS, _PAUSE_SECONDS, _IDLE_LOOKS, _LOOKS = 4, 0.1, 200, 20


async def run_beside_reads(count: int, runs: int) -> None:
    """G16 of docs/performance.md: p95 of the list while a run of `count` insertions works, over p95 when idle."""
    async with running_invoicing() as place:
        turns = [await _turn(place, count) for _ in range(runs)]
    figures = [beside / idle for idle, beside in turns]
    idle, beside = (statistics.median(side) for side in zip(*turns, strict=True))
    verdict(
        f"G16 invoice list beside a run of {count}, p95 over idle", statistics.median(figures), goal=3, at_most=True,
        remark=f"{beside:.1f} ms beside {idle:.1f} ms; {min(figures):.2f}..{max(figures):.2f} in {runs} turns",
    )  # fmt: skip


async def _turn(place: Invoicing, count: int) -> tuple[float, float]:
    """The p95 in milliseconds, idle and while the run works."""
    tenant_id = await place.seeded(count, _OF_CLIENT)
    load = await _clerks(place, tenant_id)
    await load.rate(_IDLE_LOOKS)
    idle = load.p95_ms()
    seconds: list[float] = []
    run = asyncio.create_task(place.bill(tenant_id, count))
    while not run.done():
        await load.rate(_LOOKS)
        seconds += load.seconds
    await run
    load.seconds = seconds
    return idle, load.p95_ms()


async def _clerks(place: Invoicing, tenant_id: UUID) -> Load:
    """Readers of a list that holds some thousand invoices already, warmed up."""
    connection = await asyncpg.connect(place.url)
    await connection.execute(SEED, tenant_id, _LISTED)
    await connection.execute("VACUUM ANALYZE invoice")
    await connection.close()
    path, signed = f"/v1/invoices?limit={_SHOWN}", [token("invoice:read", tenant_id=tenant_id)]
    load = Load(place.port, path, signed, _CLERKS, pause_seconds=_PAUSE_SECONDS)
    await load.rate(_LOOKS)
    return load
