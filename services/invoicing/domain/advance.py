"""Advance invoices as a run sees them: what each may be used for, what it keeps out (MA-INV-28, MA-PRE-14 to 16)."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from services.invoicing.domain.item import Item


class Scope(NamedTuple):
    """One alternative of "deduction from": every field that is given must fit; both days included (MA-PRE-11)."""

    plan_id: UUID | None = None
    order_id: UUID | None = None
    campaign: str = ""
    from_on: date | None = None
    to_on: date | None = None

    def fits(self, item: Item) -> bool:
        """Whether an insertion meets all of it."""
        return (
            self.plan_id in (None, item.plan_id)
            and self.order_id in (None, item.order_id)
            and self.campaign in ("", item.campaign)
            and (self.from_on is None or self.from_on <= item.dated_on)
            and (self.to_on is None or item.dated_on <= self.to_on)
        )

    @property
    def names_orders(self) -> bool:
        """Whether it names a plan, an order, or a campaign, which is a group of plans."""
        return bool(self.plan_id or self.order_id or self.campaign)


class Advance(NamedTuple):
    """An advance invoice that is not used up; amounts in minor units of its currency.

    What is available is printed, not deducted, and not held by anybody else. `aged_on` is None before the first bill
    is printed.
    """

    id: UUID
    advance_no: int
    client_id: UUID
    currency: str
    blocked: bool
    deduct_all: bool
    scopes: tuple[Scope, ...]
    scope_version: int
    taxable: bool
    vat_percent: Decimal
    aged_on: date | None
    available_amount: int

    def matches(self, item: Item) -> bool:
        """Whether current deduction may use it for an insertion; with neither scope nor "deduct all" for any one."""
        return not self.scopes or any(scope.fits(item) for scope in self.scopes)

    def covers(self, item: Item) -> bool:
        """Whether a controlled deduction takes an insertion: only what was said counts (MA-PRE-22, MA-PRE-25)."""
        return self.deduct_all or any(scope.fits(item) for scope in self.scopes)


def keeping_out(advances: Iterable[Advance]) -> tuple[Scope, ...]:
    """Scopes whose insertions wait for a controlled deduction (MA-INV-28)."""
    return tuple(scope for one in advances for scope in one.scopes if scope.names_orders)


def candidates(advances: Iterable[Advance], currency: str) -> list[Advance]:
    """What current deduction may use, oldest first: by its first printed bill, then its number (MA-PRE-14, 15)."""
    usable = [
        (one.aged_on, one.advance_no, one)
        for one in advances
        if one.aged_on and one.available_amount > 0 and not one.blocked and one.currency == currency
    ]
    return [one for _, _, one in sorted(usable, key=lambda found: found[:2])]


def fits_any(scopes: Sequence[Scope], item: Item) -> bool:
    """Whether an insertion stands in any of these scopes."""
    return any(scope.fits(item) for scope in scopes)
