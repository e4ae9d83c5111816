"""What a document comes to: the sum of its rounded lines, VAT once per rate (MA-GEN-03, PI-RUN-20)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from shared.kernel.money import percent_of


class Vat(NamedTuple):
    """VAT of one rate: computed once, on the sum of that rate's lines."""

    percent: Decimal
    base_amount: int
    vat_amount: int


class Totals(NamedTuple):
    """Net is ex VAT, total is what is to be paid."""

    net_amount: int
    vat: tuple[Vat, ...]
    vat_amount: int
    total_amount: int


def totals(amounts: Iterable[tuple[Decimal, int]]) -> Totals:
    """Totals of (VAT percent, amount ex VAT) pairs, rates from high to low.

    >>> totals([(Decimal(25), 1070), (Decimal(25), 10)]).vat_amount
    270
    """
    bases: dict[Decimal, int] = {}
    for percent, amount in amounts:
        bases[percent] = bases.get(percent, 0) + amount
    return totals_of_bases(bases)


def totals_of_bases(bases: dict[Decimal, int]) -> Totals:
    """The same, from sums that are known already."""
    vat = tuple(Vat(percent, base, percent_of(base, percent)) for percent, base in sorted(bases.items(), reverse=True))
    net = sum(bases.values())
    vat_amount = sum(rate.vat_amount for rate in vat)
    return Totals(net, vat, vat_amount, net + vat_amount)
