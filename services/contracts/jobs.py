"""The long work of contracts: applying large files, printing confirmations, telling many insertions again."""

from typing import Any
from uuid import UUID

from services.contracts.application.retelling import JOB, retell_block
from services.contracts.imports import IMPORTS
from services.contracts.printing import PRINTING
from shared.runtime.imports import import_jobs
from shared.runtime.jobs import Jobs, RunningJob


async def retell_insertions(job: RunningJob) -> dict[str, Any]:
    """Block by block; the checkpoint is the last insertion told."""
    told = int(job.checkpoint.get("told", 0))
    last: UUID | None = None
    while not job.checkpoint.get("done"):
        if "after" in job.checkpoint:
            last = UUID(job.checkpoint["after"])
        async with job.step() as session:
            count, last = await retell_block(session, job.request, last)
            told += count
            checkpoint = {"told": told, "done": last is None, **({"after": str(last)} if last else {})}
            await job.advance(session, done=count, checkpoint=checkpoint)
    return {"told": told}


JOBS: Jobs = {**import_jobs(IMPORTS), **PRINTING, JOB: retell_insertions}
