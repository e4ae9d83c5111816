"""What a run asks preinvoice to hold for one client, and how it is spread over the invoices (MA-INV-27)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from services.invoicing.domain.advance import Advance
from services.invoicing.domain.prepared import PreparedInvoice
from shared.kernel.money import split_cumulative

# `requested` awaits the answer; `reserved` and `refused` are answers; the last two are ends.
WishState = Literal["requested", "reserved", "refused", "confirmed", "released"]
OPEN: tuple[WishState, ...] = ("requested", "reserved", "refused")


class Take(NamedTuple):
    """So much of one advance invoice; `base_amount`, in base currency, is known once it is held."""

    advance_invoice_id: UUID
    advance_no: int
    scope_version: int
    amount: int
    base_amount: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """The wish of one run for one client; each version of it is answered on its own.

    `digest` is that of the invoices it was made for.
    """

    id: UUID
    version: int
    invoice_run_id: UUID
    client_id: UUID
    state: WishState
    takes: tuple[Take, ...]
    digest: str
    expires_at: datetime

    @property
    def amounts(self) -> dict[UUID, int]:
        """What is taken of each advance invoice."""
        return {take.advance_invoice_id: take.amount for take in self.takes}


class Held(NamedTuple):
    """What one invoice deducts of an advance invoice, held for it by a wish or by a settlement."""

    advance: Advance
    deduction_id: UUID | None
    amount: int
    base_amount: int


def takes_of(invoices: Iterable[PreparedInvoice]) -> tuple[Take, ...]:
    """What these invoices of one client take together, in the order they take it."""
    amounts: dict[UUID, int] = {}
    advances: dict[UUID, Advance] = {}
    for invoice in invoices:
        for advance, amount in invoice.deductions:
            advances[advance.id] = advance
            amounts[advance.id] = amounts.get(advance.id, 0) + amount
    return tuple(Take(id_, one.advance_no, one.scope_version, amounts[id_]) for id_, one in advances.items())


def spread(wish: Wish, invoices: Sequence[PreparedInvoice]) -> list[list[Held]]:
    """Per invoice what is held for it; what each stands at in base currency adds up to what is held (MA-PRE-27)."""
    bases: dict[UUID, list[int]] = {}
    for take in wish.takes:
        parts = [one.amount for invoice in invoices for one in invoice.deductions if _is_of(one.advance, take)]
        bases[take.advance_invoice_id] = split_cumulative(take.base_amount, parts)[::-1]
    return [
        [Held(one.advance, wish.id, one.amount, bases[one.advance.id].pop()) for one in invoice.deductions]
        for invoice in invoices
    ]


def _is_of(advance: Advance, take: Take) -> bool:
    return advance.id == take.advance_invoice_id
