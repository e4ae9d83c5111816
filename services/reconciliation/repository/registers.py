"""The registers and insertions of contracts, as reconciliation keeps them."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession, context_of, driver
from shared.runtime.projection import Projection

_RECORD = {"id": "uuid", "version": "int", "code": "text", "name": "text"}
LEGAL_ENTITY = Projection(
    "legal_entity",
    {**_RECORD, "currency": "text", "currency_places": "int", "number_prefix": "text"},
    {"currency_places": lambda entity: currency(entity.currency).places},
)
SUPPLIER = Projection("supplier", {**_RECORD, "blocked": "boolean", "payment_days": "int"})
MEDIA = Projection("media", {**_RECORD, "supplier_id": "uuid", "currency": "text", "media_type": "text"})
CLIENT = Projection("client", _RECORD)


def _sum_of(field: str) -> Any:
    def total(insertion: Any) -> int:
        of = currency(insertion.currency)
        return sum(Money.parse(getattr(share, field), of).minor for share in insertion.shares)

    return total


_AMOUNTS = ("gross_amount", "discount_amount", "net_amount", "commission_amount", "net_net_amount")
INSERTION = Projection(
    "insertion",
    {
        "id": "uuid", "version": "int", "row_id": "uuid", "legal_entity_id": "uuid", "client_id": "uuid",
        "plan_no": "text", "campaign": "text", "order_id": "uuid", "order_no": "bigint", "media_id": "uuid",
        "media_name": "text", "supplier_id": "uuid", "owner": "text", "insertion_on": "date", "status": "text",
        "currency": "text", "exchange_rate": "numeric", "text": "text", **dict.fromkeys(_AMOUNTS, "bigint"),
    },
    {
        # Credits and corrections count on their original's row (MA-CRD-13, MA-REC-13).
        "row_id": lambda insertion: insertion.original_id or insertion.id,
        **{amount: _sum_of(amount) for amount in _AMOUNTS},
    },
)  # fmt: skip


class LegalEntity(NamedTuple):
    """A selling company; `currency` is the base currency of its vouchers."""

    id: UUID
    currency: str
    number_prefix: str


class Supplier(NamedTuple):
    """A creditor of the purchase ledger."""

    id: UUID
    code: str
    blocked: bool
    payment_days: int


class Insertion(NamedTuple):
    """An insertion as it was ordered, in minor units of its own currency; `exchange_rate` is its order's.

    A medium may bill it when it is `billable`: confirmed in whatever way, and no credit or correction (MA-MIN-02).
    """

    id: UUID
    row_id: UUID
    legal_entity_id: UUID
    order_no: int
    insertion_on: Any
    media_id: UUID
    supplier_id: UUID | None
    status: str
    currency: str
    exchange_rate: Decimal
    gross_amount: int
    discount_amount: int
    net_amount: int
    commission_amount: int
    net_net_amount: int
    billable: bool


async def legal_entities(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, LegalEntity]:
    """Those that have arrived."""
    return {row[0]: LegalEntity(*row) for row in await _records(session, "legal_entity", LegalEntity, ids)}


async def suppliers(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Supplier]:
    """Those that have arrived."""
    return {row[0]: Supplier(*row) for row in await _records(session, "supplier", Supplier, ids)}


async def suppliers_by_code(session: AsyncSession, codes: Iterable[str]) -> dict[str, Supplier]:
    """Suppliers of these codes, by code."""
    return {row[1]: Supplier(*row) for row in await _records(session, "supplier", Supplier, codes, by="code")}


async def insertions(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Insertion]:
    """Those that have arrived."""
    return {row[0]: Insertion(*row) for row in await _records(session, "insertion", Insertion, ids)}


async def _records(session: AsyncSession, table: str, shape: Any, wanted: Iterable[Any], by: str = "id") -> Any:
    connection = await driver(session)
    return await connection.fetch(
        f"SELECT {', '.join(shape._fields)} FROM {table} WHERE tenant_id = $1 AND {by} = ANY($2)",
        context_of(session).tenant_id,
        list(set(wanted)),
    )
