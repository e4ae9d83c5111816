"""Where a radio contract stands: what it ordered, which logs have their results, what ran (CT-CYC-01, CT-LIN-27)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from services.invoicing.domain.cycle import Cycle
from shared.kernel.period import Period

# What of an item decides whether it still has a result to come: these have theirs.
_SETTLED = frozenset({"aired", "due", "trashed"})
EXECUTED = frozenset({"aired", "due"})


class OrderedLine(NamedTuple):
    """An approved line: units or occurrences by date, its total in minor units, the approval that made it live."""

    id: UUID
    line_no: int
    kind: str
    station_id: UUID
    flight: Period
    ordered: Mapping[date, int]
    total_amount: int
    approved_at: datetime | None
    is_billed: bool


class Log(NamedTuple):
    """One station's log of one date, as far as it was told: locked, unlocked or reconciled."""

    station_id: UUID
    air_on: date
    is_reconciled: bool


class Items(NamedTuple):
    """Units or occurrences of one station, day and status together; gross in minor units."""

    station_id: UUID
    origin: str
    dated_on: date
    status: str
    is_billed: bool
    item_count: int
    gross_amount: int


class Waiting(NamedTuple):
    """One thing an invoice waits for: a log's result, an occurrence's date, a unit that has not run."""

    reason: str
    on: date
    station_id: UUID
    item_count: int


@dataclass(frozen=True)
class Standing:
    """A contract as its open invoices see it."""

    cycle: Cycle
    lines: Sequence[OrderedLine]
    logs: Sequence[Log]
    items: Sequence[Items]

    @cached_property
    def flight(self) -> Period:
        """From the first line's start to the last line's end (CT-CYC-12)."""
        return flight_of(self.lines)

    @cached_property
    def ordered_days(self) -> set[date]:
        """Every date with a unit or an occurrence, also those a cancel has taken back."""
        return {day for line in self.lines for day in line.ordered}

    @property
    def is_over(self) -> bool:
        """Every unit is aired or trashed, every occurrence due or trashed (CT-LIF-12).

        Counted here rather than told: the word that a contract is completed may overtake what completed it.
        """
        ordered = sum(count for line in self.lines for count in line.ordered.values())
        return sum(group.item_count for group in self.items if group.status in _SETTLED) >= ordered

    def of_station(self, station_id: UUID) -> "Standing":
        """The same, of one station only (CT-CYC-20)."""
        return Standing(
            self.cycle,
            [line for line in self.lines if line.station_id == station_id],
            [log for log in self.logs if log.station_id == station_id],
            [group for group in self.items if group.station_id == station_id],
        )

    def waiting(self, period: Period) -> list[Waiting]:
        """What holds an invoice of this period back, by date; nothing when it is complete (CT-CYC-15, CT-CYC-07).

        Every log of the contract's stations up to the period's end, or to the last ordered date before it, has its
        result, and every occurrence of the period is due. Missed units hold back End of Schedule only.
        """
        if self.is_over:
            return []
        found = self._logs_awaited(period) + self._occurrences_awaited(period)
        if self.cycle is Cycle.END_OF_SCHEDULE:
            found += self._units_awaited(found)
        return sorted(found, key=lambda one: (one.on, one.reason, str(one.station_id)))

    def _logs_awaited(self, period: Period) -> list[Waiting]:
        last = min(period.last_on, max(self.ordered_days, default=period.last_on))
        units: dict[tuple[UUID, date], int] = {}
        for line in self.lines:
            if line.kind == "spots":
                for day, count in line.ordered.items():
                    units[line.station_id, day] = units.get((line.station_id, day), 0) + count
        stations = {station_id for station_id, _ in units}
        days = set(units)
        # Logs lock in date order: with a later log told of, an earlier one that was never told of does not exist.
        newest = {
            station_id: max((log.air_on for log in self.logs if log.station_id == station_id), default=None)
            for station_id in stations
        }
        days |= {(station_id, last) for station_id, day in newest.items() if day is None or day < last}
        days |= {(log.station_id, log.air_on) for log in self.logs if log.station_id in stations}
        days -= {(log.station_id, log.air_on) for log in self.logs if log.is_reconciled}
        return [
            Waiting("log_not_reconciled", day, station_id, units.get((station_id, day), 0))
            for station_id, day in days
            if period.start_on <= day <= last
        ]

    def _occurrences_awaited(self, period: Period) -> list[Waiting]:
        awaited: dict[tuple[UUID, date], int] = {}
        for line in self.lines:
            if line.kind == "off_air":
                for day, count in line.ordered.items():
                    if day in period:
                        awaited[line.station_id, day] = awaited.get((line.station_id, day), 0) + count
        for group in self.items:
            if group.origin == "off_air" and group.status in _SETTLED and (group.station_id, group.dated_on) in awaited:
                awaited[group.station_id, group.dated_on] -= group.item_count
        return [
            Waiting("occurrence_not_due", day, station_id, count)
            for (station_id, day), count in awaited.items()
            if count > 0
        ]

    def _units_awaited(self, found: Sequence[Waiting]) -> list[Waiting]:
        """Units that were told of and still have to run or be trashed, and ordered ones not told of yet."""
        told = [
            Waiting(f"unit_{group.status}", group.dated_on, group.station_id, group.item_count)
            for group in self.items
            if group.origin == "spot" and group.status not in _SETTLED
        ]
        if found or told:
            return told
        return [Waiting("unit_scheduled", self.flight.last_on, self.lines[0].station_id, 1)] if self.lines else []


def flight_of(lines: Iterable[OrderedLine]) -> Period:
    """The first start to the last end of lines, of which there is at least one."""
    flights = [line.flight for line in lines]
    return Period(min(one.start_on for one in flights), max(one.end_on for one in flights))
