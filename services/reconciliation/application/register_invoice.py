"""Register media invoices: keyed, changed and laid aside while pending; nothing is posted (MA-MIN-05 to MA-MIN-19)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from services.reconciliation.domain.media_invoice import Amounts, Billed, Ordered, ThisInvoice, Vat, billed, rewritten
from services.reconciliation.repository import media_invoices as rows
from services.reconciliation.repository.insertions import on_order_and_date
from services.reconciliation.repository.media_invoices import Invoice, Line
from services.reconciliation.repository.registers import Insertion, insertions, suppliers
from shared.kernel.errors import Blocker, Fault, Invalid, NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import new_id
from shared.kernel.money import Money, currency
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession, context_of

LINES_MAX = 1_000


class StatedVat(NamedTuple):
    """VAT of one rate as the invoice states it, in major units."""

    percent: Decimal
    base_amount: Decimal
    vat_amount: Decimal


@dataclass(frozen=True, slots=True)
class Header:
    """What a supplier's invoice says about itself, amounts in major units; all but the currency may come later."""

    currency: str
    supplier_id: UUID | None = None
    invoice_no: str = ""
    invoice_on: date | None = None
    accounting_on: date | None = None
    due_on: date | None = None
    exchange_rate: Decimal | None = None
    amount: Decimal = Decimal(0)
    vat: Sequence[StatedVat] = ()
    total_amount: Decimal = Decimal(0)

    @classmethod
    def of(cls, invoice: Invoice) -> "Header":
        """As it was stored."""
        exponent = -currency(invoice.currency).places
        stated = [
            StatedVat(
                rate.percent,
                Decimal(rate.base_amount).scaleb(exponent),
                Decimal(rate.vat_amount).scaleb(exponent),
            )
            for rate in invoice.amounts.vat
        ]
        kept = {one.name: getattr(invoice, one.name) for one in fields(cls) if hasattr(invoice, one.name)}
        amounts = (invoice.amounts.amount, invoice.amounts.total_amount)
        amount, total_amount = (Decimal(minor).scaleb(exponent) for minor in amounts)
        return cls(**kept, amount=amount, vat=stated, total_amount=total_amount)

    @property
    def stored(self) -> dict[str, Any]:
        """The fields of an invoice; `amount_precision` when an amount is finer than the currency pays (MA-GEN-01)."""
        of = currency(self.currency)

        def minor(amount: Decimal) -> int:
            return Money.parse(amount, of).minor

        rates = tuple(Vat(one.percent, minor(one.base_amount), minor(one.vat_amount)) for one in self.vat)
        made = {"amount", "vat", "total_amount"}
        kept = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in made}
        return {**kept, "amounts": Amounts(minor(self.amount), rates, minor(self.total_amount))}


@dataclass(frozen=True, slots=True)
class Keyed:
    """An insertion on the list, its marking, and the amounts written in column This invoice, in major units."""

    insertion_id: UUID
    marked: bool = False
    written: Mapping[str, Decimal] = field(default_factory=dict)


def ordered_of(insertion: Insertion) -> Ordered:
    """The amounts an insertion was ordered at."""
    return Ordered(insertion.gross_amount, insertion.discount_amount, insertion.net_amount, insertion.commission_amount)


async def register_invoice(session: AsyncSession, header: Header, keyed: Sequence[Keyed], *, now: datetime) -> UUID:
    """Keep a started registration; the supplier is that of the media, unless it was given (MA-MIN-03).

    `Invalid`: `unknown_reference` for a supplier or insertion nobody knows, `mixed_currency`; `NotAllowedNow`:
    `already_listed`.
    """
    invoice = Invoice(
        id=new_id(),
        version=1,
        state="pending",
        legal_entity_id=None,
        rounding_amount=0,
        line_count=len(keyed),
        voucher_id=None,
        voucher_no="",
        cancelled_voucher_id=None,
        cancelled_on=None,
        created_by=context_of(session).actor,
        created_at=now,
        **header.stored,
    )
    await _check_supplier(session, header)
    known = await insertions(session, [one.insertion_id for one in keyed])
    _check_keyed(keyed, known, invoice.currency)
    lines = [_line(invoice, number, known[one.insertion_id], one) for number, one in enumerate(keyed, 1)]
    await rows.add_invoices(session, [_with_supplier(invoice, known.values())], lines)
    return invoice.id


async def change_header(session: AsyncSession, invoice_id: UUID, version: int, changes: Mapping[str, Any]) -> None:
    """Change what the invoice says about itself; `changes` are fields of `Header`."""
    invoice = await pending_invoice(session, invoice_id, version)
    header = replace(Header.of(invoice), **changes)
    await _check_supplier(session, header)
    lines = (await rows.lines_of(session, [invoice_id])).get(invoice_id, [])
    known = await insertions(session, [line.insertion_id for line in lines if line.insertion_id])
    _check_currency(known.values(), header.currency)
    changed = replace(invoice, version=version + 1, **header.stored)
    await rows.save_invoices(session, [_with_supplier(changed, known.values())])


async def insert_order(
    session: AsyncSession, invoice_id: UUID, version: int, *, order_no: int, insertion_on: date
) -> None:
    """Add the insertions of an order on a date that the search did not bring (MA-MIN-16).

    `NotFound("insertion_not_found")`; `NotAllowedNow("already_listed")`; `Invalid("mixed_currency")`.
    """
    invoice = await pending_invoice(session, invoice_id, version)
    found = await on_order_and_date(session, order_no, insertion_on)
    if not found:
        raise NotFound("insertion_not_found", "The order has no such insertion.")
    lines = (await rows.lines_of(session, [invoice_id])).get(invoice_id, [])
    listed = {line.insertion_id for line in lines}
    missing = [one for one in found if one.id not in listed]
    if not missing:
        raise NotAllowedNow("already_listed", "The insertion is on the list already.")
    _check_currency(missing, invoice.currency)
    if len(lines) + len(missing) > LINES_MAX:
        raise Invalid("too_many_lines", f"A registration has at most {LINES_MAX} lines.")
    first = max((line.line_no for line in lines), default=0) + 1
    added = [_line(invoice, number, one, Keyed(one.id)) for number, one in enumerate(missing, first)]
    await rows.save_lines(session, added)
    await touch(session, _with_supplier(invoice, missing), line_count=len(lines) + len(added))


async def change_line(
    session: AsyncSession,
    invoice_id: UUID,
    version: int,
    line_id: UUID,
    *,
    written: Mapping[str, Decimal],
    marked: bool | None = None,
    insertion_id: UUID | None = None,
) -> None:
    """Write billed amounts, mark or unmark, or say which insertion a line bills (MA-MIN-06, MA-MIN-08).

    A line that is written is marked, unless it is unmarked in the same breath; what was ordered is read anew.
    """
    invoice = await pending_invoice(session, invoice_id, version)
    line = await _line_of(session, invoice_id, line_id)
    by_hand = insertion_id is not None and insertion_id != line.insertion_id
    wanted = insertion_id or line.insertion_id
    insertion = (await insertions(session, [wanted])).get(wanted) if wanted else None
    if insertion_id and (insertion is None or not insertion.billable):
        raise Invalid.of([Fault("/insertion_id", "unknown_reference", "There is no such insertion.")])
    if insertion is not None:
        _check_currency([insertion], invoice.currency)
    stands = Billed(*line[10:15])
    ordered = ordered_of(insertion) if insertion else Ordered(stands.gross_amount, 0, stands.net_amount, 0)
    amounts = rewritten(ordered, stands, _this_invoice(written, invoice.currency)) if written else stands
    changed = line._replace(
        insertion_id=wanted,
        match="by_hand" if by_hand else line.match,
        marked=(line.marked or amounts != stands) if marked is None else marked,
        ordered_net_net_amount=insertion.net_net_amount if insertion else 0,
        **{one.name: getattr(amounts, one.name) for one in fields(Billed)},
    )
    await rows.save_lines(session, [changed])
    await touch(session, invoice)


async def drop_line(session: AsyncSession, invoice_id: UUID, version: int, line_id: UUID) -> None:
    """Take a line off the list."""
    invoice = await pending_invoice(session, invoice_id, version)
    await _line_of(session, invoice_id, line_id)
    await rows.drop_lines(session, [line_id])
    await touch(session, invoice, line_count=invoice.line_count - 1)


async def discard_invoice(session: AsyncSession, invoice_id: UUID, version: int) -> None:
    """Delete a pending registration; a line in the audit trail is all that stays (MA-MIN-19)."""
    invoice = await pending_invoice(session, invoice_id, version)
    await rows.drop_invoice(session, invoice_id)
    await audit(
        session,
        action="media_invoice.discarded",
        entity="media_invoice",
        entity_id=invoice_id,
        before={"invoice_no": invoice.invoice_no, "supplier_id": invoice.supplier_id},
    )


async def lock_pending(session: AsyncSession, invoice_id: UUID) -> Invoice:
    """A registration that is still pending, locked; `NotFound`, `NotAllowedNow("already_saved")` (MA-MIN-19)."""
    invoice = (await rows.lock_invoices(session, [invoice_id])).get(invoice_id)
    if invoice is None:
        raise NotFound("not_found", "There is no such media invoice.")
    if invoice.state != "pending":
        link = f"/v1/reconciliation/media-invoices/{invoice_id}"
        blocker = Blocker("already_saved", "What is saved can only be cancelled or moved.", link)
        raise NotAllowedNow("already_saved", "The media invoice is saved already.", blockers=[blocker])
    return invoice


async def pending_invoice(session: AsyncSession, invoice_id: UUID, version: int) -> Invoice:
    """The same, at the version that was read; `StaleVersion`."""
    invoice = await lock_pending(session, invoice_id)
    if invoice.version != version:
        raise StaleVersion
    return invoice


async def _line_of(session: AsyncSession, invoice_id: UUID, line_id: UUID) -> Line:
    lines = (await rows.lines_of(session, [invoice_id])).get(invoice_id, [])
    for line in lines:
        if line.id == line_id:
            return line
    raise NotFound("not_found", "The media invoice has no such line.")


async def touch(session: AsyncSession, invoice: Invoice, *, line_count: int | None = None) -> None:
    """Its lines have changed: a new version."""
    count = invoice.line_count if line_count is None else line_count
    await rows.save_invoices(session, [replace(invoice, version=invoice.version + 1, line_count=count)])


async def _check_supplier(session: AsyncSession, header: Header) -> None:
    if header.supplier_id and header.supplier_id not in await suppliers(session, [header.supplier_id]):
        raise Invalid.of([Fault("/supplier_id", "unknown_reference", "There is no such supplier.", "supplier")])


def _check_keyed(keyed: Sequence[Keyed], known: dict[UUID, Insertion], currency: str) -> None:
    faults = [
        Fault(f"/lines/{index}/insertion_id", "unknown_reference", "There is no such insertion.", "insertion")
        for index, one in enumerate(keyed)
        if one.insertion_id not in known or not known[one.insertion_id].billable
    ]
    if faults:
        raise Invalid.of(faults)
    if len({one.insertion_id for one in keyed}) < len(keyed):
        raise NotAllowedNow("already_listed", "An insertion is on the list twice.")
    _check_currency(known.values(), currency)


def _check_currency(found: Iterable[Insertion], currency: str) -> None:
    if any(one.currency != currency for one in found):
        raise Invalid("mixed_currency", "A media invoice and all its insertions are in one currency.")


def _with_supplier(invoice: Invoice, found: Iterable[Insertion]) -> Invoice:
    linked = {one.supplier_id for one in found}
    if invoice.supplier_id is not None or len(linked) != 1:
        return invoice
    return replace(invoice, supplier_id=linked.pop())


def _this_invoice(written: Mapping[str, Decimal], code: str) -> ThisInvoice:
    of = currency(code)
    minor: dict[str, Any] = {name: Money.parse(amount, of).minor for name, amount in written.items()}
    return ThisInvoice(**minor)


def _line(invoice: Invoice, number: int, insertion: Insertion, keyed: Keyed) -> Line:
    amounts = billed(ordered_of(insertion), _this_invoice(keyed.written, invoice.currency))
    return Line(
        id=new_id(),
        media_invoice_id=invoice.id,
        line_no=number,
        order_no=insertion.order_no,
        insertion_on=insertion.insertion_on,
        text="",
        insertion_id=insertion.id,
        match="by_hand",
        marked=keyed.marked or bool(keyed.written),
        moved=False,
        ordered_net_net_amount=insertion.net_net_amount,
        **{one.name: getattr(amounts, one.name) for one in fields(Billed)},
    )
