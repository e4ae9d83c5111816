"""Queued jobs of a test's tenant, worked off here and now as a worker would."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.invoicing.jobs import JOBS
from shared.runtime.db import is_transient
from shared.runtime.jobs import RunningJob
from shared.runtime.jobs.worker import _run
from tests.invoicing.world import World

_CLAIM = """
UPDATE job SET state = 'running', started_at = coalesce(started_at, now()), lease_epoch = lease_epoch + 1,
  lease_until = clock_timestamp() + interval '30 s'
WHERE kind = $1 AND state IN ('queued', 'running') AND coalesce(id = $2, true) RETURNING *
"""
_ATTEMPTS = 5


async def work_off(world: World, kind: str) -> dict[str, Any] | None:
    """Claim the tenant's open jobs of a kind, whoever holds them, and run them; the newest as it stands then."""
    done = None
    for row in sorted(await world.rows(_CLAIM, kind, None), key=lambda found: found["created_at"]):
        await _run_through(world, row)
        (done,) = await world.rows("SELECT * FROM job WHERE id = $1", row["id"])
    return done


async def _run_through(world: World, row: Mapping[str, Any]) -> None:
    """Run a claimed job. One that a busy machine interrupted, say because PostgreSQL did not answer in time, goes on:
    another worker would claim it, and a test that found it half done would tell of the machine alone."""
    interruptions: list[Exception] = []

    async def watched(job: RunningJob) -> dict[str, Any]:
        try:
            return await JOBS[job.kind](job)
        except Exception as error:
            if is_transient(error):
                interruptions.append(error)
            raise

    for attempt in range(1, _ATTEMPTS + 1):
        await _run({row["kind"]: watched}, await _job(world, row))
        if len(interruptions) < attempt:
            return
        (row,) = await world.rows(_CLAIM, row["kind"], row["id"])
    raise AssertionError(f"the job never got through: {interruptions}")


async def _job(world: World, row: Mapping[str, Any]) -> RunningJob:
    refused = await world.rows("SELECT item_id FROM job_error WHERE job_id = $1", row["items_of"])
    return RunningJob(
        id=row["id"], kind=row["kind"], request=row["request"], checkpoint=row["checkpoint"], context=world.context,
        database=world.database, epoch=row["lease_epoch"], attempts=row["attempts"] + 1, retry_of=row["retry_of"],
        only=frozenset(one["item_id"] for one in refused) if row["items_of"] else None,
    )  # fmt: skip


async def errors_of(world: World, job_id: UUID) -> dict[str, str]:
    """What a job could not do: code by item."""
    rows = await world.rows("SELECT item_id, code FROM job_error WHERE job_id = $1", job_id)
    return {row["item_id"]: row["code"] for row in rows}
