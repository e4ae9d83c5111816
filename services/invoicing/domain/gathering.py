"""The open invoices of a contract: which there must be, what they hold so far, which are complete (CT-CYC-08 to 18)."""

from collections.abc import Iterable, Sequence, Set
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from services.invoicing.domain.cycle import Cycle, billing_period, periods_of
from services.invoicing.domain.standing import EXECUTED, OrderedLine, Standing, flight_of
from shared.kernel.period import Period


class Executed(NamedTuple):
    """How many items an invoice holds, and their gross in minor units."""

    item_count: int
    gross_amount: int


class Slot(NamedTuple):
    """What tells a contract's invoices apart: the period, the station where they are split, and whether up front."""

    period: Period
    station_id: UUID | None = None
    is_upfront: bool = False


class OpenInvoice(NamedTuple):
    """An invoice without a number, as it should stand; `line_ids` are those of an upfront invoice."""

    slot: Slot
    variant: str
    state: str
    executed: Executed
    line_ids: tuple[UUID, ...] = ()

    @property
    def period(self) -> Period:
        """Its start and end date (CT-CYC-12)."""
        return self.slot.period


def open_invoices(standing: Standing, issued: Set[Slot], *, by_station: bool = False) -> list[OpenInvoice]:
    """The open invoices a contract should have, by period; one set for each station where they are split (CT-CYC-20).

    `issued` are the slots of its live approved invoices.
    """
    if standing.cycle is Cycle.NONE or not standing.lines:
        return []
    if not by_station:
        return _of_one(standing, issued, None)
    stations = sorted({line.station_id for line in standing.lines})
    return [one for id_ in stations for one in _of_one(standing.of_station(id_), issued, id_)]


def _of_one(standing: Standing, issued: Set[Slot], station_id: UUID | None) -> list[OpenInvoice]:
    if standing.cycle is Cycle.END_OF_SCHEDULE:
        return _whole_schedule(standing, issued, station_id)
    up_front = _up_front(standing, station_id) if standing.cycle is Cycle.BEGIN_OF_SCHEDULE else []
    return up_front + _by_period(standing, issued, station_id)


def _by_period(standing: Standing, issued: Set[Slot], station_id: UUID | None) -> list[OpenInvoice]:
    """One for every period with ordered items (CT-CYC-13), and for every other one where something ran (CT-CYC-18).

    A period that is issued already gets a supplementary one only for late items (CT-CYC-17). When the contract is
    over, a period without any item has none (CT-CYC-14). Under Begin of Schedule they list their items at zero
    (CT-CYC-09).
    """
    is_zero = standing.cycle is Cycle.BEGIN_OF_SCHEDULE
    held: dict[Period, list[Executed]] = {
        period: [] for period in periods_of(standing.cycle, standing.ordered_days, standing.flight)
    }
    for day, items in _executed(standing):
        period = billing_period(standing.cycle, day, standing.flight)
        if period is not None:
            held.setdefault(period, []).append(items)
    found = []
    for period, parts in sorted(held.items()):
        total, slot = _sum(parts, is_zero=is_zero), Slot(period, station_id)
        is_issued = _is_issued(slot, issued)
        if (is_issued or standing.is_over) and not total.item_count:
            continue
        variant = "zero" if is_zero else "supplementary" if is_issued else "normal"
        found.append(OpenInvoice(slot, variant, _state(standing, period), total))
    return found


def _whole_schedule(standing: Standing, issued: Set[Slot], station_id: UUID | None) -> list[OpenInvoice]:
    """End of Schedule has one invoice, stretched to a makegood that ran later (CT-CYC-07, CT-CYC-12)."""
    executed = _executed(standing)
    total = _sum(items for _, items in executed)
    before = [one.period for one in issued if _same_place(one, station_id)]
    is_issued = bool(before)
    if (is_issued or standing.is_over) and not total.item_count:
        return []
    period = standing.flight
    # A late item's invoice has the period of the issued one, which a makegood may have stretched (CT-CYC-17).
    for day in [day for day, _ in executed] + [day for one in before for day in (one.start_on, one.last_on)]:
        period = billing_period(standing.cycle, day, period) or period
    variant = "supplementary" if is_issued else "normal"
    return [OpenInvoice(Slot(period, station_id), variant, _state(standing, period), total)]


def _up_front(standing: Standing, station_id: UUID | None) -> list[OpenInvoice]:
    """Lines of one approval are billed together at their totals; a total of zero makes none (CT-CYC-08, CT-CYC-10)."""
    by_approval: dict[datetime | None, list[OrderedLine]] = {}
    for line in standing.lines:
        if not line.is_billed:
            by_approval.setdefault(line.approved_at, []).append(line)
    last_run = max((day for day, _ in _executed(standing)), default=None)
    found: dict[Slot, OpenInvoice] = {}
    for lines in by_approval.values():
        flight = flight_of(lines)
        last = max(flight.last_on, last_run or flight.last_on)
        slot = Slot(Period.inclusive(flight.start_on, last), station_id, is_upfront=True)
        total = Executed(len(lines), sum(line.total_amount for line in lines))
        if not total.gross_amount:
            continue
        ids = tuple(line.id for line in lines)
        if slot in found:
            total, ids = _sum([found[slot].executed, total]), (*found[slot].line_ids, *ids)
        found[slot] = OpenInvoice(slot, "upfront", "pending", total, ids)
    return list(found.values())


def _is_issued(slot: Slot, issued: Set[Slot]) -> bool:
    return any(one.period == slot.period and _same_place(one, slot.station_id) for one in issued)


def _same_place(one: Slot, station_id: UUID | None) -> bool:
    """Whether an approved invoice covers the items of a station, or of all; the split may have changed since."""
    return not one.is_upfront and (one.station_id is None or station_id in (None, one.station_id))


def _state(standing: Standing, period: Period) -> str:
    return "gathering" if standing.waiting(period) else "pending"


def _executed(standing: Standing) -> Sequence[tuple[date, Executed]]:
    """What ran and is on no invoice, by date."""
    return [
        (group.dated_on, Executed(group.item_count, group.gross_amount))
        for group in standing.items
        if group.status in EXECUTED and not group.is_billed
    ]


def _sum(items: Iterable[Executed], *, is_zero: bool = False) -> Executed:
    parts = list(items)
    gross = 0 if is_zero else sum(part.gross_amount for part in parts)
    return Executed(sum(part.item_count for part in parts), gross)
