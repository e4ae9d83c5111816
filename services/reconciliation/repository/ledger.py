"""The deduction account per insertion: its entries, and the discrepancies they add up to."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from services.reconciliation.domain.discrepancy import Balance
from shared.runtime.bulk import insert_statement
from shared.runtime.db import AsyncSession, context_of, driver


class Entry(NamedTuple):
    """One movement, in base currency: clients' amounts count up, the media's and write-offs down (MA-REC-01).

    `insertion_id` is the row it stands on; `billed_amount` is what a medium billed, in the insertion's own currency.
    """

    id: UUID
    insertion_id: UUID
    legal_entity_id: UUID
    kind: str
    source_id: UUID
    accounting_on: date
    net_amount: int
    net_net_amount: int
    billed_amount: int = 0


class Sums(NamedTuple):
    """By how much a discrepancy moves, each side in its own direction."""

    insertion_id: UUID
    legal_entity_id: UUID
    currency: str
    client_net_amount: int
    client_net_net_amount: int
    media_net_amount: int
    media_net_net_amount: int
    written_off_amount: int
    billed_amount: int


class Moved(NamedTuple):
    """A discrepancy as it now stands."""

    insertion_id: UUID
    version: int
    legal_entity_id: UUID
    currency: str
    client_id: UUID | None
    balance: Balance
    reconciliation_code: int | None
    code_by_hand: bool


_ENTRY = {
    "id": "uuid", "insertion_id": "uuid", "legal_entity_id": "uuid", "kind": "text", "source_id": "uuid",
    "accounting_on": "date", "net_amount": "bigint", "net_net_amount": "bigint", "billed_amount": "bigint",
}  # fmt: skip
_ADD_ENTRIES = insert_statement("deduction_entry", _ENTRY, on_conflict="ON CONFLICT DO NOTHING RETURNING id")
_SUMS = {
    "insertion_id": "uuid", "legal_entity_id": "uuid", "currency": "text", "client_net_amount": "bigint",
    "client_net_net_amount": "bigint", "media_net_amount": "bigint", "media_net_net_amount": "bigint",
    "written_off_amount": "bigint", "billed_amount": "bigint",
}  # fmt: skip
_ADDED = ", ".join(f"{name} = d.{name} + excluded.{name}" for name in _SUMS if name.endswith("_amount"))
_BALANCE = "client_net_amount, client_net_net_amount, media_net_amount, media_net_net_amount, written_off_amount"
_STATE = (
    f"d.insertion_id, d.version, d.legal_entity_id, d.currency, i.client_id, {_BALANCE}, "
    "d.reconciliation_code, d.code_by_hand"
)
_MOVE = f"""
WITH d AS (
  INSERT INTO discrepancy AS d (tenant_id, version, {", ".join(_SUMS)})
  SELECT $1, 1, row.* FROM unnest({", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_SUMS.values(), 2))})
    AS row({", ".join(_SUMS)})
  ON CONFLICT (tenant_id, insertion_id) DO UPDATE SET version = d.version + 1, {_ADDED}
  RETURNING d.*)
SELECT {_STATE} FROM d LEFT JOIN insertion i ON i.tenant_id = $1 AND i.id = d.insertion_id
ORDER BY d.insertion_id
"""
_LOCKED = f"""
SELECT {_STATE} FROM discrepancy d
LEFT JOIN insertion i ON i.tenant_id = $1 AND i.id = d.insertion_id
WHERE d.tenant_id = $1 AND d.insertion_id = ANY($2) ORDER BY d.insertion_id FOR UPDATE OF d
"""


async def add_entries(session: AsyncSession, entries: Sequence[Entry]) -> set[UUID]:
    """Add movements; the ids of those that were not there yet."""
    connection = await driver(session)
    rows = await connection.fetch(_ADD_ENTRIES, context_of(session).tenant_id, *map(list, zip(*entries, strict=True)))
    return {row[0] for row in rows}


async def move(session: AsyncSession, sums: Iterable[Sums]) -> list[Moved]:
    """Bring discrepancies up to date, one row each, locked in the order of their insertions."""
    ordered = sorted(sums)
    connection = await driver(session)
    rows = await connection.fetch(_MOVE, context_of(session).tenant_id, *map(list, zip(*ordered, strict=True)))
    return [_moved(row) for row in rows]


async def lock_discrepancies(session: AsyncSession, insertion_ids: Iterable[UUID]) -> dict[UUID, Moved]:
    """Discrepancies that are about to change; an insertion without any movement has none."""
    connection = await driver(session)
    rows = await connection.fetch(_LOCKED, context_of(session).tenant_id, sorted(set(insertion_ids)))
    return {row["insertion_id"]: _moved(row) for row in rows}


async def set_codes(session: AsyncSession, codes: Mapping[UUID, int | None]) -> None:
    """Give discrepancies their reconciliation codes."""
    if codes:
        connection = await driver(session)
        await connection.execute(
            "UPDATE discrepancy d SET reconciliation_code = c.code FROM unnest($2::uuid[], $3::int[]) AS c(id, code) "
            "WHERE d.tenant_id = $1 AND d.insertion_id = c.id",
            context_of(session).tenant_id,
            list(codes),
            list(codes.values()),
        )


async def entries_of(session: AsyncSession, source_id: UUID) -> list[Entry]:
    """The movements one document made."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"SELECT {', '.join(_ENTRY)} FROM deduction_entry WHERE tenant_id = $1 AND source_id = $2 ORDER BY id",
        context_of(session).tenant_id,
        source_id,
    )
    return [Entry(*row) for row in rows]


def _moved(row: Sequence[Any]) -> Moved:
    insertion_id, version, legal_entity_id, currency, client_id, *amounts, code, code_by_hand = row
    return Moved(insertion_id, version, legal_entity_id, currency, client_id, Balance(*amounts), code, code_by_hand)
