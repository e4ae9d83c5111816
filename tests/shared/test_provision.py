"""Provisioning and the protection of tables: what a service's role may do, and whose rows it sees."""

from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from deploy.provision import provision
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import Context, Database
from tests.database import MakeDatabase
from tests.servers import Servers
from tests.words import as_clerk


async def _audit_rows(database: Database, tenant_id: UUID | None) -> int:
    async with database.transaction(Context(tenant_id, "reader", new_id()), read_only=True) as session:
        return int((await session.execute(text("SELECT count(*) FROM audit"))).scalar_one())


async def test_provisioning_twice_changes_nothing_but_passwords(servers: Servers, fresh_database: MakeDatabase) -> None:
    made = await fresh_database("plumbing")
    again = await provision(servers.postgres_url, made.database)
    connection = await asyncpg.connect(again.app_url)
    assert (
        await connection.fetchval("SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = current_user") is False
    )
    assert await connection.fetchval("SHOW statement_timeout") == "5s"
    await connection.close()


async def test_a_tenant_sees_its_own_rows_only_and_nobody_sees_all(fresh_database: MakeDatabase) -> None:
    database = Database((await fresh_database("plumbing")).app_url)
    mine, theirs = new_id(), new_id()
    async with database.transaction(as_clerk(mine)) as session:
        await audit(session, action="a.b", entity="a", entity_id=new_id())
    assert (await _audit_rows(database, mine), await _audit_rows(database, theirs)) == (1, 0)
    assert await _audit_rows(database, None) == 0
    await database.close()


async def test_a_tenant_cannot_write_rows_of_another(fresh_database: MakeDatabase) -> None:
    database = Database((await fresh_database("plumbing")).app_url)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with database.transaction(as_clerk(new_id())) as session:
            await session.execute(
                text(
                    "INSERT INTO audit (tenant_id, id, actor, action, entity, entity_id, correlation_id) "
                    "VALUES (:id, :id, 'x', 'x', 'x', :id, :id)"
                ),
                {"id": new_id()},
            )
    await database.close()


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
async def test_the_audit_trail_only_grows(fresh_database: MakeDatabase, statement: str) -> None:
    made = await fresh_database("plumbing")
    for url in (made.app_url, made.owner_url):
        database = Database(url)
        with pytest.raises(DBAPIError, match="append-only|permission denied"):
            async with database.transaction(as_clerk(new_id())) as session:
                await session.execute(text(statement))
        await database.close()
