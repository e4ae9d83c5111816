"""Books without safeguards: databases of the real schema in which any row may be written, to break what must hold."""

from collections.abc import Mapping
from datetime import date, datetime, timezone
from typing import Any
from uuid import UUID

import asyncpg

from shared.kernel.ids import new_id

Rows = list[tuple[str, dict[str, Any]]]
DAY = date(2026, 10, 15)
EARLIER, LATER = (datetime(2026, 10, day, tzinfo=timezone.utc) for day in (15, 16))  # noqa: UP017  3.11 and older alike
_CONSTRAINTS = """
SELECT conrelid::regclass::text AS of, conname AS name FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype = ANY($1::"char"[])
"""
_UNIQUE = """
SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class c ON c.oid = indexrelid
WHERE indisunique AND NOT indisprimary AND c.relnamespace = 'public'::regnamespace
"""
_COLUMNS = """
SELECT column_name AS name, data_type AS type FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = $1 AND is_nullable = 'NO' AND is_identity = 'NO'
  AND is_generated = 'NEVER'
"""
_BLANK = {
    "uuid": new_id, "text": str, "integer": int, "bigint": int, "smallint": int, "numeric": int, "boolean": bool,
    "date": lambda: DAY, "timestamp with time zone": lambda: EARLIER, "jsonb": lambda: "{}", "json": lambda: "{}",
    "bytea": bytes, "ARRAY": list, "character varying": str, "time without time zone": EARLIER.time,
}  # fmt: skip


class Books:
    """One service's database, as the superuser writes into it."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def disarm(self) -> None:
        """Drop whatever refuses a row, but for primary keys."""
        for kinds in ("f", "cu"):
            for row in await self.connection.fetch(_CONSTRAINTS, [kind.encode() for kind in kinds]):
                await self.connection.execute(f'ALTER TABLE {row["of"]} DROP CONSTRAINT "{row["name"]}"')
        for row in await self.connection.fetch(_UNIQUE):
            await self.connection.execute(f"DROP INDEX {row[0]}")
        await self.connection.execute("SET session_replication_role = replica")

    async def write(self, tenant_id: UUID, rows: Rows) -> None:
        """Rows of a tenant that the service has heard of; what is not said of a row is blank."""
        await self._insert("applied", {"tenant_id": tenant_id, "aggregate_id": tenant_id, "sequence": 1})
        for table, values in rows:
            await self._insert(table, {"tenant_id": tenant_id, **values})

    async def _insert(self, table: str, values: Mapping[str, Any]) -> None:
        columns = await self.connection.fetch(_COLUMNS, table)
        row = {one["name"]: _BLANK[one["type"]]() for one in columns} | dict(values)
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await self.connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", *row.values())
