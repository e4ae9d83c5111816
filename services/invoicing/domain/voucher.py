"""Vouchers: what an invoice posts, debits equal to credits in base currency (MA-GEN-04, MA-GEN-05)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from services.invoicing.domain.deductions import ContractAmounts
from services.invoicing.domain.item import Item
from shared.kernel.money import Currency, converted


class Posting(NamedTuple):
    """One row of a voucher: a non-negative amount on exactly one side, in minor units of the base currency.

    It names what it is about where that is known; the client is the voucher's. The account is found by the role when
    the voucher is posted, unless the row mirrors one that has it already.
    """

    role: str
    media_id: UUID | None
    debit: int
    credit: int
    plan_id: UUID | None = None
    order_id: UUID | None = None
    insertion_id: UUID | None = None
    account_no: str = ""


def posting(role: str, credit: int, media_id: UUID | None = None) -> Posting:
    """A signed credit as a row: below zero it is a debit of the same size."""
    return Posting(role, media_id, max(-credit, 0), max(credit, 0))


class ItemPostings(NamedTuple):
    """The rows of a voucher that follow from its items one by one, summed up: the tables write them from the items.

    `about` holds each role and medium that gets a row.
    """

    about: frozenset[tuple[str, UUID | None]]
    row_count: int
    media_deduction_amount: int


def item_sides(item: Item) -> tuple[tuple[str, int], ...]:
    """What an item posts to each role, credits above zero (MA-GEN-05)."""
    fee, capital_cost, net_net = item.fee_amount, item.capital_cost_amount, item.net_net_amount
    return (
        # What is billed beside the client net, fee and capital cost is surcharge, and media sales as well (MA-INS-07).
        ("media_sales", item.price_amount - fee - capital_cost),
        ("fee_revenue", fee),
        ("capital_cost_revenue", capital_cost),
        ("media_cost", -net_net),
        ("media_deduction", net_net),
    )


def item_postings(items: Iterable[Item]) -> ItemPostings:
    """What the items of an invoice in base currency post; nothing is converted, so nothing but sums is needed."""
    about = set()
    row_count = deduction = 0
    for item in items:
        deduction += item.net_net_amount
        for role, amount in item_sides(item):
            if amount:
                row_count += 1
                about.add((role, item.media_id))
    return ItemPostings(frozenset(about), row_count, deduction)


def document_voucher(total_amount: int, vat_amount: int) -> list[Posting]:
    """The rows of a media invoice in base currency that are the document's own."""
    return _without_zeros([posting("accounts_receivable", -total_amount), posting("output_vat", vat_amount)])


def media_voucher(
    items: Iterable[Item],
    *,
    vat_amount: int,
    exchange_rate: Decimal,
    currency: Currency,
    base: Currency,
    deductions: Sequence[Posting] = (),
) -> list[Posting]:
    """The whole voucher of a media invoice, its `deductions` among them (MA-GEN-05).

    A row per item and role: what is cleared is cleared insertion by insertion (MA-GEN-04). Lines are converted at their
    own order's rate, VAT at the document's, each rounded once (MA-GEN-10); the receivable is what balances them, so
    that the voucher does so in base currency too. Rows of zero are left out.
    """
    foreign = currency != base
    rows = [posting("output_vat", converted(vat_amount, exchange_rate, currency, base) if foreign else vat_amount)]
    for item in items:
        about = (item.plan_id, item.order_id, item.origin_id)
        for role, amount in item_sides(item):
            if amount:
                credit = converted(amount, item.exchange_rate, currency, base) if foreign else amount
                rows.append(Posting(role, item.media_id, max(-credit, 0), max(credit, 0), *about))
    rows += deductions
    return _without_zeros([_receivable(rows), *rows])


def contract_voucher(amounts: ContractAmounts) -> list[Posting]:
    """The voucher of a contract invoice: airtime at gross, discount and agency commission as its reductions."""
    sides = [
        posting("airtime_sales", amounts.gross_amount),
        posting("discounts_given", -amounts.discount_amount),
        posting("agency_commission", -amounts.agency_commission_amount),
        posting("output_vat", amounts.tax_amount),
    ]
    return _without_zeros([_receivable(sides), *sides])


def campaign_voucher(net_amount: int, vat_amount: int) -> list[Posting]:
    """The voucher of a campaign invoice."""
    sides = [posting("campaign_sales", net_amount), posting("output_vat", vat_amount)]
    return _without_zeros([_receivable(sides), *sides])


def advance_voucher(net_amount: int, vat_amount: int) -> list[Posting]:
    """The voucher of a bill of an advance invoice, in base currency (MA-PRE-10)."""
    sides = [posting("client_advances", net_amount), posting("output_vat", vat_amount)]
    return _without_zeros([_receivable(sides), *sides])


def deduction_postings(value_amount: int, base_amount: int) -> list[Posting]:
    """What deducting money billed ahead posts: `client_advances` clears at what it was booked with (MA-PRE-24).

    `value_amount` is what it is worth on this invoice, in base currency as well; the difference is one of exchange
    (MA-PRE-27).
    """
    return _without_zeros(
        [posting("client_advances", -base_amount), posting("exchange_difference", base_amount - value_amount)]
    )


def mirrored(rows: Iterable[Posting]) -> list[Posting]:
    """The same rows with their sides swapped: what a credit note posts (MA-CRD-01)."""
    return [row._replace(debit=row.credit, credit=row.debit) for row in rows]


def media_deduction(rows: Iterable[Posting]) -> int:
    """What a voucher credits to the media deduction account, for reconciliation's balance (MA-REC-06)."""
    return sum(row.credit - row.debit for row in rows if row.role == "media_deduction")


def _receivable(sides: list[Posting]) -> Posting:
    return posting("accounts_receivable", -sum(row.credit - row.debit for row in sides))


def _without_zeros(rows: Iterable[Posting]) -> list[Posting]:
    return [row for row in rows if row.debit or row.credit]
