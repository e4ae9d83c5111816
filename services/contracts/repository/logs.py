"""What use cases read of logs."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_, update

from services.contracts import tables
from services.contracts.repository.rows import Record, fetch, find, table_of
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession, context_of, driver

log = table_of(tables.Log)
slot = table_of(tables.LogBreak)
spot = table_of(tables.Spot)
line = table_of(tables.ContractLine)
contract = table_of(tables.Contract)
played = table_of(tables.AsRunLine)
cursor = table_of(tables.RotationCursor)


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


async def logs_of(session: AsyncSession, log_ids: Iterable[UUID], *, lock: bool = False) -> list[Record]:
    """Logs by their ids."""
    return await find(session, tables.Log, log.c.id.in_(set(log_ids)), lock=lock)


async def hold_stations(session: AsyncSession, station_ids: Iterable[UUID]) -> list[Record]:
    """Stations, kept from a second step on their logs until this one ends."""
    station = table_of(tables.Station)
    held = select(station).where(station.c.id.in_(set(station_ids))).order_by(station.c.id)
    return await fetch(session, held.with_for_update(key_share=True))


async def hold_contracts(session: AsyncSession, contract_ids: Iterable[UUID], *, changing: bool = False) -> None:
    """Keep contracts and their rotations as they are until this step ends; alone, when the step may change them."""
    held = select(contract.c.id).where(contract.c.id.in_(set(contract_ids))).order_by(contract.c.id)
    await session.execute(held.with_for_update(key_share=True) if changing else held.with_for_update(read=True))


async def contracts_on(session: AsyncSession, logs: Sequence[Record], *states: str) -> set[UUID]:
    """The contracts with units on these logs."""
    found = select(spot.c.contract_id).where(_on(logs), spot.c.state.in_(states)).distinct()
    return set((await session.execute(found)).scalars())


async def open_days(session: AsyncSession, station_ids: Iterable[UUID]) -> dict[UUID, set[date]]:
    """The dates of each station's open logs."""
    days: dict[UUID, set[date]] = {station_id: set() for station_id in station_ids}
    found = select(log.c.station_id, log.c.air_on).where(log.c.station_id.in_(set(days)), log.c.state == "open")
    for row in await fetch(session, found):
        days[row["station_id"]].add(row["air_on"])
    return days


async def log_exists(session: AsyncSession, station_id: UUID, *criteria: Any) -> bool:
    """Whether the station has a log that meets the criteria."""
    return bool(await fetch(session, select(log.c.id).where(log.c.station_id == station_id, *criteria).limit(1)))


async def breaks_of(session: AsyncSession, log_id: UUID) -> list[Record]:
    """The breaks of a log by time."""
    return await find(session, tables.LogBreak, slot.c.log_id == log_id, order=(slot.c.start_minute, slot.c.id))


async def units_on(session: AsyncSession, logs: Sequence[Record], *states: str, lock: bool = True) -> list[Record]:
    """The units on logs in the order in which they are served (CT-ROT-26), with line, contract and cart."""
    copy = table_of(tables.Copy)
    statement = (
        select(
            spot,
            line.c.direct_rotation_id,
            contract.c.contract_no,
            contract.c.client_id,
            contract.c.pre_pay,
            contract.c.state.label("contract_state"),
            copy.c.cart_no,
        )
        .join(line, line.c.id == spot.c.line_id)
        .join(contract, contract.c.id == spot.c.contract_id)
        .outerjoin(copy, copy.c.id == spot.c.copy_id)
        .where(_on(logs), spot.c.state.in_(states))
        .order_by(spot.c.station_id, spot.c.log_on, spot.c.scheduled_minute, spot.c.break_position, spot.c.id)
    )
    return await fetch(session, statement.with_for_update(of=spot) if lock else statement)


async def lock_units(session: AsyncSession, spot_ids: Sequence[UUID], copy_ids: Sequence[UUID | None]) -> None:
    """Lock placed units, each with its copy."""
    await (await driver(session)).execute(_LOCK, context_of(session).tenant_id, list(spot_ids), list(copy_ids))


async def unlock_units(session: AsyncSession, here: Record) -> list[Record]:
    """Take the copy off a log's units and place them again; the units as they then are."""
    statement = (
        update(spot)
        .where(_on([here]), spot.c.state == "locked")
        .values(state="placed", copy_id=None, version=spot.c.version + 1)
        .returning(spot)
    )
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def bump_scheduled(session: AsyncSession, logs: Sequence[Record]) -> list[Record]:
    """Put what was never placed on these logs on the bump list; the units as they then are (CT-LOG-06)."""
    places = [(one["station_id"], one["air_on"]) for one in logs]
    statement = (
        update(spot)
        .where(tuple_(spot.c.station_id, spot.c.target_on).in_(places), spot.c.state == "scheduled")
        .values(state="unplaced", version=spot.c.version + 1)
        .returning(spot)
    )
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def undecided_lines(session: AsyncSession, log_id: UUID) -> None:
    """Take as-run lines off the units of a log, and forget what was decided on them."""
    await session.execute(update(played).where(played.c.log_id == log_id).values(spot_id=None, state="unknown"))


async def line_by_id(session: AsyncSession, line_id: UUID) -> Record:
    """One as-run line, or `NotFound("not_found")`."""
    found = await find(session, tables.AsRunLine, played.c.id == line_id)
    if not found:
        raise NotFound("not_found", "There is no such line.")
    return found[0]


async def spot_of(session: AsyncSession, spot_id: UUID) -> Record:
    """One unit, or `NotFound("not_found")`."""
    found = await find(session, tables.Spot, spot.c.id == spot_id)
    if not found:
        raise NotFound("not_found", "There is no such unit.")
    return found[0]


async def candidates(session: AsyncSession, station_id: UUID, air_on: date) -> list[Record]:
    """Units that belong on a log: those of its date and the station's bump list, locked (CT-LOG-02)."""
    wanted = or_(
        and_(spot.c.state == "scheduled", spot.c.target_on == air_on),
        and_(spot.c.state == "unplaced", spot.c.target_on <= air_on),
    )
    statement = _with_terms().where(spot.c.station_id == station_id, wanted, contract.c.state != "cancelled")
    return await fetch(session, statement.order_by(spot.c.id).with_for_update(of=spot))


async def chosen_units(session: AsyncSession, spot_ids: Iterable[UUID]) -> list[Record]:
    """Units a person chose, in whatever state, locked."""
    statement = _with_terms().where(spot.c.id.in_(set(spot_ids)))
    return await fetch(session, statement.order_by(spot.c.id).with_for_update(of=spot))


async def neighbours(session: AsyncSession, here: Record, days: tuple[date, date], minutes: int) -> list[Record]:
    """What has a place on a log, and what runs within so many minutes of its midnights on the logs beside it."""
    before, after = days
    near = or_(
        spot.c.log_on == here["air_on"],
        and_(spot.c.log_on == before, spot.c.scheduled_minute >= 24 * 60 - minutes),
        and_(spot.c.log_on == after, spot.c.scheduled_minute < minutes),
    )
    statement = _with_terms().where(
        spot.c.station_id == here["station_id"],
        spot.c.log_on.between(before, after),
        near,
        spot.c.state.in_(("placed", "locked", "aired")),
    )
    return await fetch(session, statement)


async def cursors_of(
    session: AsyncSession, station_ids: Iterable[UUID], rotation_ids: Iterable[UUID], *, lock: bool = False
) -> list[Record]:
    """Where rotations stand on stations."""
    statement = select(cursor).where(
        cursor.c.station_id.in_(set(station_ids)), cursor.c.rotation_id.in_(set(rotation_ids))
    )
    statement = statement.order_by(cursor.c.rotation_id, cursor.c.station_id)
    return await fetch(session, statement.with_for_update() if lock else statement)


async def as_run_of(session: AsyncSession, log_id: UUID) -> list[Record]:
    """What was played on a log, by time."""
    return await find(session, tables.AsRunLine, played.c.log_id == log_id, order=(played.c.air_second, played.c.id))


def logs_listed() -> Select[Any]:
    """Logs for lists."""
    return select(log.c.id, log.c.version, log.c.station_id, log.c.air_on, log.c.state)


async def waiting_for(session: AsyncSession, station_id: UUID, air_on: date) -> list[Record]:
    """A station's bump list as far as a log can take it, by target date (CT-LOG-06)."""
    statement = (
        select(spot, contract.c.contract_no, contract.c.pre_pay)
        .join(contract, contract.c.id == spot.c.contract_id)
        .where(spot.c.station_id == station_id, spot.c.state == "unplaced", spot.c.target_on <= air_on)
        .order_by(spot.c.target_on, spot.c.id)
    )
    return await fetch(session, statement)


def as_run_listed(log_ids: Sequence[UUID] | None, states: Sequence[str] | None) -> Select[Any]:
    """As-run lines for lists."""
    statement = select(played)
    if log_ids is not None:
        statement = statement.where(played.c.log_id.in_(log_ids))
    return statement if states is None else statement.where(played.c.state.in_(states))


def _with_terms() -> Select[Any]:
    """Units with what their line and contract say of placing."""
    return (
        select(
            spot,
            line.c.terms,
            line.c.direct_rotation_id,
            line.c.override_advertiser,
            line.c.override_conflict,
            contract.c.contract_no,
            contract.c.client_id,
            contract.c.state.label("contract_state"),
            contract.c.primary_conflict_id,
            contract.c.secondary_conflict_id,
        )
        .join(line, line.c.id == spot.c.line_id)
        .join(contract, contract.c.id == spot.c.contract_id)
    )


def _on(logs: Sequence[Record]) -> ColumnElement[bool]:
    return tuple_(spot.c.station_id, spot.c.log_on).in_([(one["station_id"], one["air_on"]) for one in logs])


_LOCK = """
UPDATE spot SET state = 'locked', version = version + 1, copy_id = chosen.copy_id
FROM unnest($2::uuid[], $3::uuid[]) AS chosen(id, copy_id)
WHERE spot.tenant_id = $1 AND spot.id = chosen.id
"""
