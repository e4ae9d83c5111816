"""Which units and occurrences stand on which issued invoice (CT-LOG-12, CT-LOG-16)."""

from collections.abc import Mapping, Sequence, Set
from uuid import UUID

from services.contracts import tables
from services.contracts.repository.rows import change
from services.contracts.repository.shares import merge_invoices
from shared.events.invoicing import InvoiceState
from shared.runtime.db import AsyncSession


async def keep_invoices(session: AsyncSession, invoices: Sequence[InvoiceState]) -> set[UUID]:
    """Keep number and date of issued invoices; those already known to be reversed mark nothing and are answered."""
    rows = [
        {
            "id": one.id,
            "contract_id": one.contract_id,
            "invoice_no": one.invoice_no,
            "invoice_on": one.invoice_on,
            "issued_at": one.issued_at,
            "credit": one.document == "credit_note",
            "reversed": bool(one.reversed_by_id),
            "blocks": False,
        }
        for one in invoices
    ]
    return await merge_invoices(session, rows)


async def keep_reversals(session: AsyncSession, notes: Sequence[InvoiceState]) -> None:
    """Remember which invoices credit notes reversed, also one whose own news is still on its way."""
    rows = [
        {
            "id": one.reverses_id,
            "contract_id": one.contract_id,
            "invoice_no": one.reverses_no,
            "invoice_on": None,
            "issued_at": None,
            "credit": False,
            "reversed": True,
            "blocks": one.block_items,
        }
        for one in notes
        if one.reverses_id
    ]
    await merge_invoices(session, rows)


async def keep_mentioned(session: AsyncSession, invoice_ids: Set[UUID]) -> set[UUID]:
    """Hold invoices that batches of lines mention until the transaction ends; those known to be reversed."""
    nothing = {
        "contract_id": None,
        "invoice_no": "",
        "invoice_on": None,
        "issued_at": None,
        "credit": False,
        "reversed": False,
        "blocks": False,
    }
    return await merge_invoices(session, [{"id": id_, **nothing} for id_ in invoice_ids])


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
