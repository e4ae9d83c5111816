"""What invoices and their reversals make of insertions, the same in whatever order their news arrive (MA-INS-10)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from services.contracts import tables
from services.contracts.application.insertion_telling import tell_insertions
from services.contracts.application.shares import changed_in_run, states_of
from services.contracts.domain.insertion import status_of
from services.contracts.repository.media import bookings, insertion, insertions_of
from services.contracts.repository.rows import Record, change, insert_new
from services.contracts.repository.shares import insertions_on, shares_of
from shared.events.contracts import InsertionChanged
from shared.events.invoicing import InvoiceLineOf, InvoiceLineState, InvoiceState
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession

_BILLED = ("net_amount", "net_net_amount", "client_net_amount", "fee_amount", "capital_cost_amount", "amount")


@dataclass(frozen=True, slots=True)
class InvoicedLine:
    """A client's share of an insertion on an invoice."""

    invoice_id: UUID
    client_id: UUID
    kind: str
    currency: str | None
    line: InvoiceLineState

    @classmethod
    def of_invoice(cls, invoice: InvoiceState) -> list[Self]:
        """The insertions' lines on an invoice that tells its lines itself."""
        lines = [line for line in invoice.lines if line.origin == "insertion"]
        return [cls(invoice.id, invoice.client_id, invoice.kind, invoice.currency, line) for line in lines]

    @classmethod
    def of_batch(cls, lines: Iterable[InvoiceLineOf]) -> list[Self]:
        """The insertions' lines in a batch; a reversal's lines say nothing that the original's do not."""
        chosen = [line for line in lines if line.origin == "insertion" and not line.reversal]
        return [cls(line.invoice_id, line.client_id, line.kind, line.currency, line) for line in chosen]


async def keep_lines(session: AsyncSession, lines: Sequence[InvoicedLine]) -> None:
    """Shares stand on invoices. Invoices are merged before, so that reversals wait for this and this for them."""
    rows = {row["id"]: row for row in await _locked(session, {one.line.origin_id for one in lines})}
    known = [one for one in lines if one.line.origin_id in rows]
    orders = await bookings(session, {row["order_id"] for row in rows.values()})
    await insert_new(
        session,
        tables.InvoicedShare,
        [_row(one, orders[rows[one.line.origin_id]["order_id"]]["currency"]) for one in known],
    )
    await restate(session, list(rows.values()))


async def keep_reversed(session: AsyncSession, invoice_ids: Iterable[UUID]) -> None:
    """Invoices are reversed: what stood on them is open again, or blocked."""
    found = await insertions_on(session, invoice_ids)
    await restate(session, await _locked(session, found))


async def restate(session: AsyncSession, rows: Sequence[Record]) -> None:
    """Derive the statuses of insertions, which are locked, from all that is known, and tell what changed."""
    moved = []
    invoiced = await shares_of(session, [row["id"] for row in rows])
    orders = await bookings(session, {row["order_id"] for row in rows})
    credited = {row["original_id"] for row in await credits_of(session, [row["id"] for row in rows])}
    for row in rows:
        shares = states_of(row, invoiced.get(row["id"], []), orders[row["order_id"]])
        stale = row["id"] not in credited and changed_in_run(row, shares, orders[row["order_id"]])
        after = {
            **row,
            "status": status_of(row["own_status"], [one.status for one in shares]),
            "changed_in_run": stale,
            "version": row["version"] + 1,
        }
        moved.append(after)
    names = ("id", "status", "own_status", "changed_in_run", "version")
    await change(session, tables.Insertion, [{name: row[name] for name in names} for row in moved])
    await tell_insertions(session, InsertionChanged, moved)


async def credits_of(session: AsyncSession, ids: Iterable[UUID]) -> list[Record]:
    """The credits of insertions, whole or of a share, that were not cancelled."""
    return await insertions_of(
        session, insertion.c.original_id.in_(set(ids)), insertion.c.credit, insertion.c.own_status != "cancelled"
    )


def _row(one: InvoicedLine, currency_code: str) -> Record:
    code = one.currency or currency_code
    amounts = {name: Money.parse(getattr(one.line, name), currency(code)).minor for name in _BILLED}
    return {
        "insertion_id": one.line.origin_id,
        "client_id": one.client_id,
        "invoice_id": one.invoice_id,
        "kind": one.kind,
        "item_version": one.line.item_version,
        "currency": code,
        **amounts,
        "released": False,
    }


async def _locked(session: AsyncSession, ids: Iterable[UUID]) -> list[Record]:
    return await insertions_of(session, insertion.c.id.in_(set(ids)), lock=True)
