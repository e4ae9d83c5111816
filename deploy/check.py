"""The books' invariants over every service's database, and between them (reliability.md section 11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from deploy.registry import handlers_of, invariants_of
from shared.events.topology import matches, patterns_of
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from shared.runtime.invariants import PLUMBING

_ROWS_SHOWN = 20
_DRAFTED = "SELECT id, invoice_id, total_amount FROM draft_pre_invoice WHERE invoice_id IS NOT NULL"
_ISSUED = "SELECT draft_id, id, net_amount FROM invoice WHERE draft_id IS NOT NULL AND no IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Breach:
    """An invariant that does not hold, and rows that show it."""

    service: str
    invariant: str
    rows: tuple[Mapping[str, Any], ...]


async def check(urls: Mapping[str, str]) -> list[Breach]:
    """Every breach in these databases (service → URL of its _app role); an empty list when the books are sound."""
    databases = {service: Database(url, pool_size=2, name="mb-check") for service, url in urls.items()}
    try:
        # What has arrived is looked at after it was seen to arrive, or the last event would never be checked.
        breaches = await _between(databases)
        for service, database in databases.items():
            breaches += await _inside(service, database)
        return breaches + await _drafts_and_invoices(databases)
    finally:
        for database in databases.values():
            await database.close()


async def _inside(service: str, database: Database) -> list[Breach]:
    breaches = []
    queries = {**PLUMBING, **invariants_of(service)}
    for tenant_id in await _tenants(database):
        for invariant, query in queries.items():
            if rows := await _rows(database, tenant_id, query):
                breaches.append(Breach(service, invariant, rows))
    return breaches


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


async def _drafts_and_invoices(databases: Mapping[str, Database]) -> list[Breach]:
    """A draft that was invoiced comes to its invoice, and each invoice of a draft is known to it (PI-RUN-07)."""
    breaches = []
    for tenant_id in await _tenants(databases["preinvoice"]):
        drafted = await _rows(databases["preinvoice"], tenant_id, _DRAFTED, limit=None)
        issued = await _rows(databases["invoicing"], tenant_id, _ISSUED, limit=None)
        ours, theirs = ({tuple(row.values()) for row in rows} for rows in (drafted, issued))
        if differing := sorted(ours ^ theirs, key=str)[:_ROWS_SHOWN]:
            rows = tuple(dict(zip(("draft_id", "invoice_id", "net_amount"), row, strict=True)) for row in differing)
            breaches.append(Breach("preinvoice", "an invoiced draft comes to its invoice", rows))
    return breaches


async def _tenants(database: Database) -> list[UUID]:
    rows = await _rows(database, None, "SELECT DISTINCT tenant_id FROM stream", limit=None)
    return [row["tenant_id"] for row in rows]


async def _rows(
    database: Database, tenant_id: UUID | None, query: str, limit: int | None = _ROWS_SHOWN
) -> tuple[Mapping[str, Any], ...]:
    async with database.transaction(Context(tenant_id, "check", new_id()), read_only=True) as session:
        await session.execute(text("SET LOCAL statement_timeout = '10min'"))
        found = (await session.execute(text(query.replace(":", r"\:")))).mappings()
        return tuple(dict(row) for row in (found.fetchmany(limit) if limit else found.all()))
