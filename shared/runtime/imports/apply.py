"""The second step of an import: compare once more, and write what is still right."""

from datetime import datetime
from typing import Any
from uuid import UUID

from shared.kernel.errors import Fault, NotAllowedNow, StaleVersion
from shared.runtime import clock
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession, driver
from shared.runtime.imports import lines
from shared.runtime.imports.kind import ImportKind, Imports, Outcome
from shared.runtime.imports.lines import Block
from shared.runtime.imports.validate import COUNT
from shared.runtime.imports.views import ImportState, ImportView, get_import
from shared.runtime.jobs import Jobs, RunningJob, enqueue
from shared.runtime.jobs.views import get_job

IN_REQUEST_LINES = 2000
JOB_KIND = "import"
_RECORD_REFUSED = "record_refused"
_REFUSED_BY_RECORD = Outcome.refused(_RECORD_REFUSED, "Another line of the same record is refused.")
_FAULTS_SHOWN = 100


async def apply_import(
    session: AsyncSession, kinds: Imports, import_id: UUID, *, version: int, skip_errors: bool, now: datetime
) -> ImportView:
    """Write the sound lines; a file of more than 2,000 lines becomes a job (`job_id` of the answer).

    `StaleVersion`; `NotAllowedNow` with `import_closed`, `import_running`, `import_has_errors` (error lines without
    `skip_errors`) or `stale_plan` (a line became wrong since it was validated).
    """
    found = await _open_import(session, import_id, version)
    if found.counts.error and not skip_errors:
        raise NotAllowedNow("import_has_errors", "Some lines have errors; correct the file, or skip these lines.")
    connection = await driver(session)
    if found.line_count > IN_REQUEST_LINES:
        request = {"import_id": str(import_id), "import_kind": found.kind, "skip_errors": skip_errors}
        job_id = await enqueue(session, JOB_KIND, request, total=found.line_count - found.counts.error)
        await connection.execute(_APPLYING, import_id, job_id)
        return await get_import(session, import_id)
    after, kind = 0, kinds[found.kind]
    while block := await lines.next_block(session, kind, import_id, after):
        outcomes = await _outcomes(session, kind, block)
        if not skip_errors and (stale := _faults(block, outcomes)):
            raise _stale(stale)
        await _write(session, kind, block, outcomes, now)
        await lines.judge(session, import_id, block.numbers, outcomes)
        after = block.last
    await _finish(session, import_id, now)
    return await get_import(session, import_id)


async def discard_import(session: AsyncSession, import_id: UUID, *, version: int) -> ImportView:
    """Lay an import aside; refusals as for `apply_import`."""
    await _open_import(session, import_id, version)
    await (await driver(session)).execute(_DISCARD, import_id)
    await audit(session, action="import.discarded", entity="import", entity_id=import_id)
    return await get_import(session, import_id)


def import_jobs(kinds: Imports) -> Jobs:
    """The job that applies large files, for a service's own table of jobs."""

    async def run_import(job: RunningJob) -> dict[str, Any]:
        """Apply block by block; without `skip_errors` only after every block proved sound."""
        kind, import_id = kinds[job.request["import_kind"]], UUID(job.request["import_id"])
        async with job.step() as session:
            await _hold(session, import_id, job)
        if not job.request["skip_errors"] and not job.checkpoint:
            await _check_all(job, kind, import_id)
        while await _apply_block(job, kind, import_id):
            pass
        async with job.step() as session:
            if (await get_import(session, import_id)).state is ImportState.APPLYING:
                await _finish(session, import_id, clock.now())
            return (await get_import(session, import_id)).counts.model_dump()

    return {JOB_KIND: run_import}


async def _hold(session: AsyncSession, import_id: UUID, job: RunningJob) -> None:
    """Take the import over from the job that this one retries; `NotAllowedNow` when it does not wait for that."""
    found = await get_import(session, import_id, for_update=True)
    if found.job_id == job.id:
        return
    if found.state in (ImportState.APPLIED, ImportState.DISCARDED):
        raise _closed()
    if found.job_id != job.retry_of:
        raise _running()
    await (await driver(session)).execute(_HOLD, import_id, job.id)


async def _check_all(job: RunningJob, kind: ImportKind, import_id: UUID) -> None:
    """`stale_plan` before anything is written; the job's errors name the lines."""
    after: int | None = 0
    while after is not None:
        async with job.step() as session:
            block = await lines.next_block(session, kind, import_id, after)
            stale = _faults(block, await _outcomes(session, kind, block)) if block else []
            await job.refuse_all(session, [(fault.entity_id or "", fault.code, fault.message) for fault in stale])
        if stale:
            raise _stale(stale)
        after = block.last if block else None


async def _apply_block(job: RunningJob, kind: ImportKind, import_id: UUID) -> bool:
    async with job.step() as session:
        block = await lines.next_block(session, kind, import_id, job.checkpoint.get("after", 0))
        if block is None:
            return False
        outcomes = await _outcomes(session, kind, block)
        await _write(session, kind, block, outcomes, clock.now())
        await lines.judge(session, import_id, block.numbers, outcomes)
        refused = _faults(block, outcomes)
        await job.refuse_all(session, [(fault.entity_id or "", fault.code, fault.message) for fault in refused])
        await job.advance(session, done=len(block.rows), checkpoint={"after": block.last})
        return True


async def _outcomes(session: AsyncSession, kind: ImportKind, block: Block) -> list[Outcome]:
    outcomes = await kind.compare(session, block.rows)
    bad = {record for record, outcome in zip(block.records, outcomes, strict=True) if outcome.verdict == "error"}
    return [
        _REFUSED_BY_RECORD if record in bad and outcome.verdict != "error" else outcome
        for record, outcome in zip(block.records, outcomes, strict=True)
    ]


def _faults(block: Block, outcomes: list[Outcome]) -> list[Fault]:
    return [
        Fault("", outcome.fault.code, outcome.fault.message, "import_line", str(number), outcome.fault.field)
        for number, outcome in zip(block.numbers, outcomes, strict=True)
        if outcome.fault
    ]


def _stale(faults: list[Fault]) -> NotAllowedNow:
    first = next(fault for fault in faults if fault.code != _RECORD_REFUSED)
    message = f"Lines became wrong since they were validated; line {first.entity_id}: {first.message}"
    return NotAllowedNow("stale_plan", message, faults=faults[:_FAULTS_SHOWN])


async def _write(session: AsyncSession, kind: ImportKind, block: Block, outcomes: list[Outcome], now: datetime) -> None:
    chosen = [row for row, outcome in zip(block.rows, outcomes, strict=True) if outcome.verdict in ("create", "update")]
    if chosen:
        await kind.apply(session, chosen, now)


async def _finish(session: AsyncSession, import_id: UUID, now: datetime) -> None:
    connection = await driver(session)
    await connection.execute(COUNT, import_id)
    await connection.execute(_APPLIED, import_id, now)
    await audit(session, action="import.applied", entity="import", entity_id=import_id)


async def _open_import(session: AsyncSession, import_id: UUID, version: int) -> ImportView:
    found = await get_import(session, import_id, for_update=True)
    if found.version != version:
        raise StaleVersion
    if found.state in (ImportState.APPLIED, ImportState.DISCARDED):
        raise _closed()
    if found.job_id is not None and not (await get_job(session, found.job_id)).state.ended:
        raise _running()
    return found


def _closed() -> NotAllowedNow:
    return NotAllowedNow("import_closed", "The import was applied or discarded before.")


def _running() -> NotAllowedNow:
    return NotAllowedNow("import_running", "The import is being applied.")


_APPLYING = "UPDATE import SET state = 'applying', job_id = $2, version = version + 1 WHERE id = $1"
_HOLD = "UPDATE import SET job_id = $2, version = version + 1 WHERE id = $1"
_APPLIED = "UPDATE import SET state = 'applied', applied_at = $2, version = version + 1 WHERE id = $1"
_DISCARD = "UPDATE import SET state = 'discarded', version = version + 1 WHERE id = $1"
