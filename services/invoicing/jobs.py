"""Long work of invoicing: invoice runs, and the printing of what they issued."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from asyncpg import UniqueViolationError

from services.invoicing.application.bill_block import Tally, issue_block, preview_block
from services.invoicing.application.end_run import end_run
from services.invoicing.application.weigh_block import Refusal, weigh_block
from services.invoicing.printing import PRINTING
from services.invoicing.repository.runs import Run, find_run
from shared.kernel.errors import NotAllowedNow, NotFound
from shared.runtime.clock import now
from shared.runtime.jobs import Jobs, RunningJob

_CLAIM_ATTEMPTS = 5


async def run_invoice_run(job: RunningJob) -> dict[str, Any]:
    """Test: preview block by block. Live: compare with the bound digest first, then issue block by block.

    The checkpoint is the last client done; each block is a transaction of its own, so a killed worker loses nothing.
    """
    async with job.step() as session:
        run = await find_run(session, UUID(job.request["run_id"]))
    if run is None:
        raise NotFound("not_found", "The run does not exist.")
    if run.is_live and run.bound_digest and "tally" not in job.checkpoint:
        await _compare(job, run)
    refused = 0
    while not job.checkpoint.get("done"):
        refused += await _advance_claiming(job, run)
    state = "completed_with_errors" if job.checkpoint.get("refused") or refused else "completed"
    tally = Tally(**job.checkpoint["tally"])
    async with job.step() as session:
        current = await find_run(session, run.id, lock=True)
        if current is not None and (current.ended_at is None or job.retry_of):
            await end_run(session, run, tally, state=state, digest=job.checkpoint["digest"], now=now())
    return {**asdict(tally), "digest": job.checkpoint["digest"]}


async def _advance_claiming(job: RunningJob, run: Run) -> int:
    """One block; when another transaction claimed an item first, the block is weighed anew without it (MA-INV-26)."""
    for attempt in range(_CLAIM_ATTEMPTS):
        try:
            return await _advance(job, run)
        except UniqueViolationError:
            if attempt + 1 == _CLAIM_ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")


async def _advance(job: RunningJob, run: Run) -> int:
    seen = job.checkpoint
    tally, digest = Tally(**seen.get("tally", _counted(run))), seen.get("digest", run.digest)
    only = [UUID(one) for one in job.only] if job.only is not None else None
    async with job.step() as session:
        weighed = await weigh_block(session, run, after=_after(seen), digest=digest, only=only)
        refusals: list[Refusal] = weighed.refusals
        if run.is_live:
            tally, refusals = await issue_block(session, run, weighed, tally)
        else:
            tally = await preview_block(session, run, weighed, tally)
        await job.refuse_all(session, [(one.client_id, one.code, one.message) for one in refusals])
        await job.advance(
            session,
            done=weighed.item_count,
            checkpoint={
                "after": str(weighed.last_client_id or seen.get("after") or ""),
                "tally": asdict(tally),
                "digest": weighed.digest,
                "refused": seen.get("refused", 0) + len(refusals),
                "done": weighed.is_last,
            },
        )
    return len(refusals)


async def _compare(job: RunningJob, run: Run) -> None:
    """`NotAllowedNow("stale_digest")` before anything is issued, when the preview no longer holds."""
    after, digest, is_last = None, run.digest, False
    while not is_last:
        async with job.step() as session:
            weighed = await weigh_block(session, run, after=after, digest=digest)
        after, digest, is_last = weighed.last_client_id, weighed.digest, weighed.is_last
    if digest != run.bound_digest:
        async with job.step() as session:
            await end_run(session, run, Tally(), state="failed", digest=digest, now=now())
        raise NotAllowedNow("stale_digest", "The selection would no longer give what the preview showed.")


def _counted(run: Run) -> dict[str, Any]:
    """Where the tally stands when a job begins: at nothing, or where the run that is retried ended."""
    return {
        "invoice_count": run.invoice_count,
        "item_count": run.item_count,
        "left_out_count": run.left_out_count,
        "total_amounts": run.total_amounts,
    }


def _after(checkpoint: dict[str, Any]) -> UUID | None:
    return UUID(checkpoint["after"]) if checkpoint.get("after") else None


JOBS: Jobs = {"invoice_run": run_invoice_run, **PRINTING}
