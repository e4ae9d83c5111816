"""What a rotation list may hold: the customer's own copy, of the entry's length (CT-ROT-04, CT-ROT-19, CT-ROT-21)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.contracts import tables
from services.contracts.application.rotation_values import copies_of, copy_value, spot_orders
from services.contracts.domain.rotation_list import suits
from services.contracts.repository.rows import Record, find, table_of
from shared.kernel.errors import Fault, Invalid, NotAllowedNow
from shared.runtime.db import AsyncSession


async def has_related_copy(session: AsyncSession, contract: Record) -> bool:
    """Whether New is offered: an active copy of the customer that a spot line could use (CT-ROT-19)."""
    return not await _without_copy(session, [contract])


async def check_related_copy(session: AsyncSession, contracts: Sequence[Record]) -> None:
    """Refuse a new entry where New is not offered: `NotAllowedNow("no_copy_for_contract")` (CT-ROT-19)."""
    if await _without_copy(session, contracts):
        raise NotAllowedNow("no_copy_for_contract", "The customer has no copy that a spot line could use.")


async def check_entries(
    session: AsyncSession, contracts: Mapping[UUID, Record], rows: Sequence[Record], pointers: Mapping[UUID, str]
) -> None:
    """Refuse copy that is unknown, of another client or of another length, and unknown stations, all at once."""
    copies = await copies_of(session, {copy_id for row in rows for copy_id in row["sequence"]})
    station = table_of(tables.Station)
    named = {row["station_id"] for row in rows if row["station_id"]}
    stations = {row["id"] for row in await find(session, tables.Station, station.c.id.in_(named))}
    faults = []
    for row in rows:
        pointer, client_id = pointers.get(row["id"], ""), contracts[row["contract_id"]]["client_id"]
        if row["station_id"] not in stations and row["station_id"] is not None:
            faults.append(Fault(f"{pointer}/station_id", "unknown_reference", "There is no such station."))
        faults += _copy_faults(row, copies, client_id, f"{pointer}/copies")
    if faults:
        raise Invalid.of(faults)


def _copy_faults(row: Record, copies: Mapping[UUID, Record], client_id: UUID, pointer: str) -> list[Fault]:
    found = []
    for copy_id in dict.fromkeys(row["sequence"]):
        copy = copies.get(copy_id)
        if copy is None:
            found.append(Fault(pointer, "unknown_reference", "There is no such copy."))
        elif copy["client_id"] != client_id:
            found.append(Fault(pointer, "copy_foreign", "The copy belongs to another client."))
        elif copy["length_seconds"] != row["length_seconds"]:
            found.append(Fault(pointer, "copy_length", "All copy of a rotation has the rotation's length."))
    return found


async def binding_faults(session: AsyncSession, lines: Sequence[Record]) -> list[list[Fault]]:
    """What is wrong with each line's direct rotation: it is of the line's contract, and saved first (CT-ROT-13, 14)."""
    rotation = table_of(tables.Rotation)
    named = {line["direct_rotation_id"] for line in lines if line["direct_rotation_id"]}
    found = await find(session, tables.Rotation, rotation.c.id.in_(named)) if named else []
    known = {row["id"]: row["contract_id"] for row in found}
    return [_binding_faults(line, known) for line in lines]


def _binding_faults(line: Record, known: Mapping[UUID, UUID]) -> list[Fault]:
    bound = line["direct_rotation_id"]
    if not bound:
        return []
    if bound not in known:
        message = "A rotation is saved before a line can point to it."
        return [Fault("/direct_rotation_id", "rotation_unsaved", message)]
    if known[bound] != line["contract_id"]:
        return [Fault("/direct_rotation_id", "rotation_foreign", "The rotation is of another contract.")]
    return []


async def _without_copy(session: AsyncSession, contracts: Sequence[Record]) -> bool:
    copy = table_of(tables.Copy)
    orders = await spot_orders(session, [contract["id"] for contract in contracts])
    lengths = {order.length_seconds for each in orders.values() for order in each}
    clients = {contract["client_id"] for contract in contracts}
    found = await find(session, tables.Copy, copy.c.client_id.in_(clients), copy.c.length_seconds.in_(lengths))
    values = [(row["client_id"], copy_value(row)) for row in found]
    return not all(
        any(
            owner == contract["client_id"] and suits(one, order)
            for owner, one in values
            for order in orders[contract["id"]]
        )
        for contract in contracts
    )
