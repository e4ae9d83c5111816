"""A contract's ordered rotation list (CT-ROT-02 to CT-ROT-05, CT-ROT-14 to CT-ROT-29)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from services.contracts import tables
from services.contracts.application.lines import at
from services.contracts.domain.rotation import Copy, Rotation, sequence_of, shadowed
from services.contracts.repository.radio import contract_by_id, lines_of, rotation, rotations_of
from services.contracts.repository.rows import Record, change, find, insert, table_of, upsert
from shared.events.contracts import RotationChanged, RotationState
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, StaleVersion
from shared.kernel.ids import new_id
from shared.kernel.period import Period
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_many

EVER = Period(date(1990, 1, 1), date(2200, 1, 1))


async def save_rotations(
    session: AsyncSession, contract_id: UUID, version: int | None, wanted: Sequence[Mapping[str, Any]]
) -> tuple[list[Record], dict[UUID, UUID]]:
    """Replace a contract's list; those with an `id` keep their cursors. Answers the list and what is shadowed.

    Refuses closed contracts, copy of another client or length, and to drop a rotation a line points to.
    """
    contract = await contract_by_id(session, contract_id, lock=True)
    if version is not None and contract["version"] != version:
        raise StaleVersion
    if contract["state"] not in ("draft", "active"):
        raise NotAllowedNow("contract_closed", "The contract is cancelled or completed.")
    known = {row["id"] for row in await rotations_of(session, [contract_id])}
    rows = [_row(values, contract_id, position) for position, values in enumerate(wanted, 1)]
    foreign = [index for index, row in enumerate(rows) if row["given_id"] and row["id"] not in known]
    if foreign:
        raise Invalid.of(
            [Fault(f"/rotations/{index}/id", "rotation_foreign", "Not of this contract.") for index in foreign]
        )
    copies = await copies_of(session, {copy_id for row in rows for copy_id in row["sequence"]})
    faults = [fault for index, row in enumerate(rows) for fault in _faults(row, index, contract, copies)]
    if faults:
        raise Invalid.of(faults)
    dropped = known - {row["id"] for row in rows}
    if any(line["direct_rotation_id"] in dropped for line in await lines_of(session, [contract_id])):
        raise NotAllowedNow("rotation_in_use", "A line is bound to the rotation.")
    await session.execute(delete(rotation).where(rotation.c.id.in_(dropped)))
    await _store(session, rows)
    await _tell(session, [(contract, rows)])
    domain = {copy_id: copy_value(row) for copy_id, row in copies.items()}
    return rows, shadowed([rotation_value(row) for row in rows], domain)


async def add_rotations(
    session: AsyncSession, contracts: Mapping[UUID, Record], wanted: Mapping[UUID, Sequence[Mapping[str, Any]]]
) -> None:
    """Append rotations to several contracts at once, as a file brings them."""
    present = await rotations_of(session, wanted)
    rows: list[Record] = []
    for contract_id, list_ in wanted.items():
        own = [row for row in present if row["contract_id"] == contract_id]
        last = max((row["position"] for row in own), default=0)
        rows += [_row(values, contract_id, last + step) for step, values in enumerate(list_, 1)]
    copies = await copies_of(session, {copy_id for row in rows for copy_id in row["sequence"]})
    faults = [
        fault for index, row in enumerate(rows) for fault in _faults(row, index, contracts[row["contract_id"]], copies)
    ]
    if faults:
        raise Invalid.of(faults)
    await _store(session, rows)
    everything = present + rows
    await _tell(
        session,
        [
            (contracts[contract_id], [row for row in everything if row["contract_id"] == contract_id])
            for contract_id in wanted
        ],
    )


async def copies_of(session: AsyncSession, ids: set[UUID]) -> dict[UUID, Record]:
    """Copy records by id."""
    return {row["id"]: row for row in await find(session, tables.Copy, table_of(tables.Copy).c.id.in_(ids))}


def rotation_value(row: Mapping[str, Any]) -> Rotation:
    """A stored rotation as the domain's value."""
    return Rotation(
        row["id"],
        row["station_id"],
        row["length_seconds"],
        Period.inclusive(row["start_on"], row["end_on"]),
        row["start_minute"],
        row["end_minute"],
        frozenset(row["weekdays"]),
        tuple(row["sequence"]),
    )


def copy_value(row: Mapping[str, Any]) -> Copy:
    """A copy record as the domain's value; one without run dates never expires."""
    start, end = row["start_on"] or EVER.start_on, row["end_on"] or EVER.last_on
    stations = frozenset(UUID(str(station_id)) for station_id in row["station_ids"])
    return Copy(row["id"], row["length_seconds"], Period.inclusive(start, end), not row["blocked"], stations)


def _row(values: Mapping[str, Any], contract_id: UUID, position: int) -> Record:
    try:
        if values["end_on"] < values["start_on"]:
            raise Invalid("date_order", "The end date lies before the start date.")
        row = {
            "id": values.get("id") or new_id(),
            "given_id": values.get("id") is not None,
            "contract_id": contract_id,
            "position": position,
            "name": values["name"],
            "station_id": values["station_id"],
            "length_seconds": values["length_seconds"],
            "start_on": values["start_on"],
            "end_on": values["end_on"],
            "start_minute": values["start_time"],
            "end_minute": values["end_time"],
            "weekdays": sorted(set(values["weekdays"])),
            "sequence": sequence_of(values["copies"]),
        }
        rotation_value(row)
    except Invalid as refusal:
        raise Invalid.of(at(f"/rotations/{position - 1}", refusal)) from None
    return row


def _faults(row: Record, index: int, contract: Mapping[str, Any], copies: Mapping[UUID, Record]) -> list[Fault]:
    pointer = f"/rotations/{index}/copies"
    found = []
    for copy_id in dict.fromkeys(row["sequence"]):
        copy = copies.get(copy_id)
        if copy is None:
            found.append(Fault(pointer, "unknown_reference", "There is no such copy."))
        elif copy["client_id"] != contract["client_id"]:
            found.append(Fault(pointer, "copy_foreign", "The copy belongs to another client."))
        elif copy["length_seconds"] != row["length_seconds"]:
            found.append(Fault(pointer, "copy_length", "All copy of a rotation has the rotation's length."))
    return found


async def _store(session: AsyncSession, rows: Sequence[Record]) -> None:
    await upsert(session, tables.Rotation, rows)
    items = table_of(tables.RotationItem)
    await session.execute(delete(items).where(items.c.rotation_id.in_([row["id"] for row in rows])))
    await insert(
        session,
        tables.RotationItem,
        [
            {"rotation_id": row["id"], "position": position, "copy_id": copy_id}
            for row in rows
            for position, copy_id in enumerate(row["sequence"])
        ],
    )


async def _tell(session: AsyncSession, lists: Sequence[tuple[Mapping[str, Any], Sequence[Record]]]) -> None:
    raised = [{"id": contract["id"], "version": contract["version"] + 1} for contract, _ in lists]
    await change(session, tables.Contract, raised)
    await record_many(
        session,
        [
            RotationChanged(
                contract_id=contract["id"],
                version=contract["version"] + 1,
                rotations=[RotationState(id=row["id"], name=row["name"]) for row in rows],
            )
            for contract, rows in lists
        ],
    )
