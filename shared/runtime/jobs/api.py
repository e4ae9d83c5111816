"""The HTTP door of jobs, the same in every service."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Header, Query, Response
from fastapi.sse import EventSourceResponse
from pydantic import Field
from sqlalchemy import select

from shared.events.examples import example
from shared.events.fields import Shape, Text
from shared.runtime.db import context_of
from shared.runtime.http import Db, Router, TheDatabase, Version, needs, tag
from shared.runtime.jobs.commands import cancel_job, retry_job
from shared.runtime.jobs.events import progress_events
from shared.runtime.jobs.views import JOB, JOB_ERROR, JobErrorView, JobState, JobView, get_job, jobs
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["jobs"])


class JobQuery(ListQuery):
    """Filters of the list of jobs."""

    kind: list[Text(80)] | None = Field(None, description="What the job does, such as `invoice_run`.")  # type: ignore[valid-type]
    state: list[JobState] | None = Field(None, description="How far it is.")


class JobTransition(Shape):
    """The only change a caller can ask of a job."""

    model_config = example(to="cancelled", reason="Started with the wrong dates.")

    to: Literal["cancelled"] = Field(description="A queued job ends at once, a running one before its next step.")
    reason: Text(500) = Field("", description="Why, for the audit trail.")  # type: ignore[valid-type]


@router.get("/v1/jobs")
@needs("job:read")
async def list_jobs(session: Db, query: Annotated[JobQuery, Query()]) -> Page[JobView]:
    """Jobs, newest first."""
    statement = jobs()
    if query.kind is not None:
        statement = statement.where(JOB.c.kind.in_(query.kind))
    if query.state is not None:
        statement = statement.where(JOB.c.state.in_(query.state))
    keys = (JOB.c.created_at, JOB.c.id)
    return await page(session, statement, keys=keys, query=query, shape=JobView, descending=True)


@router.get("/v1/jobs/{job_id}")
@needs("job:read")
async def show_job(job_id: UUID, session: Db, response: Response) -> JobView:
    """One job and how far it is."""
    job = await get_job(session, job_id)
    tag(response, job.version)
    return job


@router.get("/v1/jobs/{job_id}/errors")
@needs("job:read")
async def list_job_errors(job_id: UUID, session: Db, query: Annotated[ListQuery, Query()]) -> Page[JobErrorView]:
    """The items that could not be done, with the rule's code."""
    await get_job(session, job_id)
    columns = (JOB_ERROR.c.item_id, JOB_ERROR.c.code, JOB_ERROR.c.message)
    statement = select(*columns).where(JOB_ERROR.c.job_id == job_id)
    return await page(session, statement, keys=(JOB_ERROR.c.item_id,), query=query, shape=JobErrorView)


@router.get("/v1/jobs/{job_id}/events", responses={200: {"content": {"text/event-stream": {}}}})
@needs("job:read")
async def follow_job(
    job_id: UUID,
    session: Db,
    database: TheDatabase,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> EventSourceResponse:
    """The job's progress as server-sent events; resumes after `Last-Event-ID` and ends with the job."""
    await get_job(session, job_id)
    return EventSourceResponse(
        progress_events(database, context_of(session), job_id, last_event_id),
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


@router.post("/v1/jobs/{job_id}/transitions", summary="Cancel job")
@needs("job:write")
async def change_job(job_id: UUID, body: JobTransition, version: Version, session: Db, response: Response) -> JobView:
    """Cancel: a queued job ends at once, a running one before its next step; what it did stays."""
    job = await cancel_job(session, job_id, version=version, reason=body.reason)
    tag(response, job.version)
    return job


@router.post("/v1/jobs/{job_id}/retries", summary="Retry job", status_code=202)
@needs("job:write", key="required")
async def start_retry(job_id: UUID, session: Db, response: Response) -> JobView:
    """A new job for what this one could not do."""
    job = await retry_job(session, job_id)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    tag(response, job.version)
    return job
