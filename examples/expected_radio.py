"""What the radio contracts should come to: units ordered and aired, and the invoice of October."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

from examples.files import ZERO, Totals, percent, read, text


def unit_days(line: dict[str, str]) -> list[date]:
    """The date of each unit a line orders (CT-LIN-09)."""
    first, last = date.fromisoformat(line["start_on"]), date.fromisoformat(line["end_on"])
    per_weekday = [int(count) for count in line["schedule"].split("-")]
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    return [day for day in days for _ in range(per_weekday[day.weekday()])]


def contracts() -> dict[str, Totals]:
    """Per contract the units ordered and aired and its October invoice; a unit without an as-run line is missed.

    On a date a line of a contract has one unit, so that the contract's airings of the date tell how many are missing.
    Surplus airings (the same unit aired twice) bill nothing.
    """
    taxes = {tax["code"]: tax["percent"] for tax in read("taxes")}
    owner = {item: row["contract_external_id"] for row in read("rotations") for item in row["items"].split(";")}
    airings = Counter((owner.get(row["cart_no"]), row["air_on"], row["station_code"]) for row in read("as_run"))
    made_good = {(row["contract_external_id"], row["line_no"], row["target_on"]) for row in read("makegoods")}
    result = {}
    for contract in read("contracts"):
        external_id = contract["external_id"]
        lines = [line for line in read("contract_lines") if line["contract_external_id"] == external_id]
        missed = _missed(lines, airings, made_good)
        ordered = {(line["line_no"], day): Decimal(line["rate"]) for line in lines for day in unit_days(line)}
        gross = sum((rate for unit, rate in ordered.items() if unit not in missed), ZERO)
        discount = percent(gross, contract["discount_percent"])
        commission = percent(gross - discount, contract["agency_commission_percent"])
        net = gross - discount - commission
        tax = percent(net, taxes[contract["tax_code"]])
        result[external_id] = {
            "client": contract["client_code"],
            "spots_ordered": len(ordered),
            "spots_aired": len(ordered) - len(missed),
            "spots_missed": len(missed),
            **text(
                {
                    "gross": gross,
                    "discount": discount,
                    "agency_commission": commission,
                    "net": net,
                    "tax": tax,
                    "total": net + tax,
                    "sales_commission": percent(net, contract["sales_commission_percent"]),
                }
            ),
        }
    return result


def _missed(
    lines: list[dict[str, str]],
    airings: Counter[tuple[str | None, str, str]],
    made_good: set[tuple[str, str, str]],
) -> set[tuple[str, date]]:
    """Units without an airing and without a makegood."""
    per_log: defaultdict[tuple[str, date], list[str]] = defaultdict(list)
    for line in lines:
        for day in unit_days(line):
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
