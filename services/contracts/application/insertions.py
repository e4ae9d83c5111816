"""The statuses of insertions: moved by people, by invoices and by their reversal (MA-INS-10 to MA-INS-15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.contracts import tables
from services.contracts.application.insertion_telling import tell_insertions
from services.contracts.domain.insertion import default_status, move
from services.contracts.repository.media import (
    bookings,
    forget_shares,
    insertion,
    insertions_of,
    invoiced_counts,
    one,
)
from services.contracts.repository.rows import Record, change, insert_new
from shared.events.contracts import InsertionBatch, InsertionCancelled, InsertionChanged, InsertionDefinitive
from shared.kernel.errors import NotAllowedNow, StaleVersion
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession

ToStatus = Literal["definitive", "do_not_invoice", "pre_inv", "cancelled"]


@dataclass(frozen=True, slots=True)
class InvoicedLine:
    """A client's share of an insertion on an invoice."""

    insertion_id: UUID
    client_id: UUID
    invoice_id: UUID


async def make_order_definitive(session: AsyncSession, order_id: UUID) -> list[Record]:
    """Every preliminary insertion of an order gets the status its medium and agreement set (MA-REG-11).

    `NotAllowedNow("nothing_preliminary")` when there is none.
    """
    await one(session, tables.MediaOrder, order_id, lock=True)
    rows = await insertions_of(
        session, insertion.c.order_id == order_id, insertion.c.status == "preliminary", lock=True
    )
    if not rows:
        raise NotAllowedNow("nothing_preliminary", "No insertion of the order is preliminary.")
    moved = await make_definitive(session, rows)
    await audit(
        session, action="order.definitive", entity="order", entity_id=order_id, after={"insertions": len(moved)}
    )
    return moved


async def make_definitive(session: AsyncSession, rows: Sequence[Record]) -> list[Record]:
    """Preliminary insertions, of any orders, become definitive or what the defaults say."""
    orders = await bookings(session, {row["order_id"] for row in rows})
    moved = []
    for row in rows:
        order = orders[row["order_id"]]
        to = default_status([order["media_status"], order["agreement_status"]])
        moved.append({**row, "status": move(row["status"], to), "version": row["version"] + 1})
    await _store(session, moved)
    await tell_insertions(session, InsertionDefinitive, [row for row in moved if row["status"] == "definitive"])
    await tell_insertions(session, InsertionChanged, [row for row in moved if row["status"] != "definitive"])
    return moved


async def move_insertion(
    session: AsyncSession, insertion_id: UUID, version: int, to: ToStatus, reason: str = ""
) -> Record:
    """One insertion to another status, by hand; `status_change_not_allowed` (MA-INS-10)."""
    row = await one(session, tables.Insertion, insertion_id, lock=True)
    if row["version"] != version:
        raise StaleVersion
    moved = {**row, "status": move(row["status"], to), "version": version + 1}
    await _store(session, [moved])
    told: type[InsertionBatch] = InsertionChanged
    if to == "definitive":
        told = InsertionDefinitive
    elif to == "cancelled":
        told = InsertionCancelled
    await tell_insertions(session, told, [moved])
    await audit(
        session,
        action=f"insertion.{to}",
        entity="insertion",
        entity_id=insertion_id,
        before={"status": row["status"]},
        after={"status": to},
        reason=reason,
    )
    return moved


async def mark_invoiced(session: AsyncSession, lines: Sequence[InvoicedLine]) -> None:
    """Shares stand on an invoice; an insertion is invoiced when all its shares are (MA-INS-15)."""
    rows = await _locked(session, lines)
    known = {row["id"] for row in rows}
    kept = [line for line in lines if line.insertion_id in known]
    await insert_new(
        session,
        tables.InvoicedShare,
        [
            {"insertion_id": line.insertion_id, "client_id": line.client_id, "invoice_id": line.invoice_id}
            for line in kept
        ],
    )
    counts = await invoiced_counts(session, known)
    full = [row for row in rows if counts.get(row["id"], 0) >= max(len(row["allocation"]), 1)]
    await _change_status(session, [row for row in full if row["status"] != "invoiced"], "invoiced")


async def reopen_invoiced(session: AsyncSession, lines: Sequence[InvoicedLine], *, block: bool) -> None:
    """A reversal makes its insertions definitive again, or blocks them (MA-INS-10, MA-CRD-05)."""
    await forget_shares(session, [(line.insertion_id, line.client_id, line.invoice_id) for line in lines])
    rows = await _locked(session, lines)
    to = "blocked" if block else "definitive"
    await _change_status(session, [row for row in rows if row["status"] in ("invoiced", "definitive")], to)


async def note_media_invoice(session: AsyncSession, insertion_ids: set[UUID]) -> None:
    """A media invoice is registered on these insertions: later changes need a confirmation (MA-INS-13)."""
    rows = await insertions_of(session, insertion.c.id.in_(insertion_ids), lock=True)
    await change(session, tables.Insertion, [{"id": row["id"], "has_media_invoice": True} for row in rows])


async def _locked(session: AsyncSession, lines: Sequence[InvoicedLine]) -> list[Record]:
    return await insertions_of(session, insertion.c.id.in_({line.insertion_id for line in lines}), lock=True)


async def _change_status(session: AsyncSession, rows: Sequence[Record], to: str) -> None:
    moved = [{**row, "status": to, "version": row["version"] + 1} for row in rows if row["status"] != to]
    await _store(session, moved)
    await tell_insertions(session, InsertionChanged, moved)


async def _store(session: AsyncSession, rows: Sequence[Record]) -> None:
    await change(
        session,
        tables.Insertion,
        [{"id": row["id"], "status": row["status"], "version": row["version"]} for row in rows],
    )
