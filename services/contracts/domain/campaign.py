"""What is checked when a media campaign or one of its items is stored (PI-REQ-27, PI-INT-01, PI-DST-01, PI-DST-03)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.kernel.errors import Fault, NotAllowedNow

_COUNTED_ONLINE = frozenset({"CPM", "CPC", "VCPM", "CPCV"})


@dataclass(frozen=True, slots=True)
class Item:
    """A sold position as far as storing it is checked."""

    line_no: int
    start_on: date | None
    end_on: date | None
    currency: str


def campaign_faults(currency: str, payment_days: int, items: Sequence[Item]) -> list[Fault]:
    """What no saved campaign may hold; gaps are only told when drafts are made (PI-REQ-01)."""
    found = []
    if payment_days < 0:
        found.append(Fault("/payment_days", "pi_e_25", "payment_days: negative.", entity="campaign"))
    for index, item in enumerate(items):
        if item.start_on and item.end_on and item.end_on < item.start_on:
            found.append(_fault(index, "end_on", "pi_e_12", f"Item {item.line_no}: runtime reversed."))
        if item.currency != currency:
            found.append(
                _fault(index, "currency", "pi_e_20", f"Item {item.line_no}: currency differs from the campaign's.")
            )
    return found


def linear_by_default(*, online: bool, billing_category: str, time_tracking: bool, manual_quantity: bool) -> bool:
    """Whether an item is spread over its runtime unless somebody says otherwise (PI-DST-03)."""
    counted = online and billing_category.upper() in _COUNTED_ONLINE
    return not (counted or time_tracking or manual_quantity)


def book(stage: str) -> str:
    """The stage of an order; `NotAllowedNow("state")` for one that was cancelled."""
    if stage == "cancelled":
        raise NotAllowedNow("state", "A cancelled campaign is not booked.")
    return "booked"


def _fault(index: int, field: str, code: str, message: str) -> Fault:
    return Fault(f"/items/{index}/{field}", code, message, entity="campaign_item", field=field)
