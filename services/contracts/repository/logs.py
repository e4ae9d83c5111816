"""What use cases read of logs."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select, tuple_

from services.contracts import tables
from services.contracts.repository.rows import Record, fetch, find, table_of
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession

log = table_of(tables.Log)
slot = table_of(tables.LogBreak)
spot = table_of(tables.Spot)
line = table_of(tables.ContractLine)
contract = table_of(tables.Contract)
played = table_of(tables.AsRunLine)
cursor = table_of(tables.RotationCursor)

CHOSEN = ("scheduled", "unplaced", "missed")


async def log_by_id(session: AsyncSession, log_id: UUID, *, lock: bool = False) -> Record:
    """One log, or `NotFound("not_found")`."""
    found = await find(session, tables.Log, log.c.id == log_id, lock=lock)
    if not found:
        raise NotFound("not_found", "There is no such log.")
    return found[0]


async def station_of(session: AsyncSession, station_id: UUID) -> Record | None:
    """A station's record."""
    found = await find(session, tables.Station, table_of(tables.Station).c.id == station_id)
    return found[0] if found else None


async def log_exists(session: AsyncSession, station_id: UUID, *criteria: Any) -> bool:
    """Whether the station has a log that meets the criteria."""
    return bool(await fetch(session, select(log.c.id).where(log.c.station_id == station_id, *criteria).limit(1)))


async def breaks_of(session: AsyncSession, log_id: UUID) -> list[Record]:
    """The breaks of a log by time."""
    return await find(session, tables.LogBreak, slot.c.log_id == log_id, order=(slot.c.start_minute, slot.c.id))


async def units_on(session: AsyncSession, logs: Sequence[Record], *states: str, lock: bool = True) -> list[Record]:
    """The units on logs in the order in which they are served (CT-ROT-26), with line, contract and cart."""
    copy = table_of(tables.Copy)
    places = [(one["station_id"], one["air_on"]) for one in logs]
    statement = (
        select(
            spot,
            line.c.direct_rotation_id,
            contract.c.contract_no,
            contract.c.pre_pay,
            contract.c.state.label("contract_state"),
            copy.c.cart_no,
        )
        .join(line, line.c.id == spot.c.line_id)
        .join(contract, contract.c.id == spot.c.contract_id)
        .outerjoin(copy, copy.c.id == spot.c.copy_id)
        .where(tuple_(spot.c.station_id, spot.c.log_on).in_(places), spot.c.state.in_(states))
        .order_by(spot.c.scheduled_minute, spot.c.break_position, spot.c.id)
    )
    return await fetch(session, statement.with_for_update(of=spot) if lock else statement)


async def candidates(
    session: AsyncSession, station_id: UUID, air_on: date, spot_ids: Iterable[UUID] | None = None
) -> list[Record]:
    """Units that may be placed on a log: those of its date and the bump list, or the chosen ones (CT-LOG-02)."""
    if spot_ids is None:
        wanted = or_(
            and_(spot.c.state == "scheduled", spot.c.target_on == air_on),
            and_(spot.c.state == "unplaced", spot.c.target_on <= air_on),
        )
    else:
        wanted = and_(spot.c.id.in_(set(spot_ids)), spot.c.state.in_(CHOSEN))
    return await fetch(
        session,
        select(spot, line.c.terms, contract.c.contract_no)
        .join(line, line.c.id == spot.c.line_id)
        .join(contract, contract.c.id == spot.c.contract_id)
        .where(spot.c.station_id == station_id, wanted)
        .order_by(spot.c.id)
        .with_for_update(of=spot),
    )


async def cursors_of(session: AsyncSession, station_id: UUID, rotation_ids: Iterable[UUID]) -> list[Record]:
    """Where rotations stand on a station, locked."""
    statement = select(cursor).where(cursor.c.station_id == station_id, cursor.c.rotation_id.in_(set(rotation_ids)))
    return await fetch(session, statement.order_by(cursor.c.rotation_id).with_for_update())


async def as_run_of(session: AsyncSession, log_id: UUID) -> list[Record]:
    """What was played on a log, by time."""
    return await find(session, tables.AsRunLine, played.c.log_id == log_id, order=(played.c.air_second, played.c.id))


def logs_listed() -> Select[Any]:
    """Logs for lists."""
    return select(log.c.id, log.c.version, log.c.station_id, log.c.air_on, log.c.state)


def as_run_listed(log_id: UUID) -> Select[Any]:
    """The as-run lines of a log."""
    return select(played).where(played.c.log_id == log_id)
