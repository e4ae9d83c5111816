"""Every statement about a job's lease: claim, renew, release, end. Time is the database's: hosts may disagree."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson

from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database, driver
from shared.runtime.jobs.running import LEASE_SECONDS, LeaseLost, RunningJob


async def claim(database: Database, kinds: Sequence[str], owner: str, stopping: asyncio.Event) -> RunningJob | None:
    """The oldest job of these kinds that waits, or whose worker let its lease expire; None when there is none."""
    async with database.transaction(_system()) as session:
        row = await (await driver(session)).fetchrow(_CLAIM, kinds, owner, LEASE_SECONDS)
    if row is None:
        return None
    context = Context(tenant_id=row["tenant_id"], actor=row["created_by"], correlation_id=row["correlation_id"])
    only = None
    if row["items_of"] is not None:
        async with database.transaction(context, read_only=True) as session:
            items = await (await driver(session)).fetch(_REFUSED, row["items_of"])
        only = frozenset(item["item_id"] for item in items)
    return RunningJob(
        id=row["id"],
        kind=row["kind"],
        request=row["request"],
        checkpoint=row["checkpoint"],
        context=context,
        database=database,
        epoch=row["lease_epoch"],
        attempts=row["attempts"],
        retry_of=row["retry_of"],
        only=only,
        stopping=stopping,
    )


async def renew(job: RunningJob) -> None:
    """Keep the job for another while; a step under way holds the row and renews by itself. `LeaseLost` when gone."""
    async with job.database.transaction(job.context) as session:
        connection = await driver(session)
        if not await connection.fetchval(_HELD, job.id, job.epoch):
            raise LeaseLost
        await connection.execute(_RENEW, job.id, job.epoch, LEASE_SECONDS)


async def release(job: RunningJob, *, seconds: float, attempts: int = 0) -> None:
    """Give the job back, to be claimed again after `seconds`; `attempts` takes back those that do not count."""
    async with job.database.transaction(job.context) as session:
        await (await driver(session)).execute(_RELEASE, job.id, job.epoch, seconds, attempts)


async def end(
    job: RunningJob, state: str, result: dict[str, Any] | None, error: tuple[str, str] | None
) -> tuple[str, float]:
    """Write the end state; returns it (`completed` becomes `completed_with_errors` with refused items) and the seconds
    since the first start. `LeaseLost` when the job is no longer this worker's."""
    code, message = error or (None, None)
    document = None if result is None else orjson.dumps(result).decode()
    async with job.database.transaction(job.context) as session:
        row: asyncpg.Record | None = await (await driver(session)).fetchrow(
            _END, job.id, job.epoch, state, document, code, message
        )
    if row is None:
        raise LeaseLost
    return row["state"], row["seconds"]


async def oldest_queued_seconds(database: Database, kinds: Sequence[str]) -> float:
    """How long the oldest queued job of these kinds has waited."""
    async with database.transaction(_system(), read_only=True) as session:
        waited: float = await (await driver(session)).fetchval(_OLDEST, kinds)
    return waited


def _system() -> Context:
    return Context(tenant_id=None, actor="worker", correlation_id=new_id())


_CLAIM = """
WITH next AS (
    SELECT tenant_id, id FROM job
    WHERE kind = ANY($1) AND state IN ('queued', 'running') AND lease_until <= clock_timestamp()
    ORDER BY created_at, id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE job SET
    state = 'running',
    version = version + (state = 'queued')::int,
    started_at = coalesce(started_at, clock_timestamp()),
    attempts = attempts + 1,
    lease_owner = $2,
    lease_until = clock_timestamp() + make_interval(secs => $3),
    lease_epoch = lease_epoch + 1
FROM next
WHERE job.tenant_id = next.tenant_id AND job.id = next.id
RETURNING job.*
"""
_REFUSED = "SELECT item_id FROM job_error WHERE job_id = $1"
_HELD = "SELECT EXISTS (SELECT FROM job WHERE id = $1 AND lease_epoch = $2 AND state = 'running')"
_RENEW = """
UPDATE job SET lease_until = clock_timestamp() + make_interval(secs => $3)
WHERE id = (SELECT id FROM job WHERE id = $1 AND lease_epoch = $2 AND state = 'running' FOR UPDATE SKIP LOCKED)
"""
_RELEASE = """
UPDATE job SET
    lease_until = clock_timestamp() + make_interval(secs => $3),
    lease_epoch = lease_epoch + 1,
    attempts = attempts + $4
WHERE id = $1 AND lease_epoch = $2 AND state = 'running'
"""
_END = """
UPDATE job SET
    state = CASE
        WHEN $3 = 'completed' AND EXISTS (SELECT FROM job_error WHERE job_id = $1) THEN 'completed_with_errors'
        ELSE $3
    END,
    result = $4, error_code = $5, error_message = $6, ended_at = clock_timestamp(), version = version + 1
WHERE id = $1 AND lease_epoch = $2 AND state = 'running'
RETURNING state, extract(epoch FROM ended_at - started_at)::float8 AS seconds
"""
_OLDEST = """
SELECT coalesce(extract(epoch FROM max(clock_timestamp() - created_at)), 0)::float8
FROM job WHERE kind = ANY($1) AND state = 'queued'
"""
