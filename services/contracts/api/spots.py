"""Units: spot detail, the makegood list, and what a person does to one."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.contracts.api.files import ANY_KIND, file_answer
from services.contracts.application.makegoods import aim_spot, trash_spot, unplace_spot
from services.contracts.application.spot_listing import spot_detail
from services.contracts.documents import ROWS_MAX, spot_sheet
from services.contracts.domain.spot_columns import chosen_columns
from services.contracts.repository.spot_detail import Wanted, makegoods_listed, spots_listed, with_surroundings
from services.contracts.schemas.confirmations import Format
from services.contracts.schemas.spots import (
    MakegoodRow,
    SpotColumn,
    SpotRow,
    SpotStanding,
    SpotStateName,
    SpotTransition,
)
from services.contracts.schemas.texts import Number, Word
from shared.events.fields import Day
from shared.kernel.errors import Fault, Invalid
from shared.runtime.http import Db, Now, Router, needs
from shared.runtime.paging import ListQuery, Page, merged_page, page

router = Router(tags=["spots"])


class SpotQuery(ListQuery):
    """Filters of spot detail."""

    contract_id: list[UUID] | None = None
    contract_no: list[Number] | None = None
    client_id: list[UUID] | None = None
    station_id: list[UUID] | None = None
    line_id: list[UUID] | None = None
    state: list[SpotStateName] | None = Field(
        None, description="Where the unit stands; `missed` ones are makegoods to be."
    )
    copy_id: list[UUID] | None = None
    cart_no: list[Word] | None = Field(None, description="Of the copy that it has.")
    invoice_id: list[UUID] | None = None
    invoice_no: list[Word] | None = None
    invoiced: bool | None = Field(None, description="Whether an issued invoice holds the unit.")
    off_air: bool | None = Field(None, description="Occurrences of off-air lines only, or units only.")
    log_on_gte: Day | None = Field(None, alias="log_on.gte", description="On logs of this day or later.")
    log_on_lte: Day | None = Field(None, alias="log_on.lte", description="On logs of this day or earlier.")
    target_on_gte: Day | None = Field(None, alias="target_on.gte", description="Ordered for this day or later.")
    target_on_lte: Day | None = Field(None, alias="target_on.lte", description="Ordered for this day or earlier.")

    def wanted(self) -> Wanted:
        """As the repository takes it."""
        return Wanted(
            contract_id=self.contract_id,
            contract_no=self.contract_no,
            client_id=self.client_id,
            station_id=self.station_id,
            line_id=self.line_id,
            state=self.state,
            copy_id=self.copy_id,
            cart_no=self.cart_no,
            invoice_id=self.invoice_id,
            invoice_no=self.invoice_no,
            invoiced=self.invoiced,
            off_air=self.off_air,
            target_on=(self.target_on_gte, self.target_on_lte),
            log_on=(self.log_on_gte, self.log_on_lte),
        )


class SheetQuery(BaseModel):
    """Which rows and columns of a contract's spot detail, and as what."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    format: Format = Field("pdf", description="To print, to preview or to go on working with.")
    download: bool = Field(False, description="As a file to be saved.")
    column: list[SpotColumn] | None = Field(None, description="The standard ones when left out.")
    state: list[SpotStateName] | None = Field(None, description="Units in these states; left out, all.")
    target_on_gte: Day | None = Field(None, alias="target_on.gte", description="Ordered for this day or later.")
    target_on_lte: Day | None = Field(None, alias="target_on.lte", description="Ordered for this day or earlier.")


@router.get("/v1/spots")
@needs("contract:read")
async def list_spots(session: Db, query: Annotated[SpotQuery, Query()]) -> Page[SpotRow]:
    """Every unit and occurrence with its state, log, copy and invoice, by target date (CT-LOG-16)."""
    parts = spots_listed(query.wanted())
    return await merged_page(
        session, parts, keys=("target_on", "id"), query=query, shape=SpotRow, widened=with_surroundings
    )


@router.get("/v1/contracts/{contract_id}/spot-detail", response_class=Response, responses=ANY_KIND)
@needs("contract:read")
async def show_spot_detail(contract_id: UUID, session: Db, now: Now, query: Annotated[SheetQuery, Query()]) -> Response:
    """Print, show or export a contract's spot detail: 3,000 rows at most on paper, else 50,000 (CT-LOG-16)."""
    columns = chosen_columns(query.column)
    wanted = Wanted(state=query.state, target_on=(query.target_on_gte, query.target_on_lte))
    content = await spot_detail(session, contract_id, wanted, ROWS_MAX[query.format], now)
    made = await asyncio.to_thread(spot_sheet, content, columns, query.format)
    return file_answer(made, f"spots-{content['contract_no']}", query.format, download=query.download)


@router.get("/v1/makegoods")
@needs("contract:read")
async def list_makegoods(session: Db, query: Annotated[ListQuery, Query()]) -> Page[MakegoodRow]:
    """Missed units by contract; each unit is placed again on a log, aimed at another date, or dismissed (CT-LOG-13)."""
    statement = makegoods_listed()
    keys = statement.selected_columns.contract_no, statement.selected_columns.contract_id
    return await page(session, statement, keys=keys, query=query, shape=MakegoodRow)


@router.post("/v1/spots/{spot_id}/transitions", summary="Trash, reschedule or unplace spot")
@needs("log:write")
async def move_spot(spot_id: UUID, body: SpotTransition, session: Db, now: Now) -> SpotStanding:
    """Dismiss a unit for good, aim it at another date, or take it off its open log (CT-LOG-06, 13 to 15)."""
    if body.to == "trashed":
        return SpotStanding.model_validate(await trash_spot(session, spot_id, now, body.reason))
    if body.to == "unplaced":
        return SpotStanding.model_validate(await unplace_spot(session, spot_id, body.reason))
    if body.target_on is None:
        raise Invalid.of([Fault("/target_on", "invalid_value", "The field is required.")])
    return SpotStanding.model_validate(await aim_spot(session, spot_id, body.target_on, body.reason))
