"""Storing the units of approved lines: their dates and ids go to the database, what their lines say joins there."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from services.contracts.repository.rows import Record
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession, context_of, driver

_HOLD = """
SELECT id FROM log WHERE tenant_id = $1 AND station_id = ANY($2) AND air_on BETWEEN $3 AND $4 ORDER BY id FOR SHARE
"""
_STORE = """
WITH made AS (
  INSERT INTO spot (
    tenant_id, id, version, contract_id, line_id, line_no, station_id, state, original_target_on, target_on,
    length_seconds, rate_amount, avail_type
  )
  SELECT $1, unit.id, 1, line.contract_id, line.id, line.line_no, line.station_id,
    CASE WHEN closed.id IS NULL THEN 'scheduled' ELSE 'unplaced' END, unit.target_on, unit.target_on,
    line.length_seconds, line.rate_amount, line.avail_type
  FROM unnest($2::uuid[], $3::int[], $4::date[]) AS unit(id, position, target_on)
  JOIN unnest($5::uuid[], $6::uuid[], $7::int[], $8::uuid[], $9::int[], $10::bigint[], $11::text[])
    WITH ORDINALITY AS line(contract_id, id, line_no, station_id, length_seconds, rate_amount, avail_type, position)
    ON line.position = unit.position
  LEFT JOIN log closed ON closed.tenant_id = $1 AND closed.station_id = line.station_id
    AND closed.air_on = unit.target_on AND closed.state <> 'open'
  RETURNING spot.*
)
SELECT * FROM made WHERE state = 'unplaced'
"""


class Units:
    """Units to be stored: for each an id, the position of its line among the lines (from 1), and its date."""

    def __init__(self) -> None:
        self.ids: list[UUID] = []
        self.positions: list[int] = []
        self.days: list[date] = []

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, position: int, day: date, count: int) -> None:
        """So many units of a line on a day."""
        self.ids += [new_id() for _ in range(count)]
        self.positions += [position] * count
        self.days += [day] * count


async def hold_logs(session: AsyncSession, station_ids: Iterable[UUID], first: date, last: date) -> None:
    """Keep logs of these stations and dates as they are until the transaction ends, open or closed."""
    await (await driver(session)).execute(_HOLD, context_of(session).tenant_id, list(set(station_ids)), first, last)


async def store_units(session: AsyncSession, lines: Sequence[Record], units: Units) -> list[Record]:
    """Store a block of units; answers those on the bump list because their log is closed (CT-LIN-06)."""
    connection = await driver(session)
    stored = ("contract_id", "id", "line_no", "station_id")
    rows = await connection.fetch(
        _STORE,
        context_of(session).tenant_id,
        units.ids,
        units.positions,
        units.days,
        *([line[name] for line in lines] for name in stored),
        [line["terms"]["length_seconds"] for line in lines],
        [line["rate_amount"] for line in lines],
        [line["terms"]["avail_type"] for line in lines],
    )
    return [dict(row) for row in rows]


_REPRICE_SPOTS = """
UPDATE spot SET rate_amount = line.rate_amount, version = spot.version + 1
FROM unnest($2::uuid[], $3::bigint[]) AS line(id, rate_amount)
WHERE spot.tenant_id = $1 AND spot.line_id = line.id AND spot.rate_amount <> line.rate_amount
"""
_REPRICE_OCCURRENCES = """
UPDATE off_air_occurrence one SET amount = line.rate_amount, comment = line.comment,
  income_account = line.income_account, version = one.version + 1
FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[]) AS line(id, rate_amount, comment, income_account)
WHERE one.tenant_id = $1 AND one.line_id = line.id
RETURNING one.*
"""


async def reprice_spots(session: AsyncSession, lines: Sequence[Record]) -> None:
    """Give the units of corrected lines their line's rate."""
    ids, rates = [line["id"] for line in lines], [line["rate_amount"] for line in lines]
    await (await driver(session)).execute(_REPRICE_SPOTS, context_of(session).tenant_id, ids, rates)


async def reprice_occurrences(session: AsyncSession, lines: Sequence[Record]) -> list[Record]:
    """Give the occurrences of corrected lines their line's rate, comment and account; answers them."""
    columns = ([line[name] for line in lines] for name in ("id", "rate_amount", "comment", "income_account"))
    rows = await (await driver(session)).fetch(_REPRICE_OCCURRENCES, context_of(session).tenant_id, *columns)
    return [dict(row) for row in rows]
