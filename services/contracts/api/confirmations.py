"""Confirmations of contracts, and the queue of those wanted on paper (CT-DOC)."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy import select

from services.contracts import tables
from services.contracts.api.files import ANY_KIND, file_answer
from services.contracts.application.confirming import confirmation_of
from services.contracts.application.queueing import print_by_id, print_queued
from services.contracts.documents import confirmation
from services.contracts.repository.radio import contract, contract_by_id
from services.contracts.repository.rows import Record, table_of
from services.contracts.schemas.confirmations import Format, PrintShape, PrintView, QueuedRow, RevisionRow
from shared.kernel.errors import NotFound
from shared.runtime.http import Db, Now, Router, needs
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["confirmations"])
_confirmation = table_of(tables.Confirmation)
_queue = table_of(tables.ConfirmationQueue)
_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/v1/contracts/{contract_id}/confirmation", response_class=Response, responses=ANY_KIND)
@needs("contract:read")
async def show_confirmation(
    contract_id: UUID,
    session: Db,
    now: Now,
    revision: Annotated[int | None, Query(ge=1, le=1_000_000, description="The newest when left out.")] = None,
    format: Annotated[Format, Query(description="pdf to print, html to preview, any to export.")] = "pdf",
    download: Annotated[bool, Query(description="As a file to be saved (CT-DOC-03).")] = False,
) -> Response:
    """Print, preview or export the confirmation; a draft's is marked as not approved (CT-DOC-01 to CT-DOC-06)."""
    content = await confirmation_of(session, contract_id, revision, now)
    made = await asyncio.to_thread(confirmation, content, format)
    name = f"confirmation-{content['contract_no']}-{content['revision'] or 'draft'}"
    return file_answer(made, name, format, download=download)


@router.get("/v1/contracts/{contract_id}/confirmations", summary="List revisions of contract")
@needs("contract:read")
async def list_revisions(contract_id: UUID, session: Db, query: Annotated[ListQuery, Query()]) -> Page[RevisionRow]:
    """The revisions that can be printed, oldest first (CT-DOC-05)."""
    await contract_by_id(session, contract_id)
    statement = select(_confirmation.c.contract_id, _confirmation.c.revision, _confirmation.c.made_at).where(
        _confirmation.c.contract_id == contract_id
    )
    return await page(session, statement, keys=(_confirmation.c.revision,), query=query, shape=RevisionRow)


@router.get("/v1/confirmation-queue", summary="List queued confirmations")
@needs("contract:read")
async def list_queue(session: Db, query: Annotated[ListQuery, Query()]) -> Page[QueuedRow]:
    """Confirmations that wait to be printed, in the order in which their contracts were approved (CT-DOC-07)."""
    statement = select(_queue, contract.c.contract_no, contract.c.client_id).join(
        contract, contract.c.id == _queue.c.contract_id
    )
    return await page(session, statement, keys=(_queue.c.id,), query=query, shape=QueuedRow)


@router.post("/v1/confirmation-prints", status_code=201)
@needs("contract:write")
async def print_confirmations(body: PrintShape, session: Db, now: Now) -> PrintView:
    """Print all or selected entries of the queue, which then leave it (CT-DOC-07)."""
    return _view(await print_queued(session, body.entry_ids, now))


@router.get("/v1/confirmation-prints/{print_id}", summary="Show print of confirmations")
@needs("contract:read")
async def show_print(print_id: UUID, session: Db) -> PrintView:
    """A print, and whether its document is ready."""
    return _view(await print_by_id(session, print_id))


@router.get(
    "/v1/confirmation-prints/{print_id}/document",
    summary="Show document of print",
    response_class=Response,
    responses=_PDF,
)
@needs("contract:read")
async def show_print_document(print_id: UUID, session: Db) -> Response:
    """The confirmations of a print in one PDF/A-3b."""
    made = await print_by_id(session, print_id)
    if made["content"] is None:
        raise NotFound("not_printed", "The print has no document yet.")
    return Response(made["content"], media_type="application/pdf")


def _view(made: Record) -> PrintView:
    url = f"/v1/contracts/confirmation-prints/{made['id']}/document"
    return PrintView.model_validate({**made, "ready": made["content"] is not None, "document_url": url})
