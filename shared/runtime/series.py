"""Gapless numbers: drawn from a locked row by the last statements of the issuing transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.kernel.errors import NotAllowedNow
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession, context_of, driver


class SeriesKey(NamedTuple):
    """Which series a document draws from: a row of the service's own table `series`."""

    legal_entity_id: UUID
    kind: str
    year: int


class Block(NamedTuple):
    """Consecutive numbers; `drawn_at` never decreases along a series."""

    series_id: UUID
    prefix: str
    first_no: int
    drawn_at: datetime


async def draw(
    session: AsyncSession, keys: Iterable[SeriesKey], prefixes: Mapping[UUID, str], letters: Mapping[str, str]
) -> dict[SeriesKey, Block]:
    """As many numbers per series as `keys` names it, in one fixed order of locks.

    `prefixes` are those of the legal entities, `letters` tell the kinds of series apart in print. A series is opened
    when it is first needed. `NotAllowedNow("series_blocked")` when one is closed to issuing. Nothing that may fail
    should follow in the transaction: until it ends, nobody else draws.
    """
    connection, tenant = await driver(session), context_of(session).tenant_id
    blocks = {}
    for key, count in sorted(Counter(keys).items()):
        await connection.execute(
            "INSERT INTO series (tenant_id, id, legal_entity_id, kind, year, prefix, first_no, next_no, status) "
            "VALUES ($1, $2, $3, $4, $5, $6, 1, 1, 'open') "
            "ON CONFLICT (tenant_id, legal_entity_id, kind, year) DO NOTHING",
            tenant,
            new_id(),
            *key,
            f"{prefixes.get(key.legal_entity_id, '')}{letters[key.kind]}{key.year}-",
        )
        row = await connection.fetchrow(
            "UPDATE series SET next_no = next_no + $5 WHERE tenant_id = $1 AND legal_entity_id = $2 AND kind = $3 "
            "AND year = $4 AND status = 'open' RETURNING id, prefix, next_no - $5, clock_timestamp()",
            tenant,
            *key,
            count,
        )
        if row is None:
            raise NotAllowedNow("series_blocked", "The number series is closed until the books are checked.")
        blocks[key] = Block(*row)
    return blocks


def printed(prefix: str, no: int) -> str:
    """A number as documents show it: the prefix and at least five digits (PI-RUN-06)."""
    return f"{prefix}{no:05d}"


async def blocked_legal_entities(session: AsyncSession) -> set[UUID]:
    """Legal entities that may not issue now, because one of their series is closed."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT DISTINCT legal_entity_id FROM series WHERE tenant_id = $1 AND status <> 'open'",
        context_of(session).tenant_id,
    )
    return {row[0] for row in rows}
