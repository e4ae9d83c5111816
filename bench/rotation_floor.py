"""The floors of copy resolution: a plain loop over units and rotations, and set-based SQL day by day."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

import asyncpg

from bench.airtime import Unit
from services.contracts.domain.rotation import Copy, Cursors, Rotation


def loop(
    units: Iterable[Unit], lists: Mapping[UUID, Sequence[Rotation]], copies: Mapping[UUID, Copy]
) -> tuple[list[UUID | None], Cursors]:
    """Each unit asks each rotation of its contract, and that one each of its copies from the cursor on."""
    cursors: Cursors = {}
    return [_chosen(unit, lists[unit.contract_id], copies, cursors) for unit in units], cursors


def _chosen(unit: Unit, list_: Sequence[Rotation], copies: Mapping[UUID, Copy], cursors: Cursors) -> UUID | None:
    for rotation in list_:
        if _serves(rotation, unit):
            at, count = cursors.get((rotation.id, unit.station_id), 0), len(rotation.sequence)
            for position in range(at, at + count):
                copy = copies[rotation.sequence[position % count]]
                if _may_run(copy, unit):
                    cursors[rotation.id, unit.station_id] = (position + 1) % count
                    return copy.id
    return None


def _serves(rotation: Rotation, unit: Unit) -> bool:
    if rotation.station_id not in (None, unit.station_id) or rotation.length_seconds != unit.length_seconds:
        return False
    start, end, day = rotation.start_minute, rotation.end_minute, unit.air_on
    if start < end:
        if not start <= unit.minute < end:
            return False
    elif unit.minute < end:
        day -= timedelta(days=1)
    elif unit.minute < start:
        return False
    return day in rotation.dates and day.weekday() in rotation.weekdays


def _may_run(copy: Copy, unit: Unit) -> bool:
    if not copy.active or copy.length_seconds != unit.length_seconds or unit.air_on not in copy.run:
        return False
    return not copy.station_ids or unit.station_id in copy.station_ids


# The items that may run on a day, numbered round from the cursor.
_PLAYABLE = """
CREATE TEMP TABLE playable ON COMMIT DROP AS
SELECT i.rotation_id, s.id AS station_id, i.position, i.copy_id, count(*) OVER served AS valid,
  row_number() OVER (served ORDER BY i.position < coalesce(c.position, 0), i.position) - 1 AS turn
FROM rotation_item i JOIN rotation r ON r.tenant_id = $1 AND r.id = i.rotation_id
JOIN copy p ON p.tenant_id = $1 AND p.id = i.copy_id JOIN station s ON s.tenant_id = $1
LEFT JOIN rotation_cursor c ON c.tenant_id = $1 AND c.rotation_id = i.rotation_id AND c.station_id = s.id
WHERE i.tenant_id = $1 AND NOT p.blocked AND coalesce(r.station_id, s.id) = s.id
  AND p.length_seconds = r.length_seconds AND $2::date BETWEEN coalesce(p.start_on, $2) AND coalesce(p.end_on, $2)
  AND (p.station_ids = '[]' OR p.station_ids ? s.id::text)
WINDOW served AS (PARTITION BY i.rotation_id, s.id)
"""
_INDEX = "CREATE UNIQUE INDEX ON playable (rotation_id, station_id, turn); ANALYZE playable"
# The first rotation that serves a unit and has an item; the unit's number among those it serves says which.
_DAY = """
WITH chosen AS (
  SELECT u.id, u.station_id, r.rotation_id, r.valid,
    row_number() OVER (PARTITION BY r.rotation_id, u.station_id
      ORDER BY u.scheduled_minute, u.break_position, u.id) - 1 AS n
  FROM spot u LEFT JOIN LATERAL (
    SELECT r.id AS rotation_id, p.valid FROM rotation r
    JOIN playable p ON p.rotation_id = r.id AND p.station_id = u.station_id AND p.turn = 0
    WHERE r.tenant_id = $1 AND r.contract_id = u.contract_id AND r.length_seconds = u.length_seconds AND CASE
      WHEN r.start_minute < r.end_minute THEN u.scheduled_minute >= r.start_minute
        AND u.scheduled_minute < r.end_minute AND $2 BETWEEN r.start_on AND r.end_on AND r.weekdays @> to_jsonb($3::int)
      WHEN u.scheduled_minute >= r.start_minute THEN $2 BETWEEN r.start_on AND r.end_on
        AND r.weekdays @> to_jsonb($3::int)
      ELSE u.scheduled_minute < r.end_minute AND $2 - 1 BETWEEN r.start_on AND r.end_on
        AND r.weekdays @> to_jsonb(($3::int + 6) % 7)
    END
    ORDER BY r.position LIMIT 1) r ON true
  WHERE u.tenant_id = $1 AND u.log_on = $2 AND u.state = 'placed'
), given AS (
  UPDATE spot SET state = 'locked', version = version + 1, copy_id = p.copy_id
  FROM chosen c LEFT JOIN playable p
    ON p.rotation_id = c.rotation_id AND p.station_id = c.station_id AND p.turn = c.n % c.valid
  WHERE spot.tenant_id = $1 AND spot.id = c.id
), last AS (
  SELECT DISTINCT ON (c.rotation_id, c.station_id) c.rotation_id, c.station_id, p.position
  FROM chosen c JOIN playable p
    ON p.rotation_id = c.rotation_id AND p.station_id = c.station_id AND p.turn = c.n % c.valid
  ORDER BY c.rotation_id, c.station_id, c.n DESC
)
INSERT INTO rotation_cursor (tenant_id, rotation_id, station_id, position)
SELECT $1, l.rotation_id, l.station_id, (l.position + 1) % count(*)
FROM last l JOIN rotation_item i ON i.tenant_id = $1 AND i.rotation_id = l.rotation_id
GROUP BY l.rotation_id, l.station_id, l.position
ON CONFLICT (tenant_id, rotation_id, station_id) DO UPDATE SET position = excluded.position
"""
_LOCK = "UPDATE log SET state = 'locked', version = version + 1 WHERE tenant_id = $1 AND air_on = $2"


async def lock_in_sql(connection: asyncpg.Connection, tenant_id: UUID, days: Sequence[date]) -> None:
    """Give the units of these days their copy and lock the logs; cursors make a day wait for the one before.

    Nobody is told, nothing is audited, and no log is asked whether an earlier one is open.
    """
    for day in days:
        async with connection.transaction():
            await connection.execute(_PLAYABLE, tenant_id, day)
            await connection.execute(_INDEX)
            await connection.execute(_DAY, tenant_id, day, day.weekday())
            await connection.execute(_LOCK, tenant_id, day)
