"""Many campaigns at once, and what time starts: generations and billing runs, each under its own right (PI-GEN-24)."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from services.preinvoice.application.generate_many import start_generation
from services.preinvoice.application.schedules import Settled, add_schedule, change_schedule, remove_schedule
from services.preinvoice.domain.schedule import Schedule, ScheduleKind, Times, Wanted
from services.preinvoice.repository.schedules import get_schedule, list_schedules
from services.preinvoice.repository.selection import CampaignFilter
from services.preinvoice.schemas.schedules import (
    BulkGenerationShape,
    BulkGenerationView,
    RunScheduleShape,
    RunScheduleView,
    ScheduleShape,
    ScheduleView,
)
from shared.events.fields import View
from shared.runtime.http import Db, Now, Router, Version, Who, needs, tag

router = Router(tags=["draft pre-invoices"])


@router.post("/v1/draft-generations", summary="Generate drafts of many campaigns", status_code=202)
@needs("draft_pre_invoice:write", key="required")
async def generate_many(body: BulkGenerationShape, session: Db, response: Response) -> BulkGenerationView:
    """Generate the drafts of many campaigns, each succeeding or failing alone (PI-GEN-19)."""
    job_id, count = await start_generation(session, CampaignFilter(**body.model_dump()))
    response.headers["Location"] = f"/v1/jobs/{job_id}"
    return BulkGenerationView(id=job_id, campaign_count=count)


def schedule_routers() -> list[APIRouter]:
    """A router per kind of schedule."""
    return [
        _router("draft_generation", "draft_pre_invoice", ScheduleShape, ScheduleView),
        _router("billing_run", "billing_run", RunScheduleShape, RunScheduleView),
    ]


def _router(kind: ScheduleKind, resource: str, shape: type[ScheduleShape], view: type[ScheduleView]) -> APIRouter:
    router = Router(tags=["schedules"])
    path = f"/v1/{kind.replace('_', '-')}-schedules"

    class Schedules(View):
        """All schedules of a tenant; there are few."""

        items: list[view]  # type: ignore[valid-type]

    Schedules.__name__ = Schedules.__qualname__ = f"{view.__name__}s"

    @router.get(path, name=f"list_{kind}_schedules")
    @needs(f"{resource}:read")
    async def list_all(session: Db) -> Schedules:
        """Every schedule, by its next time."""
        return Schedules(items=[_shown(view, one) for one in await list_schedules(session, kind)])

    @router.get(f"{path}/{{schedule_id}}", name=f"show_{kind}_schedule")
    @needs(f"{resource}:read")
    async def show(schedule_id: UUID, session: Db, response: Response) -> view:  # type: ignore[valid-type]
        """One schedule with what came of its latest time."""
        return _answer(response, view, await get_schedule(session, schedule_id, kind))

    @router.post(path, status_code=201, name=f"add_{kind}_schedule")
    @needs(f"{resource}:write")
    async def add(body: shape, session: Db, now: Now, who: Who, response: Response) -> view:  # type: ignore[valid-type]
        """A new schedule."""
        added = await add_schedule(session, kind, _settled(body), by=who.subject, now=now)
        return _answer(response, view, added)

    @router.put(f"{path}/{{schedule_id}}", name=f"change_{kind}_schedule")
    @needs(f"{resource}:write")
    async def change(
        schedule_id: UUID,
        body: shape,  # type: ignore[valid-type]
        version: Version,
        session: Db,
        now: Now,
        response: Response,
    ) -> view:  # type: ignore[valid-type]
        """Put other times and another selection in its place."""
        changed = await change_schedule(session, schedule_id, kind, version, _settled(body), now=now)
        return _answer(response, view, changed)

    @router.delete(f"{path}/{{schedule_id}}", status_code=204, name=f"remove_{kind}_schedule")
    @needs(f"{resource}:write")
    async def remove(schedule_id: UUID, version: Version, session: Db) -> None:
        """Remove a schedule; what it started goes on."""
        await remove_schedule(session, schedule_id, kind, version)

    return router


def _settled(body: ScheduleShape) -> Settled:
    values = body.model_dump(exclude={"legal_entity_id", "every", "at", "weekday", "day_of_month", "active"})
    times = Times(body.every, body.at, body.weekday, body.day_of_month)
    return Settled(body.legal_entity_id, times, Wanted(**values), body.active)


def _answer(response: Response, view: type[ScheduleView], schedule: Schedule) -> ScheduleView:
    tag(response, schedule.version)
    return _shown(view, schedule)


def _shown(view: type[ScheduleView], schedule: Schedule) -> ScheduleView:
    stored: dict[str, Any] = asdict(schedule)
    times, wanted = stored.pop("times"), stored.pop("wanted")
    return view.model_validate({**stored, **times, **wanted, "at": times["at_minute"]})
