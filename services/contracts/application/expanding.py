"""Approved lines become units and occurrences, of any number of contracts, block by block (CT-LIN-27, CT-LIN-32)."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.lines import line_of
from services.contracts.application.telling import occurrence_states, spot_states
from services.contracts.repository.expansion import Units, hold_logs, store_units
from services.contracts.repository.rows import Record, insert
from shared.events.contracts import OffAirFellDue, SpotUnplaced
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_batch

# Units that are resolved and stored at a time, so that memory stays flat however much is approved.
BLOCK = 5_000


async def expand(session: AsyncSession, lines: Sequence[Record], today: Mapping[UUID, date]) -> None:
    """Create what these approved lines order; `today` is the day at each station."""
    await create_units(session, [line for line in lines if line["kind"] == "spots"])
    await _create_occurrences(session, [line for line in lines if line["kind"] == "off_air"], today)


async def create_units(session: AsyncSession, lines: Sequence[Record]) -> None:
    """One unit per counted spot; where the log is closed already it starts on the bump list (CT-LIN-06, CT-LIN-32)."""
    if not lines:
        return
    flights = [line["start_on"] for line in lines], [line["end_on"] for line in lines]
    await hold_logs(session, {line["station_id"] for line in lines}, min(flights[0]), max(flights[1]))
    blocks = _units(lines)
    units = next(blocks, None)
    while units:
        storing = asyncio.ensure_future(_store(session, lines, units))
        try:
            # Handed to PostgreSQL, which stores this block while the next one is resolved.
            await asyncio.sleep(0)
            units = next(blocks, None)
        finally:
            await storing


async def _store(session: AsyncSession, lines: Sequence[Record], units: Units) -> None:
    bumped = await store_units(session, lines, units)
    if bumped:
        await record_batch(session, SpotUnplaced, await spot_states(session, bumped))


def _units(lines: Sequence[Record]) -> Iterator[Units]:
    units = Units()
    for position, row in enumerate(lines, 1):
        for day, count in line_of(row).ordered.items():
            units.add(position, day, count)
            if len(units) >= BLOCK:
                yield units
                units = Units()
    if len(units):
        yield units


async def _create_occurrences(session: AsyncSession, lines: Sequence[Record], today: Mapping[UUID, date]) -> None:
    """One occurrence per due date of an off-air line; those already past are due at once (CT-LIN-27)."""
    made: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "version": 1,
            "contract_id": row["contract_id"],
            "line_id": row["id"],
            "line_no": row["line_no"],
            "station_id": row["station_id"],
            "due_on": day,
            "state": "due" if day <= today[row["station_id"]] else "scheduled",
            "amount": row["rate_amount"],
            "comment": row["comment"],
            "income_account": row["income_account"],
            "invoice_id": None,
        }
        for row in lines
        for day in line_of(row).ordered
    ]
    await insert(session, tables.OffAirOccurrence, made)
    due = [one for one in made if one["state"] == "due"]
    await record_batch(session, OffAirFellDue, await occurrence_states(session, due))
