"""An import as callers see it: its counts, and a reason per bad line."""

from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import computed_field
from sqlalchemy import Integer, Select, Text, Uuid, and_, case, column, func, literal, select, table
from sqlalchemy import null as sql_null

from shared.events.fields import Moment, View
from shared.kernel.errors import NotFound
from shared.runtime.db import JSON, MOMENT, AsyncSession, driver
from shared.runtime.jobs.views import JOB, JobFailure
from shared.runtime.links import public

_FAULTS_LISTED = 1000

# Read-only stand-ins: the migration is the one description of these tables.
IMPORT = table(
    "import",
    column("id", Uuid()),
    column("kind", Text()),
    column("state", Text()),
    column("line_count", Integer()),
    column("create_count", Integer()),
    column("update_count", Integer()),
    column("unchanged_count", Integer()),
    column("error_count", Integer()),
    column("fault_count", Integer()),
    column("job_id", Uuid()),
    column("created_by", Text()),
    column("created_at", MOMENT),
    column("applied_at", MOMENT),
    column("version", Integer()),
)
IMPORT_LINE = table(
    "import_line",
    column("import_id", Uuid()),
    column("line_no", Integer()),
    column("outcome", Text()),
    column("faults", JSON),
)


class ImportState(StrEnum):
    """`applying` while its job waits or runs. `failed` after a job that did not reach the end: what it wrote stays, and
    the import may be applied again, its job be retried, or the rest be discarded."""

    VALIDATED = "validated"
    APPLYING = "applying"
    FAILED = "failed"
    APPLIED = "applied"
    DISCARDED = "discarded"


class ImportCounts(View):
    """Lines by what applying them does, or did."""

    create: int
    update: int
    unchanged: int
    error: int


class ImportRow(View):
    """One import in a list."""

    id: UUID
    kind: str
    state: ImportState
    line_count: int
    counts: ImportCounts
    fault_count: int
    job_id: UUID | None
    failure: JobFailure | None
    created_by: str
    created_at: Moment
    applied_at: Moment | None
    version: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def lines_url(self) -> str:
        """Where every line is listed."""
        return public(f"/v1/imports/{self.id}/lines")


class LineFault(View):
    """What is wrong in one line of the file, and in which column where one is at fault."""

    line: int
    column: str | None
    code: str
    message: str


class ImportView(ImportRow):
    """One import with its first 1,000 faults; `fault_count` counts all."""

    faults: list[LineFault]


class ColumnFault(View):
    """What is wrong with a line."""

    column: str | None
    code: str
    message: str


class ImportLineView(View):
    """One line of the file: what applying it does, or why it is refused."""

    line_no: int
    outcome: Literal["create", "update", "unchanged", "error"] | None
    faults: list[ColumnFault]


# Whether an import failed is what its job says: no end of a job, however it came, leaves an import behind as running.
_STOPPED = and_(IMPORT.c.state == "applying", JOB.c.state.in_(("failed", "cancelled")))
STATE = case((_STOPPED, "failed"), else_=IMPORT.c.state)


def imports() -> Select[Any]:
    """Columns of `ImportRow`."""
    counts = func.jsonb_build_object(
        literal("create"), IMPORT.c.create_count, literal("update"), IMPORT.c.update_count,
        literal("unchanged"), IMPORT.c.unchanged_count, literal("error"), IMPORT.c.error_count, type_=JSON,
    )  # fmt: skip
    failure = func.jsonb_build_object(
        literal("code"), func.coalesce(JOB.c.error_code, "job_cancelled"),
        literal("message"), func.coalesce(JOB.c.error_message, "The job was cancelled before its end."), type_=JSON,
    )  # fmt: skip
    return select(
        IMPORT.c.id,
        IMPORT.c.kind,
        STATE.label("state"),
        IMPORT.c.line_count,
        counts.label("counts"),
        IMPORT.c.fault_count,
        IMPORT.c.job_id,
        case((_STOPPED, failure), else_=sql_null()).label("failure"),
        IMPORT.c.created_by,
        IMPORT.c.created_at,
        IMPORT.c.applied_at,
        IMPORT.c.version,
    ).select_from(IMPORT.outerjoin(JOB, JOB.c.id == IMPORT.c.job_id))


async def get_import(session: AsyncSession, import_id: UUID, *, for_update: bool = False) -> ImportView:
    """One import of the session's tenant; `NotFound`."""
    statement = imports().where(IMPORT.c.id == import_id)
    if for_update:
        statement = statement.with_for_update(of=IMPORT)
    row = (await session.execute(statement)).mappings().first()
    if row is None:
        raise NotFound("not_found", "There is no such import.")
    faults = await (await driver(session)).fetch(_FAULTS, import_id, _FAULTS_LISTED) if row["fault_count"] else []
    return ImportView.model_validate({**row, "faults": [dict(fault) for fault in faults]})


_FAULTS = """
SELECT line_no AS line, fault ->> 'column' AS "column", fault ->> 'code' AS code, fault ->> 'message' AS message
FROM import_line, jsonb_array_elements(faults) WITH ORDINALITY AS found(fault, place)
WHERE import_id = $1 AND outcome = 'error'
ORDER BY line_no, place
LIMIT $2
"""
