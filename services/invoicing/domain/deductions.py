"""The seven amounts of a contract invoice, in their order (CT-DSC-04, CT-CMN-02, CT-CMN-05, CT-TAX-03, CT-TAX-04)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from shared.kernel.money import percent_of, split_largest_remainder


class ContractTerms(NamedTuple):
    """The percentages of a contract that hold on one invoice."""

    discount_percent: Decimal
    agency_commission_percent: Decimal
    tax_percent: Decimal
    sales_commission_percent: Decimal


class ContractAmounts(NamedTuple):
    """Gross, discount, agency commission, net, tax, due, sales commission; each invoice rounds its own (CT-DSC-02)."""

    gross_amount: int
    discount_amount: int
    agency_commission_amount: int
    net_amount: int
    tax_amount: int
    due_amount: int
    sales_commission_amount: int


def contract_amounts(gross_amount: int, terms: ContractTerms) -> ContractAmounts:
    """What an invoice of this gross comes to; every step is rounded once, the sales commission never prints."""
    discount = percent_of(gross_amount, terms.discount_percent)
    commission = percent_of(gross_amount - discount, terms.agency_commission_percent)
    net = gross_amount - discount - commission
    tax = percent_of(net, terms.tax_percent)
    sales = percent_of(net, terms.sales_commission_percent)
    return ContractAmounts(gross_amount, discount, commission, net, tax, net + tax, sales)


def tax_parts(tax_amount: int, percents: Sequence[Decimal]) -> list[int]:
    """A tax amount over its named parts, so that they always add up to it (CT-TAX-04); a tax of 0 % has parts of 0.

    >>> tax_parts(0, [Decimal(0), Decimal(0)])
    [0, 0]
    """
    if not any(percents):
        return [0] * len(percents)
    return split_largest_remainder(tax_amount, [int(percent.scaleb(4)) for percent in percents])
