"""The tables the code names are the tables the migrations make, for every service and for the plumbing.

Keys between tables, unique keys and indexes are the migrations' own: the code names columns only.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tests.database import MakeDatabase

_SERVICES = sorted(
    path.parent.name
    for path in (Path(__file__).resolve().parents[2] / "services").glob("*/migrations")
    if path.is_dir()
)
_MIGRATIONS_OWN = ("remove_index", "remove_constraint", "remove_fk")


async def _in_database(url: str, look: Any) -> Any:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(look)
    finally:
        await engine.dispose()


def _reflected(connection: Connection) -> MetaData:
    metadata = MetaData()
    metadata.reflect(connection)
    return metadata


def _named_by_code(service: str) -> MetaData:
    rows: MetaData = import_module(f"services.{service}.tables").Row.metadata
    return rows


def _differences(connection: Connection, expected: MetaData, named: MetaData) -> list[Any]:
    """What alembic would write as a next migration, without what only migrations say about the service's tables."""

    def ours(difference: Any) -> bool:
        if isinstance(difference, list):
            return True
        kind, what = difference[0], difference[1]
        table = getattr(getattr(what, "table", None), "name", None)
        return not (kind in _MIGRATIONS_OWN and table in named.tables)

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [one for one in compare_metadata(context, expected) if ours(one)]


def _primary_keys(connection: Connection, metadata: MetaData) -> dict[str, tuple[list[str], list[str]]]:
    """Tables whose primary key is another in the code than in the database: the columns here and there."""
    inspector = inspect(connection)
    keys = {
        name: ([column.name for column in table.primary_key], inspector.get_pk_constraint(name)["constrained_columns"])
        for name, table in metadata.tables.items()
    }
    return {name: (here, there) for name, (here, there) in keys.items() if sorted(here) != sorted(there)}


@pytest.mark.parametrize("service", _SERVICES)
async def test_the_code_names_the_tables_that_the_migrations_make(service: str, provisioned: MakeDatabase) -> None:
    # A service without a tree of its own gets the plumbing alone; no service's tree may change that.
    expected = await _in_database((await provisioned("plumbing")).owner_url, _reflected)
    named = _named_by_code(service)
    for table in named.tables.values():
        table.to_metadata(expected)

    def look(connection: Connection) -> tuple[list[Any], dict[str, Any]]:
        return _differences(connection, expected, named), _primary_keys(connection, named)

    differences, keys = await _in_database((await provisioned(service)).owner_url, look)
    assert [one for one in differences if "service_version" not in str(one)] == []
    assert keys == {}


async def test_a_difference_is_seen(provisioned: MakeDatabase) -> None:
    made = await provisioned("plumbing")
    expected = await _in_database(made.owner_url, _reflected)
    expected.tables["inbox"].c.source.nullable = True
    expected.tables["parked"]._columns.remove(expected.tables["parked"].c.error)  # type: ignore[attr-defined]
    differences = await _in_database(made.owner_url, lambda connection: _differences(connection, expected, MetaData()))
    assert {str(one[0][0] if isinstance(one, list) else one[0]) for one in differences} >= {
        "modify_nullable",
        "remove_column",
    }
