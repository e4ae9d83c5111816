"""Which units and occurrences stand on which issued invoice (CT-LOG-12, CT-LOG-16)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.contracts import tables
from services.contracts.repository.rows import change, find, table_of, upsert
from shared.events.invoicing import InvoiceState
from shared.runtime.db import AsyncSession

_invoice = table_of(tables.IssuedInvoice)


async def keep_invoices(session: AsyncSession, invoices: Sequence[InvoiceState]) -> set[UUID]:
    """Keep number and date of issued invoices; those already known to be reversed mark nothing and are answered."""
    ids = [one.id for one in invoices]
    known = await find(session, tables.IssuedInvoice, _invoice.c.id.in_(ids), _invoice.c.reversed.is_(True))
    reversed_ids = {row["id"] for row in known} | {one.id for one in invoices if one.reversed_by_id}
    await upsert(
        session,
        tables.IssuedInvoice,
        [
            {
                "id": one.id,
                "invoice_no": one.invoice_no,
                "invoice_on": one.invoice_on,
                "reversed": one.id in reversed_ids,
            }
            for one in invoices
        ],
    )
    return reversed_ids


async def keep_reversals(session: AsyncSession, notes: Sequence[InvoiceState]) -> None:
    """Remember which invoices credit notes reversed, also one whose own news is still on its way."""
    rows = [(one.reverses_id, one.reverses_no) for one in notes if one.reverses_id]
    await upsert(
        session,
        tables.IssuedInvoice,
        [{"id": id_, "invoice_no": no, "invoice_on": None, "reversed": True} for id_, no in rows],
    )


async def mark_units(session: AsyncSession, invoice_of: Mapping[UUID, UUID]) -> None:
    """Give units and occurrences their invoice; ids of other things match no row."""
    rows = [{"id": unit_id, "invoice_id": invoice_id} for unit_id, invoice_id in sorted(invoice_of.items())]
    await change(session, tables.Spot, rows)
    await change(session, tables.OffAirOccurrence, rows)


async def unmark_units(session: AsyncSession, unit_ids: Sequence[UUID]) -> None:
    """Take units and occurrences off their reversed invoice."""
    rows = [{"id": unit_id, "invoice_id": None} for unit_id in sorted(unit_ids)]
    await change(session, tables.Spot, rows)
    await change(session, tables.OffAirOccurrence, rows)
