"""The job that prints issued invoices, a few at a time; a document is stored once (PI-RUN-12)."""

from typing import Any
from uuid import UUID

from services.invoicing.application.print_documents import JOB
from services.invoicing.printing.paper import keep, printed
from services.invoicing.repository.documents import unprinted
from shared.kernel.errors import BillingError
from shared.runtime.jobs import Jobs, RunningJob

_AT_ONCE = 20


async def print_documents(job: RunningJob) -> dict[str, Any]:
    """Print what waits; killed half-way, it goes on with what is left. A retry prints what was refused."""
    run_id = UUID(job.request["run_id"]) if job.request["run_id"] else None
    invoice_ids = [UUID(one) for one in job.request["invoice_ids"]]
    count, refused = 0, [UUID(one) for one in job.checkpoint.get("refused", [])]
    while True:
        async with job.step() as session:
            waiting = await unprinted(session, run_id, invoice_ids, _AT_ONCE, refused)
        if not waiting:
            return {"printed_count": count}
        done = [(paper.header["id"], await printed(paper)) for paper in waiting]
        contents = {id_: one for id_, one in done if isinstance(one, bytes)}
        refusals = [(id_, one.code, one.message) for id_, one in done if isinstance(one, BillingError)]
        refused += [invoice_id for invoice_id, _, _ in refusals]
        async with job.step() as session:
            await keep(session, contents)
            await job.refuse_all(session, refusals)
            await job.advance(session, done=len(done), checkpoint={"refused": [str(one) for one in refused]})
        count += len(contents)


PRINTING: Jobs = {JOB: print_documents}
