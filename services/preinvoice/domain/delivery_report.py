"""Delivery reports: what several sources say of an item, and which of it counts (PI-DEL-03 to PI-DEL-07)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.preinvoice.domain.campaign import Metric
from services.preinvoice.domain.delivery import ItemDelivery
from shared.kernel.errors import Fault
from shared.kernel.period import Period, calendar_month, first_of_month

Source = Literal["typed_in", "third_party", "ad_server"]
Per = Literal["day", "month"]
DAYS_MAX = 1_100
_RANK: dict[Source, int] = {"typed_in": 0, "third_party": 1, "ad_server": 2}


@dataclass(frozen=True, slots=True)
class Report:
    """One report of one source, complete for the days it covers: a covered day without a record counts as zero.

    `records` are units by day, or by the first day of a month when it counts `per` month.
    """

    metric: Metric
    source: Source
    report_no: str
    revision: int
    per: Per
    covers: Period
    records: Mapping[date, int]


def report_faults(
    covers_from: date, covers_through: date, per: Per, records: Sequence[tuple[date, int]]
) -> list[Fault]:
    """What no report may say: `pi_e_25` for its days, `pi_e_34` for a negative quantity."""
    if covers_through < covers_from:
        return [Fault("/covers_through", "pi_e_25", "covers_through: before covers_from.", field="covers_through")]
    if (covers_through - covers_from).days >= DAYS_MAX:
        message = f"covers_through: a report covers at most {DAYS_MAX} days."
        return [Fault("/covers_through", "pi_e_25", message, field="covers_through")]
    return list(_record_faults(Period.inclusive(covers_from, covers_through), per, records))


def counted(reports: Iterable[Report], runtime: Period) -> ItemDelivery:
    """The delivery that counts of what reports of one metric say, the newest report first.

    Per day one source counts: typed in before third party before ad server, and of one source the newest report
    (PI-DEL-05). In a month of which something is known per day, records per month do not count (PI-DEL-07).
    """
    ranked = sorted(reports, key=lambda report: _RANK[report.source])
    daily = [report for report in ranked if report.per == "day"]
    by_day: dict[date, int] = {}
    covered: set[date] = set()
    for report in daily:
        for day in report.covers.days():
            if day not in covered:
                covered.add(day)
                by_day[day] = report.records.get(day, 0)
    monthly = _by_month(
        [report for report in ranked if report.per == "month"], {first_of_month(day) for day in covered}
    )
    for month, (days, quantity) in monthly.items():
        covered.update(days.days())
        running = calendar_month(month).overlap(runtime)
        by_day[running.start_on if running else month] = quantity
    return ItemDelivery(
        by_day={day: quantity for day, quantity in by_day.items() if quantity},
        covered=frozenset(covered),
        monthly=any(calendar_month(month).overlap(runtime) for month in monthly),
    )


def _by_month(reports: Sequence[Report], known: set[date]) -> dict[date, tuple[Period, int]]:
    """Per month that is not known by day: the days covered and the units, of the first report that covers some."""
    found: dict[date, tuple[Period, int]] = {}
    for report in reports:
        month = first_of_month(report.covers.start_on)
        while month < report.covers.end_on:
            days = report.covers.overlap(calendar_month(month))
            if days and month not in known and month not in found:
                found[month] = (days, report.records.get(month, 0))
            month = first_of_month(month, 1)
    return found


def _record_faults(covers: Period, per: Per, records: Sequence[tuple[date, int]]) -> Iterator[Fault]:
    seen: set[date] = set()
    for index, (day, quantity) in enumerate(records):
        if per == "month" and day.day != 1:
            yield Fault(f"/records/{index}/on", "pi_e_25", "on: a month is named by its first day.", field="on")
        elif (calendar_month(day).overlap(covers) is None) if per == "month" else (day not in covers):
            yield Fault(f"/records/{index}/on", "pi_e_25", "on: outside the days the report covers.", field="on")
        if day in seen:
            yield Fault(f"/records/{index}/on", "pi_e_25", "on: stands twice.", field="on")
        seen.add(day)
        if quantity < 0:
            message = "Delivered quantity must be a whole number of at least 0."
            yield Fault(f"/records/{index}/quantity", "pi_e_34", message, field="quantity")
