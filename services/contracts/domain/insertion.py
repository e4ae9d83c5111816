"""The statuses an insertion and its shares move through, and what each forbids (MA-INS-10 to MA-INS-15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shared.kernel.errors import NotAllowedNow

Status = Literal["preliminary", "definitive", "do_not_invoice", "pre_inv", "invoiced", "blocked", "cancelled"]

_BY_HAND: dict[str, frozenset[str]] = {
    "preliminary": frozenset({"definitive", "do_not_invoice", "pre_inv", "cancelled"}),
    "definitive": frozenset({"do_not_invoice", "pre_inv", "cancelled"}),
    "do_not_invoice": frozenset({"definitive"}),
    "pre_inv": frozenset({"definitive"}),
    "blocked": frozenset({"definitive"}),
}
# What an invoice may bill: definitive insertions, and through a controlled deduction those meant for it (MA-INS-11).
BILLABLE = frozenset({"definitive", "pre_inv"})


@dataclass(frozen=True, slots=True)
class Billed:
    """What the invoices that contracts heard of make of one client's share, in whatever order it heard of them."""

    # It stands on an invoice that is not reversed.
    live: bool = False
    # A reversal took it off an invoice, and no person has decided about it since; `blocked` if the reversal said so.
    reopened: bool = False
    blocked: bool = False


def sources_of(to: str) -> frozenset[str]:
    """The statuses from which a person may move an insertion to `to`."""
    return frozenset(status for status, targets in _BY_HAND.items() if to in targets)


def move(status: str, to: str) -> str:
    """The new status, or `NotAllowedNow("status_change_not_allowed")`.

    `invoiced` comes from an invoice and goes by a reversal, never by hand (MA-INS-10).
    """
    if status not in sources_of(to):
        raise NotAllowedNow("status_change_not_allowed", f"An insertion that is {status} cannot become {to}.")
    return to


def share_status(own: str, billed: Billed) -> str:
    """What a share is: its insertion's own status, unless that may be billed and an invoice or its reversal says more.

    An invoice makes it `invoiced`, a reversal makes that `definitive` or `blocked` (MA-INS-10, MA-CRD-03, MA-CRD-04).
    An own status that may not be billed came by hand before contracts heard of the invoice, and stays (MA-INV-26).
    """
    if own not in BILLABLE:
        return own
    if billed.live:
        return "invoiced"
    if billed.reopened:
        return "blocked" if billed.blocked else "definitive"
    return own


def status_of(own: str, shares: Sequence[str]) -> str:
    """What an insertion is: `invoiced` when all its shares are, its own status while one may still be (MA-INS-15)."""
    if all(status == "invoiced" for status in shares):
        return "invoiced"
    still = [status for status in shares if status != "invoiced"]
    if all(status == "blocked" for status in still):
        return "blocked"
    return next(status for status in still if status != "blocked")


def check_change(
    status: str, *, standing: bool, frozen: bool, warned: bool, has_media_invoice: bool, confirmed: bool
) -> None:
    """Whether an insertion may be changed.

    `standing`: a share of it stands on an invoice, which freezes what is billed: `insertion_invoiced` when the change
    touches that (MA-INS-12, MA-INS-14, MA-INS-18). `media_invoice_exists` when amount or date change without
    confirmation though a media invoice is registered (MA-INS-13).
    """
    if standing and frozen:
        raise NotAllowedNow("insertion_invoiced", "An invoiced insertion is credited or corrected, not changed.")
    if status == "cancelled":
        raise NotAllowedNow("status_change_not_allowed", "A cancelled insertion is not changed.")
    if warned and has_media_invoice and not confirmed:
        raise NotAllowedNow("media_invoice_exists", "A media invoice is registered; confirm the change.")


def default_status(defaults: Sequence[str | None]) -> str:
    """What an insertion becomes when its order is made definitive: "do not invoice" beats "pre-inv" (MA-REG-11)."""
    if "do_not_invoice" in defaults:
        return "do_not_invoice"
    return "pre_inv" if "pre_inv" in defaults else "definitive"
