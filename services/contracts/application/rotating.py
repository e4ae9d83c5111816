"""A contract's ordered rotation list, checked and stored as a whole (CT-ROT-02 to CT-ROT-05, CT-ROT-22, CT-ROT-29)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from services.contracts import tables
from services.contracts.application.rotation_checks import check_entries, check_related_copy
from services.contracts.application.rotation_values import copies_of, copy_value, rotation_value
from services.contracts.domain.rotation import ratios_of, sequence_of
from services.contracts.domain.shadows import shadowed
from services.contracts.repository.radio import contract_by_id, lines_of, rotation, rotations_of
from services.contracts.repository.rows import Record, change, find, insert, table_of, upsert
from shared.events.contracts import CopyTurns, RotationChanged, RotationState
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, StaleVersion
from shared.kernel.ids import new_id
from shared.runtime.audit import Change, audit_all
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_many

_AT_FAULT = {
    "date_order": "end_on",
    "time_order": "end_time",
    "schedule": "weekdays",
    "rotation_empty": "copies",
    "ratio": "copies",
}


@dataclass(frozen=True, slots=True)
class RotationList:
    """A contract with its rotations in their order, the copy they name, and what can never be reached."""

    contract: Record
    rows: list[Record]
    copies: dict[UUID, Record]
    shadows: dict[UUID, UUID]


async def opened_list(session: AsyncSession, contract_id: UUID, version: int | None) -> tuple[Record, list[Record]]:
    """The contract, locked, and its rotations, to be changed; the contract's version is the list's too.

    `StaleVersion`; `NotAllowedNow("contract_closed")` when cancelled or completed (CT-ROT-22).
    """
    contract = await contract_by_id(session, contract_id, lock=True)
    if version is not None and contract["version"] != version:
        raise StaleVersion
    return _check_open(contract), await rotations_of(session, [contract_id])


async def shown_list(session: AsyncSession, contract_id: UUID) -> RotationList:
    """The list as it is stored; `NotFound` without such a contract."""
    contract = await contract_by_id(session, contract_id)
    return await _listed(session, contract, await rotations_of(session, [contract_id]))


async def save_rotations(
    session: AsyncSession, contract_id: UUID, version: int | None, wanted: Sequence[Mapping[str, Any]]
) -> RotationList:
    """Replace a contract's list; those with an `id` keep their cursors.

    Refusals are those of `opened_list` and `keep_list`, and `rotation_foreign` for an id of elsewhere.
    """
    contract, present = await opened_list(session, contract_id, version)
    known = {row["id"] for row in present}
    pointers = [f"/rotations/{index}" for index in range(len(wanted))]
    foreign = [
        Fault(f"{pointer}/id", "rotation_foreign", "Not of this contract.")
        for pointer, values in zip(pointers, wanted, strict=True)
        if values.get("id") and values["id"] not in known
    ]
    if foreign:
        raise Invalid.of(foreign)
    check_once([values.get("id") for values in wanted], "rotations")
    rows = [
        row_of(values, contract_id, position, pointer)
        for position, (values, pointer) in enumerate(zip(wanted, pointers, strict=True), 1)
    ]
    given = {row["id"]: pointer for row, pointer in zip(rows, pointers, strict=True)}
    return await keep_list(session, contract, present, rows, given)


async def keep_list(
    session: AsyncSession,
    contract: Record,
    present: Sequence[Record],
    rows: Sequence[Record],
    pointers: Mapping[UUID, str],
) -> RotationList:
    """Store a list in its new order; the same list again changes nothing and tells nothing.

    `Invalid` with `copy_foreign`, `copy_length`, `unknown_reference`; `NotAllowedNow` with `no_copy_for_contract` for
    a new entry, `rotation_in_use` for one that is gone and that a line points to.
    """
    before = {row["id"]: _content(row) for row in present}
    changed = [row for row in rows if before.get(row["id"]) != _content(row)]
    if any(row["id"] not in before for row in rows):
        await check_related_copy(session, [contract])
    await check_entries(session, {contract["id"]: contract}, changed, pointers)
    dropped = set(before) - {row["id"] for row in rows}
    if any(line["direct_rotation_id"] in dropped for line in await lines_of(session, [contract["id"]])):
        raise NotAllowedNow("rotation_in_use", "A line is bound to the rotation.")
    if changed or [row["id"] for row in present] != [row["id"] for row in rows]:
        await session.execute(delete(rotation).where(rotation.c.id.in_(dropped)))
        await _store(session, rows, changed)
        contract = {**contract, "version": contract["version"] + 1}
        await _tell(session, [(contract, present, rows)])
    return await _listed(session, contract, rows)


async def add_rotations(session: AsyncSession, wanted: Mapping[UUID, Sequence[Mapping[str, Any]]]) -> None:
    """Append rotations to several contracts at once, as a file brings them; refusals as for `keep_list`."""
    found = await find(session, tables.Contract, table_of(tables.Contract).c.id.in_(set(wanted)), lock=True)
    contracts = {row["id"]: _check_open(row) for row in found}
    before: dict[UUID, list[Record]] = {id_: [] for id_ in wanted}
    for row in await rotations_of(session, wanted):
        before[row["contract_id"]].append(row)
    added = {
        id_: [row_of(values, id_, len(before[id_]) + step, "") for step, values in enumerate(list_, 1)]
        for id_, list_ in wanted.items()
    }
    rows = [row for list_ in added.values() for row in list_]
    await check_related_copy(session, list(contracts.values()))
    await check_entries(session, contracts, rows, {})
    await _store(session, rows, rows)
    await _tell(
        session,
        [
            ({**contract, "version": contract["version"] + 1}, before[id_], [*before[id_], *added[id_]])
            for id_, contract in contracts.items()
        ],
    )


def row_of(values: Mapping[str, Any], contract_id: UUID, position: int, pointer: str) -> Record:
    """The row of an entry as a caller states it; refuses what can be no rotation at all (CT-ROT-02, 03, 10, 24)."""
    try:
        if values["end_on"] < values["start_on"]:
            raise Invalid("date_order", "The end date lies before the start date.")
        row = {
            "id": values.get("id") or new_id(),
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
            "sequence": list(sequence_of(values["copies"])),
        }
        rotation_value(row)
    except Invalid as refusal:
        fault = Fault(f"{pointer}/{_AT_FAULT[refusal.code]}", refusal.code, refusal.message, entity="rotation")
        raise Invalid.of([fault]) from None
    return row


def check_once(ids: Sequence[UUID | None], field: str) -> None:
    """Refuse a list that names one of its stored entries twice."""
    faults = [
        Fault(f"/{field}/{index}/id", "invalid_value", "The list names this entry twice.")
        for index, id_ in enumerate(ids)
        if id_ is not None and id_ in ids[:index]
    ]
    if faults:
        raise Invalid.of(faults)


def _check_open(contract: Record) -> Record:
    if contract["state"] not in ("draft", "active"):
        raise NotAllowedNow("contract_closed", "The contract is cancelled or completed.")
    return contract


def _content(row: Mapping[str, Any]) -> Record:
    """What an entry says, wherever it stands."""
    return {name: value for name, value in row.items() if name not in ("tenant_id", "position")}


async def _listed(session: AsyncSession, contract: Record, rows: Sequence[Record]) -> RotationList:
    copies = await copies_of(session, {copy_id for row in rows for copy_id in row["sequence"]})
    values = {copy_id: copy_value(row) for copy_id, row in copies.items()}
    return RotationList(contract, list(rows), copies, shadowed([rotation_value(row) for row in rows], values))


async def _store(session: AsyncSession, rows: Sequence[Record], changed: Sequence[Record]) -> None:
    await upsert(session, tables.Rotation, rows)
    items = table_of(tables.RotationItem)
    await session.execute(delete(items).where(items.c.rotation_id.in_([row["id"] for row in changed])))
    await insert(
        session,
        tables.RotationItem,
        [
            {"rotation_id": row["id"], "position": position, "copy_id": copy_id}
            for row in changed
            for position, copy_id in enumerate(row["sequence"])
        ],
    )


async def _tell(session: AsyncSession, lists: Sequence[tuple[Record, Sequence[Record], Sequence[Record]]]) -> None:
    """Raise the contracts' versions, tell their whole lists, and keep in history what differs from before."""
    await change(session, tables.Contract, [{"id": one["id"], "version": one["version"]} for one, _, _ in lists])
    await record_many(
        session,
        [
            RotationChanged(
                contract_id=contract["id"], version=contract["version"], rotations=[_state(row) for row in rows]
            )
            for contract, _, rows in lists
        ],
    )
    changes = [Change(contract["id"], _differing(old, new), _differing(new, old)) for contract, old, new in lists]
    await audit_all(session, action="contract.rotations_changed", entity="contract", changes=changes)


def _differing(rows: Sequence[Record], others: Sequence[Record]) -> Record:
    """The order of a list, and those of its entries that read otherwise, or do not stand, in the other."""
    known = {row["id"]: _content(row) for row in others}
    entries = [content for row in rows if (content := _content(row)) != known.get(row["id"])]
    return {"order": [row["id"] for row in rows], "rotations": entries}


def _state(row: Record) -> RotationState:
    return RotationState.model_validate(
        {
            **row,
            "start_time": row["start_minute"],
            "end_time": row["end_minute"],
            "copies": [CopyTurns(copy_id=copy_id, ratio=turns) for copy_id, turns in ratios_of(row["sequence"])],
        }
    )
