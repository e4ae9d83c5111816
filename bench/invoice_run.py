"""The invoice run through its worker, beside the pure-SQL floor on the same tables: rate, growth, memory."""

import asyncio
import multiprocessing
import os
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from multiprocessing.connection import Connection
from uuid import UUID

import asyncpg
import uvloop

from bench.invoice_floor import bill_in_sql
from bench.measure import Compared, Stopwatch, compare, peak_mebibytes, verdict
from deploy.provision import Provisioned, discard, provision
from services.invoicing.application.start_run import Asked, start_run
from services.invoicing.domain.accounts import ROLES
from services.invoicing.domain.criteria import Criteria, Switches
from services.invoicing.jobs import JOBS
from shared.kernel.ids import new_id
from shared.runtime.clock import now
from shared.runtime.db import Context, Database, driver
from shared.runtime.garbage import collect_rarely
from shared.runtime.jobs import RunningJob
from shared.runtime.migrate import migrate

_POSTGRES = "MB_TEST_POSTGRES_URL"
RUN_DAY = date(2026, 10, 31)
_PER_CLIENT, _HISTORY = 200, 10_000
_WRITTEN = (
    "voucher_line, voucher, distribution, document, invoice_line, invoice, series, invoice_run_left_out, "
    "invoice_run, job"
)
_SEED = """
INSERT INTO legal_entity (tenant_id, id, version, code, name, currency, country, address, vat_no, vat_percent,
  number_prefix, credit_series)
VALUES ($1, $2, 1, 'NORD', 'Nord Media AB', 'EUR', 'SE', 'Storgatan 1', 'SE1', 25, 'N', false)
"""
_SEED_ACCOUNTS = """
INSERT INTO parameter (tenant_id, id, version, stated)
SELECT $1, $2, 1, jsonb_build_object('accounts', jsonb_object_agg(role, '1000')) FROM unnest($3::text[]) AS role
"""
# 20 % of cents never ends in half a cent, which programs round in different directions.
_SEED_CLIENTS = """
INSERT INTO client (tenant_id, id, version, legal_entity_id, code, name, category, address, country, vat_no,
  email, language, vat_percent, currency, payment_days, from_month_end, cash_discount_percent, cash_discount_days,
  separate_by, reference_required, minimum_amount)
SELECT $1, md5('client' || g)::uuid, 1, $2, 'C' || g, 'Client ' || g || ' AB', '', 'Street ' || g, 'SE', 'SE' || g, '',
  'en', 20, 'EUR', 30, false, 0, 0, 'client', false, 0 FROM generate_series(0, $3::int - 1) AS g
"""
# Ids as the importing service makes them: rising with time; media, orders and amounts scattered.
_SEED_ITEMS = """
INSERT INTO billable_item (tenant_id, id, version, origin, origin_id, legal_entity_id, client_id, plan_id, order_id,
  order_no, media_id, media_name, text, dated_on, status, currency, exchange_rate, gross_amount, net_amount,
  net_net_amount, client_net_amount, fee_amount, capital_cost_amount, price_amount)
SELECT $1, id, 1, 'insertion', id, $2, client, client, client, (g % 97)::text, md5('media' || g % 100)::uuid,
  'Dagbladet ' || g % 100, 'Half page', date '2026-10-01' + g % 31, 'definitive', 'EUR', 1, gross, gross,
  gross * 85 / 100, gross, 500, 0, gross + 500
FROM (
  SELECT g, ('01800000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid AS id,
    md5('client' || g % $3::int)::uuid AS client, 1000 + (hashint4(g) & 1048575) % 500000 AS gross
  FROM generate_series(1, $4::int) AS g) AS seeded
"""
_SAME = """
SELECT (SELECT count(*) FROM invoice WHERE tenant_id = $1 AND state = 'issued'),
  (SELECT count(*) FROM invoice_line WHERE tenant_id = $1),
  (SELECT sum(total_amount) FROM invoice WHERE tenant_id = $1),
  (SELECT sum(media_deduction_amount) FROM invoice WHERE tenant_id = $1),
  (SELECT max(no) FROM invoice WHERE tenant_id = $1),
  (SELECT next_no - 1 FROM series WHERE tenant_id = $1 AND kind = 'invoice'),
  (SELECT count(*) FROM voucher_line WHERE tenant_id = $1), (SELECT sum(debit) FROM voucher_line WHERE tenant_id = $1),
  (SELECT sum(json_array_length(envelope -> 'data' -> 'lines')) FROM outbox
   WHERE tenant_id = $1 AND routing_key = 'invoicing.invoice.issued.v1')
"""


@dataclass
class Stand:
    """A database of invoicing with `count` definitive insertions, made and dropped by this measurement."""

    made: Provisioned
    admin_url: str
    count: int
    tenant_id: UUID = field(default_factory=new_id)
    neighbour_id: UUID = field(default_factory=new_id)
    legal_entity_id: UUID = field(default_factory=new_id)
    outcome: tuple[object, ...] | None = None

    async def seed(self) -> None:
        """Registers and insertions of the tenant, and of another one that has billed already."""
        for tenant_id, count in ((self.tenant_id, self.count), (self.neighbour_id, _HISTORY)):
            await seed(self.admin_url, tenant_id, self.legal_entity_id, count)

    async def clear(self) -> None:
        """Back to unbilled, so that each turn starts alike; the guards against it sleep for the superuser's session.

        The neighbour's invoices are there first: PostgreSQL plans badly for tables it believes to be empty.
        """
        connection = await asyncpg.connect(self.admin_url)
        await connection.execute(f"SET session_replication_role = replica; TRUNCATE {_WRITTEN}, outbox, stream CASCADE")
        await connection.close()
        connection = await asyncpg.connect(self.made.owner_url)
        await bill_in_sql(connection, self.neighbour_id, new_id(), invoice_on=RUN_DAY)
        await connection.close()
        connection = await asyncpg.connect(self.admin_url)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
        await connection.close()

    async def check(self) -> None:
        """Both ways must leave the same: counts, sums, numbers, events."""
        connection = await asyncpg.connect(self.admin_url)
        found = tuple(await connection.fetchrow(_SAME, self.tenant_id))
        await connection.close()
        self.outcome = self.outcome or found
        if found != self.outcome:
            raise SystemExit(f"the run and its floor differ: {found} against {self.outcome}")


async def seed(url: str, tenant_id: UUID, legal_entity_id: UUID, count: int, per_client: int = _PER_CLIENT) -> None:
    """A legal entity, its clients, and so many definitive insertions, of which each client has `per_client`."""
    connection = await asyncpg.connect(url)
    clients = max(1, count // per_client)
    await connection.execute(_SEED, tenant_id, legal_entity_id)
    await connection.execute(_SEED_ACCOUNTS, tenant_id, legal_entity_id, list(ROLES))
    await connection.execute(_SEED_CLIENTS, tenant_id, legal_entity_id, clients)
    await connection.execute(_SEED_ITEMS, tenant_id, legal_entity_id, clients, count)
    await connection.close()


@asynccontextmanager
async def stand(count: int) -> AsyncIterator[Stand]:
    """Made and dropped again."""
    admin_url = os.environ[_POSTGRES]
    made = await provision(admin_url, f"bench_{new_id().hex[-12:]}")
    try:
        await migrate(made.owner_url, "invoicing")
        place = Stand(made, admin_url.rsplit("/", 1)[0] + f"/{made.database}", count)
        await place.seed()
        yield place
    finally:
        await discard(admin_url, made.database)


async def floor(place: Stand) -> float:
    """Insertions a second in plain SQL."""
    await place.clear()
    connection = await asyncpg.connect(place.made.owner_url)
    watch = Stopwatch()
    await bill_in_sql(connection, place.tenant_id, new_id(), invoice_on=RUN_DAY)
    rate = watch.rate(place.count)
    await connection.close()
    await place.check()
    return rate


@dataclass
class Worker:
    """The run in a process of its own, as a worker runs it; the MiB it held at its start and at most."""

    place: Stand
    memory: list[tuple[float, float]] = field(default_factory=list)

    async def __call__(self) -> float:
        """Insertions a second through the job."""
        place = self.place
        await place.clear()
        here, there = multiprocessing.Pipe()
        arguments = (place.made.app_url, place.tenant_id, place.legal_entity_id, place.count, there)
        process = multiprocessing.get_context("spawn").Process(target=run_here, args=arguments)
        process.start()
        rate, *mebibytes = await asyncio.to_thread(here.recv)
        process.join()
        self.memory.append((mebibytes[0], mebibytes[1]))
        await place.check()
        return float(rate)


def run_here(url: str, tenant_id: UUID, legal_entity_id: UUID, count: int, answer: Connection) -> None:
    """The worker's process."""
    collect_rarely()
    answer.send(uvloop.run(_run(url, tenant_id, legal_entity_id, count)))


async def _run(url: str, tenant_id: UUID, legal_entity_id: UUID, count: int) -> tuple[float, float, float]:
    database, context = Database(url), Context(tenant_id, "bench", new_id())
    asked = Asked("live", Criteria(legal_entity_ids=(legal_entity_id,)), Switches(), RUN_DAY)
    async with database.transaction(context) as session:
        run = await start_run(session, asked, by="bench", now=now())
        connection = await driver(session)
        await connection.execute("UPDATE job SET state = 'running', lease_epoch = 1 WHERE id = $1", run.id)
    job = RunningJob(
        id=run.id, kind="invoice_run", request={"run_id": str(run.id)}, checkpoint={}, context=context,
        database=database, epoch=1,
    )  # fmt: skip
    start = peak_mebibytes()
    watch = Stopwatch()
    done = await JOBS["invoice_run"](job)
    rate = watch.rate(count)
    if done["item_count"] != count:
        raise SystemExit(f"the run billed {done['item_count']} of {count}")
    await database.close()
    return rate, start, peak_mebibytes()


async def invoice_run(count: int, runs: int) -> None:
    """G1, G5 and G6 of docs/performance.md, at half of `count` and at five times: 10,000 and 100,000 by default."""
    rates: list[Compared] = []
    peaks: list[float] = []
    sizes = count // 2, 5 * count
    for size in sizes:
        async with stand(size) as place:
            worker = Worker(place)
            rates.append(await compare(f"G1 invoice run of {size}", partial(floor, place), worker, runs=runs, goal=0.8))
            peaks.append(statistics.median(peak for _, peak in worker.memory))
    over_start = statistics.median(peak - start for start, peak in worker.memory)
    verdict("G5 memory of the worker over its start, MiB", over_start, goal=128, at_most=True)
    remark = f"{peaks[0]:.0f} MiB at {sizes[0]} insertions, {peaks[1]:.0f} MiB at {sizes[1]}"
    verdict("G5 memory, of that at the smaller size", peaks[1] / peaks[0], goal=1.3, at_most=True, remark=remark)
    small, large = rates
    growth = (small.ours / large.ours) / (small.floor / large.floor)
    verdict("G6 growth of the time per insertion, against the floor's own", growth, goal=1.15, at_most=True)
