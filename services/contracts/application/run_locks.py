"""Insertions that an open invoice run may take stay as they are until it has ended (MA-INV-26)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from services.contracts import tables
from services.contracts.domain.run_reach import Choosable, Reach, may_take
from services.contracts.repository.media import bookings, client
from services.contracts.repository.rows import Record, find, insert_new, upsert
from services.contracts.repository.shares import open_runs, run
from shared.events.envelope import Received
from shared.events.invoicing import InvoiceRunCompleted, InvoiceRunStarted, InvoiceRunState
from shared.kernel.errors import Blocker, NotAllowedNow
from shared.runtime.db import AsyncSession

# A run that never tells its end lets go by itself (design section 5).
HELD_FOR = timedelta(hours=6)
# What a run chooses by, and where an insertion's order says it.
_OF_ORDER = {
    "legal_entity_ids": "legal_entity_id",
    "plan_ids": "plan_id",
    "order_ids": "id",
    "campaigns": "campaign",
    "media_ids": "media_id",
    "media_type_ids": "media_type_id",
    "products": "product",
    "agreement_ids": "nearest_agreement_id",
    "owners": "owner",
    "currencies": "currency",
}


async def check_unlocked(session: AsyncSession, rows: Iterable[Record]) -> None:
    """`NotAllowedNow("in_invoice_run")` naming the open runs that may take any of these insertions as they stand."""
    billable = [row for row in rows if row["status"] == "definitive"]
    runs = await open_runs(session) if billable else []
    if not runs:
        return
    booked = await _choosable(session, billable)
    blockers = [
        Blocker("in_invoice_run", f"Invoice run {one['run_no']} takes it.", f"/v1/invoicing/invoice-runs/{one['id']}")
        for one in runs
        if any(may_take(Reach.of(one["criteria"], looks_ahead=one["looks_ahead"]), row) for row in booked)
    ]
    if blockers:
        raise NotAllowedNow(
            "in_invoice_run", "An invoice run takes the insertion; wait for its end.", blockers=blockers
        )


async def _choosable(session: AsyncSession, rows: Sequence[Record]) -> list[Choosable]:
    orders = await bookings(session, {row["order_id"] for row in rows})
    clients = {row["id"]: _clients(row) for row in rows}
    wanted = {client_id for of_row in clients.values() for client_id in of_row}
    categories = {one["id"]: one["category"] for one in await find(session, tables.Client, client.c.id.in_(wanted))}
    return [_as_chosen(row, orders[row["order_id"]], clients[row["id"]], categories) for row in rows]


def _clients(row: Record) -> set[UUID]:
    return {row["client_id"], *(UUID(share["client_id"]) for share in row["allocation"])}


def _as_chosen(row: Record, order: Record, clients: set[UUID], categories: Mapping[UUID, str]) -> Choosable:
    values = {criterion: frozenset({str(order[name])}) for criterion, name in _OF_ORDER.items()}
    values["client_ids"] = frozenset(map(str, clients))
    values["client_categories"] = frozenset(categories[one] for one in clients)
    return Choosable(row["insertion_on"], order["timing"] == "insertion", order["look_ahead_days"], values)


async def check_no_run(session: AsyncSession) -> None:
    """`NotAllowedNow("run_in_progress")` while a run is open (MA-PRE-21)."""
    if await open_runs(session):
        raise NotAllowedNow("run_in_progress", "An invoice run is open; wait for its end.")


async def keep_started(session: AsyncSession, received: Sequence[Received[InvoiceRunStarted]]) -> None:
    """Live runs are open; one that is known to have ended is not opened any more."""
    await insert_new(session, tables.InvoiceRun, [_row(one, "running") for one in received if one.data.mode == "live"])


async def keep_completed(session: AsyncSession, received: Sequence[Received[InvoiceRunCompleted]]) -> None:
    """Ended runs let go, also those whose start is still on its way."""
    await upsert(session, tables.InvoiceRun, [_row(one, "ended") for one in received if one.data.mode == "live"])


def _row(one: Received[Any], state: str) -> Record:
    told: InvoiceRunState = one.data
    return {
        "id": told.id,
        "run_no": told.run_no,
        "state": state,
        "started_at": one.occurred_at,
        "criteria": told.criteria.model_dump(mode="json"),
        "looks_ahead": told.looks_ahead,
    }


async def let_go(session: AsyncSession, now: datetime) -> None:
    """Runs that have been open too long are taken for ended."""
    late = [one["id"] for one in await open_runs(session) if one["started_at"] < now - HELD_FOR]
    await session.execute(update(run).where(run.c.id.in_(late)).values(state="ended"))
