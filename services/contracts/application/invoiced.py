"""Which units and occurrences stand on which issued invoice (CT-LOG-12, CT-LOG-16)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.contracts import tables
from services.contracts.repository.rows import change, upsert
from shared.events.invoicing import InvoiceState
from shared.runtime.db import AsyncSession


async def keep_invoices(session: AsyncSession, invoices: Sequence[InvoiceState]) -> None:
    """Keep number and date of issued invoices."""
    await upsert(
        session,
        tables.IssuedInvoice,
        [
            {
                "id": one.id,
                "invoice_no": one.invoice_no,
                "invoice_on": one.invoice_on,
                "reversed": one.reversed_by_id is not None,
            }
            for one in invoices
        ],
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
