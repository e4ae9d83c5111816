"""The books' invariants over every service's database, and between them (reliability.md section 11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from deploy.agreements import AGREEMENTS, Agreement
from deploy.registry import handlers_of, invariants_of
from shared.events.topology import matches, patterns_of
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from shared.runtime.invariants import PLUMBING

_ROWS_SHOWN = 20
# A query over the books of years takes longer than a command may.
_PATIENCE_SECONDS = 600
_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Breach:
    """An invariant that does not hold, and rows that show it."""

    service: str
    invariant: str
    rows: tuple[_Row, ...]


async def check(urls: Mapping[str, str]) -> list[Breach]:
    """Every breach in these databases (service → URL of its _app role); an empty list when the books are sound."""
    databases = {
        service: Database(url, pool_size=2, name="mb-check", command_seconds=_PATIENCE_SECONDS)
        for service, url in urls.items()
    }
    try:
        # What has arrived is looked at after it was seen to arrive, or the last event would never be checked.
        breaches = await _between(databases)
        for service, database in databases.items():
            breaches += await _inside(service, database)
        for agreement in AGREEMENTS:
            breaches += await _disagreeing(agreement, databases)
        return breaches
    finally:
        for database in databases.values():
            await database.close()


async def _inside(service: str, database: Database) -> list[Breach]:
    queries: list[tuple[UUID | None, str, str]] = [(None, *one) for one in PLUMBING.items()]
    for tenant_id in await _tenants(database):
        queries += [(tenant_id, *one) for one in invariants_of(service).items()]
    found = [(invariant, await _rows(database, tenant_id, query)) for tenant_id, invariant, query in queries]
    return [Breach(service, invariant, rows) for invariant, rows in found if rows]


async def _between(databases: Mapping[str, Database]) -> list[Breach]:
    """I9: what was told to a listener, the listener has in its inbox."""
    breaches = []
    for speaker, told_in in databases.items():
        told = await _rows(told_in, None, "SELECT event_id, routing_key FROM outbox", limit=None)
        for listener, heard_in in databases.items():
            patterns = patterns_of(handlers_of(listener))
            expected = {row["event_id"] for row in told if any(matches(one, row["routing_key"]) for one in patterns)}
            heard = await _rows(
                heard_in, None, f"SELECT event_id FROM inbox WHERE source LIKE '%/{speaker}'", limit=None
            )
            if missing := expected - {row["event_id"] for row in heard}:
                rows = tuple({"event_id": event_id} for event_id in sorted(missing)[:_ROWS_SHOWN])
                breaches.append(Breach(listener, f"every event of {speaker} has arrived", rows))
    return breaches


async def _disagreeing(agreement: Agreement, databases: Mapping[str, Database]) -> list[Breach]:
    ours, theirs = databases[agreement.service], databases[agreement.other]
    breaches = []
    for tenant_id in {*await _tenants(ours), *await _tenants(theirs)}:
        said = {tuple(row.values()) for row in await _rows(ours, tenant_id, agreement.rows, limit=None)}
        other = {tuple(row.values()) for row in await _rows(theirs, tenant_id, agreement.other_rows, limit=None)}
        differing = sorted(said - other if agreement.one_way else said ^ other, key=str)[:_ROWS_SHOWN]
        if differing:
            rows = tuple(dict(zip(agreement.columns, row, strict=True)) for row in differing)
            breaches.append(Breach(agreement.service, agreement.invariant, rows))
    return breaches


async def _tenants(database: Database) -> list[UUID]:
    """Whoever has told something here, or has been told of."""
    told = "SELECT tenant_id FROM stream UNION SELECT tenant_id FROM applied"
    return [row["tenant_id"] for row in await _rows(database, None, told, limit=None)]


async def _rows(
    database: Database, tenant_id: UUID | None, query: str, limit: int | None = _ROWS_SHOWN
) -> tuple[_Row, ...]:
    async with database.transaction(Context(tenant_id, "check", new_id()), read_only=True) as session:
        await session.execute(text(f"SET LOCAL statement_timeout = '{_PATIENCE_SECONDS}s'"))
        found = (await session.execute(text(query.replace(":", r"\:")))).mappings()
        return tuple(dict(row) for row in (found.fetchmany(limit) if limit else found.all()))
