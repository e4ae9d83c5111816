"""Logs: opened, filled, locked, reconciled, one by one or a month at once."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from services.contracts.api.rotations import shown_choice
from services.contracts.application.copy_choice import choose_copy
from services.contracts.application.locking import lock_log, unlock_log
from services.contracts.application.logs import Warned, open_log
from services.contracts.application.placing import Placed, fill_log, place_chosen
from services.contracts.application.reconciling import reconcile_log, reverse_reconciliation
from services.contracts.application.stepping import Step, take_steps
from services.contracts.domain.reconciliation import Word
from services.contracts.domain.rotation import Airing
from services.contracts.repository.logs import breaks_of, log, log_by_id, logs_listed, units_on, waiting_for
from services.contracts.repository.rows import Record
from services.contracts.schemas.logs import (
    LogRow,
    LogShape,
    LogStateName,
    LogStepResult,
    LogStepResults,
    LogSteps,
    LogTransition,
    LogView,
    PlacementShape,
    PlacementView,
)
from services.contracts.schemas.rotations import CopyPreview
from services.contracts.schemas.warnings import WarningView
from shared.events.fields import Day
from shared.kernel.errors import Fault, Invalid
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Now, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page
from shared.runtime.problem import status_of

router = Router(tags=["logs"])


class LogQuery(ListQuery):
    """Filters of the list of logs."""

    station_id: list[UUID] | None = None
    state: list[LogStateName] | None = Field(None, description="`reconciled` logs say what aired.")
    air_on_gte: Day | None = Field(None, alias="air_on.gte")
    air_on_lte: Day | None = Field(None, alias="air_on.lte")


@router.post("/v1/logs", summary="Open log", status_code=201)
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
    """One log with its breaks, its units by time, and its bump list (CT-LOG-06, CT-LOG-17)."""
    return await _view(session, await log_by_id(session, log_id), response)


@router.get("/v1/logs/{log_id}/copy-preview", summary="Preview copy of log")
@needs("log:read")
async def preview_copy(log_id: UUID, session: Db) -> CopyPreview:
    """The likely copy of each unit, and why; no cursor moves (CT-ROT-27)."""
    here = await log_by_id(session, log_id)
    units = await units_on(session, [here], "placed", lock=False)
    airings = [
        (
            row["contract_id"],
            Airing(
                row["id"],
                here["station_id"],
                row["length_seconds"],
                here["air_on"],
                row["scheduled_minute"],
                row["direct_rotation_id"],
            ),
        )
        for row in units
    ]
    choices = await choose_copy(session, airings)
    items = [
        {
            "spot_id": row["id"],
            "contract_no": row["contract_no"],
            "line_no": row["line_no"],
            "air_time": row["scheduled_minute"],
            **shown_choice(choices, choices.chosen[row["id"]]),
        }
        for row in units
    ]
    return CopyPreview.model_validate({"log_id": log_id, "items": items})


@router.post("/v1/logs/bulk", summary="Move many logs", status_code=207)
@needs("log:write")
async def step_logs(body: LogSteps, session: Db, now: Now) -> LogStepResults:
    """Steps of many logs, each succeeding or refused on its own (CT-LIF-15)."""
    steps = [Step(one.station_id, one.air_on, one.to) for one in body.items]
    results = []
    for step, done in zip(steps, await take_steps(session, steps, now), strict=True):
        refused = done.refusal
        results.append(
            LogStepResult(
                station_id=step.station_id,
                air_on=step.air_on,
                status=status_of(refused) if refused else 200,
                code=refused.code if refused else "",
                message=refused.message if refused else "",
                placed_count=done.placed_count,
                unplaced_count=done.unplaced_count,
                warnings=_warnings(done.warnings),
            )
        )
    return LogStepResults(items=results)


@router.post("/v1/logs/{log_id}/placements", summary="Place units on log", status_code=201)
@needs("log:write")
async def place(log_id: UUID, body: PlacementShape, session: Db) -> PlacementView:
    """Place the date's units and the bump list, or chosen ones such as a makegood (CT-LOG-02, CT-LOG-14)."""
    done = await _placed(session, log_id, body)
    return PlacementView(
        placed_count=len(done.placed),
        unplaced_ids=[row["id"] for row in done.unplaced],
        warnings=_warnings(done.warnings),
    )


@router.post("/v1/logs/{log_id}/transitions", summary="Lock, reconcile or reopen log")
@needs("log:write")
async def move_log(
    log_id: UUID, body: LogTransition, version: Version, session: Db, now: Now, response: Response
) -> LogView:
    """Lock, unlock, reconcile, or undo a reconciliation (CT-LOG-07 to CT-LOG-12)."""
    here = await log_by_id(session, log_id)
    warnings: Sequence[Warned] = ()
    if body.to == "locked" and here["state"] == "reconciled":
        here = await reverse_reconciliation(session, log_id, version)
    elif body.to == "locked":
        locked = await lock_log(session, log_id, version)
        here, warnings = locked.log, locked.warnings
    elif body.to == "open":
        here = await unlock_log(session, log_id, version)
    else:
        word = Word(body.air_times, body.second_pass_ids, body.missed_ids)
        added = {one.spot_id: one.air_time for one in body.added}
        here = await reconcile_log(session, log_id, version, now, word=word, added=added)
    return await _view(session, here, response, warnings)


async def _placed(session: AsyncSession, log_id: UUID, body: PlacementShape) -> Placed:
    if body.spot_ids is not None:
        return await place_chosen(session, log_id, body.spot_ids, body.break_id)
    if body.break_id is not None:
        raise Invalid.of([Fault("/break_id", "invalid_value", "A break is chosen for chosen units.")])
    return await fill_log(session, log_id)


def _warnings(warned: Sequence[Warned]) -> list[WarningView]:
    return [WarningView(code=one.code, text=one.text, entity_id=one.entity_id) for one in warned]


async def _view(session: AsyncSession, here: Record, response: Response, warnings: Sequence[Warned] = ()) -> LogView:
    units = await units_on(session, [here], "placed", "locked", "aired", "missed", lock=False)
    tag(response, here["version"])
    return LogView.model_validate(
        {
            **here,
            "breaks": await breaks_of(session, here["id"]),
            "units": units,
            "waiting": await waiting_for(session, here["station_id"], here["air_on"]),
            "warnings": _warnings(warnings),
        }
    )
