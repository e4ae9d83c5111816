"""Media invoices and their lines: registered, changed while pending, read back to be saved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from services.reconciliation.domain.media_invoice import Amounts, Vat
from shared.runtime.bulk import exact, insert_statement, write
from shared.runtime.db import AsyncSession, context_of, driver


@dataclass(frozen=True, slots=True)
class Invoice:
    """A media invoice as stored; amounts in minor units of its currency."""

    id: UUID
    version: int
    state: str
    supplier_id: UUID | None
    legal_entity_id: UUID | None
    invoice_no: str
    invoice_on: date | None
    accounting_on: date | None
    due_on: date | None
    currency: str
    exchange_rate: Decimal | None
    amounts: Amounts
    rounding_amount: int
    line_count: int
    voucher_id: UUID | None
    voucher_no: str
    cancelled_voucher_id: UUID | None
    cancelled_on: date | None
    created_by: str
    created_at: datetime


class Line(NamedTuple):
    """A line as stored; `insertion_id` is missing while nobody found the insertion it bills."""

    id: UUID
    media_invoice_id: UUID
    line_no: int
    order_no: int
    insertion_on: date
    text: str
    insertion_id: UUID | None
    match: str | None
    marked: bool
    moved: bool
    gross_amount: int
    net_amount: int
    commission_amount: int
    other_amount: int
    net_net_amount: int
    ordered_net_net_amount: int


_INVOICE = {
    "id": "uuid", "version": "int", "state": "text", "supplier_id": "uuid", "legal_entity_id": "uuid",
    "invoice_no": "text", "invoice_on": "date", "accounting_on": "date", "due_on": "date", "currency": "text",
    "exchange_rate": "numeric", "amount": "bigint", "vat": "jsonb", "vat_amount": "bigint", "total_amount": "bigint",
    "rounding_amount": "bigint", "line_count": "int", "voucher_id": "uuid", "voucher_no": "text",
    "cancelled_voucher_id": "uuid", "cancelled_on": "date", "created_by": "text", "created_at": "timestamptz",
}  # fmt: skip
_INSERT = insert_statement("media_invoice", _INVOICE)
_UPDATE = (
    f"UPDATE media_invoice SET {', '.join(f'{name} = new.{name}' for name in _INVOICE if name != 'id')} "
    f"FROM unnest({', '.join(f'${n}::{kind}[]' for n, kind in enumerate(_INVOICE.values(), 2))}) "
    f"AS new({', '.join(_INVOICE)}) WHERE media_invoice.tenant_id = $1 AND media_invoice.id = new.id"
)
_LINE = {
    "id": "uuid", "media_invoice_id": "uuid", "line_no": "int", "order_no": "bigint", "insertion_on": "date",
    "text": "text", "insertion_id": "uuid", "match": "text", "marked": "boolean", "moved": "boolean",
    "gross_amount": "bigint", "net_amount": "bigint", "commission_amount": "bigint", "other_amount": "bigint",
    "net_net_amount": "bigint", "ordered_net_net_amount": "bigint",
}  # fmt: skip
_INSERT_LINES = insert_statement("media_invoice_line", _LINE)
_SAVE_LINES = insert_statement(
    "media_invoice_line",
    _LINE,
    on_conflict="ON CONFLICT (tenant_id, id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _LINE if name != "id"),
)


async def add_invoices(session: AsyncSession, invoices: Sequence[Invoice], lines: Sequence[Line]) -> None:
    """New registrations with their lines."""
    await write(session, _INSERT, [_stored(invoice) for invoice in invoices])
    await write(session, _INSERT_LINES, lines)


async def save_invoices(session: AsyncSession, invoices: Sequence[Invoice]) -> None:
    """Invoices that changed; they are locked already."""
    await write(session, _UPDATE, [_stored(invoice) for invoice in invoices])


async def save_lines(session: AsyncSession, lines: Sequence[Line]) -> None:
    """Lines that changed or are new."""
    await write(session, _SAVE_LINES, lines)


async def lock_invoices(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Invoice]:
    """Invoices that are about to change."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"SELECT {', '.join(_INVOICE)} FROM media_invoice WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE",
        context_of(session).tenant_id,
        list(ids),
    )
    return {row["id"]: _invoice(row) for row in rows}


async def lines_of(session: AsyncSession, invoice_ids: Iterable[UUID]) -> dict[UUID, list[Line]]:
    """The lines of invoices, in their order."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"SELECT {', '.join(_LINE)} FROM media_invoice_line WHERE tenant_id = $1 AND media_invoice_id = ANY($2) "
        "ORDER BY media_invoice_id, line_no",
        context_of(session).tenant_id,
        list(invoice_ids),
    )
    found: dict[UUID, list[Line]] = {}
    for row in rows:
        found.setdefault(row["media_invoice_id"], []).append(Line(*row))
    return found


async def drop_lines(session: AsyncSession, line_ids: Iterable[UUID]) -> None:
    """Take lines off pending registrations."""
    connection = await driver(session)
    await connection.execute(
        "DELETE FROM media_invoice_line WHERE tenant_id = $1 AND id = ANY($2)",
        context_of(session).tenant_id,
        list(line_ids),
    )


async def drop_invoice(session: AsyncSession, invoice_id: UUID) -> None:
    """Delete a pending registration with its lines."""
    connection = await driver(session)
    await connection.execute(
        "DELETE FROM media_invoice WHERE tenant_id = $1 AND id = $2", context_of(session).tenant_id, invoice_id
    )


class Numbered(NamedTuple):
    """An invoice as its supplier's number finds it."""

    id: UUID
    state: str
    voucher_no: str
    invoice_on: date | None
    currency: str
    amount: int
    total_amount: int


Number = tuple[UUID, str]


async def by_number(session: AsyncSession, numbers: Iterable[Number]) -> dict[Number, Numbered]:
    """Saved or pending invoices by supplier and number; a saved one goes before a pending one."""
    connection = await driver(session)
    wanted = list(numbers)
    rows = await connection.fetch(
        "SELECT supplier_id, invoice_no, id, state, voucher_no, invoice_on, currency, amount, total_amount "
        "FROM media_invoice m JOIN unnest($2::uuid[], $3::text[]) AS n(supplier_id, invoice_no) "
        "USING (supplier_id, invoice_no) WHERE m.tenant_id = $1 AND m.state <> 'cancelled' "
        "ORDER BY m.state, m.id",
        context_of(session).tenant_id,
        [supplier_id for supplier_id, _ in wanted],
        [invoice_no for _, invoice_no in wanted],
    )
    return {(row[0], row[1]): Numbered(*tuple(row)[2:]) for row in rows}


async def lock_numbers(session: AsyncSession, numbers: Iterable[Number]) -> None:
    """Hold suppliers' invoice numbers until the transaction ends, so that of two savers the second sees the first."""
    connection = await driver(session)
    await connection.execute(
        "SELECT pg_advisory_xact_lock(key) FROM (SELECT DISTINCT hashtextextended($1 || n, 0) AS key "
        "FROM unnest($2::text[]) AS n ORDER BY key OFFSET 0) AS keys",
        str(context_of(session).tenant_id),
        [f"{supplier_id}/{invoice_no}" for supplier_id, invoice_no in numbers],
    )


def vat_json(rates: Sequence[Vat]) -> list[dict[str, Any]]:
    """VAT per rate as stored: percent as a string, amounts in minor units."""
    return [
        {"percent": f"{rate.percent:f}", "base_amount": rate.base_amount, "vat_amount": rate.vat_amount}
        for rate in rates
    ]


def _stored(invoice: Invoice) -> tuple[Any, ...]:
    amounts = invoice.amounts
    made = {
        "amount": amounts.amount,
        "vat": orjson.dumps(vat_json(amounts.vat)).decode(),
        "vat_amount": amounts.vat_amount,
        "total_amount": amounts.total_amount,
    }
    return tuple(made[name] if name in made else getattr(invoice, name) for name in _INVOICE)


def _invoice(row: Mapping[str, Any]) -> Invoice:
    rates = tuple(Vat(Decimal(one["percent"]), one["base_amount"], one["vat_amount"]) for one in row["vat"])
    rate = row["exchange_rate"]
    made: dict[str, Any] = {
        "amounts": Amounts(row["amount"], rates, row["total_amount"]),
        "exchange_rate": exact(rate) if rate is not None else None,
    }
    return Invoice(**{one.name: made[one.name] if one.name in made else row[one.name] for one in fields(Invoice)})
