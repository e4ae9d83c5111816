"""Migrations: the plumbing's tree first, then the service's, each with a version table of its own; forward only."""

import asyncio
from pathlib import Path
from typing import Any

from alembic import command, context
from alembic.config import Config
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

_ROOT = Path(__file__).resolve().parents[2]
_LOCK = 0x6D625F6D69677261


class _Scripts(PostgresqlImpl):
    """Lets `op.execute` take a whole SQL script, which asyncpg cannot prepare but can send as it is."""

    __dialect__ = "postgresql"

    def _exec(self, construct: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(construct, str) and self.connection is not None:
            return self.connection.connection.run_async(lambda driver: driver.execute(construct))
        return super()._exec(construct, *arguments, **options)


def trees(service: str) -> dict[str, Path]:
    """Version table → folder of migrations in their order; a service without tables of its own has the first only."""
    plumbing = {"runtime_version": _ROOT / "shared" / "runtime" / "migrations"}
    own = _ROOT / "services" / service / "migrations"
    return {**plumbing, "service_version": own} if own.is_dir() else plumbing


def heads(service: str) -> dict[str, str | None]:
    """Version table → the newest revision this code knows; readiness compares it with the database."""
    return {table: ScriptDirectory(str(folder)).get_current_head() for table, folder in trees(service).items()}


async def migrate(owner_url: str, service: str) -> None:
    """Bring one service's database to the newest schema; two runs at once wait for each other."""
    engine = create_async_engine(make_url(owner_url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            await connection.commit()
            for version_table, folder in trees(service).items():
                await connection.run_sync(_upgrade, version_table, folder)
            await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            await connection.commit()
    finally:
        await engine.dispose()


def migrate_now(owner_url: str, service: str) -> None:
    """`migrate` for callers without an event loop."""
    asyncio.run(migrate(owner_url, service))


def _upgrade(connection: Connection, version_table: str, folder: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = version_table
    command.upgrade(config, "head")
    connection.commit()


def run() -> None:
    """What every migrations/env.py calls."""
    attributes = context.config.attributes
    context.configure(connection=attributes["connection"], version_table=attributes["version_table"])
    with context.begin_transaction():
        context.run_migrations()
