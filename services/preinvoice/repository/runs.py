"""Billing runs, what became of their drafts, and until when they wait for answers."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Text, bindparam, case, delete, func, insert, null, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.preinvoice.domain.billing_run import Entry, Outcome, Run
from services.preinvoice.domain.draft import Draft
from services.preinvoice.tables import RUN, RUN_DEADLINE, RUN_DRAFT
from shared.kernel.errors import NotFound
from shared.runtime.db import JSON, AsyncSession, context_of

_DRAFT = TypeAdapter(Draft)
_RUN_COLUMNS = [field.name for field in fields(Run)]
_ENTRY_COLUMNS = [field.name for field in fields(Entry)]
_TOLD = ("outcome", "phase", "code", "message", "invoice_no", "late")


async def add_run(session: AsyncSession, run: Run, entries: Sequence[Entry]) -> None:
    """Store a run with the drafts it takes."""
    tenant = context_of(session).tenant_id
    await session.execute(insert(RUN).values({**asdict(run), "tenant_id": tenant}))
    await session.execute(insert(RUN_DRAFT), [{**asdict(entry), "tenant_id": tenant} for entry in entries])


async def get_run(session: AsyncSession, run_id: UUID, *, lock: bool = False) -> Run:
    """One run; `NotFound`. Lock it after drafts and entries, never before."""
    statement = select(RUN).where(RUN.c.id == run_id)
    row = (await session.execute(statement.with_for_update() if lock else statement)).first()
    if row is None:
        raise NotFound("not_found", "There is no such billing run.")
    return Run(**{name: getattr(row, name) for name in _RUN_COLUMNS})


async def save_run(session: AsyncSession, run: Run) -> None:
    """Store a changed run."""
    await session.execute(update(RUN).where(RUN.c.id == run.id).values(asdict(run)))


async def next_waiting(session: AsyncSession, run_id: UUID, limit: int) -> list[Entry]:
    """The next drafts to hand over: by planned date, campaign number, draft id (PI-RUN-06)."""
    statement = (
        select(RUN_DRAFT)
        .where(RUN_DRAFT.c.run_id == run_id, RUN_DRAFT.c.outcome == "waiting")
        .order_by(RUN_DRAFT.c.planned_invoice_on, RUN_DRAFT.c.campaign_no, RUN_DRAFT.c.draft_id)
        .limit(limit)
    )
    return [_entry(row) for row in await session.execute(statement)]


async def entries_of_drafts(session: AsyncSession, draft_ids: Collection[UUID]) -> list[Entry]:
    """What became of these drafts in every run that took them."""
    statement = select(RUN_DRAFT).where(RUN_DRAFT.c.draft_id.in_(draft_ids))
    return [_entry(row) for row in await session.execute(statement)]


async def entries_of_run(session: AsyncSession, run_id: UUID, *outcomes: Outcome) -> list[Entry]:
    """The drafts of a run with these outcomes."""
    statement = select(RUN_DRAFT).where(RUN_DRAFT.c.run_id == run_id, RUN_DRAFT.c.outcome.in_(outcomes))
    return [_entry(row) for row in await session.execute(statement)]


async def save_entries(session: AsyncSession, entries: Sequence[Entry]) -> None:
    """Store what became of drafts."""
    if not entries:
        return
    # What was handed over matters until an answer comes, however late.
    outcome = bindparam("new_outcome", type_=Text)
    kept = case(((outcome == "locked") | (outcome == "timed_out"), RUN_DRAFT.c.snapshot), else_=null())
    statement = (
        update(RUN_DRAFT)
        .where(RUN_DRAFT.c.run_id == bindparam("of_run"), RUN_DRAFT.c.draft_id == bindparam("of_draft"))
        .values({**{name: bindparam(f"new_{name}") for name in _TOLD}, "snapshot": kept})
    )
    values = [
        {
            "of_run": entry.run_id,
            "of_draft": entry.draft_id,
            **{f"new_{name}": getattr(entry, name) for name in _TOLD},
        }
        for entry in entries
    ]
    await session.execute(statement, values)


async def keep_snapshots(session: AsyncSession, run_id: UUID, drafts: Sequence[Draft]) -> None:
    """Remember drafts as they were handed over."""
    if not drafts:
        return
    statement = (
        update(RUN_DRAFT)
        .where(RUN_DRAFT.c.run_id == run_id, RUN_DRAFT.c.draft_id == bindparam("of_draft"))
        .values(snapshot=bindparam("new_snapshot", type_=JSON))
    )
    values = [{"of_draft": draft.id, "new_snapshot": _DRAFT.dump_python(draft, mode="json")} for draft in drafts]
    await session.execute(statement, values)


async def snapshots(session: AsyncSession, handed_over: Collection[tuple[UUID, UUID]]) -> dict[UUID, Draft]:
    """By draft, what these runs (run id, draft id) handed over."""
    statement = select(RUN_DRAFT.c.draft_id, RUN_DRAFT.c.snapshot).where(
        tuple_(RUN_DRAFT.c.run_id, RUN_DRAFT.c.draft_id).in_(list(handed_over)), RUN_DRAFT.c.snapshot.is_not(None)
    )
    return {row.draft_id: _DRAFT.validate_python(row.snapshot) for row in await session.execute(statement)}


async def outcomes_of_run(session: AsyncSession, run_id: UUID) -> dict[Outcome, int]:
    """How many drafts of a run have which outcome."""
    statement = (
        select(RUN_DRAFT.c.outcome, func.count()).where(RUN_DRAFT.c.run_id == run_id).group_by(RUN_DRAFT.c.outcome)
    )
    return {row[0]: row[1] for row in await session.execute(statement)}


async def wait_until(session: AsyncSession, run_id: UUID, expires_at: datetime) -> None:
    """Have the run give up at this moment what has no answer by then."""
    values: dict[str, Any] = {
        "tenant_id": context_of(session).tenant_id,
        "run_id": run_id,
        "expires_at": expires_at,
    }
    statement = upsert(RUN_DEADLINE).values(values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["tenant_id", "run_id"], set_={"expires_at": expires_at})
    )


async def wait_no_more(session: AsyncSession, run_id: UUID) -> None:
    """The run has all its answers."""
    await session.execute(delete(RUN_DEADLINE).where(RUN_DEADLINE.c.run_id == run_id))


async def overdue(session: AsyncSession, now: datetime) -> list[tuple[UUID, UUID]]:
    """Tenant and id of the runs that have waited long enough, of every tenant."""
    statement = select(RUN_DEADLINE.c.tenant_id, RUN_DEADLINE.c.run_id).where(RUN_DEADLINE.c.expires_at <= now)
    return [(row.tenant_id, row.run_id) for row in await session.execute(statement)]


def _entry(row: Any) -> Entry:
    return Entry(**{name: getattr(row, name) for name in _ENTRY_COLUMNS})
