"""What contracts knows of the invoices that bill insertions, and of the runs that may take them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from services.contracts import tables
from services.contracts.repository.rows import Record, fetch, table_of
from shared.runtime.db import AsyncSession, context_of, driver

share = table_of(tables.InvoicedShare)
invoice = table_of(tables.IssuedInvoice)
run = table_of(tables.InvoiceRun)


# Neither news undoes the other, and each waits for the other's transaction: what it does then sees what both said.
_NEWS = {
    "id": "uuid", "contract_id": "uuid", "invoice_no": "text", "invoice_on": "date", "issued_at": "timestamptz",
    "credit": "boolean", "reversed": "boolean", "blocks": "boolean",
}  # fmt: skip
_MERGE = f"""
INSERT INTO issued_invoice AS old (tenant_id, {", ".join(_NEWS)})
SELECT $1, row.* FROM unnest({", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_NEWS.values(), 2))})
  AS row({", ".join(_NEWS)}) ORDER BY row.id
ON CONFLICT (tenant_id, id) DO UPDATE SET
  contract_id = coalesce(excluded.contract_id, old.contract_id),
  invoice_no = coalesce(NULLIF(excluded.invoice_no, ''), old.invoice_no),
  invoice_on = coalesce(excluded.invoice_on, old.invoice_on),
  issued_at = coalesce(excluded.issued_at, old.issued_at),
  credit = old.credit OR excluded.credit,
  reversed = old.reversed OR excluded.reversed,
  blocks = old.blocks OR excluded.blocks
RETURNING id, reversed
"""


async def merge_invoices(session: AsyncSession, rows: Iterable[Mapping[str, Any]]) -> set[UUID]:
    """Add what is known of invoices to what was known, and hold them; the ids of those that are reversed."""
    newest = {row["id"]: row for row in rows}
    columns = [[row[name] for row in newest.values()] for name in _NEWS]
    connection = await driver(session)
    kept = await connection.fetch(_MERGE, context_of(session).tenant_id, *columns)
    return {row["id"] for row in kept if row["reversed"]}


async def shares_of(session: AsyncSession, insertion_ids: Iterable[UUID]) -> dict[UUID, list[Record]]:
    """The invoiced shares of insertions, each with what became of its invoice; the oldest invoice first."""
    statement = (
        select(share, invoice.c.invoice_no, invoice.c.reversed, invoice.c.blocks)
        .outerjoin(invoice, invoice.c.id == share.c.invoice_id)
        .where(share.c.insertion_id.in_(set(insertion_ids)))
        .order_by(share.c.insertion_id, invoice.c.invoice_on, share.c.invoice_id, share.c.client_id)
    )
    found: dict[UUID, list[Record]] = defaultdict(list)
    for row in await fetch(session, statement):
        found[row["insertion_id"]].append(row)
    return found


async def insertions_on(session: AsyncSession, invoice_ids: Iterable[UUID]) -> set[UUID]:
    """The insertions that stand, or stood, on these invoices."""
    statement = select(share.c.insertion_id).where(share.c.invoice_id.in_(set(invoice_ids)))
    return {row["insertion_id"] for row in await fetch(session, statement)}


async def release_shares(session: AsyncSession, insertion_id: UUID, client_id: UUID | None) -> None:
    """A person has decided what becomes of an insertion, or of one client's share, since a reversal reopened it."""
    chosen = share.c.insertion_id == insertion_id
    if client_id:
        chosen &= share.c.client_id == client_id
    await session.execute(update(share).where(chosen, ~share.c.released).values(released=True))


async def open_runs(session: AsyncSession) -> list[Record]:
    """The live runs that have not ended."""
    return await fetch(session, select(run).where(run.c.state == "running").order_by(run.c.run_no))
