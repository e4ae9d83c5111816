"""Radio contracts: drafted, saved, found, approved, cancelled (CT-HDR, CT-LIF)."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from services.contracts.api.contract_views import contract_view
from services.contracts.api.rotations import wanted_rotation
from services.contracts.application.approval import approve_contract, approve_contracts
from services.contracts.application.cancelling import cancel_contract
from services.contracts.application.drafting import add_lines, draft_contracts
from services.contracts.application.duplicating import duplicate_contract
from services.contracts.application.finding import (
    check_client,
    contract_of_invoice,
    contract_of_number,
    contract_of_spot,
)
from services.contracts.application.rotating import save_rotations
from services.contracts.application.saving import change_line, delete_line, save_contract
from services.contracts.repository.radio import contract, contract_locked, contracts_listed
from services.contracts.schemas.contracts import (
    ApprovalResult,
    ApprovalResults,
    ApprovalSteps,
    ContractDraftShape,
    ContractPatchShape,
    ContractRow,
    ContractStateName,
    ContractTransition,
    ContractView,
    DuplicateShape,
    DuplicateView,
)
from services.contracts.schemas.lines import LinePatchShape, LinesShape
from services.contracts.schemas.texts import Number
from shared.events.fields import Code
from shared.kernel.errors import BillingError, Forbidden
from shared.runtime.http import Db, Expand, Now, Router, Version, Who, needs
from shared.runtime.paging import ListQuery, Page, page
from shared.runtime.problem import status_of

router = Router(tags=["contracts"])
_BY_NUMBER = contract.c.contract_no, contract.c.id
_MAY: dict[str, str] = {"approved": "contract:approve", "cancelled": "contract:cancel"}


class ContractQuery(ListQuery):
    """Filters of the list of contracts; drafts await approval (CT-LIF-07)."""

    code: list[Code] | None = None
    state: list[ContractStateName] | None = Field(None, description="`draft` awaits approval.")
    client_id: list[UUID] | None = None
    contract_no: list[Number] | None = None
    agency_id: list[UUID] | None = None
    salesperson_id: list[UUID] | None = None
    revenue_source_id: list[UUID] | None = None
    revenue_type_id: list[UUID] | None = None
    correction: list[Literal["none", "requested", "open"]] | None = Field(
        None, description="Whether correction mode was asked for or is open."
    )
    tfn: bool | None = Field(None, description="Contracts with the reminder till further notice (CT-HDR-24).")


@router.post("/v1/contracts", status_code=201)
@needs("contract:write")
async def draft_contract(body: ContractDraftShape, session: Db, now: Now, who: Who, response: Response) -> ContractView:
    """A new draft with its lines and rotations (CT-HDR-01, CT-LIF-02)."""
    header = body.model_dump(exclude_unset=True, exclude={"lines", "rotations"})
    (drafted,) = await draft_contracts(session, [header])
    if body.lines:
        await add_lines(session, [(drafted, [line.model_dump() for line in body.lines])], now, drafting=True)
    if body.rotations:
        await save_rotations(session, drafted["id"], None, [wanted_rotation(one) for one in body.rotations])
    return await contract_view(session, drafted["id"], response, who, whole=True)


@router.get("/v1/contracts")
@needs("contract:read")
async def list_contracts(session: Db, query: Annotated[ContractQuery, Query()]) -> Page[ContractRow]:
    """Contracts by number."""
    statement = contracts_listed()
    for name in ContractQuery.model_fields.keys() - ListQuery.model_fields.keys():
        wanted = getattr(query, name)
        if isinstance(wanted, list):
            statement = statement.where(contract.c[name].in_(wanted))
        elif wanted is not None:
            statement = statement.where(contract.c[name] == wanted)
    return await page(session, statement, keys=_BY_NUMBER, query=query, shape=ContractRow)


@router.get("/v1/contracts/by-client/{client_id}")
@needs("contract:read")
async def list_contracts_of_client(
    client_id: UUID, session: Db, query: Annotated[ListQuery, Query()]
) -> Page[ContractRow]:
    """A customer's contracts by number (CT-HDR-02)."""
    await check_client(session, client_id)
    statement = contracts_listed().where(contract.c.client_id == client_id)
    return await page(session, statement, keys=_BY_NUMBER, query=query, shape=ContractRow)


@router.get("/v1/contracts/by-number/{contract_no}")
@needs("contract:read")
async def show_contract_of_number(contract_no: int, session: Db, who: Who, response: Response) -> ContractView:
    """The contract of a number (CT-HDR-02)."""
    return await contract_view(session, await contract_of_number(session, contract_no), response, who, whole=False)


@router.get("/v1/contracts/by-invoice-no/{invoice_no:path}")
@needs("contract:read")
async def show_contract_of_invoice(invoice_no: str, session: Db, who: Who, response: Response) -> ContractView:
    """The contract that an issued invoice bills (CT-HDR-02)."""
    return await contract_view(session, await contract_of_invoice(session, invoice_no), response, who, whole=False)


@router.get("/v1/contracts/by-spot/{spot_id}")
@needs("contract:read")
async def show_contract_of_spot(spot_id: UUID, session: Db, who: Who, response: Response) -> ContractView:
    """The contract of a unit on a log (CT-HDR-02)."""
    return await contract_view(session, await contract_of_spot(session, spot_id), response, who, whole=False)


@router.post("/v1/contracts/bulk", summary="Approve many contracts", status_code=207)
@needs("contract:approve")
async def approve_many(body: ApprovalSteps, session: Db, now: Now) -> ApprovalResults:
    """Approve many contracts, each succeeding or refused on its own (CT-LIF-05)."""
    done = await approve_contracts(session, body.contract_ids, now, reason=body.reason)
    return ApprovalResults(items=[_result(id_, done[id_]) for id_ in body.contract_ids])


@router.get("/v1/contracts/{contract_id}")
@needs("contract:read")
async def show_contract(
    contract_id: UUID, session: Db, who: Who, response: Response, expand: Expand = None
) -> ContractView:
    """One contract; `expand=lines` adds lines and rotations."""
    return await contract_view(session, contract_id, response, who, whole=expand == "lines")


@router.patch("/v1/contracts/{contract_id}")
@needs("contract:write")
async def change_contract(
    contract_id: UUID, body: ContractPatchShape, version: Version, session: Db, now: Now, who: Who, response: Response
) -> ContractView:
    """Save header, lines and rotations at once: a draft's freely, else what needs no correction mode (CT-LIF-18)."""
    changes = body.model_dump(exclude_unset=True)
    lines = [line.model_dump() for line in body.lines] if changes.pop("lines", None) is not None else None
    rotations = [wanted_rotation(one) for one in body.rotations] if changes.pop("rotations", None) is not None else None
    await save_contract(session, contract_id, version, changes, now, lines=lines, rotations=rotations)
    return await contract_view(session, contract_id, response, who, whole=lines is not None or rotations is not None)


@router.post("/v1/contracts/{contract_id}/lines", status_code=201)
@needs("contract:write")
async def add_contract_lines(
    contract_id: UUID, body: LinesShape, session: Db, now: Now, who: Who, response: Response
) -> ContractView:
    """Add pending lines (CT-LIN-22, CT-LIN-24)."""
    locked = await contract_locked(session, contract_id, None)
    await add_lines(session, [(locked, [line.model_dump() for line in body.lines])], now)
    return await contract_view(session, contract_id, response, who, whole=True)


@router.patch("/v1/contracts/{contract_id}/lines/{line_id}")
@needs("contract:write")
async def change_contract_line(
    contract_id: UUID,
    line_id: UUID,
    body: LinePatchShape,  # type: ignore[valid-type]
    version: Version,
    session: Db,
    now: Now,
    who: Who,
    response: Response,
) -> ContractView:
    """Change a pending line freely, an approved one where no correction mode is needed (CT-LIN-31)."""
    changes = body.model_dump(exclude_unset=True)  # type: ignore[attr-defined]
    await change_line(session, contract_id, line_id, version, changes, now)
    return await contract_view(session, contract_id, response, who, whole=True)


@router.delete("/v1/contracts/{contract_id}/lines/{line_id}")
@needs("contract:write")
async def delete_contract_line(
    contract_id: UUID, line_id: UUID, version: Version, session: Db, now: Now, who: Who, response: Response
) -> ContractView:
    """Delete a pending line (CT-LIN-31)."""
    await delete_line(session, contract_id, line_id, version, now)
    return await contract_view(session, contract_id, response, who, whole=True)


@router.post("/v1/contracts/{contract_id}/duplicates", summary="Duplicate contract", status_code=201)
@needs("contract:write")
async def duplicate(
    contract_id: UUID, body: DuplicateShape, session: Db, now: Now, who: Who, response: Response
) -> DuplicateView:
    """A new draft of the same order on other dates (CT-LIF-27)."""
    made, dropped = await duplicate_contract(
        session, contract_id, start_on=body.start_on, end_on=body.end_on, code=body.code, now=now
    )
    view = await contract_view(session, made, response, who, whole=True)
    return DuplicateView.model_validate({**view.model_dump(), "dropped_lines": dropped})


@router.post("/v1/contracts/{contract_id}/transitions", summary="Approve or cancel contract")
@needs("contract:read")
async def move_contract(
    contract_id: UUID, body: ContractTransition, version: Version, session: Db, now: Now, who: Who, response: Response
) -> ContractView:
    """Approve with `contract:approve`, cancel with `contract:cancel` (CT-LIF-05, CT-LIF-06, CT-LIF-08)."""
    if _MAY[body.to] not in who.permissions:
        raise Forbidden("forbidden", f"This needs the permission {_MAY[body.to]}.")
    if body.to == "approved":
        await approve_contract(session, contract_id, version, now, body.reason)
    else:
        await cancel_contract(session, contract_id, version, now, body.reason)
    return await contract_view(session, contract_id, response, who, whole=False)


def _result(contract_id: UUID, done: object) -> ApprovalResult:
    if isinstance(done, BillingError):
        return ApprovalResult(contract_id=contract_id, status=status_of(done), code=done.code, message=done.message)
    return ApprovalResult(contract_id=contract_id, status=200)
