"""Logs: opened, filled, locked, reconciled, one by one or a month at once."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from services.contracts.application.logs import lock_log, open_log, place_units, unlock_log
from services.contracts.application.reconciling import reconcile_log, reverse_reconciliation
from services.contracts.repository.logs import as_run_of, log, log_by_id, logs_listed, units_on
from services.contracts.repository.rows import Record, find
from services.contracts.schemas.logs import (
    LogRow,
    LogShape,
    LogStateName,
    LogStep,
    LogStepResult,
    LogStepResults,
    LogSteps,
    LogTransition,
    LogView,
    PlacementShape,
    PlacementView,
)
from services.contracts.tables import Log
from shared.events.fields import Day
from shared.kernel.errors import BillingError, NotFound
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Now, Router, Version, needs, part, tag
from shared.runtime.paging import ListQuery, Page, page
from shared.runtime.problem import status_of

router = Router(tags=["logs"])


class LogQuery(ListQuery):
    """Filters of the list of logs."""

    station_id: list[UUID] | None = None
    state: list[LogStateName] | None = None
    air_on_gte: Day | None = Field(None, alias="air_on.gte")
    air_on_lte: Day | None = Field(None, alias="air_on.lte")


@router.post("/v1/logs", status_code=201)
@needs("log:write")
async def open_one_log(body: LogShape, session: Db, response: Response) -> LogView:
    """Open a station's log of a date with the breaks of its template (CT-LOG-01)."""
    return await _view(session, await open_log(session, body.station_id, body.air_on), response)


@router.get("/v1/logs")
@needs("log:read")
async def list_logs(session: Db, query: Annotated[LogQuery, Query()]) -> Page[LogRow]:
    """Logs by date."""
    statement = logs_listed()
    if query.station_id is not None:
        statement = statement.where(log.c.station_id.in_(query.station_id))
    if query.state is not None:
        statement = statement.where(log.c.state.in_(query.state))
    if query.air_on_gte is not None:
        statement = statement.where(log.c.air_on >= query.air_on_gte)
    if query.air_on_lte is not None:
        statement = statement.where(log.c.air_on <= query.air_on_lte)
    return await page(session, statement, keys=(log.c.air_on, log.c.id), query=query, shape=LogRow)


@router.get("/v1/logs/{log_id}")
@needs("log:read")
async def show_log(log_id: UUID, session: Db, response: Response) -> LogView:
    """One log with its units by time."""
    return await _view(session, await log_by_id(session, log_id), response)


@router.post("/v1/logs/bulk", status_code=207)
@needs("log:write")
async def step_logs(body: LogSteps, session: Db, now: Now) -> LogStepResults:
    """Steps of many logs, each succeeding or refused on its own (CT-LIF-15)."""
    return LogStepResults(items=[await _step(session, step, now) for step in body.items])


@router.post("/v1/logs/{log_id}/placements", status_code=201)
@needs("log:write")
async def place(log_id: UUID, body: PlacementShape, session: Db) -> PlacementView:
    """Place the date's units and the bump list, or chosen ones such as a makegood (CT-LOG-02, CT-LOG-14)."""
    placed, bumped = await place_units(session, log_id, body.spot_ids)
    return PlacementView(placed_count=len(placed), unplaced_ids=[row["id"] for row in bumped])


@router.post("/v1/logs/{log_id}/transitions")
@needs("log:write")
async def move_log(
    log_id: UUID, body: LogTransition, version: Version, session: Db, now: Now, response: Response
) -> LogView:
    """Lock, unlock, reconcile, or undo a reconciliation (CT-LOG-07 to CT-LOG-12)."""
    here = await log_by_id(session, log_id)
    warnings: list[str] = []
    if body.to == "locked" and here["state"] == "reconciled":
        here = await reverse_reconciliation(session, log_id, version)
    elif body.to == "locked":
        here, missing = await lock_log(session, log_id, version)
        warnings = [f"copy_missing {choice.airing_id}" for choice in missing]
    elif body.to == "open":
        here = await unlock_log(session, log_id, version)
    else:
        here = await reconcile_log(session, log_id, version, now, air_minutes=body.air_times, missed=body.missed_ids)
    return await _view(session, here, response, warnings)


async def _step(session: AsyncSession, step: LogStep, now: datetime) -> LogStepResult:
    counts = {"placed_count": 0, "unplaced_count": 0}
    try:
        async with part(session):
            here = await _log_of(session, step)
            if step.to == "placed":
                placed, bumped = await place_units(session, here["id"])
                counts = {"placed_count": len(placed), "unplaced_count": len(bumped)}
            elif step.to == "locked":
                await lock_log(session, here["id"], None)
            else:
                await reconcile_log(session, here["id"], None, now)
    except BillingError as refused:
        return LogStepResult(
            station_id=step.station_id,
            air_on=step.air_on,
            status=status_of(refused),
            code=refused.code,
            message=refused.message,
        )
    return LogStepResult(station_id=step.station_id, air_on=step.air_on, status=200, **counts)


async def _log_of(session: AsyncSession, step: LogStep) -> Record:
    found = await find(session, Log, log.c.station_id == step.station_id, log.c.air_on == step.air_on)
    if found:
        return found[0]
    if step.to != "placed":
        raise NotFound("not_found", "The station has no log for this date.")
    return await open_log(session, step.station_id, step.air_on)


async def _view(session: AsyncSession, here: Record, response: Response, warnings: list[str] | None = None) -> LogView:
    units = await units_on(session, [here], "placed", "locked", "aired", "missed", lock=False)
    tag(response, here["version"])
    played = await as_run_of(session, here["id"])
    return LogView.model_validate({**here, "units": units, "played": played, "warnings": warnings or []})
