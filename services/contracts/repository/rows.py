"""Reading and writing rows of any table, many in one statement.

COPY refuses tables with row security, and these all have it; arrays through unnest cost the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import orjson
from sqlalchemy import ColumnElement, Select, Table, select
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel

from shared.runtime.db import AsyncSession, context_of, driver

Record: TypeAlias = dict[str, Any]
TableOf: TypeAlias = type[SQLModel]

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def table_of(row: TableOf) -> Table:
    """The table behind a row class."""
    table: Table = row.__table__  # type: ignore[attr-defined]
    return table


async def fetch(session: AsyncSession, statement: Select[Any]) -> list[Record]:
    """The rows of a statement as mappings."""
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def find(
    session: AsyncSession, row: TableOf, *criteria: ColumnElement[bool], order: Sequence[Any] = (), lock: bool = False
) -> list[Record]:
    """The tenant's rows that meet the criteria; `lock` takes them FOR UPDATE in the order of their ids."""
    statement = select(table_of(row)).where(*criteria).order_by(*order)
    if lock:
        statement = statement.order_by(table_of(row).c.id).with_for_update()
    return await fetch(session, statement)


async def insert(session: AsyncSession, row: TableOf, records: Iterable[Mapping[str, Any]]) -> None:
    """Add rows, which have every column but the tenant."""
    await _write(session, row, list(records), "")


async def upsert(session: AsyncSession, row: TableOf, records: Iterable[Mapping[str, Any]]) -> None:
    """Add rows, or replace those with the same primary key."""
    table = table_of(row)
    keys = [column.name for column in table.primary_key.columns]
    changes = ", ".join(
        f"{column.name} = excluded.{column.name}" for column in table.columns if column.name not in keys
    )
    await _write(session, row, list(records), f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}")


async def insert_new(session: AsyncSession, row: TableOf, records: Iterable[Mapping[str, Any]]) -> int:
    """Add the rows that break no unique constraint; how many there were."""
    status = await _write(session, row, list(records), "ON CONFLICT DO NOTHING")
    return int(status.rpartition(" ")[2]) if status else 0


async def change(session: AsyncSession, row: TableOf, records: Sequence[Mapping[str, Any]]) -> None:
    """Set the given columns of existing rows; every record has `id` and the same columns."""
    if not records:
        return
    names = [name for name in records[0] if name not in ("id", "tenant_id")]
    arrays = ", ".join(f"${number}::{_type(row, name)}[]" for number, name in enumerate(["id", *names], 2))
    statement = (
        f"UPDATE {table_of(row).name} AS old SET {', '.join(f'{name} = new.{name}' for name in names)} "
        f"FROM unnest({arrays}) AS new(id, {', '.join(names)}) WHERE old.tenant_id = $1 AND old.id = new.id"
    )
    connection = await driver(session)
    await connection.execute(statement, context_of(session).tenant_id, *_columns(row, records, ["id", *names]))


async def _write(session: AsyncSession, row: TableOf, records: Sequence[Mapping[str, Any]], conflict: str) -> str:
    if not records:
        return ""
    table = table_of(row)
    names = [column.name for column in table.columns if column.name != "tenant_id"]
    arrays = ", ".join(f"${number}::{_type(row, name)}[]" for number, name in enumerate(names, 2))
    statement = (
        f"INSERT INTO {table.name} (tenant_id, {', '.join(names)}) "
        f"SELECT $1, row.* FROM unnest({arrays}) AS row({', '.join(names)}) {conflict}"
    )
    connection = await driver(session)
    status: str = await connection.execute(statement, context_of(session).tenant_id, *_columns(row, records, names))
    return status


def _type(row: TableOf, name: str) -> str:
    return table_of(row).columns[name].type.compile(_DIALECT)


def _columns(row: TableOf, records: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[list[Any]]:
    def column(name: str) -> list[Any]:
        values = [record[name] for record in records]
        if _type(row, name) == "JSONB":
            return [orjson.dumps(value, default=str).decode() for value in values]
        return values

    return [column(name) for name in names]
