"""Two years of a radio group for spot detail, seeded by SQL alone: `$2` is how many units there are.

A contract has 500 units on ten stations within thirteen weeks, a client five contracts, a commercial as many units as
a contract; off-air amounts beside them. What lies before today has aired, was missed or trashed, and is invoiced up to
a month ago; two days are locked, a week is placed, and what follows is scheduled or waits for a place.
"""

from collections.abc import Iterator
from datetime import date

from bench.contracts_stand import Stand

TODAY, DAYS, STATIONS = date(2026, 10, 1), 600, 10
# How many units a client, a contract and a commercial have, and the months ago, each of 30 days, that are invoiced.
CLIENTS, CONTRACTS, COPIES, INVOICED = 2_500, 500, 500, (2, 20)
_REGISTERS = """
INSERT INTO legal_entity (tenant_id, id, code, currency, time_zone) VALUES ($1, md5('firm')::uuid, 'G', 'EUR', 'UTC');
INSERT INTO station (tenant_id, id, code, legal_entity_id, time_zone)
SELECT $1, md5('station' || s)::uuid, 'S' || s, md5('firm')::uuid, 'UTC' FROM generate_series(0, 9) s;
INSERT INTO client (tenant_id, id, code, legal_entity_id, currency)
SELECT $1, md5('client' || c)::uuid, 'C' || c, md5('firm')::uuid, 'EUR' FROM generate_series(0, $2 / 2500) c;
INSERT INTO copy (tenant_id, id, code, name, cart_no, client_id, length_seconds)
SELECT $1, md5('copy' || c)::uuid, 'M' || c, 'Commercial ' || c, 'CART' || c, md5('client' || c / 5)::uuid, 30
FROM generate_series(0, $2 / 500) c;
INSERT INTO contract (tenant_id, id, code, contract_no, state, correction, legal_entity_id, client_id, currency)
SELECT $1, md5('contract' || c)::uuid, c, c + 1, 'active', 'none', md5('firm')::uuid, md5('client' || c / 5)::uuid,
  'EUR' FROM generate_series(0, $2 / 500) c;
INSERT INTO contract_line (tenant_id, id, contract_id, line_no, kind, status, station_id, start_on, end_on)
SELECT $1, md5('line' || c || '/' || s)::uuid, md5('contract' || c)::uuid, s + 1, 'spots', 'approved',
  md5('station' || s)::uuid, date '2025-01-01', date '2025-01-01'
FROM generate_series(0, $2 / 500) c, generate_series(0, 9) s;
INSERT INTO log (tenant_id, id, station_id, air_on, state)
SELECT $1, md5('log' || s || d)::uuid, md5('station' || s)::uuid, {today} + d,
  CASE WHEN d < 0 THEN 'reconciled' WHEN d < 2 THEN 'locked' ELSE 'open' END
FROM generate_series(0, 9) s, generate_series(-650, 9) d;
INSERT INTO log_break (tenant_id, id, log_id, start_minute, avail_types, avail_count, seconds)
SELECT $1, md5('break' || s || d || '/' || h)::uuid, md5('log' || s || d)::uuid, h * 60, '["A"]', 9, 300
FROM generate_series(0, 9) s, generate_series(-650, 9) d, generate_series(6, 23) h;
INSERT INTO issued_invoice (tenant_id, id, contract_id, invoice_no, invoice_on, issued_at)
SELECT $1, md5('invoice' || c || '/' || m)::uuid, md5('contract' || c)::uuid, 'N' || c || '-' || m,
  {today} + m * 30, {today} + m * 30 FROM generate_series(0, $2 / 500) c, generate_series(-22, -2) m
"""
# `d` is a unit's day from today, `h` what chance says of it.
_UNITS = """
INSERT INTO spot (tenant_id, id, version, contract_id, line_id, line_no, station_id, state, original_target_on,
  target_on, length_seconds, rate_amount, avail_type, log_on, break_id, break_position, scheduled_minute, air_minute,
  aired_at, copy_id, invoice_id)
SELECT $1, ('01800000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid, 1, md5('contract' || c)::uuid,
  md5('line' || c || '/' || s)::uuid, s + 1, md5('station' || s)::uuid, state, {today} + d, {today} + d, 30,
  5000 + h % 1000, 'A', CASE WHEN on_log THEN {today} + d END,
  CASE WHEN on_log THEN md5('break' || s || d || '/' || 6 + h % 18)::uuid END, CASE WHEN on_log THEN g END,
  CASE WHEN on_log THEN (6 + h % 18) * 60 END, CASE WHEN state = 'aired' THEN (6 + h % 18) * 60 END,
  CASE WHEN state = 'aired' THEN {today} + d + interval '9 hours' END,
  CASE WHEN on_log AND state <> 'placed' THEN md5('copy' || c)::uuid END,
  CASE WHEN state = 'aired' AND d < -30 THEN md5('invoice' || c || '/' || floor(d / 30.0))::uuid END
FROM (
  SELECT *, state IN ('placed', 'locked', 'aired', 'missed') AS on_log
  FROM (
    SELECT *, CASE WHEN d >= 0 AND h % 300 = 0 THEN 'unplaced' WHEN d >= 9 THEN 'scheduled' WHEN d >= 2 THEN 'placed'
      WHEN d >= 0 THEN 'locked' WHEN h % 100 = 1 THEN 'missed' WHEN h % 100 = 2 THEN 'trashed' ELSE 'aired' END AS state
    FROM (
      SELECT g, g / 500 AS c, hashint4(g) & 1048575 AS h, (hashint4(g + 7) & 1048575) % 10 AS s,
        (hashint4(g / 500) & 1048575) % 640 - 600 + g % 500 * 91 / 500 AS d
      FROM generate_series(0, $2 - 1) g) AS numbered) AS standing) AS placed
"""
_OCCURRENCES = """
INSERT INTO off_air_occurrence (tenant_id, id, version, contract_id, line_id, line_no, station_id, due_on, state,
  amount)
SELECT $1, md5('due' || g)::uuid, 1, md5('contract' || g / 10)::uuid, md5('line' || g / 10 || '/0')::uuid, 1,
  md5('station0')::uuid, {today} + d, CASE WHEN d > 0 THEN 'scheduled' ELSE 'due' END, 10000
FROM (SELECT g, g % 700 - 600 AS d FROM generate_series(0, $2 / 50 - 1) g) AS numbered
"""
_INDEXES = """
SELECT c.relname AS name, pg_get_indexdef(c.oid) AS definition FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = 'spot'::regclass AND NOT i.indisprimary
"""


async def seed(place: Stand, count: int) -> None:
    """Indexes of the units are made anew behind them, which is what makes a million of them quick."""
    async with place.connected() as connection:
        for statement in _statements(place, count, _REGISTERS):
            await connection.execute(statement)
        indexes = await connection.fetch(_INDEXES)
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        for statement in _statements(place, count, _UNITS, _OCCURRENCES):
            await connection.execute(statement)
        for index in indexes:
            await connection.execute(index["definition"])
    await place.settle()


def _statements(place: Stand, count: int, *scripts: str) -> Iterator[str]:
    given = {"$1": f"'{place.tenant_id}'::uuid", "$2": str(count), "{today}": f"date '{TODAY}'"}
    for script in scripts:
        for statement in script.split(";\n"):
            for name, value in given.items():
                statement = statement.replace(name, value)  # noqa: PLW2901
            yield statement
