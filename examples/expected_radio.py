"""What the radio contracts should come to: units ordered and aired, and the invoices of every billing cycle."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from examples.files import ZERO, Totals, percent, read, text

Bounds = tuple[date, date]
_DAY = timedelta(days=1)


class Unit(NamedTuple):
    """One airing a line orders; `ran_on` is None while it has not run."""

    line_no: str
    ordered_on: date
    ran_on: date | None
    rate: Decimal
    is_missed: bool


class Invoice(NamedTuple):
    """What an invoice bills: so many items for so much, in a period; `waits` is why it is still gathering."""

    variant: str
    bounds: Bounds
    items: int
    gross: Decimal
    waits: list[Totals]


def unit_days(line: dict[str, str]) -> list[date]:
    """The date of each unit a line orders (CT-LIN-09)."""
    first, last = _day(line["start_on"]), _day(line["end_on"])
    per_weekday = [int(count) for count in line["schedule"].split("-")]
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    return [day for day in days for _ in range(per_weekday[day.weekday()])]


def contracts() -> dict[str, Totals]:
    """Per contract the units ordered and aired, and its invoices as they stand at the month end."""
    taxes = {tax["code"]: tax["percent"] for tax in read("taxes")}
    result: dict[str, Totals] = {}
    for contract in read("contracts"):
        external_id = contract["external_id"]
        lines = [line for line in read("contract_lines") if line["contract_external_id"] == external_id]
        units, cycle = _units(lines), contract["billing_cycle"]
        flight = _day(min(line["start_on"] for line in lines)), _day(max(line["end_on"] for line in lines))
        result[external_id] = {
            "client": contract["client_code"],
            "billing_cycle": cycle,
            "invoice_type": contract["invoice_type"],
            "spots_ordered": len(units),
            "spots_aired": sum(one.ran_on is not None for one in units),
            "spots_missed": sum(one.is_missed for one in units),
            "spots_to_come": sum(not one.is_missed and one.ran_on is None for one in units),
            "invoices": [
                _amounts(one, contract, taxes[contract["tax_code"]]) for one in _invoices(cycle, flight, units)
            ],
        }
    return result


def issued(contract: Totals) -> list[Totals]:
    """The invoices of a contract that wait for nothing."""
    invoices = contract["invoices"]
    assert isinstance(invoices, list)
    return [one for one in invoices if one["state"] == "issued"]


def _units(lines: list[dict[str, str]]) -> list[Unit]:
    """A contract's units by what became of them.

    On a date a line of a contract has one unit, so that the contract's airings of the date tell how many are missing.
    A unit without an as-run line is missed, one after the log's last day is still to come; surplus airings (the same
    unit aired twice) bill nothing.
    """
    owner = {item: row["contract_external_id"] for row in read("rotations") for item in row["items"].split(";")}
    airings = Counter((owner.get(row["cart_no"]), row["air_on"], row["station_code"]) for row in read("as_run"))
    again = {
        (row["contract_external_id"], row["line_no"], row["target_on"]): _day(row["log_on"])
        for row in read("makegoods")
    }
    missed = _missed(lines, airings, set(again))
    units = []
    for line in lines:
        for day in unit_days(line):
            is_missed = (line["line_no"], day) in missed
            has_run = day <= reconciled_to() and not is_missed
            made_good_on = again.get((line["contract_external_id"], line["line_no"], day.isoformat()), day)
            units.append(
                Unit(line["line_no"], day, made_good_on if has_run else None, Decimal(line["rate"]), is_missed)
            )
    return units


@cache
def reconciled_to() -> date:
    """The last day of the as-run file: every log until then gets its result."""
    return _day(max(row["air_on"] for row in read("as_run")))


def _invoices(cycle: str, flight: Bounds, units: Sequence[Unit]) -> list[Invoice]:
    """One per period with ordered units or with what ran there (CT-CYC-03 to 09, 13, 18); none without a cycle."""
    if cycle == "none":
        return []
    found = []
    if cycle == "begin_of_schedule":
        lines, ordered = {one.line_no for one in units}, sum((one.rate for one in units), ZERO)
        found.append(Invoice("upfront", flight, len(lines), ordered, []))
    days = {one.ordered_on for one in units} | {one.ran_on for one in units if one.ran_on}
    for bounds in sorted({_bounds(cycle, day, flight) for day in days}):
        rates = [one.rate for one in units if one.ran_on and bounds[0] <= one.ran_on <= bounds[1]]
        waits = _waits(cycle, bounds, units)
        if cycle == "begin_of_schedule":
            found.append(Invoice("zero", bounds, len(rates), ZERO, waits))
        else:
            found.append(Invoice("normal", bounds, len(rates), sum(rates, ZERO), waits))
    return found


def _bounds(cycle: str, day: date, flight: Bounds) -> Bounds:
    """The whole period that a day belongs to (CT-CYC-12)."""
    monday, sunday = day - day.weekday() * _DAY, day + (6 - day.weekday()) * _DAY
    if cycle == "weekly":
        return monday, sunday
    if cycle == "end_of_schedule":
        return min(flight[0], day), max(flight[1], day)
    if cycle == "broadcast":
        # Weeks belong to the month of their Sunday (CT-CYC-05).
        days = [sunday + step * 7 * _DAY for step in range(-5, 6)]
        sundays = [one for one in days if (one.year, one.month) == (sunday.year, sunday.month)]
        return sundays[0] - 6 * _DAY, sundays[-1]
    first = day.replace(day=1)
    return first, (first + 31 * _DAY).replace(day=1) - _DAY


def _waits(cycle: str, bounds: Bounds, units: Sequence[Unit]) -> list[Totals]:
    """Why an invoice is not complete: logs without result up to the last ordered day, or missed units (CT-CYC-15).

    Missed units hold back End of Schedule only (CT-CYC-07).
    """
    last = min(bounds[1], max(one.ordered_on for one in units))
    first = max(bounds[0], reconciled_to() + _DAY)
    waits = []
    if first <= last:
        awaited = sum(first <= one.ordered_on <= last for one in units)
        waits.append(_wait("log_not_reconciled", first, last, awaited))
    missed = [one.ordered_on for one in units if one.is_missed]
    if missed and cycle == "end_of_schedule":
        waits.append(_wait("unit_missed", min(missed), max(missed), len(missed)))
    return waits


def _wait(reason: str, first: date, last: date, units: int) -> Totals:
    return {"reason": reason, "from": first.isoformat(), "to": last.isoformat(), "units": units}


def _amounts(invoice: Invoice, contract: dict[str, str], tax_percent: str) -> Totals:
    """What is taken off and added, invoice by invoice (CT-DSC-04)."""
    discount = percent(invoice.gross, contract["discount_percent"])
    commission = percent(invoice.gross - discount, contract["agency_commission_percent"])
    net = invoice.gross - discount - commission
    tax = percent(net, tax_percent)
    return {
        "variant": invoice.variant,
        "period_from": invoice.bounds[0].isoformat(),
        "period_to": invoice.bounds[1].isoformat(),
        "state": "gathering" if invoice.waits else "issued",
        "items": invoice.items,
        **text(
            {
                "gross": invoice.gross,
                "discount": discount,
                "agency_commission": commission,
                "net": net,
                "tax": tax,
                "total": net + tax,
                "sales_commission": percent(net, contract["sales_commission_percent"]),
            }
        ),
        "waits": invoice.waits,
    }


def _day(iso: str) -> date:
    return date.fromisoformat(iso)


def _missed(
    lines: list[dict[str, str]],
    airings: Counter[tuple[str | None, str, str]],
    made_good: set[tuple[str, str, str]],
) -> set[tuple[str, date]]:
    """Units without an airing and without a makegood."""
    per_log: defaultdict[tuple[str, date], list[str]] = defaultdict(list)
    for line in lines:
        for day in unit_days(line):
            if day <= reconciled_to():
                per_log[line["station_code"], day].append(line["line_no"])
    missing = set()
    for (station, day), line_nos in per_log.items():
        external_id = lines[0]["contract_external_id"]
        short = len(line_nos) - airings[external_id, day.isoformat(), station]
        gone = [line_no for line_no in line_nos if (external_id, line_no, day.isoformat()) in made_good]
        if short > len(gone):
            missing.add((_unaired(external_id, station, day, lines), day))
    return missing


def _unaired(external_id: str, station: str, day: date, lines: list[dict[str, str]]) -> str:
    """The line of a contract whose hour holds none of its airings of the day."""
    owner = {item: row["contract_external_id"] for row in read("rotations") for item in row["items"].split(";")}
    hours = {
        row["air_time"][:2]
        for row in read("as_run")
        if owner.get(row["cart_no"]) == external_id
        and row["station_code"] == station
        and row["air_on"] == day.isoformat()
    }
    return next(
        line["line_no"]
        for line in lines
        if line["station_code"] == station and line["start_time"][:2] not in hours and day in unit_days(line)
    )
