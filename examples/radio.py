"""The sell side: radio contracts with copy and rotations, and what the stations' automation says was aired."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from examples.files import Row
from examples.registers import ENTITY, HOURS, STATIONS, TAX

MONTH = [date(2026, 10, day) for day in range(1, 32)]
LENGTH = 30
LINES_PER_CONTRACT = 8
BREAK_ROOM = 2
# client, agency, salesperson, discount, sales commission, lunch rotation
CONTRACTS = [
    ("ALFA", "LYNX", "ANNA", "5", "8", True),
    ("ALFA", "", "ANNA", "0", "8", False),
    ("BERG", "LYNX", "BO", "0", "7.5", False),
    ("BERG", "", "BO", "10", "7.5", False),
    ("CITRUS", "POLAR", "ANNA", "2.5", "10", True),
    ("DELTA", "", "BO", "0", "7.5", False),
    ("DELTA", "POLAR", "BO", "0", "7.5", False),
    ("GARTEN", "DOM", "CLARA", "5", "8", True),
    ("GARTEN", "", "CLARA", "0", "8", False),
    ("HAFEN", "", "DIRK", "0", "6", False),
    ("HAFEN", "DOM", "DIRK", "3", "6", False),
    ("ISAR", "", "CLARA", "0", "8", False),
    ("KRONE", "DOM", "DIRK", "0", "9", False),
    ("KRONE", "", "DIRK", "7.5", "6", False),
]
COMMISSION = {"": "0", "LYNX": "15", "POLAR": "12.5", "DOM": "15"}
# What went wrong: the unit of contract C on line L on day D did not air; where it was made good, or not at all.
MISSED = [
    (1, 2, 6, 24), (3, 5, 7, 25), (5, 1, 13, 24), (8, 5, 14, 31),
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
    for contract, (client, agency, salesperson, discount, sales, lunch) in enumerate(CONTRACTS, 1):
        result.contracts.append(
            {
                "external_id": external_id(contract),
                "client_code": client,
                "agency_code": agency,
                "salesperson_code": salesperson,
                "product": f"{client.title()} autumn",
                "po_no": f"PO-{contract:04d}",
                "estimate_no": f"E{contract:03d}",
                "billing_cycle": "calendar",
                "invoice_type": "detail",
                "affidavit": "affidavit" if contract % 4 == 1 else "none",
                "discount_percent": discount,
                "agency_commission_percent": COMMISSION[agency],
                "sales_commission_percent": sales,
                "tax_code": TAX[ENTITY[client]],
                "pre_pay": False,
                "comment": "Airtime for <month>",
            }
        )
        _copy_and_rotations(result, contract, client, lunch=lunch)
        _lines(result, random, contract, client, taken)
    return result


def _copy_and_rotations(result: Book, contract: int, client: str, *, lunch: bool) -> None:
    wanted = carts(contract) if lunch else carts(contract)[:2]
    for number, cart in enumerate(wanted, 1):
        result.copies.append(
            {
                "cart_no": cart,
                "name": f"{client.title()} {'lunch' if number == 3 else f'autumn {number}'}",
                "client_code": client,
                "length_seconds": LENGTH,
                "start_on": MONTH[0],
                "end_on": MONTH[-1],
                "station_codes": "",
                "script": f"{client.title()}: autumn offers, this week only.",
            }
        )
    hours = [("Lunch", "11:00", "14:00", "mon;tue;wed;thu;fri", wanted[2])] if lunch else []
    hours.append(("All day", "00:00", "24:00", "", ";".join(wanted[:2])))
    for position, (name, start, end, weekdays, items) in enumerate(hours, 1):
        result.rotations.append(
            {
                "contract_external_id": external_id(contract),
                "position": position,
                "name": name,
                "station_code": "",
                "length_seconds": LENGTH,
                "start_on": MONTH[0],
                "end_on": MONTH[-1],
                "start_time": start,
                "end_time": end,
                "weekdays": weekdays,
                "items": items,
            }
        )


def _lines(
    result: Book, random: Random, contract: int, client: str, taken: defaultdict[tuple[str, int], list[str]]
) -> None:
    own_hours: set[int] = set()
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
        days = [day for day in MONTH if line not in WEEKDAY_LINES or day.weekday() < 5]
        weekend = 0 if line in WEEKDAY_LINES else 1
        result.lines.append(
            {
                "contract_external_id": external_id(contract),
                "line_no": line,
                "kind": "spots",
                "station_code": station,
                "avail_type": "SPOT",
                "start_on": MONTH[0],
                "end_on": MONTH[-1],
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
    """The automation's log: every unit near its scheduled time with its cart, and what went wrong."""
    missed = {(contract, line, day): again for contract, line, day, again in MISSED}
    known = {(spot.contract, spot.line, spot.on.day): spot for spot in plan.spots}
    logs: defaultdict[tuple[date, str], list[Spot]] = defaultdict(list)
    for spot in plan.spots:
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
        lunch = CONTRACTS[spot.contract - 1][5] and 11 <= spot.hour < 14 and day.weekday() < 5
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
        title = CONTRACTS[spot.contract - 1][0].title()
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
