"""Contracts, their ordered days and the logs of their stations, as far as their invoices depend on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from services.invoicing.domain.gathering import Executed
from services.invoicing.repository.bulk import exact, insert_statement, upsert_statement, write
from shared.kernel.period import Period
from shared.runtime.db import AsyncSession, context_of, driver


class ContractRow(NamedTuple):
    """A contract's header as its invoices need it."""

    id: UUID
    version: int
    contract_no: int
    state: str
    legal_entity_id: UUID
    client_id: UUID
    currency: str
    billing_cycle: str
    invoice_type: str
    discount_percent: Decimal
    agency_commission_percent: Decimal
    sales_commission_percent: Decimal
    tax_id: UUID | None
    comment: str
    po_no: str
    product: str
    start_on: date | None
    end_on: date | None
    cancelled_on: date | None


class ContractDayRow(NamedTuple):
    """A day on which a contract has ordered units (`spots`) or occurrences (`off_air`) on a station."""

    contract_id: UUID
    station_id: UUID
    kind: str
    ordered_on: date


class LogRow(NamedTuple):
    """One station's log of one date."""

    id: UUID
    version: int
    station_id: UUID
    air_on: date
    state: str


_CONTRACT = {
    "id": "uuid", "version": "int", "contract_no": "bigint", "state": "text", "legal_entity_id": "uuid",
    "client_id": "uuid", "currency": "text", "billing_cycle": "text", "invoice_type": "text",
    "discount_percent": "numeric", "agency_commission_percent": "numeric", "sales_commission_percent": "numeric",
    "tax_id": "uuid", "comment": "text", "po_no": "text", "product": "text", "start_on": "date", "end_on": "date",
    "cancelled_on": "date",
}  # fmt: skip
_UPSERT_CONTRACT = upsert_statement("contract", _CONTRACT)
_INSERT_DAY = insert_statement(
    "contract_day",
    {"contract_id": "uuid", "station_id": "uuid", "kind": "text", "ordered_on": "date"},
    on_conflict="ON CONFLICT DO NOTHING",
)
_UPSERT_LOG = upsert_statement(
    "station_log", {"id": "uuid", "version": "int", "station_id": "uuid", "air_on": "date", "state": "text"}
)


async def save_contracts(session: AsyncSession, rows: Sequence[ContractRow], days: Sequence[ContractDayRow]) -> None:
    """Keep the newer of what is stored and what is given; lines are only ever added to an approved contract."""
    await write(session, _UPSERT_CONTRACT, rows)
    await write(session, _INSERT_DAY, days)


async def save_logs(session: AsyncSession, rows: Sequence[LogRow]) -> None:
    """Keep the newer state of logs."""
    await write(session, _UPSERT_LOG, rows)


async def lock_contracts(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, ContractRow]:
    """Contracts by id, locked in one order while their open invoices are worked out."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"SELECT {', '.join(_CONTRACT)} FROM contract WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE",
        context_of(session).tenant_id,
        list(set(ids)),
    )
    return {row["id"]: ContractRow(**dict(row)) for row in rows}


async def contracts_waiting_for(session: AsyncSession, station_ids: Iterable[UUID]) -> list[UUID]:
    """Contracts with an open invoice and anything ordered on one of these stations."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT DISTINCT i.contract_id FROM invoice i WHERE i.tenant_id = $1 AND i.state IN ('gathering', 'pending') "
        "AND EXISTS (SELECT FROM contract_day d WHERE d.tenant_id = $1 AND d.contract_id = i.contract_id "
        "AND d.station_id = ANY($2))",
        context_of(session).tenant_id,
        list(set(station_ids)),
    )
    return [row[0] for row in rows]


@dataclass
class Days:
    """What is known of a contract's days."""

    ordered: set[date]
    outstanding: set[date]
    executed: dict[date, Executed]


# A spot day waits for its log; an occurrence for its item. A log that is known but not reconciled holds up every
# contract of its station, ordered that day or not (CT-CYC-15).
_DAYS = """
SELECT d.contract_id, d.ordered_on,
  CASE WHEN d.kind = 'spots' THEN NOT EXISTS (
    SELECT FROM station_log g WHERE g.tenant_id = $1 AND g.station_id = d.station_id AND g.air_on = d.ordered_on
      AND g.state = 'reconciled')
  ELSE (c.cancelled_on IS NULL OR d.ordered_on < c.cancelled_on) AND NOT EXISTS (
    SELECT FROM billable_item i WHERE i.tenant_id = $1 AND i.contract_id = d.contract_id AND i.dated_on = d.ordered_on
      AND i.origin = 'off_air' AND i.status IN ('due', 'trashed'))
  END AS outstanding, true AS ordered
FROM contract_day d JOIN contract c ON c.tenant_id = $1 AND c.id = d.contract_id
WHERE d.tenant_id = $1 AND d.contract_id = ANY($2)
UNION ALL
SELECT d.contract_id, g.air_on, true, false
FROM (SELECT DISTINCT contract_id, station_id FROM contract_day WHERE tenant_id = $1 AND contract_id = ANY($2)) d
JOIN station_log g ON g.tenant_id = $1 AND g.station_id = d.station_id AND g.state <> 'reconciled'
"""
_EXECUTED = """
SELECT i.contract_id, i.dated_on, count(*), sum(i.price_amount)::bigint FROM billable_item i
WHERE i.tenant_id = $1 AND i.contract_id = ANY($2) AND i.status IN ('aired', 'due') AND NOT EXISTS (
  SELECT FROM invoice_line l WHERE l.tenant_id = i.tenant_id AND l.billable_item_id = i.id AND NOT l.reversed
    AND l.portion <> 'commission')
GROUP BY i.contract_id, i.dated_on
"""


async def days_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Days]:
    """Ordered, outstanding and executed days of these contracts."""
    connection, tenant = await driver(session), context_of(session).tenant_id
    found = {id_: Days(set(), set(), {}) for id_ in ids}
    for contract_id, day, outstanding, ordered in await connection.fetch(_DAYS, tenant, list(ids)):
        if ordered:
            found[contract_id].ordered.add(day)
        if outstanding:
            found[contract_id].outstanding.add(day)
    for contract_id, day, count, gross in await connection.fetch(_EXECUTED, tenant, list(ids)):
        found[contract_id].executed[day] = Executed(count, gross)
    return found


class StoredInvoice(NamedTuple):
    """A contract's invoice as it stands."""

    id: UUID
    version: int
    contract_id: UUID
    state: str
    variant: str
    period: Period
    line_count: int
    gross_amount: int


async def invoices_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[StoredInvoice]]:
    """The open and the live issued invoices of these contracts."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT id, version, contract_id, state, variant, period_from, period_to, line_count, gross_amount "
        "FROM invoice WHERE tenant_id = $1 AND contract_id = ANY($2) AND state <> 'removed' AND reversed_by_id IS NULL "
        "AND reverses_id IS NULL ORDER BY id FOR UPDATE",
        context_of(session).tenant_id,
        list(ids),
    )
    found: dict[UUID, list[StoredInvoice]] = {id_: [] for id_ in ids}
    for id_, version, contract_id, state, variant, first, last, *rest in rows:
        period = Period.inclusive(first, last)
        found[contract_id].append(StoredInvoice(id_, version, contract_id, state, variant, period, *rest))
    return found


async def tax_percents(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Taxes as they stand now: code, percent, parts (CT-TAX-05)."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT id, code, name, percent, parts FROM tax WHERE tenant_id = $1 AND id = ANY($2)",
        context_of(session).tenant_id,
        list(set(ids)),
    )
    return {row["id"]: {**dict(row), "percent": exact(row["percent"])} for row in rows}
