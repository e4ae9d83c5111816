"""Files of media invoices: a line per billed insertion, with its invoice's header repeated on each."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.reconciliation.application.match_invoices import match_invoices
from services.reconciliation.application.save_invoices import save_what_is_right
from services.reconciliation.domain.media_invoice import Amounts, Vat, check_amounts
from services.reconciliation.domain.saving import rate_of
from services.reconciliation.repository.insertions import BookedOrder, orders
from services.reconciliation.repository.media_invoices import (
    Invoice,
    Line,
    Numbered,
    add_invoices,
    by_number,
    lock_numbers,
)
from services.reconciliation.repository.registers import (
    LegalEntity,
    Supplier,
    legal_entities,
    suppliers_by_code,
)
from shared.events.examples import example
from shared.events.fields import Amount, Code, CurrencyCode, Day, Percent, Rate, Shape, Text
from shared.kernel.errors import BillingError, Invalid
from shared.kernel.ids import new_id
from shared.kernel.money import Currency, Money, currency
from shared.runtime.db import AsyncSession, context_of
from shared.runtime.imports import ImportKind, Outcome

# A transaction saves whole invoices; beyond this they would not fit into one.
_LINES_MAX = 10_000
Number = tuple[str, str]


class MediaInvoiceRow(Shape):
    """media_invoices.csv"""

    model_config = example(
        supplier_code="AFTON",
        invoice_no="AFTON-5001-15",
        line_no="1",
        invoice_on="2026-10-15",
        accounting_on="2026-10-15",
        currency="SEK",
        amount="8882.50",
        vat_percent="25",
        vat_amount="2220.63",
        total_amount="11103.13",
        order_no="5001",
        insertion_on="2026-10-15",
        net="10450.00",
        net_net="8882.50",
        text="Full page, 4 colours",
    )

    supplier_code: Code
    invoice_no: Text(80, 1)  # type: ignore[valid-type]
    line_no: Annotated[int, Field(ge=1, le=1_000_000)]
    invoice_on: Day
    accounting_on: Day
    due_on: Day | None = None
    currency: CurrencyCode
    exchange_rate: Rate | None = None
    amount: Amount
    vat_percent: Percent = Decimal(0)
    vat_amount: Amount = Decimal(0)
    total_amount: Amount
    order_no: Annotated[int, Field(ge=1, le=10**12)]
    insertion_on: Day
    net: Amount
    net_net: Amount
    text: Text(500) = ""  # type: ignore[valid-type]


_HEADER = (
    "invoice_on", "accounting_on", "due_on", "currency", "exchange_rate", "amount", "vat_percent", "vat_amount",
    "total_amount",
)  # fmt: skip


class _Registers:
    """What the rows of a block refer to: one query a register."""

    def __init__(
        self,
        suppliers: dict[str, Supplier],
        booked: dict[int, BookedOrder],
        entities: dict[UUID, LegalEntity],
        earlier: dict[tuple[UUID, str], Numbered],
    ) -> None:
        self.suppliers = suppliers
        self.orders = booked
        self.entities = entities
        self._earlier = earlier

    @classmethod
    async def of(cls, session: AsyncSession, rows: Sequence[MediaInvoiceRow]) -> "_Registers":
        """Look everything up."""
        suppliers = await suppliers_by_code(session, {row.supplier_code for row in rows})
        booked = await orders(session, {row.order_no for row in rows})
        numbers = {(suppliers[row.supplier_code].id, row.invoice_no) for row in rows if row.supplier_code in suppliers}
        entities = await legal_entities(session, {one.legal_entity_id for one in booked.values()})
        return cls(suppliers, booked, entities, await by_number(session, numbers))

    def earlier(self, row: MediaInvoiceRow) -> Numbered | None:
        """The invoice that has this number already."""
        return self._earlier.get((self.suppliers[row.supplier_code].id, row.invoice_no))


async def _compare(session: AsyncSession, rows: Sequence[MediaInvoiceRow]) -> list[Outcome]:
    known = await _Registers.of(session, rows)
    of_record = {number: _of_record(lines, known) for number, lines in _gathered(rows).items()}
    return [_refused(row, known) or of_record[row.supplier_code, row.invoice_no] for row in rows]


def _gathered(rows: Iterable[MediaInvoiceRow]) -> dict[Number, list[MediaInvoiceRow]]:
    gathered: dict[Number, list[MediaInvoiceRow]] = {}
    for row in rows:
        gathered.setdefault((row.supplier_code, row.invoice_no), []).append(row)
    return gathered


def _refused(row: MediaInvoiceRow, known: _Registers) -> Outcome | None:
    """What is wrong with one line by itself."""
    supplier, order = known.suppliers.get(row.supplier_code), known.orders.get(row.order_no)
    if supplier is None:
        return Outcome.refused("unknown_reference", "There is no such supplier.", "supplier_code")
    if supplier.blocked:
        return Outcome.refused("supplier_blocked", "The supplier is blocked.", "supplier_code")
    if order is None:
        return Outcome.refused("unknown_reference", "There is no such order.", "order_no")
    if order.supplier_id not in (None, supplier.id):
        return Outcome.refused("unknown_reference", "The order is one of another supplier's media.", "order_no")
    if order.currency != row.currency:
        return Outcome.refused("mixed_currency", "The order is in another currency than the invoice.", "currency")
    return None


def _of_record(lines: Sequence[MediaInvoiceRow], known: _Registers) -> Outcome:
    """What becomes of an invoice as a whole; where one of its lines is refused, that line speaks for it."""
    if any(_refused(row, known) for row in lines):
        return Outcome("create")
    try:
        _check(lines, known)
    except BillingError as refusal:
        return Outcome.refused(refusal.code, refusal.message)
    earlier = known.earlier(lines[0])
    if earlier is None:
        return Outcome("create")
    first, of = lines[0], currency(lines[0].currency)
    stated = (first.invoice_on, first.currency, _minor(first.amount, of), _minor(first.total_amount, of))
    if stated == (earlier.invoice_on, earlier.currency, earlier.amount, earlier.total_amount):
        return Outcome("unchanged")
    message = "The supplier's invoice number is registered with other amounts."
    return Outcome.refused("duplicate_invoice", message, "invoice_no")


def _check(lines: Sequence[MediaInvoiceRow], known: _Registers) -> None:
    """Refuse an invoice whose lines do not agree, do not belong together or do not add up."""
    first = lines[0]
    if any(getattr(row, name) != getattr(first, name) for row in lines for name in _HEADER):
        raise Invalid("header_differs", "The lines of an invoice do not agree about it.")
    entities = {known.orders[row.order_no].legal_entity_id for row in lines}
    if len(entities) > 1:
        raise Invalid("mixed_legal_entity", "The orders belong to several legal entities.")
    if len(lines) > _LINES_MAX:
        raise Invalid("too_many_lines", f"An invoice has at most {_LINES_MAX} lines.")
    entity = known.entities.get(entities.pop())
    if entity is None:
        raise Invalid("unknown_reference", "The legal entity's record has not arrived yet.")
    of = currency(first.currency)
    rate_of(first.exchange_rate, first.currency, entity.currency)
    for row in lines:
        _minor(row.net, of)
    check_amounts(_amounts(first, of), [_minor(row.net_net, of) for row in lines], of)


async def _apply(session: AsyncSession, rows: Sequence[MediaInvoiceRow], now: datetime) -> None:
    """Register, match, and save what is complete; the rest stays pending for a person."""
    suppliers = await suppliers_by_code(session, {row.supplier_code for row in rows})
    gathered = {(suppliers[code].id, no): of_one for (code, no), of_one in _gathered(rows).items()}
    # The same file may be applied a second time at this very moment.
    await lock_numbers(session, gathered)
    known = await by_number(session, gathered)
    invoices, lines = [], []
    for number, of_one in gathered.items():
        if number in known:
            continue
        invoice = _invoice(of_one[0], number[0], len(of_one), context_of(session).actor, now)
        invoices.append(invoice)
        lines += [_line(invoice, row) for row in sorted(of_one, key=lambda row: row.line_no)]
    await add_invoices(session, invoices, lines)
    ids = [invoice.id for invoice in invoices]
    await match_invoices(session, ids)
    await save_what_is_right(session, ids)


def _invoice(row: MediaInvoiceRow, supplier_id: UUID, line_count: int, actor: str, now: datetime) -> Invoice:
    return Invoice(
        id=new_id(),
        version=1,
        state="pending",
        supplier_id=supplier_id,
        legal_entity_id=None,
        invoice_no=row.invoice_no,
        invoice_on=row.invoice_on,
        accounting_on=row.accounting_on,
        due_on=row.due_on,
        currency=row.currency,
        exchange_rate=row.exchange_rate,
        amounts=_amounts(row, currency(row.currency)),
        rounding_amount=0,
        line_count=line_count,
        voucher_id=None,
        voucher_no="",
        cancelled_voucher_id=None,
        cancelled_on=None,
        created_by=actor,
        created_at=now,
    )


def _line(invoice: Invoice, row: MediaInvoiceRow) -> Line:
    """A line as the medium printed it; the commission is what lies between its two amounts."""
    of = currency(row.currency)
    net, net_net = _minor(row.net, of), _minor(row.net_net, of)
    return Line(
        id=new_id(),
        media_invoice_id=invoice.id,
        line_no=row.line_no,
        order_no=row.order_no,
        insertion_on=row.insertion_on,
        text=row.text,
        insertion_id=None,
        match=None,
        marked=True,
        moved=False,
        gross_amount=net,
        net_amount=net,
        commission_amount=net - net_net,
        other_amount=0,
        net_net_amount=net_net,
        ordered_net_net_amount=0,
    )


def _amounts(row: MediaInvoiceRow, of: Currency) -> Amounts:
    amount, vat = _minor(row.amount, of), _minor(row.vat_amount, of)
    rates = (Vat(row.vat_percent, amount, vat),) if amount or vat else ()
    return Amounts(amount, rates, _minor(row.total_amount, of))


def _minor(amount: Decimal, of: Currency) -> int:
    return Money.parse(amount, of).minor


MEDIA_INVOICES = ImportKind(
    "media_invoices",
    MediaInvoiceRow,
    ("supplier_code", "invoice_no", "line_no"),
    _compare,
    _apply,
    ("supplier_code", "invoice_no"),
)
