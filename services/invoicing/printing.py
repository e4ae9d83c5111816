"""The job that prints issued invoices, a few at a time; a document is stored once (PI-RUN-12)."""

import asyncio
import hashlib
from typing import Any
from uuid import UUID

from services.invoicing.application.print_documents import JOB
from services.invoicing.documents import TEMPLATE_VERSION, render
from services.invoicing.repository.documents import Record, store, unprinted
from shared.runtime.jobs import Jobs, RunningJob

_AT_ONCE = 20


async def print_documents(job: RunningJob) -> dict[str, Any]:
    """Print what waits; killed half-way, it goes on with what is left."""
    run_id = UUID(job.request["run_id"]) if job.request["run_id"] else None
    invoice_ids = [UUID(one) for one in job.request["invoice_ids"]]
    printed = 0
    while True:
        async with job.step() as session:
            waiting = await unprinted(session, run_id, invoice_ids, _AT_ONCE)
        if not waiting:
            return {"printed_count": printed}
        documents = [await asyncio.to_thread(_printed, header, lines) for header, lines in waiting]
        async with job.step() as session:
            await store(session, documents)
            await job.advance(session, done=len(documents))
        printed += len(documents)


def _printed(header: Record, lines: list[Record]) -> tuple[UUID, int, bytes, bytes]:
    content = render(header, lines, header["voucher_no"] or "")
    return header["id"], TEMPLATE_VERSION, hashlib.sha256(content).digest(), content


PRINTING: Jobs = {JOB: print_documents}
