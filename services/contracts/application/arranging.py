"""Arranging a contract's rotation list entry by entry: new, changed, duplicated, moved, deleted (CT-ROT-15 to 20)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.contracts.application.rotating import RotationList, keep_list, opened_list, row_of
from services.contracts.application.rotation_values import copies_of, spot_orders
from services.contracts.domain.rotation import ratios_of
from services.contracts.domain.rotation_list import Direction, SpotOrder, moved, whole
from services.contracts.repository.rows import Record
from shared.kernel.errors import NotAllowedNow, NotFound
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession


async def add_rotation(
    session: AsyncSession, contract_id: UUID, version: int | None, given: Mapping[str, Any]
) -> RotationList:
    """A new entry at the bottom; what is left out follows the whole contract (CT-ROT-19, CT-ROT-20).

    `no_copy_for_contract` while no copy of the customer could serve a spot line.
    """
    contract, present = await opened_list(session, contract_id, version)
    orders = (await spot_orders(session, [contract_id]))[contract_id]
    if not orders:
        raise NotAllowedNow("no_copy_for_contract", "The contract has no spot line that copy could serve.")
    values = await _with_defaults(session, given, orders)
    row = row_of(values, contract_id, len(present) + 1, "")
    return await keep_list(session, contract, present, _numbered([*present, row]), {})


async def change_rotation(
    session: AsyncSession, contract_id: UUID, rotation_id: UUID, version: int | None, changes: Mapping[str, Any]
) -> RotationList:
    """Change an entry in its place; its cursors stay (CT-ROT-18, CT-ROT-22)."""
    contract, present = await opened_list(session, contract_id, version)
    before = entry_of(present, rotation_id)
    stated = {
        **before,
        "start_time": before["start_minute"],
        "end_time": before["end_minute"],
        "copies": ratios_of(before["sequence"]),
    }
    row = row_of({**stated, **changes, "id": rotation_id}, contract_id, before["position"], "")
    after = [row if one["id"] == rotation_id else one for one in present]
    return await keep_list(session, contract, present, after, {})


async def duplicate_rotation(
    session: AsyncSession, contract_id: UUID, rotation_id: UUID, version: int | None
) -> RotationList:
    """The same fields and items once more, directly below; its cursors begin anew (CT-ROT-16)."""
    contract, present = await opened_list(session, contract_id, version)
    twin = {**entry_of(present, rotation_id), "id": new_id()}
    at = [row["id"] for row in present].index(rotation_id)
    after = _numbered([*present[: at + 1], twin, *present[at + 1 :]])
    return await keep_list(session, contract, present, after, {})


async def move_rotation(
    session: AsyncSession, contract_id: UUID, rotation_id: UUID, version: int | None, direction: Direction
) -> RotationList:
    """One place up or down; at the list's end nothing changes (CT-ROT-15)."""
    contract, present = await opened_list(session, contract_id, version)
    entry_of(present, rotation_id)
    by_id = {row["id"]: row for row in present}
    order = moved(list(by_id), rotation_id, direction)
    return await keep_list(session, contract, present, _numbered([by_id[one] for one in order]), {})


async def delete_rotation(
    session: AsyncSession, contract_id: UUID, rotation_id: UUID, version: int | None
) -> RotationList:
    """Take an entry off the list; copy already given to units stays. `rotation_in_use` by a line (CT-ROT-17)."""
    contract, present = await opened_list(session, contract_id, version)
    entry_of(present, rotation_id)
    after = _numbered([row for row in present if row["id"] != rotation_id])
    return await keep_list(session, contract, present, after, {})


def entry_of(rows: Sequence[Record], rotation_id: UUID) -> Record:
    """One entry of a list, or `NotFound("not_found")` (CT-ROT-18)."""
    for row in rows:
        if row["id"] == rotation_id:
            return row
    raise NotFound("not_found", "The contract has no such rotation.")


async def _with_defaults(session: AsyncSession, given: Mapping[str, Any], orders: Sequence[SpotOrder]) -> Record:
    contract = whole(orders)
    lengths = {order.length_seconds for order in orders}
    length = contract.length_seconds
    if len(lengths) > 1 and given["copies"]:
        first = (await copies_of(session, [given["copies"][0][0]])).get(given["copies"][0][0])
        length = first["length_seconds"] if first else length
    defaults = {
        "name": "",
        "station_id": None,
        "length_seconds": length,
        "start_on": contract.flight.start_on,
        "end_on": contract.flight.last_on,
        "start_time": contract.start_minute,
        "end_time": contract.end_minute,
        "weekdays": list(range(7)),
    }
    return {**defaults, **given}


def _numbered(rows: Sequence[Record]) -> list[Record]:
    return [{**row, "position": position} for position, row in enumerate(rows, 1)]
