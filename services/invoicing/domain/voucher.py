"""Vouchers: what an invoice posts, debits equal to credits in base currency (MA-GEN-04, MA-GEN-05)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from services.invoicing.domain.deductions import ContractAmounts
from services.invoicing.domain.item import Item
from shared.kernel.money import Currency, converted


class Posting(NamedTuple):
    """One row of a voucher: a non-negative amount on exactly one side, in minor units of the base currency."""

    role: str
    media_id: UUID | None
    debit: int
    credit: int


def posting(role: str, credit: int, media_id: UUID | None = None) -> Posting:
    """A signed credit as a row: below zero it is a debit of the same size."""
    return Posting(role, media_id, max(-credit, 0), max(credit, 0))


def media_voucher(
    items: Iterable[Item], *, vat_amount: int, exchange_rate: Decimal, currency: Currency, base: Currency
) -> list[Posting]:
    """The voucher of a media invoice (MA-GEN-05).

    Lines are converted at their own order's rate, VAT at the document's, each rounded once (MA-GEN-10); the receivable
    is what balances them, so that the voucher does so in base currency too. Rows of zero are left out.
    """
    sales: dict[UUID | None, int] = {}
    cost: dict[UUID | None, int] = {}
    fees = capital = 0
    foreign = currency != base
    for item in items:
        fee, capital_cost, net_net = item.fee_amount, item.capital_cost_amount, item.net_net_amount
        # What is billed beside the client net, fee and capital cost is surcharge, and media sales as well (MA-INS-07).
        sold = item.price_amount - fee - capital_cost
        if foreign:
            rate = item.exchange_rate
            fee, capital_cost, net_net, sold = (
                converted(amount, rate, currency, base) for amount in (fee, capital_cost, net_net, sold)
            )
        sales[item.media_id] = sales.get(item.media_id, 0) + sold
        cost[item.media_id] = cost.get(item.media_id, 0) + net_net
        fees += fee
        capital += capital_cost
    vat = converted(vat_amount, exchange_rate, currency, base) if foreign else vat_amount
    sides = [posting("media_sales", amount, media) for media, amount in sales.items()]
    sides += [posting("fee_revenue", fees), posting("capital_cost_revenue", capital), posting("output_vat", vat)]
    rows = [_receivable(sides), *sides]
    for media, amount in cost.items():
        rows += [posting("media_cost", -amount, media), posting("media_deduction", amount, media)]
    return _without_zeros(rows)


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
