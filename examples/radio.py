"""The sell side: radio contracts with copy and rotations, and what the stations' automation says was aired."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from examples.files import Row
from examples.registers import ENTITY, HOURS, STATIONS, TAX

MONTH = [date(2026, 10, day) for day in range(1, 32)]
# Where contracts that run on stop: a week into the next month, long before the end of its broadcast month.
RUNS_ON = date(2026, 11, 8)
LENGTH = 30
LINES_PER_CONTRACT = 8
BREAK_ROOM = 2


class Deal(NamedTuple):
    """What a contract agrees on; `has_lunch` adds a copy of its own for lunch hour."""

    client: str
    agency: str
    salesperson: str
    discount: str
    sales_commission: str
    cycle: str
    invoice_type: str
    affidavit: str = "none"
    end_on: date = MONTH[-1]
    has_lunch: bool = False


# Every billing cycle and every invoice type.
CONTRACTS = [
    Deal("ALFA", "LYNX", "ANNA", "5", "8", "calendar", "detail", "affidavit", has_lunch=True),
    Deal("ALFA", "", "ANNA", "0", "8", "broadcast", "detail", "notarized", RUNS_ON),
    Deal("BERG", "LYNX", "BO", "0", "7.5", "broadcast", "summary"),
    Deal("BERG", "", "BO", "10", "7.5", "weekly", "time", "affidavit", RUNS_ON),
    Deal("CITRUS", "POLAR", "ANNA", "2.5", "10", "calendar", "co_op_notarized_affidavit", "notarized", has_lunch=True),
    Deal("DELTA", "", "BO", "0", "7.5", "end_of_schedule", "time_rates"),
    Deal("DELTA", "POLAR", "BO", "0", "7.5", "begin_of_schedule", "detail", "affidavit", RUNS_ON),
    Deal("GARTEN", "DOM", "CLARA", "5", "8", "broadcast", "time_rates", "affidavit", has_lunch=True),
    Deal("GARTEN", "", "CLARA", "0", "8", "weekly", "detail"),
    Deal("HAFEN", "", "DIRK", "0", "6", "none", "none"),
    Deal("HAFEN", "DOM", "DIRK", "3", "6", "end_of_schedule", "co_op_notarized_affidavit", "notarized"),
    Deal("ISAR", "", "CLARA", "0", "8", "begin_of_schedule", "time", "notarized"),
    Deal("KRONE", "DOM", "DIRK", "0", "9", "calendar", "summary"),
    Deal("KRONE", "", "DIRK", "7.5", "6", "calendar", "time_rates", "notarized", RUNS_ON),
]
COMMISSION = {"": "0", "LYNX": "15", "POLAR": "12.5", "DOM": "15"}
# What went wrong: the unit of contract C on line L on day D did not air; where it was made good, or not at all.
# Contract 4's makegood runs in another week, contract 8's in another broadcast month.
MISSED = [
    (1, 2, 6, 24), (3, 5, 7, 25), (4, 2, 8, 22), (5, 1, 13, 24), (8, 5, 14, 31),
    (10, 7, 15, 25), (13, 3, 20, 31), (6, 2, 22, 0), (12, 6, 29, 0)
]  # fmt: skip
OTHER_CART = [(2, 4, 8), (9, 1, 16)]
FAR_OFF = [(4, 3, 9), (11, 8, 27)]
AIRED_TWICE = [(7, 1, 12)]
WEEKDAY_LINES = {1, 2, 3, 5, 6, 7}


@dataclass(frozen=True)
class Spot:
    """A unit as the stations plan it: ordered by rate, contract and line within its hour."""

    contract: int
    line: int
    station: str
    hour: int
    rate: Decimal
    on: date


@dataclass
class Book:
    """Everything the contracts say, as rows of their files, with the units they order."""

    contracts: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    copies: list[Row] = field(default_factory=list)
    rotations: list[Row] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)


def external_id(contract: int) -> str:
    """The name by which the example's files know a contract."""
    return f"RC-{contract:02d}"


def carts(contract: int) -> list[str]:
    """The cart numbers of a contract's all-day copies, and of its lunch copy last."""
    return [f"C{contract:02d}{letter}" for letter in "ABL"]


def book(random: Random) -> Book:
    """Fourteen contracts of eight lines, no two units of a client in the same hour of a station."""
    result = Book()
    taken: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for contract, deal in enumerate(CONTRACTS, 1):
        result.contracts.append(_header(contract, deal))
        _copy_and_rotations(result, contract, deal)
        _lines(result, random, contract, deal, taken)
    return result


def _header(contract: int, deal: Deal) -> Row:
    return {
        "external_id": external_id(contract),
        "client_code": deal.client,
        "agency_code": deal.agency,
        "salesperson_code": deal.salesperson,
        "product": f"{deal.client.title()} autumn",
        "po_no": f"PO-{contract:04d}",
        "estimate_no": f"E{contract:03d}",
        "billing_cycle": deal.cycle,
        "invoice_type": deal.invoice_type,
        "affidavit": deal.affidavit,
        "discount_percent": deal.discount,
        "agency_commission_percent": COMMISSION[deal.agency],
        "sales_commission_percent": deal.sales_commission,
        "tax_code": TAX[ENTITY[deal.client]],
        "pre_pay": deal.cycle == "begin_of_schedule",
        "comment": "Airtime for <month>",
    }


def _copy_and_rotations(result: Book, contract: int, deal: Deal) -> None:
    wanted = carts(contract) if deal.has_lunch else carts(contract)[:2]
    name = deal.client.title()
    for number, cart in enumerate(wanted, 1):
        result.copies.append(
            {
                "cart_no": cart,
                "name": f"{name} {'lunch' if number == 3 else f'autumn {number}'}",
                "client_code": deal.client,
                "length_seconds": LENGTH,
                "start_on": MONTH[0],
                "end_on": deal.end_on,
                "station_codes": "",
                "script": f"{name}: autumn offers, this week only.",
            }
        )
    hours = [("Lunch Hour", "11:00", "14:00", "mon;tue;wed;thu;fri", wanted[2])] if deal.has_lunch else []
    hours.append(("All Day", "00:00", "24:00", "", ";".join(wanted[:2])))
    for position, (name, start, end, weekdays, items) in enumerate(hours, 1):
        result.rotations.append(
            {
                "contract_external_id": external_id(contract),
                "position": position,
                "name": name,
                "station_code": "",
                "length_seconds": LENGTH,
                "start_on": MONTH[0],
                "end_on": deal.end_on,
                "start_time": start,
                "end_time": end,
                "weekdays": weekdays,
                "items": items,
            }
        )


def _lines(
    result: Book, random: Random, contract: int, deal: Deal, taken: defaultdict[tuple[str, int], list[str]]
) -> None:
    client, own_hours = deal.client, set[int]()
    flight = [MONTH[0] + timedelta(days=offset) for offset in range((deal.end_on - MONTH[0]).days + 1)]
    for line in range(1, LINES_PER_CONTRACT + 1):
        station = STATIONS[ENTITY[client]][line % 2]
        hour = random.choice(
            [
                hour
                for hour in HOURS
                if hour not in own_hours and client not in taken[station, hour] and len(taken[station, hour]) < 3
            ]
        )
        own_hours.add(hour)
        taken[station, hour].append(client)
        # The order within an hour is the rate's alone: no two lines of an hour cost the same.
        rate = Decimal(400 + (200 if hour in (7, 8, 16, 17) else 0) + 15 * contract + line) + Decimal("0.50") * (
            line % 2
        )
        days = [day for day in flight if line not in WEEKDAY_LINES or day.weekday() < 5]
        weekend = 0 if line in WEEKDAY_LINES else 1
        result.lines.append(
            {
                "contract_external_id": external_id(contract),
                "line_no": line,
                "kind": "spots",
                "station_code": station,
                "avail_type": "SPOT",
                "start_on": MONTH[0],
                "end_on": deal.end_on,
                "start_time": f"{hour:02d}:00",
                "end_time": f"{hour + 1:02d}:00",
                "length_seconds": LENGTH,
                "schedule": f"1-1-1-1-1-{weekend}-{weekend}",
                "skip_weeks": 0,
                "override_start_date": True,
                "rate": f"{rate:.2f}",
                "placement": 5,
                "frequency": "",
                "income_account": "",
                "comment": "",
            }
        )
        result.spots += [Spot(contract, line, station, hour, rate, day) for day in days]


def makegoods() -> list[Row]:
    """The clerk's answer to the missed units: where each airs again; two are left missed."""
    return [
        {
            "contract_external_id": external_id(contract),
            "line_no": line,
            "target_on": MONTH[day - 1],
            "log_on": MONTH[again - 1],
        }
        for contract, line, day, again in MISSED
        if again
    ]


def as_run(plan: Book, random: Random) -> list[Row]:
    """The automation's log of the month: every unit near its scheduled time with its cart, and what went wrong."""
    missed = {(contract, line, day): again for contract, line, day, again in MISSED}
    of_the_month = [spot for spot in plan.spots if spot.on <= MONTH[-1]]
    known = {(spot.contract, spot.line, spot.on.day): spot for spot in of_the_month}
    logs: defaultdict[tuple[date, str], list[Spot]] = defaultdict(list)
    for spot in of_the_month:
        logs[spot.on, spot.station].append(spot)
    for key, again in missed.items():
        if again:
            spot = known[key]
            logs[MONTH[again - 1], spot.station].append(spot)
    rows: list[Row] = []
    cursors: defaultdict[tuple[int, str], int] = defaultdict(int)
    for (day, station), spots in sorted(logs.items(), key=lambda log: log[0]):
        rows += _aired((day, station), spots, cursors, missed, random)
    rows.append(_row("KVIK", MONTH[17], time(10, 5), "X999", "Station trailer"))
    return sorted(rows, key=lambda row: (str(row["air_on"]), str(row["station_code"]), str(row["air_time"])))


def _aired(
    log: tuple[date, str],
    spots: list[Spot],
    cursors: defaultdict[tuple[int, str], int],
    missed: dict[tuple[int, int, int], int],
    random: Random,
) -> list[Row]:
    day, station = log
    rows = []
    for at, spot in _scheduled(spots):
        lunch = CONTRACTS[spot.contract - 1].has_lunch and 11 <= spot.hour < 14 and day.weekday() < 5
        all_day = carts(spot.contract)[:2]
        cart = carts(spot.contract)[2] if lunch else all_day[cursors[spot.contract, station]]
        if not lunch:
            cursors[spot.contract, station] ^= 1
        key = (spot.contract, spot.line, spot.on.day)
        if key in missed and spot.on == day:
            continue
        if key in OTHER_CART:
            cart = next(other for other in all_day if other != cart)
        aired = datetime.combine(day, at) + timedelta(seconds=random.randint(-90, 90))
        if key in FAR_OFF:
            aired += timedelta(minutes=27)
        title = CONTRACTS[spot.contract - 1].client.title()
        rows.append(_row(station, day, aired.time(), cart, title))
        if key in AIRED_TWICE:
            rows.append(_row(station, day, (aired + timedelta(seconds=LENGTH + 2)).time(), cart, title))
    return rows


def _scheduled(spots: list[Spot]) -> list[tuple[time, Spot]]:
    """Each unit's break: the higher rate first, two a break, the earlier break of the hour first."""
    filled: defaultdict[int, int] = defaultdict(int)
    places = []
    for spot in sorted(spots, key=lambda spot: (-spot.rate, spot.contract, spot.line)):
        places.append((time(spot.hour, 20 if filled[spot.hour] < BREAK_ROOM else 50), filled[spot.hour], spot))
        filled[spot.hour] += 1
    return [(at, spot) for at, _, spot in sorted(places, key=lambda place: place[:2])]


def _row(station: str, day: date, at: time, cart: str, title: str) -> Row:
    return {
        "station_code": station,
        "air_on": day,
        "air_time": at.strftime("%H:%M:%S"),
        "cart_no": cart,
        "length_seconds": LENGTH,
        "title": title,
    }
