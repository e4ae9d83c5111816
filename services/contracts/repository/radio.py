"""What use cases read of radio contracts."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, false, func, or_, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by

from services.contracts import tables
from services.contracts.repository.rows import Record, fetch, find, table_of
from shared.kernel.errors import NotFound, StaleVersion
from shared.runtime.db import AsyncSession

contract = table_of(tables.Contract)
line = table_of(tables.ContractLine)
rotation = table_of(tables.Rotation)
item = table_of(tables.RotationItem)
spot = table_of(tables.Spot)
occurrence = table_of(tables.OffAirOccurrence)


async def contract_by_id(session: AsyncSession, contract_id: UUID, *, lock: bool = False) -> Record:
    """One contract, or `NotFound("not_found")`."""
    found = await find(session, tables.Contract, contract.c.id == contract_id, lock=lock)
    if not found:
        raise NotFound("not_found", "There is no such contract.")
    return found[0]


async def contract_locked(session: AsyncSession, contract_id: UUID, version: int | None) -> Record:
    """One contract, locked, as the caller read it: `NotFound`, `StaleVersion`."""
    found = await contract_by_id(session, contract_id, lock=True)
    if version is not None and found["version"] != version:
        raise StaleVersion
    return found


async def lines_of(session: AsyncSession, contract_ids: Iterable[UUID]) -> list[Record]:
    """The lines of contracts in the order of their numbers."""
    ids = set(contract_ids)
    return await find(
        session, tables.ContractLine, line.c.contract_id.in_(ids), order=(line.c.contract_id, line.c.line_no)
    )


async def gross_of(session: AsyncSession, contract_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The gross of contracts that have lines, in minor units."""
    total = func.sum(line.c.total_amount).label("gross")
    found = select(line.c.contract_id, total).where(line.c.contract_id.in_(set(contract_ids)))
    return {row["contract_id"]: int(row["gross"]) for row in await fetch(session, found.group_by(line.c.contract_id))}


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


async def draft_lines_on(session: AsyncSession, days: Mapping[UUID, Iterable[date]]) -> list[Record]:
    """Spot lines of drafts whose flight reaches any of these dates of their station, with the contract's number."""
    reached = [
        and_(line.c.station_id == station_id, line.c.start_on <= max(dates), line.c.end_on >= min(dates))
        for station_id, dates in days.items()
    ]
    statement = (
        select(line, contract.c.contract_no)
        .join(contract, contract.c.id == line.c.contract_id)
        .where(contract.c.state == "draft", line.c.kind == "spots", or_(*reached, false()))
        .order_by(contract.c.contract_no, line.c.line_no)
    )
    return await fetch(session, statement)


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


async def trashed_of(session: AsyncSession, contract_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """The trashed units and occurrences of contracts."""
    ids, found = set(contract_ids), dict[UUID, list[UUID]]()
    for units in (spot, occurrence) if ids else ():
        trashed = select(units.c.contract_id, units.c.id).where(
            units.c.contract_id.in_(ids), units.c.state == "trashed"
        )
        for row in await fetch(session, trashed.order_by(units.c.id)):
            found.setdefault(row["contract_id"], []).append(row["id"])
    return found


async def trashed_counts(session: AsyncSession, contract_id: UUID) -> dict[UUID, int]:
    """How many units or occurrences of each line of a contract are trashed (CT-LIN-23)."""
    counts: dict[UUID, int] = {}
    for units in (spot, occurrence):
        trashed = (
            select(units.c.line_id, func.count().label("n"))
            .where(units.c.contract_id == contract_id, units.c.state == "trashed")
            .group_by(units.c.line_id)
        )
        counts |= {row["line_id"]: row["n"] for row in await fetch(session, trashed)}
    return counts


async def trash_occurrences(session: AsyncSession, *criteria: Any) -> list[Record]:
    """Trash the occurrences that meet the criteria, due ones too while no issued invoice holds them (CT-LIF-09)."""
    statement = (
        update(occurrence)
        .where(occurrence.c.state != "trashed", occurrence.c.invoice_id.is_(None), *criteria)
        .values(state="trashed", version=occurrence.c.version + 1)
        .returning(occurrence)
    )
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def fall_due(session: AsyncSession, today: Mapping[UUID, date]) -> list[Record]:
    """Let scheduled occurrences fall due whose date has come, each by its own station's day."""
    by_day: dict[date, list[UUID]] = {}
    for station_id, day in today.items():
        by_day.setdefault(day, []).append(station_id)
    arrived = [
        and_(occurrence.c.station_id.in_(stations), occurrence.c.due_on <= day) for day, stations in by_day.items()
    ]
    statement = (
        update(occurrence)
        .where(occurrence.c.state == "scheduled", or_(*arrived, false()))
        .values(state="due", version=occurrence.c.version + 1)
        .returning(occurrence)
    )
    return [dict(row) for row in (await session.execute(statement)).mappings()]


def contracts_listed() -> Select[Any]:
    """Headers for lists."""
    return select(contract)


def copies_offered(client_id: UUID, lengths: Iterable[int], start_on: date | None, end_on: date | None) -> Select[Any]:
    """A client's active copies of these lengths whose run meets the dates (CT-ROT-21)."""
    copy = table_of(tables.Copy)
    statement = select(copy).where(
        copy.c.client_id == client_id, copy.c.blocked.is_(False), copy.c.length_seconds.in_(set(lengths))
    )
    if end_on is not None:
        statement = statement.where(or_(copy.c.start_on.is_(None), copy.c.start_on <= end_on))
    if start_on is not None:
        statement = statement.where(or_(copy.c.end_on.is_(None), copy.c.end_on >= start_on))
    return statement
