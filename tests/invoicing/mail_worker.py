"""A worker process that sends mail: `python -m tests.invoicing.mail_worker <database url>`, for a test to kill."""

import asyncio
import sys

from services.invoicing.mailing import MAILING
from shared.runtime.db import Database
from shared.runtime.jobs import run_jobs

if __name__ == "__main__":
    asyncio.run(run_jobs(Database(sys.argv[1]), MAILING, stopping=asyncio.Event()))
