"""Send invoices to their readers: queued at a person's word, never twice but by one who says so (MA-INV-30)."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.invoicing.domain.distribution import Listed, Refused, Status, is_in_doubt, why_not
from services.invoicing.domain.mail_address import addresses
from services.invoicing.repository import distribution
from services.invoicing.repository.distribution import Record
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import new_id
from shared.runtime.audit import Change, audit, audit_all
from shared.runtime.db import AsyncSession
from shared.runtime.jobs import enqueue

JOB = "send_invoices"


class Queued(NamedTuple):
    """The job that sends what was queued, None when there was nothing to queue, and what was refused."""

    job_id: UUID | None
    refused: list[Refused]


async def queue_sending(session: AsyncSession, invoice_ids: Sequence[UUID], *, resend: bool, now: datetime) -> Queued:
    """Queue invoices for sending by a job of their own; each is queued or refused for itself."""
    ids, job_id = list(dict.fromkeys(invoice_ids)), new_id()
    refused = await queue_for(session, job_id, ids, resend=resend, now=now)
    count = len(ids) - len(refused)
    if not count:
        return Queued(None, refused)
    known = {one.invoice_id for one in refused}
    request = {"invoice_ids": [str(one) for one in ids if one not in known]}
    await enqueue(session, JOB, request, job_id=job_id, total=count)
    return Queued(job_id, refused)


async def queue_for(
    session: AsyncSession, job_id: UUID, invoice_ids: Sequence[UUID], *, resend: bool, now: datetime
) -> list[Refused]:
    """Queue invoices for this job, and answer those that may not be."""
    listed = await distribution.lock_listed(session, invoice_ids)
    refused = [
        Refused(one, "invoice_not_found", "There is no such issued invoice.")
        for one in invoice_ids
        if one not in listed
    ]
    refused += [no for row in listed.values() if (no := why_not(_listed(row), resend=resend))]
    known = {one.invoice_id for one in refused}
    taken = [one for one in listed if one not in known]
    await distribution.queue(session, taken, job_id, now)
    changes = [
        Change(one, {"status": listed[one]["status"]}, {"status": Status.QUEUED, "address": listed[one]["address"]})
        for one in taken
    ]
    await audit_all(session, action="invoice.queued_for_sending", entity="invoice", changes=changes)
    return refused


async def change_address(session: AsyncSession, invoice_id: UUID, address: str, *, version: int) -> None:
    """Send this invoice elsewhere; "" is where its campaign or client says.

    `NotFound("invoice_not_found")`, `StaleVersion`, `Invalid("bad_address")`,
    `NotAllowedNow("already_queued")` while it is being sent.
    """
    row = await _locked(session, invoice_id, version)
    if address and not addresses(address):
        text = "Up to ten e-mail addresses, apart by commas or semicolons."
        raise Invalid.of([Fault("/address", "bad_address", text, field="address")])
    if row["status"] == Status.QUEUED:
        raise NotAllowedNow("already_queued", "The invoice is being sent.")
    await distribution.set_address(session, invoice_id, address)
    await audit(
        session,
        action="invoice.address_changed",
        entity="invoice",
        entity_id=invoice_id,
        before={"address": row["address"]},
        after={"address": address},
    )


async def settle_doubt(session: AsyncSession, invoice_id: UUID, *, arrived: bool, reason: str, version: int) -> None:
    """A person has found out whether a mail in doubt arrived: it is sent, or it is not and may be queued again.

    `NotFound("invoice_not_found")`, `StaleVersion`, `NotAllowedNow("not_in_doubt")`.
    """
    row = await _locked(session, invoice_id, version)
    if not is_in_doubt(row["status"], row["failure_code"]):
        raise NotAllowedNow("not_in_doubt", "What became of the mail is known.")
    after = Status.SENT if arrived else Status.NOT_SENT
    await distribution.settle(session, invoice_id, after)
    await audit(
        session,
        action="invoice.sending_settled",
        entity="invoice",
        entity_id=invoice_id,
        before={"status": row["status"]},
        after={"status": after},
        reason=reason,
    )


async def _locked(session: AsyncSession, invoice_id: UUID, version: int) -> Record:
    row = (await distribution.lock_listed(session, [invoice_id])).get(invoice_id)
    if row is None:
        raise NotFound("invoice_not_found", "There is no such issued invoice.")
    if row["version"] != version:
        raise StaleVersion
    return row


def _listed(row: Record) -> Listed:
    return Listed(**{name: row[name] for name in Listed._fields})
