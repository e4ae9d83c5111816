"""The open invoices of a contract: which there must be, what they hold so far, which are complete (CT-CYC-12 to 17)."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.invoicing.domain.cycle import Cycle, billing_period, complete_through, periods_of
from shared.kernel.period import Period


class Executed(NamedTuple):
    """What of a contract ran on one day and is on no invoice: how many items, and their gross in minor units."""

    item_count: int
    gross_amount: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A contract as its invoices see it. `outstanding` are ordered days whose log or occurrence has no result yet."""

    cycle: Cycle
    flight: Period
    is_over: bool
    ordered: Set[date]
    outstanding: Set[date]


class OpenInvoice(NamedTuple):
    """An invoice without a number, as it should stand."""

    period: Period
    variant: str
    state: str
    executed: Executed


def open_invoices(schedule: Schedule, executed: Mapping[date, Executed], issued: Set[Period]) -> list[OpenInvoice]:
    """The open invoices a contract should have, by period.

    One for every period with ordered items (CT-CYC-13), and for every other one where something ran (CT-CYC-18). A
    period that is issued already gets a supplementary one only for late items (CT-CYC-17). When the contract is over, a
    period without any item has none (CT-CYC-14). End of Schedule has one invoice, stretched to its last item.
    """
    if schedule.cycle is Cycle.END_OF_SCHEDULE:
        return _whole_schedule(schedule, executed, issued)
    held: dict[Period, list[Executed]] = {
        period: [] for period in periods_of(schedule.cycle, schedule.ordered, schedule.flight)
    }
    for day, items in executed.items():
        period = billing_period(schedule.cycle, day, schedule.flight)
        if period is not None:
            held.setdefault(period, []).append(items)
    found = []
    for period, parts in sorted(held.items()):
        total = _sum(parts)
        if (period in issued or schedule.is_over) and not total.item_count:
            continue
        variant = "supplementary" if period in issued else "normal"
        found.append(OpenInvoice(period, variant, _state(schedule, period), total))
    return found


def _whole_schedule(schedule: Schedule, executed: Mapping[date, Executed], issued: Set[Period]) -> list[OpenInvoice]:
    total = _sum(executed.values())
    if (issued or schedule.is_over) and not total.item_count:
        return []
    period = schedule.flight
    for day in executed:
        period = billing_period(schedule.cycle, day, period) or period
    state = "pending" if schedule.is_over else "gathering"
    return [OpenInvoice(period, "supplementary" if issued else "normal", state, total)]


def _state(schedule: Schedule, period: Period) -> str:
    """Pending when every log to the period's end, or to the last ordered date before it, has its result (CT-CYC-15)."""
    if not schedule.ordered:
        return "pending"
    last = complete_through(period, max(schedule.ordered))
    waiting = any(period.start_on <= day <= last for day in schedule.outstanding)
    return "gathering" if waiting else "pending"


def _sum(items: Iterable[Executed]) -> Executed:
    parts = list(items)
    return Executed(sum(part.item_count for part in parts), sum(part.gross_amount for part in parts))
