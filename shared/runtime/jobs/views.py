"""A job as callers see it, and the queries that read it so."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import computed_field
from sqlalchemy import Integer, Select, Text, Uuid, case, column, func, literal, select, table
from sqlalchemy import null as sql_null

from shared.events.fields import Moment, View
from shared.kernel.errors import NotFound
from shared.runtime.db import JSON, MOMENT, AsyncSession
from shared.runtime.links import public

# Read-only stand-ins: the migration is the one description of these tables.
JOB = table(
    "job",
    column("id", Uuid()),
    column("kind", Text()),
    column("state", Text()),
    column("result", JSON),
    column("done_count", Integer()),
    column("total_count", Integer()),
    column("error_code", Text()),
    column("error_message", Text()),
    column("cancel_requested"),
    column("retry_of", Uuid()),
    column("items_of", Uuid()),
    column("request", JSON),
    column("created_by", Text()),
    column("created_at", MOMENT),
    column("started_at", MOMENT),
    column("ended_at", MOMENT),
    column("version", Integer()),
)
JOB_ERROR = table(
    "job_error",
    column("job_id", Uuid()),
    column("item_id", Text()),
    column("code", Text()),
    column("message", Text()),
)


class JobState(StrEnum):
    """Where a job stands; the last four are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


class Progress(View):
    """Items done, refused ones included, of the total; a total of 0 is not known yet."""

    done: int
    total: int


class JobFailure(View):
    """Why a job as a whole failed."""

    code: str
    message: str


class JobView(View):
    """One job. `version` rises with its state, not with its progress, so that a running job can be cancelled."""

    id: UUID
    kind: str
    state: JobState
    progress: Progress
    result: dict[str, Any] | None
    failure: JobFailure | None
    cancel_requested: bool
    retry_of: UUID | None
    created_by: str
    created_at: Moment
    started_at: Moment | None
    ended_at: Moment | None
    version: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def errors_url(self) -> str:
        """Where the refused items are listed."""
        return public(f"/v1/jobs/{self.id}/errors")


class JobErrorView(View):
    """One item that could not be done."""

    item_id: str
    code: str
    message: str


def jobs() -> Select[Any]:
    """Columns of `JobView`."""
    failure = func.jsonb_build_object(
        literal("code"), JOB.c.error_code, literal("message"), JOB.c.error_message, type_=JSON
    )
    return select(
        JOB.c.id,
        JOB.c.kind,
        JOB.c.state,
        func.jsonb_build_object(
            literal("done"), JOB.c.done_count, literal("total"), JOB.c.total_count, type_=JSON
        ).label("progress"),
        JOB.c.result,
        case((JOB.c.error_code.is_not(None), failure), else_=sql_null()).label("failure"),
        JOB.c.cancel_requested,
        JOB.c.retry_of,
        JOB.c.created_by,
        JOB.c.created_at,
        JOB.c.started_at,
        JOB.c.ended_at,
        JOB.c.version,
    )


async def get_job(session: AsyncSession, job_id: UUID, *, for_update: bool = False) -> JobView:
    """One job of the session's tenant; `NotFound`."""
    statement = jobs().where(JOB.c.id == job_id)
    if for_update:
        statement = statement.with_for_update()
    row = (await session.execute(statement)).mappings().first()
    if row is None:
        raise NotFound("not_found", "There is no such job.")
    return JobView.model_validate(dict(row))
