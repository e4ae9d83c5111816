"""Queued jobs of a test's tenant, worked off here and now as a worker would."""

from typing import Any
from uuid import UUID

from services.invoicing.jobs import JOBS
from shared.runtime.jobs import RunningJob
from shared.runtime.jobs.worker import _run
from tests.invoicing.world import World

_CLAIM = """
UPDATE job SET state = 'running', started_at = coalesce(started_at, now()), lease_epoch = lease_epoch + 1,
  lease_until = clock_timestamp() + interval '30 s'
WHERE kind = $1 AND state IN ('queued', 'running') RETURNING *
"""


async def work_off(world: World, kind: str) -> dict[str, Any] | None:
    """Claim the tenant's open jobs of a kind, whoever holds them, and run them; the newest as it stands then."""
    done = None
    for row in sorted(await world.rows(_CLAIM, kind), key=lambda found: found["created_at"]):
        refused = await world.rows("SELECT item_id FROM job_error WHERE job_id = $1", row["items_of"])
        job = RunningJob(
            id=row["id"], kind=kind, request=row["request"], checkpoint=row["checkpoint"], context=world.context,
            database=world.database, epoch=row["lease_epoch"], attempts=row["attempts"] + 1, retry_of=row["retry_of"],
            only=frozenset(one["item_id"] for one in refused) if row["items_of"] else None,
        )  # fmt: skip
        await _run(JOBS, job)
        (done,) = await world.rows("SELECT * FROM job WHERE id = $1", row["id"])
    return done


async def errors_of(world: World, job_id: UUID) -> dict[str, str]:
    """What a job could not do: code by item."""
    rows = await world.rows("SELECT item_id, code FROM job_error WHERE job_id = $1", job_id)
    return {row["item_id"]: row["code"] for row in rows}
