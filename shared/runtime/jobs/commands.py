"""What people do to jobs: cancel one, repeat one."""

from uuid import UUID

from shared.kernel.errors import Blocker, NotAllowedNow, StaleVersion
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession, context_of, driver
from shared.runtime.jobs.views import JobState, JobView, get_job
from shared.runtime.links import public


async def cancel_job(session: AsyncSession, job_id: UUID, *, version: int, reason: str = "") -> JobView:
    """End a queued job at once; ask a running one to stop before its next step.

    `StaleVersion`; `NotAllowedNow("job_ended")` when there is nothing left to stop.
    """
    job = await get_job(session, job_id, for_update=True)
    if job.version != version:
        raise StaleVersion
    if job.state.ended:
        raise NotAllowedNow("job_ended", "The job has ended; what it did stays.")
    connection = await driver(session)
    await connection.execute(_CANCEL, job_id)
    await audit(session, action="job.cancelled", entity="job", entity_id=job_id, reason=reason)
    return await get_job(session, job_id)


async def retry_job(session: AsyncSession, job_id: UUID) -> JobView:
    """Queue the job again: after `completed_with_errors` its refused items only, else all of it.

    A job is retried once; a retry that went wrong is retried itself. `NotAllowedNow` with `job_not_ended`,
    `job_completed` or `job_retried`, the last with a link to the retry.
    """
    job = await get_job(session, job_id, for_update=True)
    if not job.state.ended:
        raise NotAllowedNow("job_not_ended", "The job has not ended yet.")
    if job.state is JobState.COMPLETED:
        raise NotAllowedNow("job_completed", "Nothing of the job is left to be done.")
    connection = await driver(session)
    context = context_of(session)
    retry_id = new_id()
    added = await connection.fetchval(_RETRY, job_id, retry_id, context.actor, context.correlation_id)
    if added is None:
        known = await connection.fetchval("SELECT id FROM job WHERE retry_of = $1", job_id)
        blocker = Blocker("job_retried", "The retry is the one to look at.", public(f"/v1/jobs/{known}"))
        raise NotAllowedNow("job_retried", "The job was retried before.", blockers=[blocker])
    return await get_job(session, retry_id)


_CANCEL = """
UPDATE job SET
    cancel_requested = true,
    state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
    ended_at = CASE state WHEN 'queued' THEN clock_timestamp() END,
    version = version + 1
WHERE id = $1
"""
_RETRY = """
INSERT INTO job (tenant_id, id, kind, request, total_count, retry_of, items_of, created_by, correlation_id)
SELECT tenant_id, $2, kind, request,
    CASE state
        WHEN 'completed_with_errors' THEN (SELECT count(*) FROM job_error WHERE job_id = $1)
        ELSE total_count
    END,
    id,
    CASE state WHEN 'completed_with_errors' THEN id ELSE items_of END,
    $3, $4
FROM job WHERE id = $1
ON CONFLICT (tenant_id, retry_of) DO NOTHING
RETURNING id
"""
