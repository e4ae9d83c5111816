"""Rotations: a contract's ordered list, its entries, and why a unit gets its copy."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.contracts.application import arranging
from services.contracts.application.copy_choice import Choices, choose_copy
from services.contracts.application.rotating import RotationList, save_rotations, shown_list
from services.contracts.application.rotation_checks import has_related_copy
from services.contracts.application.rotation_values import spot_orders
from services.contracts.domain.rotation import Airing, Choice
from services.contracts.repository.radio import contract_by_id, copies_offered, lines_of
from services.contracts.repository.rows import Record
from services.contracts.schemas.rotations import (
    CopyChoice,
    CopyOffer,
    CopyRatioShape,
    Length,
    NewRotationShape,
    RotationListView,
    RotationMove,
    RotationPatchShape,
    RotationShape,
    RotationsShape,
    RotationView,
)
from services.contracts.schemas.texts import Word
from services.contracts.schemas.warnings import WarningView
from shared.events.fields import ClockTime, Day
from shared.kernel.errors import Fault, Invalid
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["rotations"])
_LIST = "/v1/contracts/{contract_id}/rotations"
_ENTRY = _LIST + "/{rotation_id}"


class OfferQuery(ListQuery):
    """Which copy is on offer; length and flight left out are those of the contract's spot lines."""

    length_seconds: Length | None = None
    start_on: Day | None = None
    end_on: Day | None = None


class ChoiceQuery(BaseModel):
    """A unit as rotations see it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    station_id: UUID
    air_on: Day
    air_time: ClockTime = Field(examples=["07:20"])
    length_seconds: Length
    line_id: UUID | None = Field(None, description="A line of the contract, whose direct rotation binds the unit.")


@router.get(_LIST)
@needs("contract:read")
async def list_rotations(
    contract_id: UUID,
    session: Db,
    response: Response,
    sort: Annotated[Word | None, Query(description="Refused: the stored order alone decides.")] = None,
    selection_id: Annotated[Word | None, Query(description="Refused likewise.")] = None,
    q: Annotated[Word | None, Query(description="Refused likewise.")] = None,
) -> RotationListView:
    """The whole list in its stored order, which no sorting, filter or saved view rearranges (CT-ROT-05)."""
    asked = {"sort": sort, "selection_id": selection_id, "q": q}
    faults = [
        Fault("", "order_is_fixed", "The order of the list decides; it cannot be rearranged by a view.", field=name)
        for name, value in asked.items()
        if value is not None
    ]
    if faults:
        raise Invalid.of(faults)
    return await _view(session, await shown_list(session, contract_id), response)


@router.put(_LIST)
@needs("contract:write")
async def replace_rotations(
    contract_id: UUID, body: RotationsShape, version: Version, session: Db, response: Response
) -> RotationListView:
    """Replace the list; entries that can never be reached are told as warnings (CT-ROT-29)."""
    saved = await save_rotations(session, contract_id, version, [wanted_rotation(one) for one in body.rotations])
    return await _view(session, saved, response)


@router.post(_LIST, status_code=201)
@needs("contract:write")
async def add_rotation(
    contract_id: UUID, body: NewRotationShape, version: Version, session: Db, response: Response
) -> RotationListView:
    """A new entry at the bottom, while copy relating to the contract exists (CT-ROT-19, CT-ROT-20)."""
    saved = await arranging.add_rotation(session, contract_id, version, _given(body))
    return await _view(session, saved, response)


@router.get(_ENTRY)
@needs("contract:read")
async def open_rotation(contract_id: UUID, rotation_id: UUID, session: Db, response: Response) -> RotationView:
    """One entry (CT-ROT-18)."""
    shown = await shown_list(session, contract_id)
    arranging.entry_of(shown.rows, rotation_id)
    return next(one for one in (await _view(session, shown, response)).items if one.id == rotation_id)


@router.patch(_ENTRY)
@needs("contract:write")
async def change_rotation(
    contract_id: UUID, rotation_id: UUID, body: RotationPatchShape, version: Version, session: Db, response: Response
) -> RotationListView:
    """Change an entry, at any time of the contract's life; locked logs keep their copy (CT-ROT-22)."""
    saved = await arranging.change_rotation(session, contract_id, rotation_id, version, _given(body))
    return await _view(session, saved, response)


@router.delete(_ENTRY)
@needs("contract:write")
async def delete_rotation(
    contract_id: UUID, rotation_id: UUID, version: Version, session: Db, response: Response
) -> RotationListView:
    """Take an entry off the list (CT-ROT-17, CT-ROT-23)."""
    return await _view(session, await arranging.delete_rotation(session, contract_id, rotation_id, version), response)


@router.post(_ENTRY + "/moves", status_code=201)
@needs("contract:write")
async def move_rotation(
    contract_id: UUID, rotation_id: UUID, body: RotationMove, version: Version, session: Db, response: Response
) -> RotationListView:
    """Move an entry one place up or down (CT-ROT-15)."""
    saved = await arranging.move_rotation(session, contract_id, rotation_id, version, body.direction)
    return await _view(session, saved, response)


@router.post(_ENTRY + "/duplicates", status_code=201)
@needs("contract:write")
async def duplicate_rotation(
    contract_id: UUID, rotation_id: UUID, version: Version, session: Db, response: Response
) -> RotationListView:
    """The same entry once more, directly below (CT-ROT-16)."""
    saved = await arranging.duplicate_rotation(session, contract_id, rotation_id, version)
    return await _view(session, saved, response)


@router.get("/v1/contracts/{contract_id}/copies")
@needs("contract:read")
async def list_copies_on_offer(
    contract_id: UUID, session: Db, query: Annotated[OfferQuery, Query()]
) -> Page[CopyOffer]:
    """The customer's copies of a length whose run dates suit the flight (CT-ROT-21)."""
    contract = await contract_by_id(session, contract_id)
    orders = (await spot_orders(session, [contract_id]))[contract_id]
    lengths = [query.length_seconds] if query.length_seconds else [order.length_seconds for order in orders]
    start_on = query.start_on or min((order.flight.start_on for order in orders), default=None)
    end_on = query.end_on or max((order.flight.last_on for order in orders), default=None)
    statement = copies_offered(contract["client_id"], lengths, start_on, end_on)
    columns = statement.selected_columns
    return await page(session, statement, keys=(columns.code, columns.id), query=query, shape=CopyOffer)


@router.get("/v1/contracts/{contract_id}/copy-choice")
@needs("contract:read")
async def explain_choice(contract_id: UUID, session: Db, query: Annotated[ChoiceQuery, Query()]) -> CopyChoice:
    """Which copy a unit would get there and then, and why each rotation before it did not serve (CT-ROT-06)."""
    await contract_by_id(session, contract_id)
    airing = Airing(
        new_id(),
        query.station_id,
        query.length_seconds,
        query.air_on,
        query.air_time,
        await _binding(session, contract_id, query.line_id),
    )
    choices = await choose_copy(session, [(contract_id, airing)])
    return CopyChoice.model_validate(shown_choice(choices, choices.chosen[airing.id]))


def wanted_rotation(rotation: RotationShape) -> Record:
    """An entry of a whole list as the use case takes it."""
    return {**rotation.model_dump(exclude={"copies"}), "copies": _turns(rotation.copies)}


def shown_choice(choices: Choices, choice: Choice) -> Record:
    """A choice with the names of its rotations and copy."""

    def named(kind: Mapping[UUID, Record], one: UUID | None, field: str = "name") -> Any:
        return kind[one][field] if one is not None and one in kind else None

    return {
        "copy_id": choice.copy_id,
        "copy_name": named(choices.copies, choice.copy_id),
        "cart_no": named(choices.copies, choice.copy_id, "cart_no"),
        "rotation_id": choice.rotation_id,
        "rotation_name": named(choices.rotations, choice.rotation_id),
        "tried": [
            {
                "rotation_id": one.rotation_id,
                "position": choices.rotations[one.rotation_id]["position"],
                "name": choices.rotations[one.rotation_id]["name"],
                "reason": one.reason,
                "copies": [
                    {"copy_id": copy_id, "name": named(choices.copies, copy_id) or "", "reason": reason}
                    for copy_id, reason in one.copies
                ],
            }
            for one in choice.tried
        ],
    }


async def _binding(session: AsyncSession, contract_id: UUID, line_id: UUID | None) -> UUID | None:
    if line_id is None:
        return None
    for line in await lines_of(session, [contract_id]):
        if line["id"] == line_id:
            bound: UUID | None = line["direct_rotation_id"]
            return bound
    raise Invalid.of([Fault("", "unknown_reference", "The contract has no such line.", field="line_id")])


def _turns(copies: list[CopyRatioShape]) -> list[tuple[UUID, int]]:
    return [(copy.copy_id, copy.ratio) for copy in copies]


def _given(body: RotationPatchShape) -> Record:
    """What the caller named; null says something of the station only."""
    named = body.model_dump(exclude_unset=True, exclude={"copies"})
    given = {name: value for name, value in named.items() if value is not None or name == "station_id"}
    return given if body.copies is None else {**given, "copies": _turns(body.copies)}


async def _view(session: AsyncSession, listed: RotationList, response: Response) -> RotationListView:
    contract, names = listed.contract, {row["id"]: row["name"] for row in listed.rows}
    tag(response, contract["version"])
    return RotationListView.model_validate(
        {
            "contract_id": contract["id"],
            "version": contract["version"],
            "may_add": contract["state"] in ("draft", "active") and await has_related_copy(session, contract),
            "items": [
                {**row, "known_copies": listed.copies, "shadowed_by": listed.shadows.get(row["id"])}
                for row in listed.rows
            ],
            "warnings": [
                WarningView(
                    code="shadowed_by",
                    text=f"{names[later] or later} after {names[earlier] or earlier} is never reached",
                    entity_id=later,
                )
                for later, earlier in listed.shadows.items()
            ],
        }
    )
