"""What operators watch about jobs."""

from prometheus_client import Gauge, Histogram

JOB_SECONDS = Histogram(
    "mb_job_duration_seconds",
    "From the first start of a job to its end.",
    ("kind", "outcome"),
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600),
)
OLDEST_QUEUED = Gauge("mb_job_oldest_queued_seconds", "How long the oldest queued job has waited; 0 when none waits.")
