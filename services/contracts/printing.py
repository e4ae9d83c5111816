"""The job that makes the PDF of a print of confirmations (CT-DOC-07)."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import update

from services.contracts import tables
from services.contracts.application.queueing import JOB, contents_of
from services.contracts.documents import confirmations
from services.contracts.repository.rows import table_of
from shared.runtime.jobs import Jobs, RunningJob

_print = table_of(tables.ConfirmationPrint)


async def print_confirmations(job: RunningJob) -> dict[str, Any]:
    """Typeset all of them at once; the same print gives the same bytes, so a second try does no harm."""
    print_id = UUID(job.request["print_id"])
    async with job.step() as session:
        contents = await contents_of(session, print_id)
    content = await asyncio.to_thread(confirmations, contents)
    async with job.step() as session:
        await session.execute(update(_print).where(_print.c.id == print_id).values(content=content))
        await job.advance(session, done=len(contents))
    return {"printed_count": len(contents)}


PRINTING: Jobs = {JOB: print_confirmations}
