"""What is held of advance invoices for invoices that have no number yet: all of a wish, or nothing (MA-INV-27)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple
from uuid import UUID

from services.preinvoice.domain.advance import Advance
from shared.kernel.money import rounded_ratio

State = Literal["reserved", "refused", "confirmed", "released"]


class Asked(NamedTuple):
    """So much of one advance invoice, as what it may be used for stood in this version."""

    advance_id: UUID
    scope_version: int
    amount: int


@dataclass(frozen=True, slots=True)
class Take:
    """What was held of one advance invoice; the open part is neither deducted nor free again yet."""

    advance_id: UUID
    amount: int
    base_amount: int
    open_amount: int
    open_base_amount: int

    def less(self, amount: int, base_amount: int) -> "Take":
        """The same with so much less open."""
        return replace(
            self, open_amount=self.open_amount - amount, open_base_amount=self.open_base_amount - base_amount
        )


@dataclass(frozen=True, slots=True)
class Reservation:
    """The answer to a wish of a run for one client; `asked_version` is the wish's."""

    id: UUID
    version: int
    asked_version: int
    invoice_run_id: UUID
    client_id: UUID
    state: State
    code: str = ""
    takes: tuple[Take, ...] = ()

    def take_of(self, advance_id: UUID) -> Take | None:
        """What was held of this advance invoice."""
        return next((one for one in self.takes if one.advance_id == advance_id), None)

    def deducted(self, advance_id: UUID, amount: int, base_amount: int) -> "Reservation":
        """The same after an invoice has used some of it; with nothing open it is confirmed."""
        takes = tuple(one.less(amount, base_amount) if one.advance_id == advance_id else one for one in self.takes)
        done = not any(one.open_amount for one in takes)
        return replace(self, takes=takes, state="confirmed" if done and self.state == "reserved" else self.state)

    def freed(self) -> "Reservation":
        """The same with nothing open."""
        return replace(self, takes=tuple(one.less(one.open_amount, one.open_base_amount) for one in self.takes))


def refusal(asked: Asked, client_id: UUID, advance: Advance | None) -> str:
    """Why so much cannot be held, or "".

    `other_client` (MA-PRE-06); `advance_invoice_changed` when what it may be used for is not as the asker knows it;
    `advance_invoice_locked` while it is being settled (MA-PRE-26); `advance_invoice_used` when less is available.
    """
    if advance is None or advance.scope_version != asked.scope_version or advance.blocked:
        return "advance_invoice_changed"
    if advance.client_id != client_id:
        return "other_client"
    if advance.is_settling or advance.settled_by_id:
        return "advance_invoice_locked"
    return "" if 0 < asked.amount <= advance.available_amount else "advance_invoice_used"


def held(asked: Asked, advance: Advance) -> Take:
    """What is held, and its share of what stands on `client_advances`; the last of it takes the rest (MA-PRE-27)."""
    base = rounded_ratio(asked.amount * advance.available_base_amount, advance.available_amount)
    return Take(asked.advance_id, asked.amount, base, asked.amount, base)


def with_held(advances: Mapping[UUID, Advance], takes: Sequence[Take], *, sign: int = 1) -> dict[UUID, Advance]:
    """The advance invoices with what is open of these held, or free again where `sign` is -1."""
    after = dict(advances)
    for take in takes:
        after[take.advance_id] = after[take.advance_id].holding(sign * take.open_amount, sign * take.open_base_amount)
    return after
