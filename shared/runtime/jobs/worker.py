"""The worker's side of jobs: claim under a lease, run, renew, end; any number of replicas may do it."""

import asyncio
import os
import random
import socket
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

import structlog

from shared.kernel.errors import BillingError
from shared.runtime.db import Database, is_transient
from shared.runtime.jobs import lease
from shared.runtime.jobs.metrics import JOB_SECONDS, OLDEST_QUEUED
from shared.runtime.jobs.running import (
    LEASE_SECONDS,
    JobCancelled,
    JobLater,
    Jobs,
    LeaseLost,
    RunningJob,
    WorkerStopping,
)

_POLL_SECONDS = 0.25
_GAUGE_SECONDS = 15.0
_RENEW_SECONDS = LEASE_SECONDS / 3
_GRACE_SECONDS = 20.0
_MAX_ATTEMPTS = 5
_MAX_DELAY = 30.0

_log = structlog.get_logger()


async def run_jobs(
    database: Database, jobs: Jobs, *, stopping: asyncio.Event, concurrency: int = 1, apart: Collection[str] = ()
) -> None:
    """Run queued jobs of the given kinds until `stopping` is set; `concurrency` of them at a time.

    Each of the kinds `apart` has a lane of its own beside: nobody waits for it, so it may not hold up what is waited
    for. A running handler is stopped at its next step, and its lease is given back for another worker to go on.
    """
    owner = f"{socket.gethostname()}:{os.getpid()}"
    together = [kind for kind in jobs if kind not in apart]
    async with asyncio.TaskGroup() as lanes:
        lanes.create_task(_watch_queue(database, list(jobs), stopping))
        for kinds in [together] * concurrency + [[kind] for kind in apart]:
            lanes.create_task(_lane(database, jobs, kinds, owner, stopping))


async def _lane(database: Database, jobs: Jobs, kinds: Sequence[str], owner: str, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        try:
            job = await lease.claim(database, kinds, owner, stopping)
            if job is None:
                await _pause(stopping, _POLL_SECONDS)
                continue
            await _run(jobs, job)
        except Exception as error:
            if not is_transient(error):
                _log.exception("job_lane_failed")
            await _pause(stopping, random.uniform(0.5, 2.0))  # noqa: S311  jitter


async def _run(jobs: Jobs, job: RunningJob) -> None:
    log = _log.bind(job_id=str(job.id), kind=job.kind, tenant_id=str(job.context.tenant_id))
    try:
        if job.attempts > _MAX_ATTEMPTS:
            await _end(job, "failed", error=("attempts_exhausted", "The job was begun too often without any progress."))
            return
        result = await _with_heartbeat(jobs, job)
        await _end(job, "completed", result=result)
    except LeaseLost:
        log.warning("job_lease_lost", epoch=job.epoch)
    except WorkerStopping:
        await lease.release(job, seconds=0, attempts=-1)
    except JobLater as later:
        await lease.release(job, seconds=later.seconds, attempts=-1)
    except JobCancelled:
        await _end(job, "cancelled")
    except BillingError as error:
        await _end(job, "failed", error=(error.code, error.message))
    except Exception as error:
        if is_transient(error):
            log.warning("job_interrupted", error=type(error).__name__, attempt=job.attempts)
            longest = min(_MAX_DELAY, 0.5 * 2**job.attempts)
            await lease.release(job, seconds=random.uniform(0, longest))  # noqa: S311  jitter
            return
        log.exception("job_failed")
        await _end(job, "failed", error=("internal_error", "The job met an unexpected error."))


async def _with_heartbeat(jobs: Jobs, job: RunningJob) -> dict[str, Any]:
    """The handler's result, its lease renewed beside it; a lease lost or a stop overdue cancels the handler."""
    handler = asyncio.ensure_future(jobs[job.kind](job))
    heartbeat = asyncio.ensure_future(_heartbeat(job))
    try:
        await asyncio.wait({handler, heartbeat}, return_when=asyncio.FIRST_COMPLETED)
        if handler.done():
            return handler.result()
        raise heartbeat.exception() or LeaseLost()
    finally:
        for task in (handler, heartbeat):
            task.cancel()
        await asyncio.gather(handler, heartbeat, return_exceptions=True)


async def _heartbeat(job: RunningJob) -> None:
    while not job.stopping.is_set():
        await _pause(job.stopping, _RENEW_SECONDS)
        try:
            await lease.renew(job)
        except Exception as error:
            if not is_transient(error):
                raise
    await asyncio.sleep(_GRACE_SECONDS)
    raise WorkerStopping


async def _end(
    job: RunningJob, state: str, *, result: dict[str, Any] | None = None, error: tuple[str, str] | None = None
) -> None:
    with suppress(LeaseLost):
        outcome, seconds = await lease.end(job, state, result, error)
        JOB_SECONDS.labels(job.kind, outcome).observe(seconds)


async def _watch_queue(database: Database, kinds: Sequence[str], stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        try:
            OLDEST_QUEUED.set(await lease.oldest_queued_seconds(database, kinds))
        except Exception as error:
            if not is_transient(error):
                raise
        await _pause(stopping, _GAUGE_SECONDS)


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
