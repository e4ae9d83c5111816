"""Insertions in an invoice run stay as they are until it has ended (MA-INV-26)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update

from services.contracts import tables
from services.contracts.repository.rows import find, insert_new, upsert
from services.contracts.repository.shares import drop_locks, locks_of, open_runs, run
from shared.events.envelope import Received
from shared.events.invoicing import InvoiceRunCompleted, InvoiceRunItem, InvoiceRunStarted
from shared.kernel.errors import Blocker, NotAllowedNow
from shared.runtime.db import AsyncSession

# A run that never tells its end lets go by itself (design section 5).
HELD_FOR = timedelta(hours=6)


async def check_unlocked(session: AsyncSession, insertion_ids: Iterable[UUID]) -> None:
    """`NotAllowedNow("in_invoice_run")` naming the runs that take any of these insertions."""
    runs = await locks_of(session, insertion_ids)
    if runs:
        blockers = [
            Blocker(
                "in_invoice_run", f"Invoice run {one['run_no']} takes it.", f"/v1/invoicing/invoice-runs/{one['id']}"
            )
            for one in runs
        ]
        raise NotAllowedNow(
            "in_invoice_run", "An invoice run takes the insertion; wait for its end.", blockers=blockers
        )


async def check_no_run(session: AsyncSession) -> None:
    """`NotAllowedNow("run_in_progress")` while a run is open (MA-PRE-21)."""
    if await open_runs(session):
        raise NotAllowedNow("run_in_progress", "An invoice run is open; wait for its end.")


async def keep_started(session: AsyncSession, received: Sequence[Received[InvoiceRunStarted]]) -> None:
    """Live runs take their items; one that is known to have ended takes none any more."""
    live = [one for one in received if one.data.mode == "live"]
    await insert_new(
        session,
        tables.InvoiceRun,
        [
            {"id": one.data.id, "run_no": one.data.run_no, "state": "running", "started_at": one.occurred_at}
            for one in live
        ],
    )
    await take(session, [(one.data.id, item) for one in live for item in one.data.items])


async def take(session: AsyncSession, items: Sequence[tuple[UUID, InvoiceRunItem]]) -> None:
    """Items of runs, whether or not contracts has heard of the run itself yet."""
    ended = {
        row["id"]
        for row in await find(
            session, tables.InvoiceRun, run.c.id.in_({run_id for run_id, _ in items}), run.c.state == "ended"
        )
    }
    rows = [{"run_id": run_id, "insertion_id": item.insertion_id} for run_id, item in items if run_id not in ended]
    await insert_new(session, tables.RunLock, rows)


async def keep_completed(session: AsyncSession, received: Sequence[Received[InvoiceRunCompleted]]) -> None:
    """Ended runs let go, also those whose start is still on its way."""
    await upsert(
        session,
        tables.InvoiceRun,
        [
            {"id": one.data.id, "run_no": one.data.run_no, "state": "ended", "started_at": one.occurred_at}
            for one in received
            if one.data.mode == "live"
        ],
    )
    await drop_locks(session, [one.data.id for one in received])


async def let_go(session: AsyncSession, now: datetime) -> None:
    """Runs that have been open too long let go of what they took."""
    late = [one["id"] for one in await open_runs(session) if one["started_at"] < now - HELD_FOR]
    await session.execute(update(run).where(run.c.id.in_(late)).values(state="ended"))
    await drop_locks(session, late)
