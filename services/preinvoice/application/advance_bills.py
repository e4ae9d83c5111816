"""The bills of an advance invoice: registered, changed, printed and reversed (MA-PRE-08 to MA-PRE-10, MA-PRE-27)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.preinvoice.application.advance_invoices import known_client
from services.preinvoice.application.tell_advances import tell_advances
from services.preinvoice.domain.advance import (
    Advance,
    Bill,
    BillRow,
    Reversal,
    check_bill,
    check_open,
    check_unprinted,
    to_print,
    to_reverse,
)
from services.preinvoice.repository.advances import delete_bill, get_advance, save_advances
from shared.events.preinvoice import AdvanceBillRequested, AdvanceInvoiceState, AdvanceScopeChanged
from shared.kernel.errors import Fault, Invalid, NotFound, StaleVersion
from shared.kernel.ids import new_id
from shared.kernel.money import Currency, Money, converted, currency
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession


@dataclass(frozen=True, slots=True)
class Asked:
    """A bill as a caller wants it; amounts in major units, without a currency the client's."""

    invoice_on: date
    due_on: date
    taxable: bool
    rows: Sequence[tuple[str, Decimal | None]]
    currency: str | None = None
    exchange_rate: Decimal | None = None


async def add_bill(session: AsyncSession, advance_id: UUID, asked: Asked) -> Advance:
    """Register a bill; it counts once it is printed.

    `NotFound("advance_invoice_not_found")`; `NotAllowedNow`: `already_settled`, `advance_invoice_locked`;
    `Invalid`: `bad_due_date`, `amount_required`, `amount_not_positive`, `amount_precision`, `mixed_taxability`,
    `mixed_currency`, `rate_missing`.
    """
    advance = await get_advance(session, advance_id, lock=True)
    check_open(advance)
    bill_no = max((bill.bill_no for bill in advance.bills), default=0) + 1
    bill = await _bill(session, advance, asked, id_=new_id(), bill_no=bill_no)
    check_bill(advance, bill)
    return await _saved(session, advance.with_bill(bill), AdvanceScopeChanged, "registered", bill.id)


async def change_bill(session: AsyncSession, advance_id: UUID, bill_id: UUID, version: int, asked: Asked) -> Advance:
    """Put other values in a bill's place; beside the refusals of a new one `bill_not_found`, `bill_printed`."""
    advance, bill = await _locked(session, advance_id, bill_id, version)
    check_unprinted(bill)
    after = await _bill(session, advance, asked, id_=bill_id, bill_no=bill.bill_no)
    check_bill(advance, after)
    return await _saved(session, advance.with_bill(after), AdvanceScopeChanged, "changed", bill_id)


async def remove_bill(session: AsyncSession, advance_id: UUID, bill_id: UUID, version: int) -> None:
    """Take a bill away that was never printed; `NotFound`, `StaleVersion`, `NotAllowedNow("bill_printed")`."""
    advance, bill = await _locked(session, advance_id, bill_id, version)
    check_unprinted(bill)
    await delete_bill(session, bill_id)
    await _saved(session, advance.without_bill(bill_id), AdvanceScopeChanged, "removed", bill_id)


async def print_bill(session: AsyncSession, advance_id: UUID, bill_id: UUID) -> Advance:
    """Ask invoicing for the bill's number; `NotFound`, `NotAllowedNow("bill_printed")`, `Invalid("mixed_taxability")`.

    A bill may be printed with nothing in "deduction from" (MA-PRE-28).
    """
    advance, bill = await _locked(session, advance_id, bill_id)
    check_open(advance)
    client = await known_client(session, advance.client_id)
    after = advance.with_bill(to_print(advance, bill, client.vat_percent, new_id()))
    return await _saved(session, after, AdvanceBillRequested, "print_requested", bill_id)


async def reverse_bill(session: AsyncSession, advance_id: UUID, bill_id: UUID, reversal: Reversal) -> Advance:
    """Ask invoicing for the bill's credit note, and hold its amount until the answer (MA-PRE-10).

    `NotFound`; `NotAllowedNow`: `bill_not_printed`, `already_reversed`, `bill_deducted`, `already_settled`,
    `advance_invoice_locked`; `Invalid("bad_date_range")`.
    """
    advance, bill = await _locked(session, advance_id, bill_id)
    check_open(advance)
    after = advance.with_bill(to_reverse(advance, bill, reversal, new_id())).holding(bill.amount, bill.base_amount)
    return await _saved(session, after, AdvanceBillRequested, "reversal_requested", bill_id)


async def _locked(
    session: AsyncSession, advance_id: UUID, bill_id: UUID, version: int | None = None
) -> tuple[Advance, Bill]:
    advance = await get_advance(session, advance_id, lock=True)
    bill = advance.bill(bill_id)
    if bill is None:
        raise NotFound("bill_not_found", "The advance invoice has no such bill.")
    if version is not None and advance.version != version:
        raise StaleVersion
    return advance, bill


async def _bill(session: AsyncSession, advance: Advance, asked: Asked, *, id_: UUID, bill_no: int) -> Bill:
    client = await known_client(session, advance.client_id)
    of = currency(asked.currency or (advance.currency if advance.bills else client.currency))
    if not asked.rows:
        raise Invalid.of([Fault("/rows", "amount_required", "A bill has at least one row with an amount.")])
    rows = tuple(BillRow(text, _minor(amount, of, position)) for position, (text, amount) in enumerate(asked.rows))
    rate = _rate(asked.exchange_rate, of, client.base_currency)
    total = sum(row.amount for row in rows)
    return Bill(
        id=id_,
        bill_no=bill_no,
        currency=of.code,
        taxable=asked.taxable,
        exchange_rate=rate,
        invoice_on=asked.invoice_on,
        due_on=asked.due_on,
        rows=rows,
        base_amount=converted(total, rate, of, currency(client.base_currency)),
    )


def _minor(amount: Decimal | None, of: Currency, position: int) -> int:
    if amount is None:
        raise Invalid.of([Fault(f"/rows/{position}/amount", "amount_required", "The row has no amount.")])
    try:
        return Money.parse(amount, of).minor
    except Invalid as refused:
        raise Invalid.of([Fault(f"/rows/{position}/amount", refused.code, refused.message)]) from None


def _rate(stated: Decimal | None, of: Currency, base: str) -> Decimal:
    """A bill in the seller's own currency needs no rate; any other does (MA-PRE-27)."""
    if of.code == base:
        return Decimal(1)
    if stated is None or stated <= 0:
        fault = Fault("/exchange_rate", "rate_missing", "A bill in foreign currency needs a rate above zero.")
        raise Invalid.of([fault])
    return stated


async def _saved(
    session: AsyncSession, advance: Advance, told: type[AdvanceInvoiceState], what: str, bill_id: UUID
) -> Advance:
    after = replace(advance, version=advance.version + 1)
    await save_advances(session, [after])
    await tell_advances(session, told, [after])
    await audit(session, action=f"advance_bill.{what}", entity="advance_bill", entity_id=bill_id)
    return after
