"""Insertions booked and changed: priced from their own rows or the agreement's (MA-INS-01 to MA-INS-09)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.correcting import corrected, is_corrective
from services.contracts.application.insertion_telling import tell_insertions
from services.contracts.application.ordering import check_open
from services.contracts.application.pricing import PriceBook, price_book, priced
from services.contracts.application.registers import by_code, plain
from services.contracts.application.run_locks import check_unlocked
from services.contracts.application.shares import standing
from services.contracts.domain.allocation import Share, check_allocation
from services.contracts.domain.insertion import check_change
from services.contracts.repository.media import bookings, one
from services.contracts.repository.rows import Record, change, find, insert, table_of
from services.contracts.repository.shares import shares_of
from shared.events.contracts import InsertionChanged
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, StaleVersion
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession

# What an invoice freezes (MA-INS-12, MA-INS-18), and what a registered media invoice warns of (MA-INS-13).
_FROZEN = frozenset({"insertion_on", "price_rows", "allocation", "exclude_fee", "exclude_capital_cost", "client_id"})
_PRICED = frozenset({"insertion_on", "price_rows", "exclude_fee", "exclude_capital_cost"})
_WARNED = frozenset({"insertion_on", "price_rows", "allocation"})
# What every new insertion that is no correction begins with.
BEGINNING: Mapping[str, Any] = {
    "version": 1,
    "edited_version": 1,
    "status": "preliminary",
    "own_status": "preliminary",
    "correction_kind": "none",
    "credit": False,
    "original_id": None,
    "mirror": None,
    "has_media_invoice": False,
    "changed_in_run": False,
}


async def add_insertions(session: AsyncSession, wanted: Sequence[Mapping[str, Any]]) -> list[Record]:
    """New preliminary insertions, each with its `order_id`; `client_blocked`, `agreement_blocked` (MA-REG-06)."""
    orders = await bookings(session, {values["order_id"] for values in wanted})
    for index, values in enumerate(wanted):
        if values["order_id"] not in orders:
            raise Invalid.of([Fault(f"/insertions/{index}/order_id", "unknown_reference", "There is no such order.")])
    book = await price_book(session, orders.values(), wanted)
    rows = [
        drafted(book, orders[values["order_id"]], values, f"/insertions/{index}") for index, values in enumerate(wanted)
    ]
    await check_clients(session, rows, [f"/insertions/{index}/allocation" for index in range(len(rows))])
    if await by_code(session, tables.Insertion, [row["code"] for row in rows]):
        raise NotAllowedNow("duplicate_code", "The code is taken.")
    await insert(session, tables.Insertion, rows)
    return rows


async def amend_insertion(
    session: AsyncSession, insertion_id: UUID, version: int, changes: Mapping[str, Any], *, confirm: bool
) -> Record:
    """Change an insertion; what is billed changes only while no invoice bills it (MA-INS-12 to MA-INS-14, MA-INS-18).

    `insertion_invoiced`, `in_invoice_run`, `media_invoice_exists`, `not_a_correction`, and those of its price.
    """
    before = await one(session, tables.Insertion, insertion_id, lock=True)
    if before["version"] != version:
        raise StaleVersion
    changed = {name for name, value in changes.items() if before[name] != plain(value)}
    invoiced = (await shares_of(session, [insertion_id])).get(insertion_id, [])
    unchecked = "ad_checked" in changed and not changes["ad_checked"]
    check_change(
        before["own_status"],
        standing=standing(invoiced),
        frozen=bool(_FROZEN & changed) or unchecked,
        warned=bool(_WARNED & changed),
        has_media_invoice=before["has_media_invoice"],
        confirmed=confirm,
    )
    await check_unlocked(session, [before])
    if "client_id" in changed and not is_corrective(before):
        message = "Only a correction, a credit or a re-debit names the client it bills."
        raise Invalid.of([Fault("/client_id", "not_a_correction", message, field="client_id")])
    after = {**before, **{name: plain(value) for name, value in changes.items()}, "version": version + 1}
    if _FROZEN & changed:
        after["edited_version"] = after["version"]
    after = await (corrected if is_corrective(before) else _repriced)(session, before, after, changed)
    await check_clients(session, [after], ["/client_id" if is_corrective(before) else "/allocation"])
    await change(session, tables.Insertion, [after])
    if after["status"] != "preliminary":
        await tell_insertions(session, InsertionChanged, [after])
    await audit(
        session,
        action="insertion.changed",
        entity="insertion",
        entity_id=insertion_id,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return after


async def check_clients(session: AsyncSession, rows: Sequence[Record], pointers: Sequence[str]) -> None:
    """`unknown_reference` for a client of an allocation, or one a correction bills, that is not in the register.

    `pointers` say of each row where its caller named the clients.
    """
    wanted = [{row["client_id"], *(UUID(share["client_id"]) for share in row["allocation"])} for row in rows]
    found = await find(session, tables.Client, table_of(tables.Client).c.id.in_(set[UUID]().union(*wanted)))
    known = {client["id"] for client in found}
    faults = [
        Fault(pointer, "unknown_reference", "There is no such client.", field="client_id")
        for pointer, clients in zip(pointers, wanted, strict=True)
        if clients - known
    ]
    if faults:
        raise Invalid.of(faults)


def drafted(book: PriceBook, order: Record, values: Mapping[str, Any], pointer: str) -> Record:
    """A new insertion of an order as it would be stored; `client_blocked`, `agreement_blocked`, those of its price."""
    named = {UUID(str(row["agreement_id"])) for row in values["price_rows"] if row["agreement_id"]}
    client = {
        "blocked": order["client_blocked"],
        "credit_limit_amount": order["credit_limit_amount"],
        "credit_used_amount": order["credit_used_amount"],
    }
    for agreement_id in named | {order["nearest_agreement_id"]}:
        check_open(client, book.agreements[agreement_id])
    _check_allocation(values["allocation"], pointer)
    identity = new_id()
    return {
        **BEGINNING,
        **{name: plain(value) for name, value in values.items()},
        **priced(book, order, values, pointer),
        "id": identity,
        "code": values["code"] or str(identity),
        "order_id": order["id"],
        "client_id": UUID(str(values["allocation"][0]["client_id"])) if values["allocation"] else order["client_id"],
    }


async def _repriced(session: AsyncSession, _before: Record, after: Record, changed: set[str]) -> Record:
    order = (await bookings(session, [after["order_id"]]))[after["order_id"]]
    if "allocation" in changed:
        _check_allocation(after["allocation"], "")
        head = UUID(after["allocation"][0]["client_id"]) if after["allocation"] else order["client_id"]
        after = {**after, "client_id": head}
    if _PRICED & changed:
        book = await price_book(session, [order], [after])
        after = {**after, **priced(book, order, after, "")}
    return after


def _check_allocation(allocation: Sequence[Mapping[str, Any]], pointer: str) -> None:
    if allocation:
        try:
            check_allocation([Share(UUID(str(one["client_id"])), Decimal(one["percent"])) for one in allocation])
        except Invalid as refusal:
            raise Invalid.of([Fault(f"{pointer}/allocation", refusal.code, refusal.message)]) from None
