"""What use cases read of radio contracts."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by

from services.contracts import tables
from services.contracts.repository.rows import Record, fetch, find, table_of
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession

contract = table_of(tables.Contract)
line = table_of(tables.ContractLine)
rotation = table_of(tables.Rotation)
item = table_of(tables.RotationItem)
spot = table_of(tables.Spot)
occurrence = table_of(tables.OffAirOccurrence)
station = table_of(tables.Station)
log = table_of(tables.Log)


async def contract_by_id(session: AsyncSession, contract_id: UUID, *, lock: bool = False) -> Record:
    """One contract, or `NotFound("not_found")`."""
    found = await find(session, tables.Contract, contract.c.id == contract_id, lock=lock)
    if not found:
        raise NotFound("not_found", "There is no such contract.")
    return found[0]


async def lines_of(session: AsyncSession, contract_ids: Iterable[UUID]) -> list[Record]:
    """The lines of contracts in the order of their numbers."""
    ids = set(contract_ids)
    return await find(
        session, tables.ContractLine, line.c.contract_id.in_(ids), order=(line.c.contract_id, line.c.line_no)
    )


async def rotations_of(session: AsyncSession, contract_ids: Iterable[UUID]) -> list[Record]:
    """The rotations of contracts in their stored order, each with its `sequence` of copy ids (CT-ROT-05)."""
    sequence = (
        select(func.array_agg(aggregate_order_by(item.c.copy_id, item.c.position)))
        .where(item.c.rotation_id == rotation.c.id)
        .correlate(rotation)
        .scalar_subquery()
    )
    return await fetch(
        session,
        select(rotation, sequence.label("sequence"))
        .where(rotation.c.contract_id.in_(set(contract_ids)))
        .order_by(rotation.c.contract_id, rotation.c.position),
    )


async def closed_logs(session: AsyncSession, station_ids: Iterable[UUID]) -> set[tuple[UUID, date]]:
    """Station and date of every log that is no longer open."""
    rows = await fetch(
        session,
        select(log.c.station_id, log.c.air_on).where(log.c.station_id.in_(set(station_ids)), log.c.state != "open"),
    )
    return {(row["station_id"], row["air_on"]) for row in rows}


async def finished(session: AsyncSession, contract_ids: Iterable[UUID]) -> list[Record]:
    """Active contracts among these with nothing left to run, fall due or approve, locked (CT-LIF-12)."""
    waiting = exists().where(
        spot.c.contract_id == contract.c.id,
        spot.c.state.in_(("scheduled", "unplaced", "placed", "locked", "missed")),
    )
    to_come = exists().where(occurrence.c.contract_id == contract.c.id, occurrence.c.state == "scheduled")
    pending = exists().where(line.c.contract_id == contract.c.id, line.c.status == "pending")
    return await find(
        session,
        tables.Contract,
        contract.c.id.in_(set(contract_ids)),
        contract.c.state == "active",
        ~waiting,
        ~to_come,
        ~pending,
        lock=True,
    )


async def trash_spots(session: AsyncSession, *criteria: Any) -> list[Record]:
    """Trash the units that meet the criteria and are neither locked nor aired nor trashed (CT-LIF-08, CT-LOG-15)."""
    statement = (
        update(spot)
        .where(spot.c.state.in_(("scheduled", "unplaced", "placed", "missed")), *criteria)
        .values(state="trashed", version=spot.c.version + 1, break_id=None, break_position=None, scheduled_minute=None)
        .returning(spot)
    )
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def change_occurrences(session: AsyncSession, state: str, *criteria: Any) -> list[Record]:
    """Move scheduled occurrences that meet the criteria to another state."""
    statement = (
        update(occurrence)
        .where(occurrence.c.state == "scheduled", *criteria)
        .values(state=state, version=occurrence.c.version + 1)
        .returning(occurrence)
    )
    return [dict(row) for row in (await session.execute(statement)).mappings()]


def contracts_listed() -> Select[Any]:
    """Headers for lists."""
    return select(contract)


def spots_listed() -> Select[Any]:
    """Units with what spot detail shows of their contract, copy and invoice (CT-LOG-16)."""
    copy, invoice = table_of(tables.Copy), table_of(tables.IssuedInvoice)
    return (
        select(
            spot,
            contract.c.contract_no,
            contract.c.client_id,
            contract.c.pre_pay,
            contract.c.currency,
            copy.c.name.label("copy_name"),
            copy.c.cart_no,
            invoice.c.invoice_no,
            invoice.c.invoice_on,
        )
        .join(contract, contract.c.id == spot.c.contract_id)
        .outerjoin(copy, copy.c.id == spot.c.copy_id)
        .outerjoin(invoice, invoice.c.id == spot.c.invoice_id)
    )
