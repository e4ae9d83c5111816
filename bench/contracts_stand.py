"""A database of contracts for measuring, made and dropped; rows name only the columns that matter."""

import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from deploy.provision import discard, provision
from shared.kernel.ids import derived_id, new_id
from shared.runtime.db import Context, Database
from shared.runtime.migrate import migrate

_POSTGRES = "MB_TEST_POSTGRES_URL"
# Columns that may not be empty but play no part get an empty value of their type.
_DEFAULTS = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT table_name, column_name, data_type FROM information_schema.columns
    WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
      AND data_type IN ('text', 'boolean', 'integer', 'bigint', 'numeric', 'jsonb')
  LOOP
    EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT %L', one.table_name, one.column_name,
      CASE one.data_type WHEN 'text' THEN '' WHEN 'boolean' THEN 'false' WHEN 'jsonb' THEN '{}' ELSE '0' END);
  END LOOP;
END $$
"""


@dataclass(frozen=True, slots=True)
class Stand:
    """The database as the service's role reaches it, and as its superuser does, whom no row security stops."""

    app_url: str
    superuser: str
    tenant_id: UUID = field(default_factory=new_id)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[asyncpg.Connection]:
        """A superuser's connection."""
        connection = await asyncpg.connect(self.superuser)
        try:
            yield connection
        finally:
            await connection.close()

    async def empty(self, *tables: str) -> None:
        """Without these rows, as every turn begins; the guards against it sleep for this session."""
        async with self.connected() as connection:
            names = ", ".join((*tables, "outbox", "stream", "audit"))
            await connection.execute(f"SET session_replication_role = replica; TRUNCATE {names} CASCADE")

    async def copy(self, table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Add the tenant's rows by COPY."""
        async with self.connected() as connection:
            tenant = ((self.tenant_id, *row) for row in rows)
            await connection.copy_records_to_table(table, records=tenant, columns=["tenant_id", *columns.split()])

    async def settle(self) -> None:
        """Fresh statistics and nothing left to write."""
        async with self.connected() as connection:
            await connection.execute("VACUUM ANALYZE")
            await connection.execute("CHECKPOINT")

    def database(self) -> Database:
        """As the service opens it."""
        return Database(self.app_url)

    def context(self) -> Context:
        """On behalf of the tenant."""
        return Context(self.tenant_id, "bench", new_id())


async def put_registers(place: Stand, stations: Sequence[UUID], contracts: Iterable[UUID]) -> None:
    """A group with its stations, and active contracts of one client, numbered from 1."""
    firm_id, client_id = new_id(), derived_id("client")
    await place.copy("legal_entity", "id code currency time_zone", [(firm_id, "GROUP", "EUR", "UTC")])
    await place.copy("client", "id code legal_entity_id currency", [(client_id, "OAK", firm_id, "EUR")])
    rows = [(one, str(number), firm_id, "UTC", "[]") for number, one in enumerate(stations)]
    await place.copy("station", "id code legal_entity_id time_zone breaks", rows)
    await place.copy(
        "contract",
        "id code contract_no state correction legal_entity_id client_id currency billing_cycle invoice_type",
        (
            (one, str(number), number, "active", "none", firm_id, client_id, "EUR", "calendar", "detail")
            for number, one in enumerate(contracts, 1)
        ),
    )


@asynccontextmanager
async def stand() -> AsyncIterator[Stand]:
    """Made, and dropped again."""
    admin_url = os.environ[_POSTGRES]
    made = await provision(admin_url, f"bench_{new_id().hex[-12:]}")
    try:
        await migrate(made.owner_url, "contracts")
        place = Stand(made.app_url, admin_url.rsplit("/", 1)[0] + f"/{made.database}")
        async with place.connected() as connection:
            await connection.execute(_DEFAULTS)
        yield place
    finally:
        await discard(admin_url, made.database)
