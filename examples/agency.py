"""A month of a mid-size media agency, made when it is wanted: python -m examples.agency FOLDER [INSERTIONS].

Writes the CSV files and, worked out from them alone, expected.json. The same number of insertions gives the same files.
"""

import json
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

from examples import agency_expected
from examples.accounts import ACCOUNTS
from examples.files import Row, write
from examples.registers import table

INSERTIONS = 20_000
ENTITY = "NORD"
_OF_CLIENT, _OF_ORDER, _CLIENTS_MAX, _CLIENTS_MIN = 100, 50, 200, 12
_SHARED_EVERY, _UNCHECKED_EVERY, _OWN_RATE_EVERY, _OWN_AGREEMENT_EVERY = 40, 90, 5, 7
_DAYS = [date(2026, 10, day) for day in range(1, 32)]
_FIRST = ["Alm", "Björk", "Cedergren", "Dahl", "Ek", "Falk", "Gran", "Holm", "Ives", "Järn"]
_SECOND = ["Livs", "Bygg", "Bank", "Resor", "Optik", "Möbler", "Bryggeri", "Energi", "Teater", "Försäkring"]
_THIRD = ["AB", "Norr AB", "Syd AB"]
_PLACES = ["Front page", "Half page", "Column", "Banner", "Pre-roll", "City light", "Back page"]
# Country, VAT and terms of clients in turn; one at home pays none, and buyers abroad owe theirs themselves.
_TERMS = [
    ("SE", "25", 30, False), ("SE", "25", 20, False), ("SE", "25", 10, True), ("SE", "6", 30, False),
    ("SE", "0", 30, True), ("SE", "25", 30, True), ("FI", "0", 14, False), ("SE", "12", 30, False),
]  # fmt: skip
_SPLITS = ["plan", "client", "order", "product", "campaign"]
_SHARES = [("50", "50"), ("60", "40"), ("33.34", "33.33", "33.33"), ("34", "33", "33"), ("70", "20", "10")]

LEGAL_ENTITIES = table(
    "code name currency country address vat_no start_of_week time_zone vat_percent number_prefix credit_series",
    "NORD|Mediahuset Nord AB|SEK|SE|Sveavägen 40, Stockholm|SE556600112201|monday|Europe/Stockholm|25|M-|false",
)
RATES = table("currency rate_on rate", "EUR | 2024-12-31 | 11.4865", "USD | 2024-12-31 | 11.0262")
MEDIA_TYPES = table(
    "code name ad_check_required look_ahead_days",
    "PRINT | Print | false | 0",
    "OOH | Out of home | true | 0",
    "DIGITAL | Digital | false | 0",
)
AGREEMENTS = table(
    "code name current_invoicing received_percents passed_on_percents fee_percent fee_base fixed_fee_amount"
    " fixed_fee_currency capital_cost_percent capital_cost_base",
    "STANDARD | Standard | true | 15 | 10 | 3 | net | | | 0.5 | client_net",
    "TWOFOLD | Two commissions | true | 15;3 | 12 | 2.5 | net | | | 0.6 | client_net",
    "NETNET | At net-net | true | 15 | 15 | 6.25 | net_net | | | |",
    "FIXED | A fee per insertion | true | 12 | 7.5 | | | 65.00 | SEK | |",
    "NOFEE | Without fee | true | 10 | 5 | | | | | |",
)
_CURRENCIES = ["SEK", "SEK", "SEK", "EUR", "SEK", "USD", "SEK", "SEK", "EUR", "SEK"]


def clients(count: int) -> list[Row]:
    """Clients with every split level and several terms."""
    rows = []
    for number in range(count):
        country, vat, days, from_month_end = _TERMS[number % len(_TERMS)]
        first, second, third = number % 10, number // 10 % 10, number // 100
        name = f"{_FIRST[first]} {_SECOND[second]} {_THIRD[third]}"
        rows.append(
            {
                "code": f"K{number + 1:03d}",
                "name": name,
                "legal_entity_code": ENTITY,
                "address": f"Storgatan {number + 1}, {11000 + number} Orten",
                "country": country,
                "vat_no": f"{country}{700000000 + number}",
                "vat_percent": vat,
                "currency": "SEK",
                "payment_days": days,
                "from_month_end": from_month_end,
                "separate_by": _SPLITS[number % len(_SPLITS)],
            }
        )
    return rows


def media(suppliers: int) -> tuple[list[Row], list[Row]]:
    """Suppliers and their media: most in SEK, some in EUR or USD."""
    sold = [
        (f"L{number + 1:02d}", medium, _CURRENCIES[number % len(_CURRENCIES)])
        for number in range(suppliers)
        for medium in range(3)
    ]
    kinds = [row["code"] for row in MEDIA_TYPES]
    return [
        {"code": f"L{number + 1:02d}", "name": f"Supplier {number + 1} AB", "currency": _CURRENCIES[number % 10]}
        for number in range(suppliers)
    ], [
        {
            "code": f"{supplier}-{kinds[medium]}",
            "name": f"{['Daily', 'Boards', 'Online'][medium]} {supplier[1:]}",
            "supplier_code": supplier,
            "currency": currency,
            "media_type_code": kinds[medium],
        }
        for supplier, medium, currency in sold
    ]


def plans(count: int, of: list[Row]) -> list[Row]:
    """Plans over the clients in turn, each under one of the agreements."""
    return [
        {
            "code": f"P{number + 1:03d}",
            "name": f"Autumn {number + 1}",
            "client_code": of[number % len(of)]["code"],
            "agreement_code": AGREEMENTS[number % len(AGREEMENTS)]["code"],
            "owner": ["maria", "jonas", "eva"][number % 3],
            "client_reference": f"PO-{4400 + number}" if number % 4 else "",
            "campaign": ["Autumn", "Winter"][number % 2],
            "product": f"Product {number % 3 + 1}",
        }
        for number in range(count)
    ]


def orders(count: int, on: list[Row], with_media: list[Row], random: Random) -> list[Row]:
    """Orders over the plans in turn; some name an agreement, a reference or a rate of their own."""
    rows = []
    for number in range(count):
        medium = random.choice(with_media)
        own_rate = medium["currency"] != "SEK" and number % _OWN_RATE_EVERY == 0
        rate = {"EUR": "11.5210", "USD": "10.9940"}.get(str(medium["currency"]), "")
        rows.append(
            {
                "order_no": 20001 + number,
                "plan_code": on[number % len(on)]["code"],
                "media_code": medium["code"],
                "agreement_code": "NETNET" if number % _OWN_AGREEMENT_EVERY == 0 else "",
                "client_reference": f"ORD-{number + 1}" if number % 3 == 0 else "",
                "exchange_rate": rate if own_rate else "",
            }
        )
    return rows


def insertions(count: int, booked: list[Row], of_plan: dict[str, str], codes: list[str], random: Random) -> list[Row]:
    """Insertions spread evenly over the orders; some are divided between clients, some not yet ad-checked."""
    rows = []
    for number in range(count):
        order = booked[number % len(booked)]
        shared = number % _SHARED_EVERY == 7
        head = of_plan[str(order["plan_code"])]
        rows.append(
            {
                "order_no": order["order_no"],
                "insertion_no": number // len(booked) + 1,
                "insertion_on": random.choice(_DAYS),
                "quantity": random.choice([1, 1, 1, 2, 3]),
                "unit_price": f"{Decimal(random.randint(15_000, 2_400_000)) / 100:.2f}",
                "discount_percent": random.choice(["", "5", "10", "12.5"]),
                "ad_checked": number % _UNCHECKED_EVERY != 11,
                "text": random.choice(_PLACES),
                "allocation": _allocation(head, codes, random) if shared else "",
            }
        )
    return sorted(rows, key=lambda row: (row["order_no"], row["insertion_no"]))  # type: ignore[no-any-return]


def _allocation(head: str, codes: list[str], random: Random) -> str:
    percents = random.choice(_SHARES)
    others = random.sample([code for code in codes if code != head], len(percents) - 1)
    return ";".join(f"{code} {percent}" for code, percent in zip([head, *others], percents, strict=True))


def generate(folder: Path, count: int = INSERTIONS) -> None:
    """Write a month of so many insertions."""
    random = Random(20261001)  # noqa: S311  nothing here is a secret
    buyers = clients(min(_CLIENTS_MAX, max(_CLIENTS_MIN, count // _OF_CLIENT)))
    suppliers, sold = media(20)
    planned = plans(len(buyers) * 5 // 4, buyers)
    booked = orders(max(len(planned), count // _OF_ORDER), planned, sold, random)
    of_plan = {str(row["code"]): str(row["client_code"]) for row in planned}
    files = {
        "legal_entities": LEGAL_ENTITIES,
        "accounts": [row for row in ACCOUNTS if row["legal_entity_code"] == ENTITY],
        "exchange_rates": RATES,
        "suppliers": suppliers,
        "media_types": MEDIA_TYPES,
        "media": sold,
        "agreements": AGREEMENTS,
        "clients": buyers,
        "plans": planned,
        "orders": booked,
        "insertions": insertions(count, booked, of_plan, [str(row["code"]) for row in buyers], random),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        write(name, rows, folder)
    text = json.dumps(agency_expected.figures(folder), indent=2, ensure_ascii=False)
    (folder / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    generate(Path(sys.argv[1]), *map(int, sys.argv[2:]))
