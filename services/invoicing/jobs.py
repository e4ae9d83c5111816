"""Long work of invoicing: invoice runs, the printing and sending of what they issued, the settling of open invoices."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NoReturn
from uuid import UUID

from asyncpg import UniqueViolationError

from services.invoicing.application.bill_block import Tally, issue_block, preview_block
from services.invoicing.application.bill_deducted import Deducted, bill_deducted
from services.invoicing.application.end_run import end_abandoned, end_run
from services.invoicing.application.ready_block import Block, ready_block
from services.invoicing.application.settle_again import JOB as SETTLING
from services.invoicing.application.settle_again import after
from services.invoicing.application.settle_contracts import settle_contracts
from services.invoicing.application.weigh_block import Refusal, Weighed, weigh_block
from services.invoicing.exporting import EXPORTING
from services.invoicing.mailing import MAILING
from services.invoicing.printing import PRINTING
from services.invoicing.repository.invoices import ItemsChanged
from services.invoicing.repository.layouts import open_contracts_of
from services.invoicing.repository.runs import Run, find_run
from shared.kernel.errors import NotAllowedNow, NotFound
from shared.runtime.clock import now
from shared.runtime.failpoint import failpoint
from shared.runtime.jobs import JobLater, Jobs, RunningJob

_CLAIM_ATTEMPTS = 5
_SETTLED_AT_ONCE = 50
# How soon a run looks again whether preinvoice has answered.
_ANSWER_SECONDS = 0.5


async def run_invoice_run(job: RunningJob) -> dict[str, Any]:
    """Test: preview block by block. Live: compare with the bound digest first, then issue block by block.

    The checkpoint is the last client done; each block is a transaction of its own, so a killed worker loses nothing.
    A retry bills what failed as it stands now: no preview has shown it.
    """
    run_id = UUID(job.request["run_id"])
    async with job.step() as session:
        if job.retry_of:
            await end_abandoned(session, run_id, now=now())
        run = await find_run(session, run_id)
    if run is None:
        raise NotFound("not_found", "The run does not exist.")
    if run.is_live and run.bound_digest and job.only is None and "approved" not in job.checkpoint:
        await _compare(job, run)
    await _work_off(job, run)
    if job.checkpoint.get("asked"):
        await _bill_deducted(job, run)
    state = "completed_with_errors" if job.checkpoint.get("refused") else "completed"
    tally = Tally(**job.checkpoint["tally"])
    async with job.step() as session:
        current = await find_run(session, run.id, lock=True)
        if current is not None and (current.ended_at is None or job.retry_of):
            await end_run(session, run, tally, state=state, digest=job.checkpoint["digest"], now=now())
    return {**asdict(tally), "digest": job.checkpoint["digest"]}


async def _work_off(job: RunningJob, run: Run) -> None:
    """Block after block; while PostgreSQL writes one, the next is weighed and made ready.

    A block is made anew when another transaction claimed one of its items first (MA-INV-26), or an item changed
    between weighing and issuing; only one that fails again and again without having changed is given up.
    """
    making = asyncio.ensure_future(_next_block(job, run, _after(job.checkpoint), _digest(job, run)))
    attempt, lost = 0, ""
    try:
        while not job.checkpoint.get("done"):
            block = await making
            weighed = block.weighed
            await _check_approved(job, run, weighed)
            if not weighed.is_last:
                making = asyncio.ensure_future(_next_block(job, run, weighed.last_client_id, weighed.digest))
            try:
                await _advance(job, run, block)
            except (UniqueViolationError, ItemsChanged):
                attempt, lost = attempt + 1 if weighed.digest == lost else 1, weighed.digest
                if attempt == _CLAIM_ATTEMPTS:
                    raise
                making.cancel()
                making = asyncio.ensure_future(_next_block(job, run, _after(job.checkpoint), _digest(job, run)))
    finally:
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)


async def _next_block(job: RunningJob, run: Run, after: UUID | None, digest: str) -> Block:
    weighed = await _weigh(job, run, after, digest)
    if not run.is_live:
        return Block(weighed)
    async with job.database.transaction(job.context, read_only=True) as session:
        return await ready_block(session, run, weighed)


async def _weigh(job: RunningJob, run: Run, after: UUID | None, digest: str) -> Weighed:
    only = [UUID(one) for one in job.only] if job.only is not None else None
    async with job.database.transaction(job.context, read_only=True) as session:
        return await weigh_block(session, run, after=after, digest=digest, only=only)


async def _advance(job: RunningJob, run: Run, block: Block) -> None:
    seen, weighed = job.checkpoint, block.weighed
    tally = Tally(**seen.get("tally", _counted(run)))
    async with job.step() as session:
        refusals: Sequence[Refusal] = weighed.refusals
        if run.is_live:
            tally, refusals = await issue_block(session, run, block, tally, now=now())
        else:
            tally = await preview_block(session, run, weighed, tally)
        await job.refuse_all(session, [(one.client_id, one.code, one.message) for one in refusals])
        await job.advance(
            session,
            done=weighed.item_count,
            checkpoint={
                **seen,
                "after": str(weighed.last_client_id or seen.get("after") or ""),
                "tally": asdict(tally),
                "digest": weighed.digest,
                "refused": seen.get("refused", 0) + len(refusals),
                "asked": seen.get("asked", 0) + len(block.to_ask),
                "done": weighed.is_last,
            },
        )


async def _bill_deducted(job: RunningJob, run: Run) -> None:
    """Work off the clients whose invoices waited for preinvoice; without an answer another worker goes on soon."""
    attempt = 0
    while True:
        try:
            done = await _deduct(job, run)
        except (UniqueViolationError, ItemsChanged):
            attempt += 1
            if attempt == _CLAIM_ATTEMPTS:
                raise
            continue
        if done.done:
            return
        if done.waiting:
            raise JobLater(_ANSWER_SECONDS)


async def _deduct(job: RunningJob, run: Run) -> Deducted:
    seen = job.checkpoint
    async with job.step() as session:
        done = await bill_deducted(session, run, Tally(**seen["tally"]), now=now())
        failpoint("invoice_run.deducted_before_commit")
        if done.done or done.waiting:
            return done
        await job.refuse_all(session, [(one.client_id, one.code, one.message) for one in done.refusals])
        reached = {"tally": asdict(done.tally), "refused": seen.get("refused", 0) + len(done.refusals)}
        await job.advance(session, done=0, checkpoint={**seen, **reached})
    failpoint("invoice_run.deducted_after_commit")
    return done


async def _compare(job: RunningJob, run: Run) -> None:
    """Weigh the whole run before anything is issued, and remember the digest after each block: that is approved."""
    after, digest, is_last, approved = None, run.digest, False, {}
    while not is_last:
        weighed = await _weigh(job, run, after, digest)
        after, digest, is_last = weighed.last_client_id, weighed.digest, weighed.is_last
        approved[str(after)] = digest
    if digest != run.bound_digest:
        await _stop_stale(job, run, digest)
    async with job.step() as session:
        await job.advance(session, done=0, checkpoint={**job.checkpoint, "approved": approved})


async def _check_approved(job: RunningJob, run: Run, weighed: Weighed) -> None:
    """A block that has changed since it was compared is not issued, nor is anything after it."""
    approved = job.checkpoint.get("approved")
    if approved is not None and approved.get(str(weighed.last_client_id)) != weighed.digest:
        await _stop_stale(job, run, _digest(job, run))


async def _stop_stale(job: RunningJob, run: Run, digest: str) -> NoReturn:
    """`NotAllowedNow("stale_digest")`: what was issued stands, the rest waits for a new preview."""
    async with job.step() as session:
        tally = Tally(**job.checkpoint.get("tally", _counted(run)))
        await end_run(session, run, tally, state="failed", digest=digest, now=now())
    raise NotAllowedNow("stale_digest", "The selection would no longer give what the preview showed.")


def _counted(run: Run) -> dict[str, Any]:
    """Where the tally stands when a job begins: at nothing, or where the run that is retried ended."""
    return {
        "invoice_count": run.invoice_count,
        "item_count": run.item_count,
        "left_out_count": run.left_out_count,
        "total_amounts": run.total_amounts,
    }


def _digest(job: RunningJob, run: Run) -> str:
    digest: str = job.checkpoint.get("digest", run.digest)
    return digest


def _after(checkpoint: dict[str, Any]) -> UUID | None:
    return UUID(checkpoint["after"]) if checkpoint.get("after") else None


async def settle_open_invoices(job: RunningJob) -> dict[str, Any]:
    """Bring the open invoices that a changed tax or station group bears on in line, some contracts at a time."""
    ids = [UUID(one) for one in job.request["ids"]]
    settled = 0
    while True:
        async with job.step() as session:
            found = await open_contracts_of(session, job.request["register"], ids)
            waiting = after(found, job.checkpoint.get("done", ""))[:_SETTLED_AT_ONCE]
            if not waiting:
                return {"contract_count": settled}
            await settle_contracts(session, waiting)
            await job.advance(session, done=len(waiting), checkpoint={"done": str(waiting[-1])})
        settled += len(waiting)


JOBS: Jobs = {
    "invoice_run": run_invoice_run,
    SETTLING: settle_open_invoices,
    **PRINTING,
    **EXPORTING,
    **MAILING,
}
