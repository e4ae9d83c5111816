"""Invoices that have no number yet: opened, filled, removed, and read when they are to be issued."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from services.invoicing.domain.gathering import Slot
from services.invoicing.domain.ready import Amounts
from services.invoicing.repository.invoices import vat_json
from shared.kernel.period import Period
from shared.runtime.bulk import insert_statement, write
from shared.runtime.db import AsyncSession, context_of, driver


class OpenRow(NamedTuple):
    """An open contract invoice as it should be stored."""

    id: UUID
    version: int
    variant: str
    state: str
    legal_entity_id: UUID
    client_id: UUID
    contract_id: UUID
    station_id: UUID | None
    period_from: date
    period_to: date
    currency: str
    line_count: int
    amounts: Amounts
    reason: str = ""


class StoredInvoice(NamedTuple):
    """A contract's invoice as it stands; amounts in minor units."""

    id: UUID
    version: int
    contract_id: UUID
    state: str
    variant: str
    slot: Slot
    line_count: int
    gross_amount: int
    net_amount: int
    total_amount: int
    sales_commission_amount: int


_TYPES = {
    "id": "uuid", "version": "int", "kind": "text", "variant": "text", "document": "text", "state": "text",
    "legal_entity_id": "uuid", "client_id": "uuid", "contract_id": "uuid", "station_id": "uuid", "invoice_no": "text",
    "period_from": "date", "period_to": "date", "currency": "text", "exchange_rate": "numeric",
    "gross_amount": "bigint", "discount_amount": "bigint", "agency_commission_amount": "bigint",
    "net_amount": "bigint", "vat": "jsonb", "vat_amount": "bigint", "total_amount": "bigint",
    "sales_commission_amount": "bigint", "media_deduction_amount": "bigint", "client_reference": "text",
    "text": "text", "frozen": "jsonb", "line_count": "int", "block_items": "boolean", "reason": "text",
}  # fmt: skip
_SAVE = insert_statement(
    "invoice",
    _TYPES,
    on_conflict="ON CONFLICT (tenant_id, id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _TYPES if name != "id"),
)


async def save_open(session: AsyncSession, rows: Sequence[OpenRow]) -> None:
    """Open invoices as they should stand; one that is issued meanwhile refuses."""
    await write(session, _SAVE, [_values(row) for row in rows])


def _values(row: OpenRow) -> tuple[Any, ...]:
    amounts = row.amounts
    return (
        row.id, row.version, "contract", row.variant, "invoice", row.state, row.legal_entity_id, row.client_id,
        row.contract_id, row.station_id, "", row.period_from, row.period_to, row.currency, 1, amounts.gross_amount,
        amounts.discount_amount, amounts.agency_commission_amount, amounts.net_amount, vat_json(amounts.vat),
        amounts.vat_amount, amounts.total_amount, amounts.sales_commission_amount, 0, "", "", "{}", row.line_count,
        False, row.reason,
    )  # fmt: skip


async def contract_of(session: AsyncSession, invoice_id: UUID) -> UUID | None:
    """The contract of an invoice; None when it has none or does not exist."""
    connection = await driver(session)
    contract_id: UUID | None = await connection.fetchval(
        "SELECT contract_id FROM invoice WHERE tenant_id = $1 AND id = $2", context_of(session).tenant_id, invoice_id
    )
    return contract_id


async def lock_invoice(session: AsyncSession, invoice_id: UUID) -> dict[str, Any] | None:
    """Every stored field of an invoice, its row locked."""
    connection = await driver(session)
    row = await connection.fetchrow(
        "SELECT * FROM invoice WHERE tenant_id = $1 AND id = $2 FOR UPDATE", context_of(session).tenant_id, invoice_id
    )
    return dict(row) if row else None


async def find_invoice(session: AsyncSession, invoice_id: UUID) -> dict[str, Any] | None:
    """Every stored field of an invoice, to look at."""
    connection = await driver(session)
    row = await connection.fetchrow(
        "SELECT * FROM invoice WHERE tenant_id = $1 AND id = $2", context_of(session).tenant_id, invoice_id
    )
    return dict(row) if row else None


async def invoices_of(session: AsyncSession, contract_ids: Sequence[UUID]) -> dict[UUID, list[StoredInvoice]]:
    """The open and the live issued invoices of these contracts, their rows locked; no credit notes."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT id, version, contract_id, state, variant, period_from, period_to, station_id, line_count, "
        "gross_amount, net_amount, total_amount, sales_commission_amount FROM invoice "
        "WHERE tenant_id = $1 AND contract_id = ANY($2) AND state <> 'removed' AND reversed_by_id IS NULL "
        "AND reverses_id IS NULL AND credits_id IS NULL ORDER BY id FOR UPDATE",
        context_of(session).tenant_id,
        list(contract_ids),
    )
    found: dict[UUID, list[StoredInvoice]] = {id_: [] for id_ in contract_ids}
    for id_, version, contract_id, state, variant, first, last, station_id, *sums in rows:
        slot = Slot(Period.inclusive(first, last), station_id, is_upfront=variant == "upfront")
        found[contract_id].append(StoredInvoice(id_, version, contract_id, state, variant, slot, *sums))
    return found


async def standing_in_for(session: AsyncSession, header: Mapping[str, Any]) -> UUID | None:
    """The open invoice that took a reversed one's items: of its period, or grown out of it (CT-LIF-16)."""
    connection = await driver(session)
    found: UUID | None = await connection.fetchval(
        "SELECT id FROM invoice WHERE tenant_id = $1 AND contract_id = $2 AND state IN ('gathering', 'pending') "
        "AND station_id IS NOT DISTINCT FROM $3 AND (variant = 'upfront') = ($4 = 'upfront') "
        "AND period_from <= $5 AND period_to >= $6 ORDER BY period_to - period_from LIMIT 1",
        context_of(session).tenant_id,
        header["contract_id"],
        header["station_id"],
        header["variant"],
        header["period_from"],
        header["period_to"],
    )
    return found


async def executed_items(
    session: AsyncSession, contract_id: UUID, period: Period, station_id: UUID | None
) -> list[dict[str, Any]]:
    """The unbilled units and occurrences of a contract that ran in a period, in reading order."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT i.* FROM billable_item i WHERE i.tenant_id = $1 AND i.contract_id = $2 "
        "AND i.dated_on BETWEEN $3 AND $4 AND i.status IN ('aired', 'due') AND i.origin IN ('spot', 'off_air') "
        "AND ($5::uuid IS NULL OR i.media_id = $5) AND NOT EXISTS ("
        "SELECT FROM invoice_line l WHERE l.tenant_id = i.tenant_id AND l.billable_item_id = i.id "
        "AND NOT l.reversed AND l.portion <> 'commission') "
        "ORDER BY i.order_no, i.dated_on, i.details ->> 'air_time', i.id",
        context_of(session).tenant_id,
        contract_id,
        period.start_on,
        period.last_on,
        station_id,
    )
    return [dict(row) for row in rows]
