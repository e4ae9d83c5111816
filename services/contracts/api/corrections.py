"""Correction mode of approved contracts, and the history of a contract (CT-LIF-13 to CT-LIF-25)."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy import select

from services.contracts.application.contract_correction import (
    abandon_correction,
    ask_correction,
    correction_of,
    prepare_correction,
)
from services.contracts.application.correction_saving import save_correction
from services.contracts.repository.corrections import audit, correction, history_listed
from services.contracts.repository.radio import contract_by_id
from services.contracts.repository.rows import Record
from services.contracts.schemas.confirmations import HistoryRow
from services.contracts.schemas.corrections import (
    CorrectionPatch,
    CorrectionTransition,
    CorrectionView,
    CorrectionWish,
)
from shared.runtime.http import Db, Now, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["corrections"])


@router.post("/v1/contracts/{contract_id}/corrections", status_code=202)
@needs("contract:correct")
async def ask_for_correction(
    contract_id: UUID, body: CorrectionWish, version: Version, session: Db, now: Now, response: Response
) -> CorrectionView:
    """Ask for correction mode; it is open once invoicing holds the contract's invoices (CT-LIF-13, CT-LIF-14)."""
    asked = await ask_correction(
        session, contract_id, version, acknowledged=body.acknowledge_impact, reason=body.reason, now=now
    )
    response.headers["Location"] = f"/v1/contracts/{contract_id}/corrections/{asked['id']}"
    return _view(asked, response)


@router.get("/v1/contracts/{contract_id}/corrections")
@needs("contract:read")
async def list_corrections(
    contract_id: UUID, session: Db, query: Annotated[ListQuery, Query()]
) -> Page[CorrectionView]:
    """The corrections of a contract, oldest first."""
    await contract_by_id(session, contract_id)
    statement = select(correction).where(correction.c.contract_id == contract_id)
    return await page(session, statement, keys=(correction.c.id,), query=query, shape=CorrectionView)


@router.get("/v1/contracts/{contract_id}/corrections/{correction_id}")
@needs("contract:read")
async def show_correction(contract_id: UUID, correction_id: UUID, session: Db, response: Response) -> CorrectionView:
    """One correction with what it will change."""
    return _view(await correction_of(session, contract_id, correction_id), response)


@router.patch("/v1/contracts/{contract_id}/corrections/{correction_id}")
@needs("contract:correct")
async def change_correction(
    contract_id: UUID, correction_id: UUID, body: CorrectionPatch, version: Version, session: Db, response: Response
) -> CorrectionView:
    """Prepare changes; they are checked at once and applied when the correction is saved (CT-LIF-17)."""
    changes = body.model_dump(exclude_unset=True)
    return _view(await prepare_correction(session, contract_id, correction_id, version, changes), response)


@router.post(
    "/v1/contracts/{contract_id}/corrections/{correction_id}/transitions", summary="Save or abandon correction"
)
@needs("contract:correct")
async def move_correction(
    contract_id: UUID,
    correction_id: UUID,
    body: CorrectionTransition,
    version: Version,
    session: Db,
    now: Now,
    response: Response,
) -> CorrectionView:
    """Save, which gives the contract a new revision, or abandon; what changes nothing is abandoned (CT-LIF-20)."""
    moved = save_correction if body.to == "saved" else abandon_correction
    return _view(await moved(session, contract_id, correction_id, version, now), response)


@router.get("/v1/contracts/{contract_id}/history", summary="List history of contract")
@needs("contract:read")
async def list_history(contract_id: UUID, session: Db, query: Annotated[ListQuery, Query()]) -> Page[HistoryRow]:
    """Every action on the contract, oldest first; history is only ever added to (CT-LIF-25)."""
    await contract_by_id(session, contract_id)
    return await page(session, history_listed(contract_id), keys=(audit.c.id,), query=query, shape=HistoryRow)


def _view(row: Record, response: Response) -> CorrectionView:
    tag(response, row["version"])
    return CorrectionView.model_validate(row)
