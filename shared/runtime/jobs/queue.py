"""Putting a job in the queue, in the transaction of whoever needs it done."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession, context_of, driver

_ENQUEUE = """
INSERT INTO job (tenant_id, id, kind, request, total_count, created_by, correlation_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant_id, id) DO NOTHING
"""

_REFUSE = """
INSERT INTO job_error (tenant_id, job_id, item_id, code, message)
SELECT $1, $2, refused.* FROM unnest($3::text[], $4::text[], $5::text[]) AS refused
ON CONFLICT (tenant_id, job_id, item_id) DO UPDATE SET code = excluded.code, message = excluded.message
"""


async def enqueue(
    session: AsyncSession, kind: str, request: dict[str, Any], *, total: int = 0, job_id: UUID | None = None
) -> UUID:
    """Queue one job for the tenant and on behalf of the actor of this transaction; returns the job's id.

    `request` is JSON. `total` is the number of items where it is known; `job.advance` may set it later. With a
    `job_id` of its own (say a derived one) a caller may repeat itself: the same id is queued once.
    """
    context = context_of(session)
    job_id = job_id or new_id()
    connection = await driver(session)
    await connection.execute(
        _ENQUEUE,
        context.tenant_id,
        job_id,
        kind,
        orjson.dumps(request).decode(),
        total,
        context.actor,
        context.correlation_id,
    )
    return job_id


async def note_refusals(session: AsyncSession, job_id: UUID, refusals: Sequence[tuple[UUID | str, str, str]]) -> None:
    """Record items (item id, code, message) that a job will not do, in one statement; an item is refused once.

    Whoever queues a job may refuse items already then.
    """
    last_word = {str(item_id): (code, message) for item_id, code, message in refusals}
    connection = await driver(session)
    await connection.execute(
        _REFUSE,
        context_of(session).tenant_id,
        job_id,
        list(last_word),
        [code for code, _ in last_word.values()],
        [message for _, message in last_word.values()],
    )
