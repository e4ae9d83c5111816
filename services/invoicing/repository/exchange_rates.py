"""Exchange rates as contracts tells them, and how old one may be (MA-GEN-10)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.invoicing.domain.rates import Rates
from shared.runtime.bulk import exact, upsert_statement, write
from shared.runtime.db import AsyncSession, context_of, driver

_TYPES = {
    "id": "uuid", "version": "int", "legal_entity_id": "uuid", "currency": "text", "rate_on": "date", "rate": "numeric",
}  # fmt: skip
COLUMNS = tuple(_TYPES)
_UPSERT = upsert_statement("exchange_rate", _TYPES)


async def save_rates(session: AsyncSession, rows: Sequence[Sequence[Any]]) -> None:
    """Keep the newer of what is stored and what is given; no id twice in `rows`."""
    await write(session, _UPSERT, rows)


async def rates_on(session: AsyncSession, on: date) -> Rates:
    """The newest rates up to a day."""
    connection, tenant = await driver(session), context_of(session).tenant_id
    held = await connection.fetch(
        "SELECT DISTINCT ON (legal_entity_id, currency) legal_entity_id, currency, rate_on, rate FROM exchange_rate "
        "WHERE tenant_id = $1 AND rate_on <= $2 ORDER BY legal_entity_id, currency, rate_on DESC",
        tenant,
        on,
    )
    limits = await connection.fetch(
        "SELECT id, (stated ->> 'rate_days_max')::int FROM parameter "
        "WHERE tenant_id = $1 AND stated ->> 'rate_days_max' IS NOT NULL",
        tenant,
    )
    return Rates({(row[0], row[1]): (row[2], exact(row[3])) for row in held}, {row[0]: row[1] for row in limits})
