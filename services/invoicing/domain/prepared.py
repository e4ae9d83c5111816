"""A group of items as the invoices it becomes: one, or the media and their fees apart (MA-REG-09)."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from services.invoicing.domain.charges import CashDiscount, Charges, cash_discount, invoice_fee, media_totals
from services.invoicing.domain.deduction import Deduction
from services.invoicing.domain.due_date import due_on
from services.invoicing.domain.grouping import ClientTerms, GroupKey
from services.invoicing.domain.item import Item
from services.invoicing.domain.totals import Totals


class Terms(NamedTuple):
    """When an invoice falls due."""

    payment_days: int
    from_month_end: bool


class PreparedInvoice(NamedTuple):
    """An invoice that only lacks its number; its items are what it bills of them, and `portion` names that part."""

    client: ClientTerms
    key: GroupKey
    items: list[Item]
    totals: Totals
    due_on: date
    reference: str
    exchange_rate: Decimal
    vat_percent: Decimal
    kind: str = "media"
    portion: str = "whole"
    invoice_fee_amount: int = 0
    cash_discount: CashDiscount | None = None
    deductions: tuple[Deduction, ...] = ()


def prepare(
    client: ClientTerms,
    key: GroupKey,
    members: list[Item],
    sums: Totals,
    charges: Charges,
    fee_terms: Callable[[Item], Terms],
) -> list[PreparedInvoice]:
    """The invoices of a group that comes to `sums`; an item on two of them is there with a part of it each."""
    members.sort(key=_reading_order)
    if not charges.fee_on_own_invoice or not any(item.fee_amount for item in members):
        return [_media(client, key, members, sums, charges, "whole")]
    of_terms: dict[Terms, list[Item]] = {}
    for item in members:
        if item.fee_amount:
            of_terms.setdefault(fee_terms(item), []).append(_fee_of(item))
    fees = [_fees(client, key, items, charges, terms) for terms, items in of_terms.items()]
    media = [_without_fee(item) for item in members]
    return [_media(client, key, media, media_totals(media, client.vat_percent, charges), charges, "media"), *fees]


def _media(
    client: ClientTerms, key: GroupKey, items: list[Item], sums: Totals, charges: Charges, portion: str
) -> PreparedInvoice:
    rate = items[0].exchange_rate
    if fee := invoice_fee(sums.total_amount, charges, key.currency, rate):
        sums = media_totals(items, client.vat_percent, charges, invoice_fee=fee)
    invoice = PreparedInvoice(
        client,
        key,
        items,
        sums,
        due_on(key.invoice_on, client.payment_days, from_month_end=client.from_month_end),
        references_of(items),
        rate,
        client.vat_percent,
        portion=portion,
        invoice_fee_amount=fee,
    )
    return with_discount(invoice, charges)


def with_discount(invoice: PreparedInvoice, charges: Charges) -> PreparedInvoice:
    """The same with the cash discount of what is to be paid."""
    client = invoice.client
    offered = cash_discount(
        invoice.totals, client.cash_discount_percent, client.cash_discount_days, invoice.key.invoice_on, charges
    )
    return invoice._replace(cash_discount=offered)


def in_reading_order(items: Iterable[Item]) -> list[Item]:
    """By order, date and identity."""
    return sorted(items, key=_reading_order)


def _fees(client: ClientTerms, key: GroupKey, items: list[Item], charges: Charges, terms: Terms) -> PreparedInvoice:
    return PreparedInvoice(
        client,
        key,
        items,
        media_totals(items, client.vat_percent, charges),
        due_on(key.invoice_on, terms.payment_days, from_month_end=terms.from_month_end),
        references_of(items),
        items[0].exchange_rate,
        client.vat_percent or charges.commission_vat_percent or client.vat_percent,
        kind="fee",
        portion="commission",
    )


def _without_fee(item: Item) -> Item:
    return item._replace(fee_amount=0, price_amount=item.price_amount - item.fee_amount)


def _fee_of(item: Item) -> Item:
    return item._replace(
        net_amount=0,
        net_net_amount=0,
        client_net_amount=0,
        capital_cost_amount=0,
        price_amount=item.fee_amount,
    )


def references_of(items: list[Item]) -> str:
    """The client references of these, once each."""
    return ", ".join(sorted({item.reference.strip() for item in items} - {""}))[:200]


def _reading_order(item: Item) -> tuple[str, date, UUID]:
    return item.order_no, item.dated_on, item.id
