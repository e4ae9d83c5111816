"""Mails on their way: the queued invoices of one job, and what becomes of each try."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from shared.runtime.db import AsyncSession, context_of, driver

Record = dict[str, Any]


class Tally(NamedTuple):
    """How many of a job's mails are sent, and how many failed."""

    sent_count: int
    failed_count: int


async def doubt(session: AsyncSession, job_id: UUID, text: str) -> list[UUID]:
    """Mails that a worker of this job handed over and never came back to fail, in doubt."""
    rows = await (await driver(session)).fetch(_DOUBT, context_of(session).tenant_id, job_id, text)
    return [row[0] for row in rows]


async def tally(session: AsyncSession, job_id: UUID) -> Tally:
    """How far the job is."""
    return Tally(*await (await driver(session)).fetchrow(_TALLY, context_of(session).tenant_id, job_id))


async def next_due(session: AsyncSession, job_id: UUID, now: datetime) -> Record | None:
    """The job's next invoice to send now, with its document and all that its mail says."""
    row = await (await driver(session)).fetchrow(_NEXT, context_of(session).tenant_id, job_id, now)
    return dict(row) if row else None


async def waits_until(session: AsyncSession, job_id: UUID) -> datetime | None:
    """When the first of the job's mails that were put off is due; None when none waits."""
    at: datetime | None = await (await driver(session)).fetchval(_WAITS, context_of(session).tenant_id, job_id)
    return at


async def hand_over(session: AsyncSession, invoice_id: UUID, job_id: UUID, sent_to: str) -> datetime:
    """Note that a mail is about to be given to the server; the moment tells this try from any other."""
    connection, tenant = await driver(session), context_of(session).tenant_id
    at: datetime = await connection.fetchval(_HAND_OVER, tenant, invoice_id, job_id, sent_to)
    return at


async def accepted(session: AsyncSession, invoice_id: UUID, handed_over_at: datetime) -> None:
    """The server has taken the mail, also when somebody holds it for doubtful by now."""
    await (await driver(session)).execute(_ACCEPTED, context_of(session).tenant_id, invoice_id, handed_over_at)


async def fail(
    session: AsyncSession, job_id: UUID, invoice_ids: Sequence[UUID], tried_at: datetime | None, code: str, text: str
) -> list[UUID]:
    """Mails that this job will not try again: those that still stand as they did at this try."""
    connection, tenant = await driver(session), context_of(session).tenant_id
    rows = await connection.fetch(_FAIL, tenant, job_id, list(invoice_ids), tried_at, code, text)
    return [row[0] for row in rows]


async def due_tries(session: AsyncSession, job_id: UUID, now: datetime) -> list[tuple[UUID, int]]:
    """The job's mails that are due, with how often each was tried."""
    rows = await (await driver(session)).fetch(_DUE, context_of(session).tenant_id, job_id, now)
    return [(row[0], row[1]) for row in rows]


async def put_off(
    session: AsyncSession, job_id: UUID, next_tries: Sequence[tuple[UUID, datetime]], tried_at: datetime | None
) -> None:
    """Mails to be tried again, each when it says: those that still stand as they did at this try."""
    connection, tenant = await driver(session), context_of(session).tenant_id
    ids, moments = [id_ for id_, _ in next_tries], [at for _, at in next_tries]
    await connection.execute(_PUT_OFF, tenant, job_id, ids, moments, tried_at)


_TALLY = """
SELECT count(*) FILTER (WHERE status = 'sent'), count(*) FILTER (WHERE status = 'failed')
FROM distribution WHERE tenant_id = $1 AND job_id = $2
"""
_DOUBT = """
UPDATE distribution SET version = version + 1, tries = tries + 1, status = 'failed', failure_code = 'mail_in_doubt',
  failure_text = $3
WHERE tenant_id = $1 AND job_id = $2 AND status = 'queued' AND handed_over_at IS NOT NULL RETURNING invoice_id
"""
_DUE = """
SELECT invoice_id, tries FROM distribution WHERE tenant_id = $1 AND job_id = $2 AND status = 'queued'
  AND coalesce(next_try_at <= $3, true) ORDER BY invoice_id
"""
_NEXT = """
SELECT s.invoice_id, s.sending, s.tries, s.queued_at, i.document, i.invoice_no, i.invoice_on, i.due_on, i.currency,
  i.total_amount, i.frozen, p.content, coalesce(c.language, 'en') AS language,
  coalesce(nullif(s.address, ''), nullif(i.frozen -> 'recipient' ->> 'email', ''), c.email, '') AS address
FROM distribution s
JOIN invoice i ON i.tenant_id = s.tenant_id AND i.id = s.invoice_id
JOIN document p ON p.tenant_id = s.tenant_id AND p.invoice_id = s.invoice_id
LEFT JOIN client c ON c.tenant_id = s.tenant_id AND c.id = i.client_id
WHERE s.tenant_id = $1 AND s.job_id = $2 AND s.status = 'queued' AND coalesce(s.next_try_at <= $3, true)
ORDER BY s.invoice_id LIMIT 1
"""
_WAITS = """
SELECT min(next_try_at) FROM distribution WHERE tenant_id = $1 AND job_id = $2 AND status = 'queued'
"""
_HAND_OVER = """
UPDATE distribution SET version = version + 1, handed_over_at = clock_timestamp(), sent_to = $4
WHERE tenant_id = $1 AND invoice_id = $2 AND job_id = $3 AND status = 'queued' RETURNING handed_over_at
"""
_ACCEPTED = """
UPDATE distribution SET version = version + 1, tries = tries + 1, status = 'sent', sent_at = clock_timestamp(),
  handed_over_at = NULL, next_try_at = NULL, failure_code = '', failure_text = ''
WHERE tenant_id = $1 AND invoice_id = $2 AND handed_over_at = $3
"""
_FAIL = """
UPDATE distribution SET version = version + 1, tries = tries + 1, status = 'failed', failure_code = $5,
  failure_text = $6, handed_over_at = CASE WHEN $5 = 'mail_in_doubt' THEN handed_over_at END
WHERE tenant_id = $1 AND job_id = $2 AND invoice_id = ANY($3) AND status = 'queued'
  AND handed_over_at IS NOT DISTINCT FROM $4 RETURNING invoice_id
"""
_PUT_OFF = """
UPDATE distribution SET version = version + 1, tries = tries + 1, next_try_at = later.at, handed_over_at = NULL
FROM unnest($3::uuid[], $4::timestamptz[]) AS later(invoice_id, at)
WHERE distribution.tenant_id = $1 AND distribution.job_id = $2 AND distribution.invoice_id = later.invoice_id
  AND distribution.status = 'queued' AND distribution.handed_over_at IS NOT DISTINCT FROM $5
"""
