"""Invoices to clients: their headers, and the lines that wait for what they need to be booked."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from shared.runtime.bulk import insert_statement, write
from shared.runtime.db import AsyncSession, context_of, driver


class ClientInvoice(NamedTuple):
    """An issued invoice or credit note; `media_deduction_amount` is in major units of the base currency."""

    id: UUID
    legal_entity_id: UUID
    client_id: UUID
    invoice_no: str
    accounting_on: date | None
    currency: str
    media_deduction_amount: Decimal


class ClientLine(NamedTuple):
    """A billed insertion on it, in major units of the invoice's currency."""

    id: UUID
    client_invoice_id: UUID
    insertion_id: UUID
    net_amount: Decimal
    net_net_amount: Decimal


class Bookable(NamedTuple):
    """A line with all that its entry needs: its invoice, its insertion's row and rate, the base currency."""

    id: UUID
    client_invoice_id: UUID
    net_amount: Decimal
    net_net_amount: Decimal
    legal_entity_id: UUID
    accounting_on: date
    currency: str
    base_currency: str
    row_id: UUID
    exchange_rate: Decimal


_TYPES = {
    "id": "uuid", "legal_entity_id": "uuid", "client_id": "uuid", "invoice_no": "text", "accounting_on": "date",
    "currency": "text", "media_deduction_amount": "numeric",
}  # fmt: skip
_SAVE = insert_statement("client_invoice", _TYPES, on_conflict="ON CONFLICT DO NOTHING")
_LINE_TYPES = {
    "id": "uuid", "client_invoice_id": "uuid", "insertion_id": "uuid", "net_amount": "numeric",
    "net_net_amount": "numeric",
}  # fmt: skip
_WAIT = insert_statement("waiting_line", _LINE_TYPES, on_conflict="ON CONFLICT DO NOTHING")
_COLUMNS = (
    "l.id, l.client_invoice_id, l.net_amount, l.net_net_amount, c.legal_entity_id, c.accounting_on, c.currency, "
    "e.currency, i.row_id, i.exchange_rate"
)
_NEEDED = """
JOIN client_invoice c ON c.tenant_id = $1 AND c.id = l.client_invoice_id
JOIN legal_entity e ON e.tenant_id = $1 AND e.id = c.legal_entity_id
JOIN insertion i ON i.tenant_id = $1 AND i.id = l.insertion_id
"""
_WAITED_FOR = {
    "insertion_id": "l.insertion_id",
    "client_invoice_id": "l.client_invoice_id",
    "legal_entity_id": "c.legal_entity_id",
}


async def save_client_invoices(session: AsyncSession, invoices: Sequence[ClientInvoice]) -> None:
    """Keep invoices; one that is known already never changes."""
    await write(session, _SAVE, invoices)


async def bookable(session: AsyncSession, lines: Sequence[ClientLine]) -> list[Bookable]:
    """Those of these lines that can be booked now."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::numeric[], $6::numeric[]) "
        f"AS l({', '.join(_LINE_TYPES)}) {_NEEDED}",
        context_of(session).tenant_id,
        *map(list, zip(*lines, strict=True)),
    )
    return [Bookable(*row) for row in rows]


async def wait(session: AsyncSession, lines: Sequence[ClientLine]) -> None:
    """Keep lines until what they need has arrived."""
    await write(session, _WAIT, lines)


async def take_waiting(session: AsyncSession, what: str, ids: Sequence[UUID]) -> list[Bookable]:
    """Lines that waited for these records and can be booked now; they wait no longer."""
    connection, tenant = await driver(session), context_of(session).tenant_id
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM waiting_line l {_NEEDED} WHERE l.tenant_id = $1 AND {_WAITED_FOR[what]} = ANY($2)",
        tenant,
        list(ids),
    )
    await connection.execute(
        "DELETE FROM waiting_line WHERE tenant_id = $1 AND id = ANY($2)", tenant, [row[0] for row in rows]
    )
    return [Bookable(*row) for row in rows]


async def lock_booking(session: AsyncSession, *, shared: bool) -> None:
    """Keep what arrives (shared) and what may have to wait for it (alone) from overlooking each other."""
    kind = "_shared" if shared else ""
    connection = await driver(session)
    await connection.execute(
        f"SELECT pg_advisory_xact_lock{kind}(hashtextextended('reconciliation.booking' || $1::text, 0))",
        str(context_of(session).tenant_id),
    )
