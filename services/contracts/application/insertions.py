"""The statuses of insertions as people move them (MA-INS-10, MA-INS-15, MA-REG-11)."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from services.contracts import tables
from services.contracts.application.insertion_telling import tell_insertions
from services.contracts.application.moving import move_of, undone
from services.contracts.application.pricing import surcharge_statuses
from services.contracts.application.registers import by_code
from services.contracts.application.run_locks import check_unlocked
from services.contracts.application.shares import ShareState, standing, states_of
from services.contracts.domain.insertion import default_status, move, status_of
from services.contracts.repository.media import bookings, insertion, insertions_of, one
from services.contracts.repository.rows import Record, change
from services.contracts.repository.shares import release_shares, shares_of
from shared.events.contracts import InsertionBatch, InsertionCancelled, InsertionChanged, InsertionDefinitive
from shared.kernel.errors import Invalid, NotAllowedNow, StaleVersion
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession

ToStatus = Literal["definitive", "do_not_invoice", "pre_inv", "cancelled"]
_TOLD: dict[str, type[InsertionBatch]] = {"definitive": InsertionDefinitive, "cancelled": InsertionCancelled}


async def make_order_definitive(session: AsyncSession, order_id: UUID, version: int) -> list[Record]:
    """Every preliminary insertion of an order gets the status its terms set (MA-REG-11).

    `NotAllowedNow("nothing_preliminary")` when there is none. A share that waits for its new client waits on.
    """
    order = await one(session, tables.MediaOrder, order_id, lock=True)
    if order["version"] != version:
        raise StaleVersion
    rows = await insertions_of(
        session,
        insertion.c.order_id == order_id,
        insertion.c.status == "preliminary",
        insertion.c.correction_kind == "none",
        lock=True,
    )
    if not rows:
        raise NotAllowedNow("nothing_preliminary", "No insertion of the order is preliminary.")
    moved = await make_definitive(session, rows)
    await audit(
        session, action="order.definitive", entity="order", entity_id=order_id, after={"insertions": len(moved)}
    )
    return moved


async def make_definitive(session: AsyncSession, rows: Sequence[Record]) -> list[Record]:
    """Preliminary insertions, of any orders, become definitive or what agreement, media and codes say (MA-REG-11)."""
    orders = await bookings(session, {row["order_id"] for row in rows})
    named = {extra["code"] for row in rows for each in row["price_rows"] for extra in each["surcharges"]}
    codes = await by_code(session, tables.PriceCode, sorted(filter(None, named)))
    moved = []
    for row in rows:
        order = orders[row["order_id"]]
        defaults = [order["agreement_status"], order["media_status"], order["media_type_status"]]
        to = move(row["own_status"], default_status(defaults + surcharge_statuses(codes, row["price_rows"])))
        moved.append({**row, "own_status": to, "status": to, "version": row["version"] + 1})
    await _store(session, moved)
    await tell_insertions(session, InsertionDefinitive, [row for row in moved if row["status"] == "definitive"])
    await tell_insertions(session, InsertionChanged, [row for row in moved if row["status"] != "definitive"])
    return moved


async def move_insertion(
    session: AsyncSession,
    insertion_id: UUID,
    version: int,
    to: ToStatus,
    reason: str = "",
    *,
    client_id: UUID | None = None,
) -> Record:
    """An insertion to another status, by hand, or one client's blocked share back to definitive.

    `status_change_not_allowed` (MA-INS-10), `insertion_invoiced`, `in_invoice_run`, `client_unchanged`, `debit_stands`.
    """
    row = await one(session, tables.Insertion, insertion_id, lock=True)
    if row["version"] != version:
        raise StaleVersion
    await check_unlocked(session, [row])
    shares = await _shares(session, row)
    if client_id:
        (status,) = [one.status for one in shares if one.share.client_id == client_id] or [""]
        if (status, to) != ("blocked", "definitive"):
            raise NotAllowedNow("status_change_not_allowed", "Only a blocked share is moved by itself.")
        own = row["own_status"]
    else:
        own = move(row["status"], to)
        await _check_move(session, row, shares, to)
    await release_shares(session, insertion_id, client_id)
    row = {**row, "own_status": own}
    status = status_of(own, [one.status for one in await _shares(session, row)])
    moved = {**row, "status": status, "version": version + 1}
    await _store(session, [moved])
    await tell_insertions(session, _TOLD.get(to, InsertionChanged), [moved])
    await audit(
        session,
        action=f"insertion.{to}",
        entity="insertion",
        entity_id=insertion_id,
        before={"status": row["status"]},
        after={"status": status},
        reason=reason,
    )
    return moved


async def _check_move(session: AsyncSession, row: Record, shares: Sequence[ShareState], to: ToStatus) -> None:
    if to == "cancelled":
        if standing(invoice for share in shares for invoice in share.live):
            raise NotAllowedNow("insertion_invoiced", "A share of the insertion is invoiced.")
        await undone(session, row)
    elif row["own_status"] == "preliminary" and await move_of(session, row["id"]):
        raise Invalid("client_unchanged", "Name the client that shall pay; the debit is definitive then.")


async def _shares(session: AsyncSession, row: Record) -> list[ShareState]:
    order = (await bookings(session, [row["order_id"]]))[row["order_id"]]
    return states_of(row, (await shares_of(session, [row["id"]])).get(row["id"], []), order)


async def _store(session: AsyncSession, rows: Sequence[Record]) -> None:
    names = ("id", "status", "own_status", "version")
    await change(session, tables.Insertion, [{name: row[name] for name in names} for row in rows])
