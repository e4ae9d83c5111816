"""Long work: rows that workers claim under a fenced lease, restart from a checkpoint and report item by item."""

from shared.runtime.jobs.queue import enqueue
from shared.runtime.jobs.running import Job, JobCancelled, Jobs, LeaseLost, RunningJob
from shared.runtime.jobs.worker import run_jobs

__all__ = ["Job", "JobCancelled", "Jobs", "LeaseLost", "RunningJob", "enqueue", "run_jobs"]
