"""What a seller's parameters make of media invoices: fee, VAT on commission, cash discount (MA-REG-21, MA-REG-23)."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from services.invoicing.domain.item import Item
from services.invoicing.domain.totals import Totals, totals_of_bases
from shared.kernel.money import converted, currency, percent_of


class Charges(NamedTuple):
    """A legal entity's parameters as far as they bear on media invoices; the fee in minor units of its `currency`.

    `commission_vat_percent` is the rate that commission parts bear also for a client without VAT, None where they bear
    none.
    """

    currency: str = ""
    invoice_fee_amount: int = 0
    invoice_fee_on_zero: bool = False
    fee_on_own_invoice: bool = False
    commission_vat_percent: Decimal | None = None
    cash_discount_with_vat: bool = True


NO_CHARGES = Charges()


class CashDiscount(NamedTuple):
    """What may be kept back by who pays until a day; the amount in minor units of the invoice's currency."""

    percent: Decimal
    until_on: date
    amount: int


def media_totals(items: Iterable[Item], vat_percent: Decimal, charges: Charges, *, invoice_fee: int = 0) -> Totals:
    """What items come to, with an invoice fee; a client without VAT may still bear it on commission (MA-REG-23).

    The commission parts are the agency's own: the insertion fee, which is charged, and the commission passed on, which
    is deducted and makes that VAT negative.
    """
    if vat_percent or charges.commission_vat_percent is None:
        return totals_of_bases({vat_percent: sum(item.price_amount for item in items) + invoice_fee})
    price = commission = 0
    for item in items:
        price += item.price_amount
        commission += item.fee_amount + item.client_net_amount - item.net_amount
    bases = {vat_percent: price - commission + invoice_fee}
    return totals_of_bases(bases | ({charges.commission_vat_percent: commission} if commission else {}))


def invoice_fee(total_amount: int, charges: Charges, code: str, exchange_rate: Decimal) -> int:
    """The fee of an invoice of this total, in minor units of its currency: credit notes bear none, zeros where said."""
    if not charges.invoice_fee_amount or total_amount < 0 or (total_amount == 0 and not charges.invoice_fee_on_zero):
        return 0
    of, base = currency(code), currency(charges.currency)
    return converted(charges.invoice_fee_amount, 1 / Fraction(exchange_rate), base, of)


def cash_discount(sums: Totals, percent: Decimal, days: int, invoice_on: date, charges: Charges) -> CashDiscount | None:
    """Of the total with VAT or without it, as the parameter says; nothing is discounted that is not to be paid."""
    if not percent or sums.total_amount <= 0:
        return None
    base = sums.total_amount if charges.cash_discount_with_vat else sums.net_amount
    return CashDiscount(percent, invoice_on + timedelta(days=days), percent_of(base, percent))
