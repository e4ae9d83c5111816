"""Invoice distribution: which invoices are sent, where to, and what became of it (MA-INV-30)."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from services.invoicing.application.distribute import change_address, queue_sending, settle_doubt
from services.invoicing.repository.distribution import distribution_list
from shared.events.examples import INVOICE, OTHER_INVOICE, example
from shared.events.fields import Amount, CurrencyCode, Day, Flag, Moment, Shape, Text, View
from shared.events.invoicing import InvoiceKind
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Now, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page
from shared.runtime.views import MinorView

router = Router(tags=["invoice distribution"])
StatusName = Literal["not_sent", "queued", "sent", "failed"]


class DistributionQuery(ListQuery):
    """Filters of the distribution list."""

    status: list[StatusName] | None = Field(None, description="`failed` ones say why.")
    kind: list[InvoiceKind] | None = Field(None, description="What the invoice bills.")
    document: list[Literal["invoice", "credit_note"]] | None = Field(
        None, description="Invoices only, or credit notes only."
    )
    client_id: list[UUID] | None = None
    legal_entity_id: list[UUID] | None = None
    invoice_run_id: list[UUID] | None = None
    invoice_on_gte: Day | None = Field(None, alias="invoice_on.gte")
    invoice_on_lte: Day | None = Field(None, alias="invoice_on.lte")


class DistributionRow(MinorView):
    """An issued invoice and its sending.

    `address` is where it goes next, `sent_to` where it last went. A `failure_code` of `mail_in_doubt` means that it may
    have arrived: somebody says whether it did. `printed` invoices have the document that is sent.
    """

    invoice_id: UUID
    version: int
    invoice_no: str
    kind: InvoiceKind
    document: Literal["invoice", "credit_note"]
    legal_entity_id: UUID
    client_id: UUID
    invoice_run_id: UUID | None
    invoice_on: Day
    currency: CurrencyCode
    total_amount: Amount
    status: StatusName
    address: str
    sent_to: str
    tries: int
    queued_at: Moment | None
    next_try_at: Moment | None
    sent_at: Moment | None
    failure_code: str
    failure_text: str
    printed: bool


class AddressShape(Shape):
    """Where one invoice is sent instead; "" goes back to what its campaign or client says."""

    model_config = example(address="accounts@alfa.example")

    address: Text(1_000) = Field(description="Up to ten, apart by commas.")  # type: ignore[valid-type]


class SendingShape(Shape):
    """Invoices to send. What has been sent goes out again only with `resend`; nothing is credited for it."""

    model_config = example(invoice_ids=[INVOICE, OTHER_INVOICE], resend=True)

    invoice_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    resend: Flag = Field(False, description="Also what has been sent before.")


class SendingResult(View):
    """What became of one invoice: queued, or the code of its refusal."""

    invoice_id: UUID
    status: Literal[202, 404, 409]
    code: str = ""
    message: str = ""


class SendingResults(View):
    """A result per invoice in the order asked, and the job that sends the queued ones."""

    job_id: UUID | None
    items: list[SendingResult]


class DoubtShape(Shape):
    """Whether a mail in doubt arrived: it is `sent`, or it is `not_sent` and may be sent again."""

    model_config = example(to="sent", reason="The client has confirmed it by phone.")

    to: Literal["sent", "not_sent"] = Field(description="What a person found out: it arrived, or it did not.")
    reason: Text(500, 1)  # type: ignore[valid-type]


@router.get("/v1/distribution", summary="List invoices to send")
@needs("distribution:read")
async def list_distribution(session: Db, query: Annotated[DistributionQuery, Query()]) -> Page[DistributionRow]:
    """Issued invoices with what became of sending them, in the order they were made."""
    listed = distribution_list().subquery()
    statement = listed.select()
    for name in ("status", "kind", "document", "client_id", "legal_entity_id", "invoice_run_id"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(listed.c[name].in_(wanted))
    if query.invoice_on_gte is not None:
        statement = statement.where(listed.c.invoice_on >= query.invoice_on_gte)
    if query.invoice_on_lte is not None:
        statement = statement.where(listed.c.invoice_on <= query.invoice_on_lte)
    return await page(session, statement, keys=(listed.c.invoice_id,), query=query, shape=DistributionRow)


@router.get("/v1/distribution/{invoice_id}", summary="Show sending of invoice")
@needs("distribution:read")
async def show_distribution(invoice_id: UUID, session: Db, response: Response) -> DistributionRow:
    """One issued invoice and its sending."""
    return await _view(session, invoice_id, response)


@router.patch("/v1/distribution/{invoice_id}")
@needs("distribution:write")
async def change_sending_address(
    invoice_id: UUID, body: AddressShape, version: Version, session: Db, response: Response
) -> DistributionRow:
    """Send an invoice to another address."""
    await change_address(session, invoice_id, body.address, version=version)
    return await _view(session, invoice_id, response)


@router.post("/v1/distribution/bulk", status_code=207)
@needs("distribution:write", key="required")
async def send_invoices(body: SendingShape, session: Db, now: Now, response: Response) -> SendingResults:
    """Queue invoices for sending; each is queued or refused for itself, and a job sends them."""
    done = await queue_sending(session, body.invoice_ids, resend=body.resend, now=now)
    if done.job_id:
        response.headers["Location"] = f"/v1/jobs/{done.job_id}"
    refused = {one.invoice_id: one for one in done.refused}
    items = []
    for invoice_id in dict.fromkeys(body.invoice_ids):
        no = refused.get(invoice_id)
        status = 202 if no is None else 404 if no.code == "invoice_not_found" else 409
        why = {"code": no.code, "message": no.message} if no else {}
        items.append(SendingResult.model_validate({"invoice_id": invoice_id, "status": status, **why}))
    return SendingResults(job_id=done.job_id, items=items)


@router.post("/v1/distribution/{invoice_id}/transitions", summary="Settle mail in doubt")
@needs("distribution:write")
async def settle_sending(
    invoice_id: UUID, body: DoubtShape, version: Version, session: Db, response: Response
) -> DistributionRow:
    """Say of a mail in doubt whether it arrived."""
    arrived = body.to == "sent"
    await settle_doubt(session, invoice_id, arrived=arrived, reason=body.reason, version=version)
    return await _view(session, invoice_id, response)


async def _view(session: AsyncSession, invoice_id: UUID, response: Response) -> DistributionRow:
    listed = distribution_list().subquery()
    found = (await session.execute(listed.select().where(listed.c.invoice_id == invoice_id))).mappings().first()
    if found is None:
        raise NotFound("invoice_not_found", "There is no such issued invoice.")
    tag(response, found["version"])
    return DistributionRow.model_validate(dict(found))
