"""The registers of contracts, as invoicing keeps them, and what a run reads of them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.invoicing.domain.grouping import ClientTerms
from services.invoicing.domain.selection import Agreement
from shared.kernel.money import Currency, currency
from shared.runtime.bulk import exact, upsert_statement, write
from shared.runtime.db import AsyncSession, context_of, driver

_TYPES: dict[str, dict[str, str]] = {
    "legal_entity": {
        "id": "uuid", "version": "int", "code": "text", "name": "text", "currency": "text", "country": "text",
        "address": "text", "vat_no": "text", "vat_percent": "numeric", "number_prefix": "text",
        "credit_series": "boolean", "time_zone": "text",
    },
    "client": {
        "id": "uuid", "version": "int", "legal_entity_id": "uuid", "code": "text", "name": "text", "category": "text",
        "address": "text", "country": "text", "vat_no": "text", "email": "text", "language": "text",
        "vat_percent": "numeric", "currency": "text",
        "payment_days": "int", "from_month_end": "boolean", "cash_discount_percent": "numeric",
        "cash_discount_days": "int", "separate_by": "text", "reference_required": "boolean",
        "minimum_amount": "bigint",
    },
    "agreement": {
        "id": "uuid", "version": "int", "code": "text", "current_invoicing": "boolean", "current_deduction": "boolean",
        "timing": "text", "fee_payment_days": "int", "fee_from_month_end": "boolean",
    },
    "plan": {
        "id": "uuid", "version": "int", "code": "text", "name": "text", "client_id": "uuid", "invoice_on": "date",
    },
    "station": {
        "id": "uuid", "version": "int", "code": "text", "name": "text", "legal_entity_id": "uuid",
        "group_id": "uuid", "affidavit_text": "text", "notarized_text": "text",
    },
    "station_group": {
        "id": "uuid", "version": "int", "code": "text", "name": "text", "split_by_station": "boolean",
        "logo_svg": "text", "remit_address": "text", "footer_text": "text", "invoice_columns": "jsonb", "rates": "text",
    },
    "agency": {"id": "uuid", "version": "int", "code": "text", "name": "text"},
    "copy": {
        "id": "uuid", "version": "int", "code": "text", "name": "text", "cart_no": "text", "script": "text",
    },
    "media": {
        "id": "uuid", "version": "int", "code": "text", "name": "text", "media_type_id": "uuid",
        "look_ahead_days": "int",
    },
    "media_type": {
        "id": "uuid", "version": "int", "code": "text", "sales_account": "text", "cost_account": "text",
    },
    "parameter": {"id": "uuid", "version": "int", "stated": "jsonb"},
    "tax": {
        "id": "uuid", "version": "int", "code": "text", "name": "text", "percent": "numeric", "parts": "jsonb",
        "merged_into_id": "uuid",
    },
}  # fmt: skip
_UPSERTS = {register: upsert_statement(register, types) for register, types in _TYPES.items()}


def columns_of(register: str) -> Sequence[str]:
    """The columns a register's rows are given in."""
    return tuple(_TYPES[register])


async def save_register(session: AsyncSession, register: str, rows: Sequence[Sequence[Any]]) -> None:
    """Keep the newer of what is stored and what is given; no id twice in `rows`."""
    await write(session, _UPSERTS[register], rows)


async def clients(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, ClientTerms]:
    """The terms of these clients; one whose record has not arrived is missing."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT c.id, c.legal_entity_id, c.separate_by, c.reference_required, c.minimum_amount, c.vat_percent, "
        "c.payment_days, c.from_month_end, c.cash_discount_percent, c.cash_discount_days, c.currency, "
        "coalesce(e.currency, c.currency) FROM client c "
        "LEFT JOIN legal_entity e ON e.tenant_id = c.tenant_id AND e.id = c.legal_entity_id "
        "WHERE c.tenant_id = $1 AND c.id = ANY($2)",
        context_of(session).tenant_id,
        list(ids),
    )
    return {
        row["id"]: ClientTerms(*row)._replace(
            vat_percent=exact(row["vat_percent"]), cash_discount_percent=exact(row["cash_discount_percent"])
        )
        for row in rows
    }


async def base_currencies(session: AsyncSession, client_ids: Iterable[UUID]) -> dict[UUID, Currency]:
    """By client, the currency that its legal entity keeps its books in."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT c.id, e.currency FROM client c JOIN legal_entity e "
        "ON e.tenant_id = c.tenant_id AND e.id = c.legal_entity_id WHERE c.tenant_id = $1 AND c.id = ANY($2)",
        context_of(session).tenant_id,
        list(client_ids),
    )
    return {row[0]: currency(row[1]) for row in rows}


async def agreements(session: AsyncSession) -> dict[UUID, Agreement]:
    """The flags of every agreement."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT id, current_invoicing, current_deduction, fee_payment_days, fee_from_month_end FROM agreement "
        "WHERE tenant_id = $1",
        context_of(session).tenant_id,
    )
    return {id_: Agreement(*flags) for id_, *flags in rows}


async def plan_invoice_dates(session: AsyncSession) -> dict[UUID, date]:
    """The plans that carry an invoice date of their own (MA-INV-09)."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT id, invoice_on FROM plan WHERE tenant_id = $1 AND invoice_on IS NOT NULL",
        context_of(session).tenant_id,
    )
    return {row[0]: row[1] for row in rows}


async def parties(session: AsyncSession, register: str, ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Records of `client` or `legal_entity` as documents copy them."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"SELECT * FROM {register} WHERE tenant_id = $1 AND id = ANY($2)", context_of(session).tenant_id, list(set(ids))
    )
    return {row["id"]: dict(row) for row in rows}


async def missing(session: AsyncSession, register: str, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these ids the register does not know."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"SELECT id FROM {register} WHERE tenant_id = $1 AND id = ANY($2)", context_of(session).tenant_id, list(ids)
    )
    return set(ids) - {row[0] for row in rows}
