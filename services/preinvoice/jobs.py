"""Long work of preinvoice: generating many campaigns, handing drafts to invoicing, applying large files."""

from typing import Any
from uuid import UUID

from services.preinvoice.application.generate import Generation
from services.preinvoice.application.generate_many import JOB as DRAFT_GENERATION
from services.preinvoice.application.generate_many import generate_block
from services.preinvoice.application.lock_block import lock_block
from services.preinvoice.application.start_run import JOB as BILLING_RUN
from services.preinvoice.imports import IMPORTS
from shared.runtime.clock import now
from shared.runtime.failpoint import failpoint
from shared.runtime.imports import import_jobs
from shared.runtime.jobs import Jobs, RunningJob


async def run_billing_run(job: RunningJob) -> dict[str, Any]:
    """Block by block, each a transaction of its own; what waits is what is left, so a killed worker loses nothing."""
    run_id, done = UUID(job.request["run_id"]), 0
    while True:
        async with job.step() as session:
            taken = await lock_block(session, run_id, now=now())
            await job.advance(session, done=taken)
            failpoint("billing_run.before_commit")
        if not taken:
            return {"run_id": str(run_id), "draft_count": done}
        done += taken


async def run_draft_generation(job: RunningJob) -> dict[str, Any]:
    """Campaign by campaign; one that fails is listed with all its errors and stops no other (PI-GEN-19)."""
    only = [UUID(one) for one in job.only] if job.only is not None else None
    while not job.checkpoint.get("done"):
        async with job.step() as session:
            seen = job.checkpoint
            after = UUID(seen["after"]) if seen.get("after") else None
            done = await generate_block(session, job.request, after, only, now=now())
            failed = [one for one in done if one.faults]
            await job.refuse_all(session, [(one.campaign_id, one.faults[0].code, _said(one)) for one in failed])
            reached = {
                "after": str(done[-1].campaign_id) if done else seen.get("after"),
                "processed_count": seen.get("processed_count", 0) + len(done),
                "successful_count": seen.get("successful_count", 0) + len(done) - len(failed),
                "done": not done,
            }
            await job.advance(session, done=len(done), checkpoint=reached)
    return {name: job.checkpoint[name] for name in ("processed_count", "successful_count")}


def _said(generation: Generation) -> str:
    return " ".join(f"{fault.code}: {fault.message}" for fault in generation.faults)


JOBS: Jobs = {
    BILLING_RUN: run_billing_run,
    DRAFT_GENERATION: run_draft_generation,
    **import_jobs(IMPORTS),
}
