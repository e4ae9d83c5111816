"""The statuses an insertion moves through, and what each forbids (MA-INS-10 to MA-INS-14)."""

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


def check_change(status: str, *, money_or_date: bool, has_media_invoice: bool, confirmed: bool) -> None:
    """`insertion_invoiced` when frozen (MA-INS-12); `media_invoice_exists` when unconfirmed (MA-INS-13)."""
    if status == "invoiced":
        raise NotAllowedNow("insertion_invoiced", "An invoiced insertion is credited or corrected, not changed.")
    if status == "cancelled":
        raise NotAllowedNow("status_change_not_allowed", "A cancelled insertion is not changed.")
    if money_or_date and has_media_invoice and not confirmed:
        raise NotAllowedNow("media_invoice_exists", "A media invoice is registered; confirm the change.")


def default_status(defaults: list[str]) -> str:
    """What an insertion becomes when its order is made definitive: "do not invoice" beats "pre-inv" (MA-REG-11)."""
    if "do_not_invoice" in defaults:
        return "do_not_invoice"
    return "pre_inv" if "pre_inv" in defaults else "definitive"
