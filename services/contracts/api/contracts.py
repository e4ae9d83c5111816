"""Radio contracts and their units."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from services.contracts.application.approval import approve_contract, cancel_contract
from services.contracts.application.drafting import add_lines, amend_contract, draft_contracts
from services.contracts.application.reconciling import trash_spot
from services.contracts.application.rotating import save_rotations
from services.contracts.repository.logs import spot
from services.contracts.repository.radio import (
    contract,
    contract_by_id,
    contracts_listed,
    lines_of,
    rotations_of,
    spots_listed,
)
from services.contracts.repository.rows import Record
from services.contracts.schemas.contracts import (
    ContractDraftShape,
    ContractPatchShape,
    ContractRow,
    ContractStateName,
    ContractTransition,
    ContractView,
    LineShape,
    RotationShape,
    SpotRow,
    SpotStateName,
)
from services.contracts.schemas.texts import Phrase
from shared.events.fields import Code, Day, Shape
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Now, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["contracts"])


class ContractQuery(ListQuery):
    """Filters of the list of contracts."""

    code: list[Code] | None = None
    state: list[ContractStateName] | None = None
    client_id: list[UUID] | None = None
    contract_no: list[int] | None = None


class SpotQuery(ListQuery):
    """Filters of spot detail."""

    contract_id: list[UUID] | None = None
    station_id: list[UUID] | None = None
    state: list[SpotStateName] | None = None
    log_on_gte: Day | None = Field(None, alias="log_on.gte")
    log_on_lte: Day | None = Field(None, alias="log_on.lte")
    target_on_gte: Day | None = Field(None, alias="target_on.gte")
    target_on_lte: Day | None = Field(None, alias="target_on.lte")


class LinesShape(Shape):
    """Lines to add."""

    lines: Annotated[list[LineShape], Field(min_length=1, max_length=500)]


class RotationsShape(Shape):
    """A contract's whole rotation list, in its order."""

    rotations: Annotated[list[RotationShape], Field(max_length=200)]


class SpotTransition(Shape):
    """Dismiss a unit for good (CT-LOG-15)."""

    to: Literal["trashed"]
    reason: Phrase = ""


@router.post("/v1/contracts", status_code=201)
@needs("contract:write")
async def draft_contract(body: ContractDraftShape, session: Db, now: Now, response: Response) -> ContractView:
    """A new draft with its lines and rotations (CT-HDR-01, CT-LIF-02)."""
    header = body.model_dump(exclude_unset=True, exclude={"lines", "rotations"})
    (drafted,) = await draft_contracts(session, [header])
    if body.lines:
        await add_lines(session, drafted, [line.model_dump() for line in body.lines], now)
    if body.rotations:
        await save_rotations(session, drafted["id"], None, [_wanted(one) for one in body.rotations])
    return await _view(session, drafted["id"], response, whole=True)


@router.get("/v1/contracts")
@needs("contract:read")
async def list_contracts(session: Db, query: Annotated[ContractQuery, Query()]) -> Page[ContractRow]:
    """Contracts by number."""
    statement = contracts_listed()
    for name in ("code", "state", "client_id", "contract_no"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(contract.c[name].in_(wanted))
    return await page(session, statement, keys=(contract.c.contract_no, contract.c.id), query=query, shape=ContractRow)


@router.get("/v1/contracts/{contract_id}")
@needs("contract:read")
async def show_contract(
    contract_id: UUID, session: Db, response: Response, expand: Literal["lines"] | None = None
) -> ContractView:
    """One contract; `expand=lines` adds lines and rotations."""
    return await _view(session, contract_id, response, whole=expand == "lines")


@router.patch("/v1/contracts/{contract_id}")
@needs("contract:write")
async def change_contract(
    contract_id: UUID, body: ContractPatchShape, version: Version, session: Db, response: Response
) -> ContractView:
    """Change a header: a draft's freely, an active contract's where no correction mode is needed (CT-LIF-18)."""
    await amend_contract(session, contract_id, version, body.model_dump(exclude_unset=True))
    return await _view(session, contract_id, response, whole=False)


@router.post("/v1/contracts/{contract_id}/lines", status_code=201)
@needs("contract:write")
async def add_contract_lines(
    contract_id: UUID, body: LinesShape, session: Db, now: Now, response: Response
) -> ContractView:
    """Add pending lines (CT-LIN-22, CT-LIN-24)."""
    locked = await contract_by_id(session, contract_id, lock=True)
    await add_lines(session, locked, [line.model_dump() for line in body.lines], now)
    return await _view(session, contract_id, response, whole=True)


@router.put("/v1/contracts/{contract_id}/rotations")
@needs("contract:write")
async def replace_rotations(
    contract_id: UUID, body: RotationsShape, version: Version, session: Db, response: Response
) -> ContractView:
    """Replace the rotation list; entries that can never be reached name what shadows them (CT-ROT-29)."""
    _, hidden = await save_rotations(session, contract_id, version, [_wanted(one) for one in body.rotations])
    return await _view(session, contract_id, response, whole=True, hidden=hidden)


@router.post("/v1/contracts/{contract_id}/transitions")
@needs("contract:approve")
async def move_contract(
    contract_id: UUID, body: ContractTransition, version: Version, session: Db, now: Now, response: Response
) -> ContractView:
    """Approve or cancel (CT-LIF-05, CT-LIF-08)."""
    if body.to == "approved":
        await approve_contract(session, contract_id, version, now)
    else:
        await cancel_contract(session, contract_id, version, now, body.reason)
    return await _view(session, contract_id, response, whole=False)


@router.get("/v1/spots")
@needs("contract:read")
async def list_spots(session: Db, query: Annotated[SpotQuery, Query()]) -> Page[SpotRow]:
    """Every unit with its state, log, copy and invoice (CT-LOG-16)."""
    statement = spots_listed()
    for name in ("contract_id", "station_id", "state"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(spot.c[name].in_(wanted))
    bounds = (
        (spot.c.log_on, query.log_on_gte, query.log_on_lte),
        (spot.c.target_on, query.target_on_gte, query.target_on_lte),
    )
    for column, first, last in bounds:
        if first is not None:
            statement = statement.where(column >= first)
        if last is not None:
            statement = statement.where(column <= last)
    return await page(session, statement, keys=(spot.c.target_on, spot.c.id), query=query, shape=SpotRow)


@router.post("/v1/spots/{spot_id}/transitions")
@needs("log:write")
async def move_spot(spot_id: UUID, body: SpotTransition, session: Db, now: Now) -> dict[str, Any]:
    """Dismiss a unit for good."""
    trashed = await trash_spot(session, spot_id, now, body.reason)
    return {"id": trashed["id"], "state": trashed["state"], "version": trashed["version"]}


async def _view(
    session: AsyncSession,
    contract_id: UUID,
    response: Response,
    *,
    whole: bool,
    hidden: dict[UUID, UUID] | None = None,
) -> ContractView:
    header = await contract_by_id(session, contract_id)
    lines = await lines_of(session, [contract_id])
    of = currency(header["currency"])
    count, gross = sum(line["quantity"] for line in lines), sum(line["total_amount"] for line in lines)
    rotations = await rotations_of(session, [contract_id]) if whole else None
    tag(response, header["version"])
    return ContractView.model_validate(
        {
            **header,
            "item_count": count,
            "gross_amount": gross,
            "summary": f"{count} item(s), total {Money(gross, of).decimal:,.{of.places}f}",
            "lines": [{**line, "currency": header["currency"]} for line in lines] if whole else None,
            "rotations": _with_shadows(rotations, hidden or {}),
        }
    )


def _wanted(rotation: RotationShape) -> Record:
    copies = [(copy.copy_id, copy.ratio) for copy in rotation.copies]
    return {**rotation.model_dump(exclude={"copies"}), "copies": copies}


def _with_shadows(rotations: list[Record] | None, hidden: dict[UUID, UUID]) -> list[Record] | None:
    if rotations is None:
        return None
    return [{**one, "shadowed_by": hidden.get(one["id"])} for one in rotations]
