"""Book the lines of invoices to clients, at their order's rate, as soon as all they need is known (MA-REC-01)."""

from collections.abc import Sequence
from uuid import UUID

from services.reconciliation.application.book import book
from services.reconciliation.repository.client_lines import (
    Bookable,
    ClientLine,
    bookable,
    lock_booking,
    take_waiting,
    wait,
)
from services.reconciliation.repository.ledger import Entry
from shared.kernel.ids import derived_id
from shared.kernel.money import Money, converted, currency
from shared.runtime.db import AsyncSession


async def arrivals_lock(session: AsyncSession) -> None:
    """Taken before something is kept that lines may wait for."""
    await lock_booking(session, shared=True)


async def waiting_lock(session: AsyncSession) -> None:
    """Taken before lines are kept that may have to wait."""
    await lock_booking(session, shared=False)


async def book_lines(session: AsyncSession, lines: Sequence[ClientLine]) -> None:
    """Book what can be booked, keep the rest; a line that is booked already changes nothing."""
    if not lines:
        return
    unique = {line.id: line for line in lines}
    ready = await bookable(session, list(unique.values()))
    await book(session, [_entry(line) for line in ready], {line.legal_entity_id: line.base_currency for line in ready})
    now_booked = {line.id for line in ready}
    await wait(session, [line for line in unique.values() if line.id not in now_booked])


async def book_waiting(session: AsyncSession, what: str, ids: Sequence[UUID]) -> None:
    """Book lines that waited for an `insertion_id`, a `client_invoice_id` or a `legal_entity_id`."""
    if ids:
        ready = await take_waiting(session, what, ids)
        currencies = {line.legal_entity_id: line.base_currency for line in ready}
        await book(session, [_entry(line) for line in ready], currencies)


def _entry(line: Bookable) -> Entry:
    of, base = currency(line.currency), currency(line.base_currency)
    net, net_net = (Money.parse(amount, of).minor for amount in (line.net_amount, line.net_net_amount))
    if of != base:
        net, net_net = (converted(amount, line.exchange_rate, of, base) for amount in (net, net_net))
    return Entry(
        id=derived_id("client", line.id),
        insertion_id=line.row_id,
        legal_entity_id=line.legal_entity_id,
        kind="client",
        source_id=line.client_invoice_id,
        accounting_on=line.accounting_on,
        net_amount=net,
        net_net_amount=net_net,
    )
