"""The connection pool: what the server closed is replaced, and nobody notices."""

from sqlalchemy import text

from shared.runtime.db import Database
from tests.database import MakeDatabase
from tests.words import as_clerk


async def _backend(database: Database) -> int:
    async with database.transaction(as_clerk()) as session:
        return int((await session.execute(text("SELECT pg_backend_pid()"))).scalar_one())


async def test_a_connection_the_server_closed_is_replaced_when_it_is_borrowed(provisioned: MakeDatabase) -> None:
    made = await provisioned("plumbing")
    database, other = Database(made.app_url, pool_size=1), Database(made.app_url, pool_size=1)
    first = await _backend(database)
    assert await _backend(database) == first
    async with other.transaction(as_clerk()) as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
    assert await _backend(database) != first
    await database.close()
    await other.close()
