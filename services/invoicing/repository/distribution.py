"""The distribution list: every issued invoice with what became of sending it (MA-INV-30)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, and_, case, exists, func, literal, or_, select

from services.invoicing import tables
from services.invoicing.domain.distribution import Failure, Status
from shared.runtime.db import AsyncSession, context_of, driver
from shared.runtime.jobs.views import JOB

Record = dict[str, Any]
_invoice = tables.Invoice.__table__  # type: ignore[attr-defined]
_sending = tables.Distribution.__table__  # type: ignore[attr-defined]
_client = tables.Client.__table__  # type: ignore[attr-defined]
_parameter = tables.Parameter.__table__  # type: ignore[attr-defined]
_document = tables.Document.__table__  # type: ignore[attr-defined]
_LIVE_JOB = ("queued", "running")


def distribution_list() -> Select[Any]:
    """Issued invoices, each with its standing.

    What is queued by a job that ended without sending it, say because somebody cancelled it, is back where it was; what
    such a job had handed to the mail server is in doubt.
    """
    orphaned = and_(_sending.c.status == Status.QUEUED, or_(JOB.c.id.is_(None), JOB.c.state.not_in(_LIVE_JOB)))
    in_doubt = and_(orphaned, _sending.c.handed_over_at.is_not(None))
    status = case(
        (_sending.c.invoice_id.is_(None), Status.NOT_SENT.value),
        (in_doubt, Status.FAILED.value),
        (and_(orphaned, _sending.c.sent_at.is_not(None)), Status.SENT.value),
        (orphaned, Status.NOT_SENT.value),
        else_=_sending.c.status,
    )
    campaign = _invoice.c.frozen["recipient"]["email"].astext
    return (
        select(
            _invoice.c.id.label("invoice_id"),
            func.coalesce(_sending.c.version, 0).label("version"),
            _invoice.c.invoice_no,
            _invoice.c.kind,
            _invoice.c.document,
            _invoice.c.legal_entity_id,
            _invoice.c.client_id,
            _invoice.c.invoice_run_id,
            _invoice.c.invoice_on,
            _invoice.c.currency,
            _invoice.c.total_amount,
            status.label("status"),
            func.coalesce(
                func.nullif(_sending.c.address, ""), func.nullif(campaign, ""), _client.c.email, literal("", Text)
            ).label("address"),
            func.coalesce(_sending.c.sent_to, "").label("sent_to"),
            func.coalesce(_sending.c.tries, 0).label("tries"),
            _sending.c.queued_at,
            _sending.c.next_try_at,
            _sending.c.sent_at,
            case((in_doubt, Failure.IN_DOUBT.value), else_=func.coalesce(_sending.c.failure_code, "")).label(
                "failure_code"
            ),
            func.coalesce(_sending.c.failure_text, "").label("failure_text"),
            exists().where(_document.c.invoice_id == _invoice.c.id).label("printed"),
            func.coalesce(_parameter.c.stated["email_zero_invoices"].as_boolean(), False).label("zero_invoices"),
        )
        .outerjoin(_sending, _sending.c.invoice_id == _invoice.c.id)
        .outerjoin(JOB, JOB.c.id == _sending.c.job_id)
        .outerjoin(_client, _client.c.id == _invoice.c.client_id)
        .outerjoin(_parameter, _parameter.c.id == _invoice.c.legal_entity_id)
        .where(_invoice.c.no.is_not(None))
    )


async def lock_listed(session: AsyncSession, invoice_ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Those of these invoices that are issued, as they stand on the list; nobody else moves them meanwhile."""
    ids = sorted(set(invoice_ids))
    locked = select(_invoice.c.id).where(_invoice.c.id.in_(ids)).order_by(_invoice.c.id)
    await session.execute(locked.with_for_update(key_share=True))
    rows = (await session.execute(distribution_list().where(_invoice.c.id.in_(ids)))).mappings()
    return {row["invoice_id"]: dict(row) for row in rows}


async def set_address(session: AsyncSession, invoice_id: UUID, address: str) -> None:
    """Give one invoice an address of its own, or with "" none."""
    await (await driver(session)).execute(_SET_ADDRESS, context_of(session).tenant_id, invoice_id, address)


async def settle(session: AsyncSession, invoice_id: UUID, status: Status) -> None:
    """A person says of a mail in doubt whether it arrived."""
    await (await driver(session)).execute(_SETTLE, context_of(session).tenant_id, invoice_id, status.value)


async def queue(session: AsyncSession, invoice_ids: Sequence[UUID], job_id: UUID, now: datetime) -> None:
    """Queue these invoices for a job; what was sent before begins another sending, with a message id of its own."""
    await (await driver(session)).execute(_QUEUE, context_of(session).tenant_id, list(invoice_ids), job_id, now)


_INSERT = """
INSERT INTO distribution (tenant_id, invoice_id, version, status, address, sent_to, sending, tries, job_id, queued_at,
  failure_code, failure_text)
"""
_SET_ADDRESS = f"""
{_INSERT} VALUES ($1, $2, 1, 'not_sent', $3, '', 1, 0, NULL, NULL, '', '')
ON CONFLICT (tenant_id, invoice_id) DO UPDATE SET address = excluded.address, version = distribution.version + 1
"""
_QUEUE = f"""
{_INSERT} SELECT $1, invoice_id, 1, 'queued', '', '', 1, 0, $3, $4, '', '' FROM unnest($2::uuid[]) AS invoice_id
ON CONFLICT (tenant_id, invoice_id) DO UPDATE SET
  version = distribution.version + 1, status = 'queued', sending = distribution.sending
    + (distribution.status = 'sent')::int, tries = 0, job_id = excluded.job_id, queued_at = excluded.queued_at,
  next_try_at = NULL, handed_over_at = NULL, failure_code = '', failure_text = ''
"""
_SETTLE = """
UPDATE distribution SET version = version + 1, status = $3, failure_code = '', failure_text = '',
  sent_at = CASE $3 WHEN 'sent' THEN handed_over_at ELSE sent_at END, handed_over_at = NULL
WHERE tenant_id = $1 AND invoice_id = $2
"""
