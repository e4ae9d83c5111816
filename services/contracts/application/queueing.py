"""Confirmations that wait for paper: all or some are printed, and leave the queue (CT-DOC-07)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete

from services.contracts import tables
from services.contracts.repository.rows import Record, find, insert, table_of
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, NotFound
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession, context_of
from shared.runtime.jobs import enqueue

JOB = "print_confirmations"
PRINT_MAX = 500

_queue = table_of(tables.ConfirmationQueue)
_print = table_of(tables.ConfirmationPrint)


async def print_queued(session: AsyncSession, entry_ids: Sequence[UUID] | None, now: datetime) -> Record:
    """Take entries off the queue into a print, which a worker makes; the oldest 500 when none is named.

    `Invalid("unknown_reference")` for an entry that does not wait; `NotAllowedNow("queue_empty")`.
    """
    named = [] if entry_ids is None else [_queue.c.id.in_(set(entry_ids))]
    waiting = (await find(session, tables.ConfirmationQueue, *named, lock=True))[:PRINT_MAX]
    if entry_ids is not None and len(waiting) < len(set(entry_ids)):
        raise Invalid.of([Fault("/entry_ids", "unknown_reference", "An entry does not wait to be printed.")])
    if not waiting:
        raise NotAllowedNow("queue_empty", "No confirmation waits to be printed.")
    made: Record = {
        "id": new_id(),
        "entries": [{"contract_id": one["contract_id"], "revision": one["revision"]} for one in waiting],
        "printed_by": context_of(session).actor,
        "printed_at": now,
        "content": None,
    }
    await insert(session, tables.ConfirmationPrint, [made])
    await session.execute(delete(_queue).where(_queue.c.id.in_([one["id"] for one in waiting])))
    await enqueue(session, JOB, {"print_id": str(made["id"])}, total=len(waiting))
    return made


async def print_by_id(session: AsyncSession, print_id: UUID) -> Record:
    """One print, or `NotFound`."""
    found = await find(session, tables.ConfirmationPrint, _print.c.id == print_id)
    if not found:
        raise NotFound("not_found", "There is no such print.")
    return found[0]


async def contents_of(session: AsyncSession, print_id: UUID) -> list[Record]:
    """What the confirmations of a print say, in the print's order."""
    made = await print_by_id(session, print_id)
    entries = [(UUID(one["contract_id"]), one["revision"]) for one in made["entries"]]
    confirmation = table_of(tables.Confirmation)
    rows = await find(session, tables.Confirmation, confirmation.c.contract_id.in_([id_ for id_, _ in entries]))
    known = {(row["contract_id"], row["revision"]): row["content"] for row in rows}
    return [known[entry] for entry in entries]
