"""Insertions that adjust earlier invoicing: corrections, credits, and a share moved to another client (MA-CRD)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.contracts.domain.insertion_price import Price
from shared.kernel.errors import Fault, Invalid, NotAllowedNow

Kind = Literal["external", "internal"]
Step = Literal["credited", "debited", "finished", "abandoned"]


@dataclass(frozen=True, slots=True)
class Part:
    """What a correction bills one client, in minor units of a currency."""

    client_id: UUID
    currency: str
    amount: int


def correction_price(amount: int) -> Price:
    """Net, net-net and client net are the amount; no discount, commission, fee or capital cost (MA-REC-13)."""
    return Price(gross=amount, net=amount, net_net=amount, client_net=amount, price=amount)


def check_internal(parts: Iterable[Part]) -> None:
    """`internal_not_zero` unless the internal corrections of one action sum to 0 per client (MA-INS-17)."""
    sums: Counter[tuple[UUID, str]] = Counter()
    for part in parts:
        sums[part.client_id, part.currency] += part.amount
    if any(sums.values()):
        message = "Internal corrections sum to zero per client."
        raise Invalid.of([Fault("/corrections", "internal_not_zero", message, field="corrections")])


def comment_of(word: str, invoice_nos: Iterable[str]) -> str:
    """The comment that names the earlier invoices: "Credits invoice 1001" (MA-CRD-09, MA-INS-17); empty for none."""
    named = ", ".join(sorted(set(filter(None, invoice_nos))))
    return f"{word} invoice {named}" if named else ""


def check_creditable(*, is_credit: bool, invoiced: bool, credited: bool) -> None:
    """`is_credit`, `not_invoiced`, `already_credited` (MA-CRD-08, MA-CRD-14)."""
    if is_credit:
        raise NotAllowedNow("is_credit", "A credit is not credited.")
    if not invoiced:
        raise NotAllowedNow("not_invoiced", "Only an invoiced insertion is credited.")
    if credited:
        raise NotAllowedNow("already_credited", "It has been credited.")


def what_is_open(step: Step) -> str | None:
    """What a person has to do next with a share on its way to another client (MA-CRD-15, MA-CRD-16)."""
    return {"credited": "debit_allocation", "debited": "change_client"}.get(step)


def step_back(step: Step, *, debit: bool) -> Step:
    """The step after cancelling the debit or the credit of a move: the debit goes first.

    `NotAllowedNow("debit_stands")`: a credit is not taken back while the share is debited to somebody.
    """
    if debit:
        return "credited"
    if step != "credited":
        raise NotAllowedNow("debit_stands", "Cancel the debit of the moved share first.")
    return "abandoned"
