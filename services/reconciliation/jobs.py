"""The long work of reconciliation: applying large files."""

from services.reconciliation.imports import IMPORTS
from shared.runtime.imports import import_jobs
from shared.runtime.jobs import Jobs

JOBS: Jobs = {**import_jobs(IMPORTS)}
