"""Insertions after their order or plan changed: priced anew where money changed, given a new client, told again."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.contracts import tables
from services.contracts.application.insertion_telling import tell_insertions
from services.contracts.application.pricing import price_book, priced
from services.contracts.application.run_locks import check_unlocked
from services.contracts.application.shares import standing
from services.contracts.repository.media import bookings
from services.contracts.repository.rows import Record, change
from services.contracts.repository.shares import shares_of
from shared.events.contracts import InsertionChanged
from shared.kernel.errors import NotAllowedNow
from shared.runtime.db import AsyncSession


@dataclass(frozen=True, slots=True)
class Rebooked:
    """What changed above the insertions: their money, or the client they are booked for."""

    money: bool = False
    client_id: UUID | None = None


async def rebook(session: AsyncSession, rows: Sequence[Record], changed: Rebooked) -> None:
    """Carry a change on to insertions, which are locked; cancelled ones stay as they were.

    `in_invoice_run`; `insertion_invoiced` when money would change that is invoiced (MA-INS-12). A new client only
    takes what is not invoiced: posted invoices keep theirs (MA-REC-22).
    """
    open_rows = [row for row in rows if row["own_status"] != "cancelled"]
    await check_unlocked(session, open_rows)
    invoiced = await shares_of(session, [row["id"] for row in open_rows])
    frozen = {row["id"] for row in open_rows if standing(invoiced.get(row["id"], []))}
    if changed.money and frozen:
        raise NotAllowedNow("insertion_invoiced", "An insertion is invoiced; its agreement and rate stay.")
    after = [_with_client(row, changed, frozen) for row in open_rows]
    if changed.money:
        after = await _priced_anew(session, after)
    after = [{**row, "version": row["version"] + 1} for row in after]
    if changed.money or changed.client_id:
        after = [{**row, "edited_version": row["version"]} if row["id"] not in frozen else row for row in after]
    await change(session, tables.Insertion, after)
    await tell_insertions(session, InsertionChanged, [row for row in after if row["status"] != "preliminary"])


def _with_client(row: Record, changed: Rebooked, frozen: set[UUID]) -> Record:
    # Allocations and corrections name their clients themselves.
    own = row["allocation"] or row["correction_kind"] != "none"
    return row if changed.client_id is None or own or row["id"] in frozen else {**row, "client_id": changed.client_id}


async def _priced_anew(session: AsyncSession, rows: Sequence[Record]) -> list[Record]:
    orders = await bookings(session, {row["order_id"] for row in rows})
    from_rows = [row for row in rows if row["price_rows"]]
    book = await price_book(session, orders.values(), from_rows)
    return [{**row, **priced(book, orders[row["order_id"]], row, "")} if row["price_rows"] else row for row in rows]
