"""Schedules of generations and billing runs."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select, update

from services.preinvoice.domain.schedule import Schedule, ScheduleKind, Times, Wanted
from services.preinvoice.tables import LEGAL_ENTITY, SCHEDULE
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession, context_of

_WANTED = TypeAdapter(Wanted)
_TIMES = ("every", "at_minute", "weekday", "day_of_month")
_PLAIN = (
    "id", "version", "kind", "legal_entity_id", "active", "next_at", "created_by", "last_at", "last_outcome",
    "last_code", "last_message", "last_job_id",
)  # fmt: skip


async def add_schedule(session: AsyncSession, schedule: Schedule) -> None:
    """Store a new schedule."""
    await session.execute(insert(SCHEDULE).values({**_row(schedule), "tenant_id": context_of(session).tenant_id}))


async def save_schedule(session: AsyncSession, schedule: Schedule) -> None:
    """Store a changed schedule."""
    await session.execute(update(SCHEDULE).where(SCHEDULE.c.id == schedule.id).values(_row(schedule)))


async def delete_schedule(session: AsyncSession, schedule_id: UUID) -> None:
    """Remove a schedule."""
    await session.execute(delete(SCHEDULE).where(SCHEDULE.c.id == schedule_id))


async def get_schedule(session: AsyncSession, schedule_id: UUID, kind: ScheduleKind, *, lock: bool = False) -> Schedule:
    """One schedule of a kind; `NotFound`."""
    statement = select(SCHEDULE).where(SCHEDULE.c.id == schedule_id, SCHEDULE.c.kind == kind)
    row = (await session.execute(statement.with_for_update() if lock else statement)).first()
    if row is None:
        raise NotFound("not_found", "There is no such schedule.")
    return _schedule(row)


async def list_schedules(session: AsyncSession, kind: ScheduleKind) -> list[Schedule]:
    """Every schedule of a kind, by its next time."""
    statement = select(SCHEDULE).where(SCHEDULE.c.kind == kind).order_by(SCHEDULE.c.next_at, SCHEDULE.c.id)
    return [_schedule(row) for row in await session.execute(statement)]


async def claim_due(session: AsyncSession, schedule_id: UUID, now: datetime) -> Schedule | None:
    """A schedule whose time has come, locked; None when another worker has it or had it."""
    statement = (
        select(SCHEDULE)
        .where(SCHEDULE.c.id == schedule_id, SCHEDULE.c.active, SCHEDULE.c.next_at <= now)
        .with_for_update(skip_locked=True)
    )
    row = (await session.execute(statement)).first()
    return _schedule(row) if row else None


async def due_schedules(session: AsyncSession, now: datetime) -> list[tuple[UUID, UUID]]:
    """Tenant and id of the schedules whose time has come, of every tenant."""
    statement = select(SCHEDULE.c.tenant_id, SCHEDULE.c.id).where(SCHEDULE.c.active, SCHEDULE.c.next_at <= now)
    return [(row.tenant_id, row.id) for row in await session.execute(statement)]


async def time_zone_of(session: AsyncSession, legal_entity_id: UUID) -> str | None:
    """The time zone of a legal entity, or None when it is not known."""
    found = await session.execute(select(LEGAL_ENTITY.c.time_zone).where(LEGAL_ENTITY.c.id == legal_entity_id))
    zone: str | None = found.scalar()
    return zone


def _schedule(row: Any) -> Schedule:
    return Schedule(
        **{name: getattr(row, name) for name in _PLAIN},
        times=Times(**{name: getattr(row, name) for name in _TIMES}),
        wanted=_WANTED.validate_python(row.wanted),
    )


def _row(schedule: Schedule) -> dict[str, Any]:
    return {
        **{name: getattr(schedule, name) for name in _PLAIN},
        **asdict(schedule.times),
        "wanted": _WANTED.dump_python(schedule.wanted, mode="json"),
    }
