"""A job as its handler sees it: what was asked, where it stopped last, and fenced transactions to go on in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from shared.runtime.db import AsyncSession, Context, Database, driver
from shared.runtime.jobs.queue import note_refusals

LEASE_SECONDS = 30


class LeaseLost(Exception):
    """Another worker has taken the job over; nothing of this step is kept."""


class JobCancelled(Exception):
    """Somebody asked for the job to stop; the steps already committed stay."""


class WorkerStopping(Exception):
    """This worker shuts down; another goes on from the checkpoint."""


@dataclass
class RunningJob:
    """One claimed job.

    `checkpoint` is the one last committed: {} on the first start, else where to go on. `only` names the items a
    retry is limited to (as `refuse` was given them, as strings), or is None for all. `context` is the tenant's, with
    the actor who asked for the job.
    """

    id: UUID
    kind: str
    request: dict[str, Any]
    checkpoint: dict[str, Any]
    context: Context
    database: Database
    epoch: int
    attempts: int = 1
    retry_of: UUID | None = None
    only: frozenset[str] | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def step(self) -> AsyncIterator[AsyncSession]:
        """A transaction that commits only while this worker holds the job; it locks the job row first.

        Raises `LeaseLost`, `JobCancelled` or `WorkerStopping` before anything was done. Handlers let them pass.
        """
        if self.stopping.is_set():
            raise WorkerStopping
        committed = self.checkpoint
        try:
            async with self.database.transaction(self.context) as session:
                connection = await driver(session)
                row = await connection.fetchrow(_LOCK, self.id, self.epoch, LEASE_SECONDS)
                if row is None:
                    raise LeaseLost
                if row["cancel_requested"]:
                    raise JobCancelled
                yield session
        except BaseException:
            self.checkpoint = committed
            raise

    async def advance(
        self, session: AsyncSession, *, done: int, checkpoint: dict[str, Any] | None = None, total: int | None = None
    ) -> None:
        """Count `done` more items (refused ones included) and remember where to go on, within a step.

        `total` sets the number of items once it is known. A job that advances has its attempts forgiven.
        """
        if checkpoint is not None:
            self.checkpoint = checkpoint
        connection = await driver(session)
        await connection.execute(_ADVANCE, self.id, done, orjson.dumps(self.checkpoint).decode(), total)

    async def refuse(self, session: AsyncSession, item_id: UUID | str, code: str, message: str) -> None:
        """Record one item that could not be done; the job goes on and ends `completed_with_errors`."""
        await self.refuse_all(session, [(item_id, code, message)])

    async def refuse_all(self, session: AsyncSession, refusals: Sequence[tuple[UUID | str, str, str]]) -> None:
        """Record many refused items (item id, code, message) in one statement; an item is refused once."""
        await note_refusals(session, self.id, refusals)


class JobLater(Exception):
    """Nothing can be done now: another worker, or this one, goes on from the checkpoint after so many seconds.

    Meanwhile no worker is held up. A job that waits hears of its cancellation when it goes on, so wait in minutes.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


Job = Callable[[RunningJob], Awaitable[dict[str, Any]]]
Jobs = Mapping[str, Job]

_LOCK = """
UPDATE job SET lease_until = clock_timestamp() + make_interval(secs => $3)
WHERE id = $1 AND lease_epoch = $2 AND state = 'running'
RETURNING cancel_requested
"""
_ADVANCE = """
UPDATE job SET done_count = done_count + $2, checkpoint = $3, attempts = 0, total_count = coalesce($4, total_count)
WHERE id = $1
"""
