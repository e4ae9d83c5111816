"""A worker process that counts slowly: `python -m tests.shared.counting_worker <database url>`, for a test to kill."""

import asyncio
import sys
from typing import Any

from shared.runtime.db import Database
from shared.runtime.jobs import RunningJob, run_jobs


async def count(job: RunningJob) -> dict[str, Any]:
    """Count to `request.to`, a step each, remembering how far it came."""
    reached = job.checkpoint.get("reached", 0)
    while reached < job.request["to"]:
        async with job.step() as session:
            reached += 1
            await job.advance(session, done=1, checkpoint={"reached": reached})
        await asyncio.sleep(job.request.get("pause", 0))
    return {"reached": reached, "epoch": job.epoch}


if __name__ == "__main__":
    asyncio.run(run_jobs(Database(sys.argv[1]), {"count": count}, stopping=asyncio.Event()))
