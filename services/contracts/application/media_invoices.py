"""Which insertions the saved media invoices bill: later changes of those need a confirmation (MA-INS-13)."""

from collections.abc import Iterable, Set
from uuid import UUID

from sqlalchemy import delete

from services.contracts import tables
from services.contracts.repository.media import insertion, insertions_of
from services.contracts.repository.rows import change, find, insert_new, table_of, upsert
from shared.events.reconciliation import MediaInvoiceLineOf, MediaInvoiceState
from shared.runtime.db import AsyncSession

_mark = table_of(tables.MediaInvoiceMark)
_heard = table_of(tables.HeardMediaInvoice)


async def note_media_invoice(session: AsyncSession, told: MediaInvoiceState) -> None:
    """A media invoice as it stands: what it billed before and bills no more is free again.

    The lines of a long one follow by themselves, or came before; marks of this version stay.
    """
    if await _held_version(session, told.id) > told.version:
        return
    cancelled = told.state == "cancelled"
    apart = not cancelled and len(told.lines) < told.line_count
    gone = (_mark.c.version < told.version) if apart else (_mark.c.version <= told.version)
    marked = await find(session, tables.MediaInvoiceMark, _mark.c.invoice_id == told.id, gone)
    await upsert(session, tables.HeardMediaInvoice, [{"id": told.id, "version": told.version}])
    await session.execute(delete(_mark).where(_mark.c.invoice_id == told.id, gone))
    wanted = set() if cancelled else {line.insertion_id for line in told.lines}
    await _mark_insertions(session, told.id, told.version, wanted, {row["insertion_id"] for row in marked})


async def note_lines(session: AsyncSession, lines: Iterable[MediaInvoiceLineOf]) -> None:
    """Lines of media invoices too long for one message: each message holds some of them."""
    wanted: dict[tuple[UUID, int], set[UUID]] = {}
    for line in lines:
        wanted.setdefault((line.media_invoice_id, line.media_invoice_version), set()).add(line.insertion_id)
    for (invoice_id, version), insertion_ids in sorted(wanted.items()):
        if await _held_version(session, invoice_id) <= version:
            await _mark_insertions(session, invoice_id, version, insertion_ids, set())


async def _held_version(session: AsyncSession, invoice_id: UUID) -> int:
    """The newest version that was heard, 0 for none; other news of the invoice wait until the transaction ends."""
    await insert_new(session, tables.HeardMediaInvoice, [{"id": invoice_id, "version": 0}])
    (held,) = await find(session, tables.HeardMediaInvoice, _heard.c.id == invoice_id, lock=True)
    return int(held["version"])


async def _mark_insertions(
    session: AsyncSession, invoice_id: UUID, version: int, wanted: Set[UUID], freed: Set[UUID]
) -> None:
    rows = await insertions_of(session, insertion.c.id.in_(wanted | freed), lock=True)
    known = {row["id"] for row in rows}
    marks = [{"invoice_id": invoice_id, "insertion_id": one, "version": version} for one in sorted(wanted & known)]
    await insert_new(session, tables.MediaInvoiceMark, marks)
    still = await find(session, tables.MediaInvoiceMark, _mark.c.insertion_id.in_(known))
    marked = {row["insertion_id"] for row in still}
    await change(
        session, tables.Insertion, [{"id": row["id"], "has_media_invoice": row["id"] in marked} for row in rows]
    )
