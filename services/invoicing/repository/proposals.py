"""Proposed credits of upfront invoices, with the units they are for."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from services.invoicing.domain.deductions import ContractAmounts
from shared.runtime.bulk import insert_statement, write
from shared.runtime.db import AsyncSession, context_of, driver

Record = dict[str, Any]
AMOUNTS = (
    "gross_amount", "discount_amount", "agency_commission_amount", "net_amount", "vat_amount", "total_amount",
    "sales_commission_amount",
)  # fmt: skip
_COLUMNS = {
    "id": "uuid", "version": "int", "state": "text", "legal_entity_id": "uuid", "client_id": "uuid",
    "contract_id": "uuid", "invoice_id": "uuid", "currency": "text", **dict.fromkeys(AMOUNTS, "bigint"),
    "credit_note_id": "uuid",
}  # fmt: skip
_SAVE = insert_statement(
    "credit_proposal",
    _COLUMNS,
    on_conflict="ON CONFLICT (tenant_id, id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in ("version", "state", "credit_note_id", *AMOUNTS)),
)
_ADD_ITEM = insert_statement(
    "credit_proposal_item", {"invoice_id": "uuid", "billable_item_id": "uuid", "proposal_id": "uuid"}
)
_UPFRONT = """
SELECT * FROM invoice WHERE tenant_id = $1 AND contract_id = ANY($2) AND variant = 'upfront' AND no IS NOT NULL
  AND reverses_id IS NULL AND reversed_by_id IS NULL AND credits_id IS NULL ORDER BY no
"""
_TRASHED = """
SELECT l.invoice_id, i.id, i.price_amount FROM billable_item i
JOIN billable_item u ON u.tenant_id = $1 AND u.origin = 'contract_line' AND NOT u.credit AND u.origin_id = i.order_id
JOIN invoice_line l ON l.tenant_id = $1 AND l.billable_item_id = u.id AND NOT l.reversed
WHERE i.tenant_id = $1 AND i.contract_id = ANY($2) AND i.origin IN ('spot', 'off_air') AND i.status = 'trashed'
  AND NOT EXISTS (SELECT FROM credit_proposal_item p
    WHERE p.tenant_id = $1 AND p.invoice_id = l.invoice_id AND p.billable_item_id = i.id)
ORDER BY i.id
"""


class Trashed(NamedTuple):
    """A unit or occurrence that will not run, on an upfront invoice that billed it; minor units."""

    invoice_id: UUID
    item_id: UUID
    gross_amount: int


async def upfront_invoices(session: AsyncSession, contract_ids: Sequence[UUID]) -> list[Record]:
    """The live approved upfront invoices of contracts."""
    connection = await driver(session)
    return [dict(row) for row in await connection.fetch(_UPFRONT, context_of(session).tenant_id, list(contract_ids))]


async def trashed_units(session: AsyncSession, contract_ids: Sequence[UUID]) -> list[Trashed]:
    """What was billed up front, will not run, and is in no proposal yet."""
    connection = await driver(session)
    rows = await connection.fetch(_TRASHED, context_of(session).tenant_id, list(contract_ids))
    return [Trashed(*row) for row in rows]


async def save(session: AsyncSession, proposal: Record) -> None:
    """Insert or update a proposal."""
    await write(session, _SAVE, [tuple(proposal[name] for name in _COLUMNS)])


async def add_items(session: AsyncSession, proposal: Record, item_ids: Sequence[UUID]) -> None:
    """Units that a proposal is for; a unit is proposed once on an invoice."""
    await write(session, _ADD_ITEM, [(proposal["invoice_id"], item_id, proposal["id"]) for item_id in item_ids])


async def open_proposal(session: AsyncSession, invoice_id: UUID) -> Record | None:
    """The proposal of an invoice that nobody has decided on yet, locked."""
    return await _one(session, "invoice_id = $2 AND state = 'proposed'", invoice_id)


async def lock_proposal(session: AsyncSession, proposal_id: UUID) -> Record | None:
    """One proposal, locked; its contract before it."""
    return await _one(session, "id = $2", proposal_id)


async def contract_of_proposal(session: AsyncSession, proposal_id: UUID) -> UUID | None:
    """The contract a proposal belongs to; None when there is no such proposal."""
    connection = await driver(session)
    contract_id: UUID | None = await connection.fetchval(
        "SELECT contract_id FROM credit_proposal WHERE tenant_id = $1 AND id = $2",
        context_of(session).tenant_id,
        proposal_id,
    )
    return contract_id


async def items_of(session: AsyncSession, proposal_id: UUID) -> list[Record]:
    """The units of a proposal as billable items, in reading order."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT i.* FROM credit_proposal_item p JOIN billable_item i ON i.tenant_id = $1 AND i.id = p.billable_item_id "
        "WHERE p.tenant_id = $1 AND p.proposal_id = $2 ORDER BY i.order_no, i.dated_on, i.id",
        context_of(session).tenant_id,
        proposal_id,
    )
    return [dict(row) for row in rows]


async def credited(session: AsyncSession, invoice_id: UUID) -> ContractAmounts:
    """What was credited of an invoice by approved proposals."""
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in AMOUNTS)
    connection = await driver(session)
    row = await connection.fetchrow(
        f"SELECT {sums} FROM credit_proposal WHERE tenant_id = $1 AND invoice_id = $2 AND state = 'approved'",
        context_of(session).tenant_id,
        invoice_id,
    )
    return ContractAmounts(*row)


async def _one(session: AsyncSession, criterion: str, value: UUID) -> Record | None:
    connection = await driver(session)
    row = await connection.fetchrow(
        f"SELECT * FROM credit_proposal WHERE tenant_id = $1 AND {criterion} FOR UPDATE",
        context_of(session).tenant_id,
        value,
    )
    return dict(row) if row else None
