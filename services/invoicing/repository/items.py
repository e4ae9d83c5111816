"""Billable items: the projection of insertions, spots, occurrences and draft lines."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from shared.runtime.bulk import insert_statement, write
from shared.runtime.db import AsyncSession, context_of, driver


class ItemRow(NamedTuple):
    """A billable item as stored; amounts in minor units of `currency`."""

    id: UUID
    version: int
    origin: str
    origin_id: UUID
    legal_entity_id: UUID
    client_id: UUID
    dated_on: date
    status: str
    currency: str
    gross_amount: int
    net_amount: int
    net_net_amount: int
    client_net_amount: int
    fee_amount: int
    capital_cost_amount: int
    price_amount: int
    exchange_rate: Decimal = Decimal(1)
    vat_percent: Decimal | None = None
    plan_id: UUID | None = None
    order_id: UUID | None = None
    order_no: str = ""
    campaign: str = ""
    product: str = ""
    owner: str = ""
    agreement_id: UUID | None = None
    media_id: UUID | None = None
    media_name: str = ""
    contract_id: UUID | None = None
    text: str = ""
    details: str | None = None
    ad_check_missing: bool = False
    correction_kind: str = "none"
    credit: bool = False
    original_id: UUID | None = None
    client_reference: str = ""
    not_before_on: date | None = None


_TYPES = {
    "id": "uuid", "version": "int", "origin": "text", "origin_id": "uuid", "legal_entity_id": "uuid",
    "client_id": "uuid", "dated_on": "date", "status": "text", "currency": "text", "gross_amount": "bigint",
    "net_amount": "bigint", "net_net_amount": "bigint", "client_net_amount": "bigint", "fee_amount": "bigint",
    "capital_cost_amount": "bigint", "price_amount": "bigint", "exchange_rate": "numeric", "vat_percent": "numeric",
    "plan_id": "uuid", "order_id": "uuid", "order_no": "text", "campaign": "text", "product": "text", "owner": "text",
    "agreement_id": "uuid", "media_id": "uuid", "media_name": "text", "contract_id": "uuid", "text": "text",
    "details": "jsonb", "ad_check_missing": "boolean", "correction_kind": "text", "credit": "boolean",
    "original_id": "uuid", "client_reference": "text", "not_before_on": "date",
}  # fmt: skip
_SAID = [name for name in _TYPES if name not in ("id", "version")]
_UPSERT = insert_statement(
    "billable_item",
    {**_TYPES, "revision": "int"},
    on_conflict=f"""
ON CONFLICT (tenant_id, id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in ("version", *_SAID))},
  revision = CASE
    WHEN ({", ".join(f"billable_item.{name}" for name in _SAID)}) IS DISTINCT FROM
      ({", ".join(f"excluded.{name}" for name in _SAID)}) THEN excluded.revision
    ELSE billable_item.revision END
WHERE excluded.version > billable_item.version
""",
)


async def save_items(session: AsyncSession, rows: Sequence[ItemRow]) -> None:
    """Keep the newer of what is stored and what is given, and when it last read otherwise; no id twice in `rows`."""
    await write(session, _UPSERT, [(*row, row.version) for row in rows])


async def drop_shares(session: AsyncSession, origin_ids: Sequence[UUID]) -> None:
    """Items that the newest word on their origin no longer has are cancelled, also when that word came first."""
    connection = await driver(session)
    await connection.execute(
        "UPDATE billable_item i SET status = 'cancelled', version = newest.version, revision = newest.version "
        "FROM (SELECT origin_id, max(version) AS version FROM billable_item "
        "WHERE tenant_id = $1 AND origin_id = ANY($2) GROUP BY origin_id) AS newest "
        "WHERE i.tenant_id = $1 AND i.origin_id = newest.origin_id AND i.version < newest.version",
        context_of(session).tenant_id,
        list(origin_ids),
    )


async def reprice_items(session: AsyncSession, contract_ids: Sequence[UUID]) -> None:
    """Units and occurrences cost what their contract's line says now; what is invoiced keeps its own (CT-LIF-20)."""
    connection = await driver(session)
    await connection.execute(
        "UPDATE billable_item i SET gross_amount = l.rate_amount, net_amount = l.rate_amount, "
        "client_net_amount = l.rate_amount, price_amount = l.rate_amount FROM contract_line l "
        "WHERE i.tenant_id = $1 AND i.contract_id = ANY($2) AND i.origin IN ('spot', 'off_air') "
        "AND l.tenant_id = $1 AND l.id = i.order_id AND i.price_amount <> l.rate_amount",
        context_of(session).tenant_id,
        list(contract_ids),
    )


async def reopen_items(session: AsyncSession, invoice_id: UUID, *, blocked: bool) -> None:
    """Items of a reversed invoice: blocked, or billable again; contracts says the same soon after (MA-CRD-03, 04)."""
    connection = await driver(session)
    await connection.execute(
        "UPDATE billable_item i SET status = $3 FROM invoice_line l "
        "WHERE l.tenant_id = $1 AND l.invoice_id = $2 AND i.tenant_id = $1 AND i.id = l.billable_item_id "
        "AND i.origin = 'insertion' AND i.status IN ('definitive', 'invoiced')",
        context_of(session).tenant_id,
        invoice_id,
        "blocked" if blocked else "definitive",
    )


async def credited_on_their_own(session: AsyncSession, invoice_id: UUID) -> bool:
    """Whether an insertion of the invoice has since got a credit insertion of its own (MA-CRD-02).

    The credit of another client's share leaves the invoice alone; one that bills none of the insertion's clients does
    not say whose share it credits, and counts for each.
    """
    connection = await driver(session)
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM invoice_line l "
        "JOIN billable_item i ON i.tenant_id = $1 AND i.id = l.billable_item_id "
        "JOIN billable_item c ON c.tenant_id = $1 AND c.original_id = i.origin_id AND c.credit "
        "AND c.status <> 'cancelled' AND (c.client_id = i.client_id OR NOT EXISTS (SELECT FROM billable_item s "
        "WHERE s.tenant_id = $1 AND s.origin_id = i.origin_id AND s.client_id = c.client_id)) "
        "WHERE l.tenant_id = $1 AND l.invoice_id = $2)",
        context_of(session).tenant_id,
        invoice_id,
    )
    return found
