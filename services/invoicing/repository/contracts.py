"""Radio contracts and the logs of their stations, as contracts told of them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from shared.runtime.bulk import exact, insert_statement, upsert_statement, write
from shared.runtime.db import AsyncSession, context_of, driver


class ContractRow(NamedTuple):
    """A contract's header as its invoices need it; `correction_id` while a correction is asked for or open."""

    id: UUID
    version: int
    contract_no: int
    state: str
    legal_entity_id: UUID
    client_id: UUID
    agency_id: UUID | None
    currency: str
    estimate: str
    po_no: str
    product: str
    billing_cycle: str
    invoice_type: str
    affidavit: str
    discount_percent: Decimal
    agency_commission_percent: Decimal
    sales_commission_percent: Decimal
    tax_id: UUID | None
    comment: str
    approved_at: datetime | None
    correction_id: UUID | None


class LineRow(NamedTuple):
    """An approved line; amounts in minor units of the contract's currency, `ordered` counts by ISO date as JSON."""

    id: UUID
    contract_id: UUID
    line_no: int
    kind: str
    station_id: UUID
    start_on: date
    end_on: date
    start_minute: int | None
    end_minute: int | None
    length_seconds: int | None
    rate_amount: int
    quantity: int
    total_amount: int
    comment: str
    ordered: str
    approved_at: datetime | None


class LogRow(NamedTuple):
    """One station's log of one date."""

    id: UUID
    version: int
    station_id: UUID
    air_on: date
    state: str


_CONTRACT = {
    "id": "uuid", "version": "int", "contract_no": "bigint", "state": "text", "legal_entity_id": "uuid",
    "client_id": "uuid", "agency_id": "uuid", "currency": "text", "estimate": "text", "po_no": "text",
    "product": "text", "billing_cycle": "text", "invoice_type": "text", "affidavit": "text",
    "discount_percent": "numeric", "agency_commission_percent": "numeric", "sales_commission_percent": "numeric",
    "tax_id": "uuid", "comment": "text", "approved_at": "timestamptz",
    "correction_id": "uuid",
}  # fmt: skip
_UPSERT_CONTRACT = upsert_statement("contract", _CONTRACT)
_LINE = {
    "id": "uuid", "contract_id": "uuid", "line_no": "int", "kind": "text", "station_id": "uuid", "start_on": "date",
    "end_on": "date", "start_minute": "int", "end_minute": "int", "length_seconds": "int", "rate_amount": "bigint",
    "quantity": "int", "total_amount": "bigint", "comment": "text", "ordered": "jsonb", "approved_at": "timestamptz",
}  # fmt: skip
_SAVE_LINE = insert_statement(
    "contract_line",
    _LINE,
    on_conflict="ON CONFLICT (tenant_id, id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _LINE if name != "id"),
)
_UPSERT_LOG = upsert_statement(
    "station_log", {"id": "uuid", "version": "int", "station_id": "uuid", "air_on": "date", "state": "text"}
)


async def save_contracts(session: AsyncSession, rows: Sequence[ContractRow], lines: Sequence[LineRow]) -> None:
    """Headers and lines that are newer than what is stored; lines are only ever added to an approved contract."""
    await write(session, _UPSERT_CONTRACT, rows)
    await write(session, _SAVE_LINE, lines)


async def save_logs(session: AsyncSession, rows: Sequence[LogRow]) -> None:
    """Keep the newer state of logs."""
    await write(session, _UPSERT_LOG, rows)


async def lock_contracts(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, ContractRow]:
    """Contracts by id, locked in one order: always before their invoices."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"SELECT {', '.join(_CONTRACT)} FROM contract WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE",
        context_of(session).tenant_id,
        list(set(ids)),
    )
    return {row["id"]: ContractRow(**dict(row)) for row in rows}


async def find_contract(session: AsyncSession, contract_id: UUID) -> ContractRow | None:
    """One contract, to look at."""
    connection = await driver(session)
    row = await connection.fetchrow(
        f"SELECT {', '.join(_CONTRACT)} FROM contract WHERE tenant_id = $1 AND id = $2",
        context_of(session).tenant_id,
        contract_id,
    )
    return ContractRow(**dict(row)) if row else None


async def lines_of(session: AsyncSession, contract_ids: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The lines of contracts in the order of their numbers."""
    ids = list(set(contract_ids))
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT * FROM contract_line WHERE tenant_id = $1 AND contract_id = ANY($2) ORDER BY line_no, id",
        context_of(session).tenant_id,
        ids,
    )
    found: dict[UUID, list[dict[str, Any]]] = {id_: [] for id_ in ids}
    for row in rows:
        found[row["contract_id"]].append(dict(row))
    return found


async def contracts_waiting_for(session: AsyncSession, station_ids: Iterable[UUID]) -> list[UUID]:
    """Contracts with an open invoice and units ordered on one of these stations."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT DISTINCT i.contract_id FROM invoice i WHERE i.tenant_id = $1 AND i.state IN ('gathering', 'pending') "
        "AND EXISTS (SELECT FROM contract_line l WHERE l.tenant_id = $1 AND l.contract_id = i.contract_id "
        "AND l.kind = 'spots' AND l.station_id = ANY($2))",
        context_of(session).tenant_id,
        list(set(station_ids)),
    )
    return [row[0] for row in rows]


# A tax that was merged into another stands for that one, however long the chain; a ring ends where it began.
_TAXES = """
WITH RECURSIVE meant AS (
  SELECT id AS asked, id, merged_into_id, ARRAY[id] AS seen FROM tax WHERE tenant_id = $1 AND id = ANY($2)
  UNION ALL
  SELECT m.asked, t.id, t.merged_into_id, m.seen || t.id FROM meant m
  JOIN tax t ON t.tenant_id = $1 AND t.id = m.merged_into_id AND t.id <> ALL(m.seen)
)
SELECT DISTINCT ON (m.asked) m.asked, t.code, t.name, t.percent, t.parts FROM meant m
JOIN tax t ON t.tenant_id = $1 AND t.id = m.id ORDER BY m.asked, cardinality(m.seen) DESC
"""


async def tax_percents(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Taxes as they stand now, by the id a contract has: code, name, percent, parts (CT-TAX-02, CT-TAX-05)."""
    connection = await driver(session)
    rows = await connection.fetch(_TAXES, context_of(session).tenant_id, list(set(ids)))
    return {row["asked"]: {**dict(row), "percent": exact(row["percent"])} for row in rows}
