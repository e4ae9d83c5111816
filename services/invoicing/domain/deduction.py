"""How much of money billed ahead an invoice uses (MA-PRE-17, MA-PRE-18, MA-PRE-20, MA-PRE-23)."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from services.invoicing.domain.advance import Advance
from services.invoicing.domain.item import Item
from services.invoicing.domain.totals import Totals, totals_of_bases
from shared.kernel.money import percent_of

_NO_VAT = Decimal(0)


class Deduction(NamedTuple):
    """What an invoice deducts of an advance invoice, in minor units: ex VAT of a taxable one, else in full."""

    advance: Advance
    amount: int


class Due:
    """What is left to pay of an invoice, or of one of its rows, while deductions are taken off it."""

    def __init__(self, bases: Mapping[Decimal, int]) -> None:
        self._bases = dict(bases)
        self._untaxed = 0

    @property
    def to_pay(self) -> int:
        """Bases with their VAT, less what non-taxable money has paid."""
        return sum(base + percent_of(base, percent) for percent, base in self._bases.items()) - self._untaxed

    def room_for(self, advance: Advance) -> int:
        """The most that leaves the amount to pay at 0 or more (MA-PRE-18).

        Non-taxable money pays VAT too; taxable money lowers the base of its own rate, and the VAT falls by itself.
        """
        to_pay = self.to_pay
        if to_pay <= 0:
            return 0
        if not advance.taxable:
            return to_pay
        base = self._bases.get(advance.vat_percent, 0)
        if base <= 0:
            return 0
        rest = to_pay - base - percent_of(base, advance.vat_percent)
        return base - min(_least_base(-rest, advance.vat_percent), base)

    def take(self, advance: Advance, amount: int) -> None:
        """Deduct this much, whether there is room or not."""
        if advance.taxable:
            self._bases[advance.vat_percent] = self._bases.get(advance.vat_percent, 0) - amount
        else:
            self._untaxed += amount

    @property
    def totals(self) -> Totals:
        """VAT on the reduced bases; what non-taxable money paid stands at no rate, as it was billed."""
        bases = dict(self._bases)
        if self._untaxed:
            bases[_NO_VAT] = bases.get(_NO_VAT, 0) - self._untaxed
        return totals_of_bases(bases)


def deduct_from_invoice(
    due: Due, items: Sequence[Item], advances: Iterable[Advance], left: dict[UUID, int]
) -> list[Deduction]:
    """The usual method: one insertion that meets the scope opens the whole invoice (MA-PRE-17).

    `advances` are oldest first; `left` says by id what of each is left, and is brought up to date.
    """
    taken = []
    for advance in advances:
        amount = min(left[advance.id], due.room_for(advance))
        if amount > 0 and any(advance.matches(item) for item in items):
            due.take(advance, amount)
            left[advance.id] -= amount
            taken.append(Deduction(advance, amount))
    return taken


def deduct_from_rows(
    due: Due, items: Sequence[Item], vat_percent: Decimal, advances: Sequence[Advance], left: dict[UUID, int]
) -> list[Deduction]:
    """Row by row, each with its own VAT and only from what fits that row (MA-PRE-20); never below 0 for the whole."""
    taken = dict.fromkeys(advances, 0)
    for item in items:
        row = Due({vat_percent: item.price_amount})
        for advance in advances:
            amount = min(left[advance.id], row.room_for(advance), due.room_for(advance))
            if amount > 0 and advance.matches(item):
                row.take(advance, amount)
                due.take(advance, amount)
                left[advance.id] -= amount
                taken[advance] += amount
    return [Deduction(advance, amount) for advance, amount in taken.items() if amount]


def _least_base(to_cover: int, percent: Decimal) -> int:
    """The smallest base of 0 or more that comes with its VAT to at least this."""
    if to_cover <= 0:
        return 0
    base = int(to_cover / (1 + percent / 100))
    while base + percent_of(base, percent) < to_cover:
        base += 1
    while base and base - 1 + percent_of(base - 1, percent) >= to_cover:
        base -= 1
    return base
