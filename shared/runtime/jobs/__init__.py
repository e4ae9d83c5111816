"""Long work: rows that workers claim under a fenced lease, restart from a checkpoint and report item by item."""

from shared.runtime.jobs.queue import enqueue, note_refusals
from shared.runtime.jobs.running import Job, JobCancelled, JobLater, Jobs, LeaseLost, RunningJob
from shared.runtime.jobs.worker import run_jobs

__all__ = ["Job", "JobCancelled", "JobLater", "Jobs", "LeaseLost", "RunningJob", "enqueue", "note_refusals", "run_jobs"]
