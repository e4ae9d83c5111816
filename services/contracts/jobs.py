"""The long work of contracts: applying large files."""

from services.contracts.imports import IMPORTS
from shared.runtime.imports import import_jobs
from shared.runtime.jobs import Jobs

JOBS: Jobs = {**import_jobs(IMPORTS)}
