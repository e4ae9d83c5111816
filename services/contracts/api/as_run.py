"""Reconciling: what is proposed, and the as-run lines a person decides on."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from services.contracts.application.as_run import decide
from services.contracts.application.reconciling import propose
from services.contracts.repository.logs import as_run_listed, as_run_of, log_by_id
from services.contracts.repository.logs import played as lines
from services.contracts.schemas.as_run import AsRunLineView, LineDecision, LineState, ProposedUnit, ReconciliationView
from shared.kernel.errors import NotAllowedNow
from shared.runtime.http import Db, Router, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["logs"])


class LineQuery(ListQuery):
    """Filters of as-run lines."""

    log_id: list[UUID] | None = None
    state: list[LineState] | None = Field(None, description="`doubtful` lines await a decision.")


@router.get("/v1/as-run-lines", summary="List as-run lines")
@needs("log:read")
async def list_as_run_lines(session: Db, query: Annotated[LineQuery, Query()]) -> Page[AsRunLineView]:
    """Lines of as-run files; `state=doubtful` are those that await a decision (CT-LOG-10)."""
    statement = as_run_listed(query.log_id, query.state)
    return await page(
        session, statement, keys=(lines.c.log_id, lines.c.air_second, lines.c.id), query=query, shape=AsRunLineView
    )


@router.post("/v1/as-run-lines/{line_id}/decisions", summary="Decide on as-run line", status_code=201)
@needs("log:write")
async def decide_on_line(line_id: UUID, body: LineDecision, session: Db) -> AsRunLineView:
    """Accept a line to a unit, ignore it, or open it again; the undecided lines of the log match anew."""
    return AsRunLineView.model_validate(await decide(session, line_id, to=body.to, spot_id=body.spot_id))


@router.get("/v1/logs/{log_id}/reconciliation")
@needs("log:read")
async def show_reconciliation(log_id: UUID, session: Db, response: Response) -> ReconciliationView:
    """What committing a locked log would make of each unit; nothing changes (CT-LOG-10)."""
    here = await log_by_id(session, log_id)
    if here["state"] != "locked":
        raise NotAllowedNow("log_not_locked", "Only a locked log is reconciled.")
    tag(response, here["version"])
    units = [
        ProposedUnit(
            spot_id=row["id"],
            contract_no=row["contract_no"],
            line_no=row["line_no"],
            cart_no=row["cart_no"],
            scheduled_minute=row["scheduled_minute"],
            aired=one.aired,
            air_minute=one.air_minute,
            second_pass=one.second_pass,
            doubtful=one.doubtful,
            as_run_line_id=one.ran and one.ran.line_id,
        )
        for row, one in await propose(session, here)
    ]
    doubtful = [row for row in await as_run_of(session, log_id) if row["state"] == "doubtful"]
    return ReconciliationView.model_validate({**here, "units": units, "doubtful_lines": doubtful})
