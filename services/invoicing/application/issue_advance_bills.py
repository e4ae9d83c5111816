"""Number the bills of advance invoices, and reverse them, or answer why not (MA-PRE-10)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from services.invoicing.application.billing_terms import Parties
from services.invoicing.application.credit_invoice import credit_invoice
from services.invoicing.application.issue import issue
from services.invoicing.application.ledger import Ledger
from services.invoicing.application.print_documents import queue_documents
from services.invoicing.application.refuse_wish import refuse_wish
from services.invoicing.domain.ready import Amounts, Line, ReadyInvoice
from services.invoicing.domain.totals import Totals, totals
from services.invoicing.domain.voucher import Posting, advance_voucher
from services.invoicing.repository.items import ItemRow, save_items
from services.invoicing.repository.wishes import answered
from shared.events.invoicing import InvoiceIssued
from shared.events.preinvoice import AdvanceBillState, AdvanceInvoiceState
from shared.kernel.errors import BillingError
from shared.kernel.ids import derived_id, new_id
from shared.kernel.money import Money, converted, currency
from shared.runtime.db import AsyncSession
from shared.runtime.series import blocked_legal_entities


class Wanted(NamedTuple):
    """A bill that awaits its number or its credit note."""

    advance: AdvanceInvoiceState
    bill: AdvanceBillState
    wish_id: UUID


async def answer_bills(session: AsyncSession, told: Iterable[AdvanceInvoiceState]) -> None:
    """An invoice for each bill that is `printing`, a credit note for each that is `reversing`, each once."""
    newest = {one.id: one for one in sorted(told, key=lambda one: one.version)}
    wanted = [
        Wanted(one, bill, bill.wish_id)
        for one in newest.values()
        for bill in one.bills
        if bill.wish_id and bill.state in ("printing", "reversing")
    ]
    done = await answered(session, [one.wish_id for one in wanted]) if wanted else set()
    open_ = [one for one in wanted if one.wish_id not in done]
    await _issue(session, [one for one in open_ if one.bill.state == "printing"])
    for one in open_:
        if one.bill.state == "reversing":
            await _reverse(session, one)


async def _issue(session: AsyncSession, wanted: Sequence[Wanted]) -> None:
    if not wanted:
        return
    advances = [one.advance for one in wanted]
    parties = await Parties.load(
        session, {one.legal_entity_id for one in advances}, {one.client_id for one in advances}
    )
    closed = await blocked_legal_entities(session)
    sound = []
    for one in wanted:
        seller_id = one.advance.legal_entity_id
        if seller_id not in parties.legal_entities or one.advance.client_id not in parties.clients:
            await _refuse(session, one, "unknown_reference")
        elif seller_id in closed:
            await _refuse(session, one, "series_blocked")
        else:
            sound.append((one, _ready(one, parties)))
    ledger = await Ledger.load(session, [ready for _, ready in sound])
    taken = []
    for one, ready in sound:
        if no := ledger.refusal(ready):
            await _refuse(session, one, no.code)
        else:
            taken.append((one, ready))
    await save_items(session, [row for one, ready in taken for row in _items(one, ready)])
    invoices = [ready for _, ready in taken]
    await issue(session, invoices, prefixes=parties.prefixes, event=InvoiceIssued)
    if invoices:
        await queue_documents(session, invoice_ids=[ready.id for ready in invoices])


async def _reverse(session: AsyncSession, wanted: Wanted) -> None:
    bill = wanted.bill
    assert bill.invoice_id is not None
    assert bill.reversal_on is not None
    try:
        async with session.begin_nested():
            await credit_invoice(
                session,
                bill.invoice_id,
                block=False,
                reason=bill.reversal_reason,
                on=bill.reversal_on,
                wish_id=wanted.wish_id,
            )
    except BillingError as refused:
        await _refuse(session, wanted, refused.code)


async def _refuse(session: AsyncSession, wanted: Wanted, code: str) -> None:
    await refuse_wish(session, wanted.advance, wanted.wish_id, code, bill_id=wanted.bill.id)


def _ready(wanted: Wanted, parties: Parties) -> ReadyInvoice:
    one, bill = wanted.advance, wanted.bill
    seller, percent = parties.legal_entities[one.legal_entity_id], bill.vat_percent or Decimal(0)
    of = currency(one.currency)
    amounts = [Money.parse(row.amount, of).minor for row in bill.rows]
    lines = [
        Line(
            derived_id("advance_row", bill.id, position), "advance_row", one.id, "whole", "", None, "", row.text, None,
            bill.invoice_on, percent, amount, amount, 0, amount, 0, 0, amount,
        )
        for position, (row, amount) in enumerate(zip(bill.rows, amounts, strict=True), 1)
    ]  # fmt: skip
    sums = totals((percent, amount) for amount in amounts)
    return ReadyInvoice(
        id=new_id(),
        version=1,
        kind="advance",
        legal_entity_id=one.legal_entity_id,
        client_id=one.client_id,
        advance_invoice_id=one.id,
        advance_bill_id=bill.id,
        wish_id=wanted.wish_id,
        invoice_on=bill.invoice_on,
        accounting_on=bill.invoice_on,
        due_on=bill.due_on,
        currency=one.currency,
        base_currency=seller["currency"],
        exchange_rate=bill.exchange_rate,
        amounts=Amounts.of_totals(sums),
        lines=lines,
        postings=_postings(sums, one.currency, seller["currency"], bill.exchange_rate),
        frozen={
            **parties.frozen(one.legal_entity_id, one.client_id),
            "advance_no": one.advance_no,
            "product": one.product,
        },
        text=one.heading,
        own_credit_series=seller["credit_series"],
    )


def _postings(sums: Totals, code: str, base: str, rate: Decimal) -> list[Posting]:
    of, to = currency(code), currency(base)
    net, vat = (
        (converted(amount, rate, of, to) if of != to else amount) for amount in (sums.net_amount, sums.vat_amount)
    )
    return advance_voucher(net, vat)


def _items(wanted: Wanted, ready: ReadyInvoice) -> list[ItemRow]:
    one, bill = wanted.advance, wanted.bill
    return [
        ItemRow(
            id=line.billable_item_id,
            version=one.version,
            origin="advance_row",
            origin_id=one.id,
            legal_entity_id=one.legal_entity_id,
            client_id=one.client_id,
            dated_on=bill.invoice_on,
            status="locked",
            currency=one.currency,
            exchange_rate=bill.exchange_rate,
            vat_percent=line.vat_percent,
            text=line.text,
            gross_amount=line.amount,
            net_amount=line.amount,
            net_net_amount=0,
            client_net_amount=line.amount,
            fee_amount=0,
            capital_cost_amount=0,
            price_amount=line.amount,
        )
        for line in ready.lines
        if isinstance(line, Line)
    ]
