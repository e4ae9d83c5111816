"""Keep schedules, and start what falls due: once after recovery, never twice (PI-GEN-20, PI-RUN-17)."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.preinvoice.application.generate_many import start_generation
from services.preinvoice.application.start_run import Asked, start_run
from services.preinvoice.domain.schedule import Schedule, ScheduleKind, Times, Wanted, next_time, times_faults
from services.preinvoice.repository import schedules
from services.preinvoice.repository.selection import CampaignFilter, Filter
from shared.kernel.errors import BillingError, Fault, Invalid, StaleVersion
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession


@dataclass(frozen=True, slots=True)
class Settled:
    """What a caller settles about a schedule."""

    legal_entity_id: UUID
    times: Times
    wanted: Wanted
    active: bool


async def add_schedule(
    session: AsyncSession, kind: ScheduleKind, asked: Settled, *, by: str, now: datetime
) -> Schedule:
    """A new schedule with its first time; `Invalid`: `pi_e_25`, `unknown_reference`."""
    zone = await _zone(session, asked)
    schedule = Schedule(
        id=new_id(),
        version=1,
        kind=kind,
        legal_entity_id=asked.legal_entity_id,
        times=asked.times,
        wanted=asked.wanted,
        active=asked.active,
        next_at=next_time(asked.times, now, zone),
        created_by=by,
    )
    await schedules.add_schedule(session, schedule)
    await _audit(session, schedule, "added")
    return schedule


async def change_schedule(
    session: AsyncSession, schedule_id: UUID, kind: ScheduleKind, version: int, asked: Settled, *, now: datetime
) -> Schedule:
    """Put other times and another selection in its place; `NotFound`, `StaleVersion`, `Invalid` as for a new one."""
    before = await _locked(session, schedule_id, kind, version)
    zone = await _zone(session, asked)
    after = replace(
        before,
        version=version + 1,
        legal_entity_id=asked.legal_entity_id,
        times=asked.times,
        wanted=asked.wanted,
        active=asked.active,
        next_at=next_time(asked.times, now, zone),
    )
    await schedules.save_schedule(session, after)
    await _audit(session, after, "changed")
    return after


async def remove_schedule(session: AsyncSession, schedule_id: UUID, kind: ScheduleKind, version: int) -> None:
    """`NotFound`, `StaleVersion`."""
    before = await _locked(session, schedule_id, kind, version)
    await schedules.delete_schedule(session, schedule_id)
    await _audit(session, before, "removed")


async def start_due(session: AsyncSession, schedule_id: UUID, *, now: datetime) -> None:
    """Start what a schedule wants if its time has come; the answer, queued or failed with reason, is kept with it.

    Its next time lies after `now`, so that times missed while no worker ran are made up for once.
    """
    schedule = await schedules.claim_due(session, schedule_id, now)
    zone = await schedules.time_zone_of(session, schedule.legal_entity_id) if schedule else None
    if schedule is None or zone is None:
        return
    after = replace(schedule, version=schedule.version + 1, last_at=now, next_at=next_time(schedule.times, now, zone))
    try:
        async with session.begin_nested():
            job_id = await _start(session, schedule, zone, now)
        after = replace(after, last_outcome="queued", last_code="", last_message="", last_job_id=job_id)
    except BillingError as refused:
        after = replace(
            after, last_outcome="failed", last_code=refused.code, last_message=refused.message, last_job_id=None
        )
    await schedules.save_schedule(session, after)


async def _start(session: AsyncSession, schedule: Schedule, zone: str, now: datetime) -> UUID:
    wanted = schedule.wanted
    first, last = wanted.days_around(now.astimezone(ZoneInfo(zone)).date())
    entities = [schedule.legal_entity_id]
    if schedule.kind == "draft_generation":
        filter_ = CampaignFilter(entities, wanted.client_ids, wanted.campaign_ids, first, last)
        return (await start_generation(session, filter_))[0]
    chosen = Filter(
        legal_entity_ids=entities,
        campaign_ids=wanted.campaign_ids,
        client_ids=wanted.client_ids,
        payment_intervals=wanted.payment_intervals,
        payment_starts=wanted.payment_starts,
        due_at=wanted.due_at,
        planned_from=first,
        planned_to=last,
    )
    asked = Asked(filter=chosen, zero_invoices=wanted.zero_invoices, documents=wanted.documents)
    return (await start_run(session, asked, by=schedule.created_by, now=now)).id


async def _zone(session: AsyncSession, asked: Settled) -> str:
    if faults := times_faults(asked.times):
        raise Invalid.of(faults)
    zone = await schedules.time_zone_of(session, asked.legal_entity_id)
    if zone is None:
        fault = Fault("/legal_entity_id", "unknown_reference", "There is no such record.", field="legal_entity_id")
        raise Invalid.of([fault])
    return zone


async def _locked(session: AsyncSession, schedule_id: UUID, kind: ScheduleKind, version: int) -> Schedule:
    schedule = await schedules.get_schedule(session, schedule_id, kind, lock=True)
    if schedule.version != version:
        raise StaleVersion
    return schedule


async def _audit(session: AsyncSession, schedule: Schedule, what: str) -> None:
    await audit(
        session,
        action=f"{schedule.kind}_schedule.{what}",
        entity="billing_schedule",
        entity_id=schedule.id,
        after={"every": schedule.times.every, "active": schedule.active},
    )
