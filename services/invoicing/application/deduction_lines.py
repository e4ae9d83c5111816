"""Lines, postings and items of what an invoice deducts of money billed ahead (MA-PRE-24)."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from services.invoicing.domain.ready import Deducted, Line, ReadyInvoice
from services.invoicing.domain.voucher import Posting, deduction_postings
from services.invoicing.domain.wish import Held
from services.invoicing.repository.items import ItemRow, save_items
from shared.kernel.ids import derived_id
from shared.kernel.money import Currency, converted
from shared.runtime.db import AsyncSession

_NO_VAT = Decimal(0)


def postings_of(held: Sequence[Held], rate: Decimal, of: Currency, base: Currency) -> list[Posting]:
    """What the deductions of an invoice at this exchange rate post, in base currency."""
    worth = sum(converted(one.amount, rate, of, base) if of != base else one.amount for one in held)
    return deduction_postings(worth, sum(one.base_amount for one in held))


def with_deductions(invoice: ReadyInvoice, held: Sequence[Held]) -> ReadyInvoice:
    """The same with the lines of its deductions, which come last."""
    numbered = list(enumerate(held, len(invoice.lines) + 1))
    return replace(
        invoice,
        lines=[*invoice.lines, *(_line(invoice, one) for one in held)],
        deductions=[
            Deducted(no, one.advance.id, one.advance.advance_no, one.deduction_id, one.amount, one.base_amount)
            for no, one in numbered
        ],
        frozen={
            **invoice.frozen,
            "deducted": [{"line_no": no, "taxable": one.advance.taxable} for no, one in numbered],
        },
    )


async def save_deduction_items(session: AsyncSession, ready: Sequence[ReadyInvoice]) -> None:
    """Deductions are billable items like everything else an invoice shows; a credit note's are there already."""
    rows = [
        _item(invoice, line)
        for invoice in ready
        if invoice.deductions and invoice.reverses_id is None
        for line in invoice.lines
        if isinstance(line, Line) and line.origin == "deduction"
    ]
    await save_items(session, rows)


def _line(invoice: ReadyInvoice, held: Held) -> Line:
    advance, amount = held.advance, -held.amount
    return Line(
        derived_id("deduction", invoice.id, advance.id), "deduction", advance.id, "whole", "", None, "",
        f"Deducted from pre-invoice no {advance.advance_no}", None, invoice.invoice_on,
        advance.vat_percent if advance.taxable else _NO_VAT, amount, amount, 0, amount, 0, 0, amount,
    )  # fmt: skip


def _item(invoice: ReadyInvoice, line: Line) -> ItemRow:
    return ItemRow(
        id=line.billable_item_id,
        version=1,
        origin=line.origin,
        origin_id=line.origin_id,
        legal_entity_id=invoice.legal_entity_id,
        client_id=invoice.client_id,
        dated_on=line.dated_on,
        status="locked",
        currency=invoice.currency,
        exchange_rate=invoice.exchange_rate,
        vat_percent=line.vat_percent,
        text=line.text,
        gross_amount=line.gross_amount,
        net_amount=line.net_amount,
        net_net_amount=0,
        client_net_amount=line.client_net_amount,
        fee_amount=0,
        capital_cost_amount=0,
        price_amount=line.amount,
    )
