"""Stored rotations, copy and spot lines as the domain's values."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.domain.rotation import Copy, Rotation
from services.contracts.domain.rotation_list import SpotOrder
from services.contracts.repository.radio import lines_of
from services.contracts.repository.rows import Record, find, table_of
from shared.kernel.period import Period
from shared.runtime.db import AsyncSession

EVER = Period(date(1990, 1, 1), date(2200, 1, 1))


async def copies_of(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Record]:
    """Copy records by id."""
    return {row["id"]: row for row in await find(session, tables.Copy, table_of(tables.Copy).c.id.in_(set(ids)))}


async def spot_orders(session: AsyncSession, contract_ids: Iterable[UUID]) -> dict[UUID, list[SpotOrder]]:
    """What the spot lines of contracts ask of copy."""
    orders: dict[UUID, list[SpotOrder]] = {contract_id: [] for contract_id in contract_ids}
    for row in await lines_of(session, orders):
        if row["kind"] == "spots":
            terms = row["terms"]
            orders[row["contract_id"]].append(
                SpotOrder(
                    Period.inclusive(row["start_on"], row["end_on"]),
                    terms["start_minute"],
                    terms["end_minute"],
                    terms["length_seconds"],
                )
            )
    return orders


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
