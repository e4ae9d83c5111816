"""Invoices that have no number yet: opened, filled, removed, and read when they are to be issued."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from services.invoicing.domain.ready import Amounts
from services.invoicing.repository.bulk import insert_statement, write
from services.invoicing.repository.invoices import vat_json
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
    period_from: date
    period_to: date
    currency: str
    line_count: int
    amounts: Amounts


_TYPES = {
    "id": "uuid", "version": "int", "kind": "text", "variant": "text", "document": "text", "state": "text",
    "legal_entity_id": "uuid", "client_id": "uuid", "contract_id": "uuid", "invoice_no": "text", "period_from": "date",
    "period_to": "date", "currency": "text", "exchange_rate": "numeric", "gross_amount": "bigint",
    "discount_amount": "bigint", "agency_commission_amount": "bigint", "net_amount": "bigint", "vat": "jsonb",
    "vat_amount": "bigint", "total_amount": "bigint", "sales_commission_amount": "bigint",
    "media_deduction_amount": "bigint", "client_reference": "text", "text": "text", "frozen": "jsonb",
    "line_count": "int", "block_items": "boolean",
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
        row.contract_id, "", row.period_from, row.period_to, row.currency, 1, amounts.gross_amount,
        amounts.discount_amount, amounts.agency_commission_amount, amounts.net_amount, vat_json(amounts.vat),
        amounts.vat_amount, amounts.total_amount, amounts.sales_commission_amount, 0, "", "", "{}", row.line_count,
        False,
    )  # fmt: skip


async def lock_invoice(session: AsyncSession, invoice_id: UUID) -> dict[str, Any] | None:
    """Every stored field of an invoice, its row locked."""
    connection = await driver(session)
    row = await connection.fetchrow(
        "SELECT * FROM invoice WHERE tenant_id = $1 AND id = $2 FOR UPDATE", context_of(session).tenant_id, invoice_id
    )
    return dict(row) if row else None


async def executed_items(session: AsyncSession, contract_id: UUID, first: date, last: date) -> list[dict[str, Any]]:
    """The unbilled items of a contract that ran in a period, in reading order."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT i.* FROM billable_item i WHERE i.tenant_id = $1 AND i.contract_id = $2 "
        "AND i.dated_on BETWEEN $3 AND $4 AND i.status IN ('aired', 'due') AND NOT EXISTS ("
        "SELECT FROM invoice_line l WHERE l.tenant_id = i.tenant_id AND l.billable_item_id = i.id "
        "AND NOT l.reversed AND l.portion <> 'commission') "
        "ORDER BY i.order_no, i.dated_on, i.details ->> 'air_time', i.id",
        context_of(session).tenant_id,
        contract_id,
        first,
        last,
    )
    return [dict(row) for row in rows]
