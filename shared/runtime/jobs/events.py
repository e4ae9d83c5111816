"""A job's progress as server-sent events: a snapshot whenever it has changed, until it ends."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from shared.runtime.db import Context, Database
from shared.runtime.jobs.views import JobView, get_job

_POLL_SECONDS = 0.5
_HEARTBEAT_SECONDS = 15.0
# As long as a token lives: whoever still may listen comes back with a new one and the last id.
_STREAM_SECONDS = 600.0


async def progress_events(
    database: Database, context: Context, job_id: UUID, last_event_id: str | None
) -> AsyncIterator[bytes]:
    """Snapshots of one job. The stream goes on after `last_event_id`; the end of a job is always told."""
    clock = asyncio.get_running_loop().time
    started = told = clock()
    seen = last_event_id
    while True:
        async with database.transaction(context, read_only=True) as session:
            job = await get_job(session, job_id)
        if job.state.ended or _event_id(job) != seen:
            seen, told = _event_id(job), clock()
            yield format_sse_event(event="job", data_str=job.model_dump_json(), id=seen)
        elif clock() - told >= _HEARTBEAT_SECONDS:
            told = clock()
            yield KEEPALIVE_COMMENT
        if job.state.ended or clock() - started >= _STREAM_SECONDS:
            return
        await asyncio.sleep(_POLL_SECONDS)


def _event_id(job: JobView) -> str:
    return f"{job.version}.{job.progress.done}.{job.progress.total}"
