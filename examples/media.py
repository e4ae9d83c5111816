"""The buy side: plans, orders and insertions, the media's invoices for them, and one sold campaign."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from examples.files import Row, percent, rounded
from examples.registers import ENTITY, VAT

MONTH = [date(2026, 10, day) for day in range(1, 32)]
POSITIONS = ["Front page", "Page 3", "Centre", "Right column", "Back page"]
REVERSE_CHARGE = "NETZ"
# plan, client, agreement, campaign, its orders: number, medium, base price, discount %, received %, passed on %
PLANS = [
    ("P-EKEN-1", "EKEN", "STANDARD", "Pension 2026", [
        (5001, "AFTON-P", 9800, "10", "15", "10"),
        (5002, "SKYLT-O", 3200, "0", "12", "8"),
    ]),
    ("P-EKEN-2", "EKEN", "DIGITAL", "Savings", [
        (5003, "KLICK-D", 640, "5", "15", "5"),
    ]),
    ("P-FJORD-1", "FJORD", "STANDARD", "Winter sun", [
        (5004, "AFTON-P", 11250, "12.5", "15", "10"),
        (5005, "KLICK-D", 815, "0", "15", "10"),
    ]),
    ("P-ALFA-1", "ALFA", "NOFEE", "Autumn", [
        (5006, "SKYLT-O", 2875, "7.5", "10", "5"),
    ]),
    ("P-BERG-1", "BERG", "STANDARD", "Outdoor", [
        (5007, "SKYLT-O", 4120, "0", "15", "7.5"),
        (5008, "AFTON-P", 7600, "15", "15", "10"),
    ]),
    ("P-LINDE-1", "LINDE", "STANDARD", "Sofas", [
        (6001, "TAGES-P", 4900, "10", "15", "10"),
        (6002, "PLAKAT-O", 1650, "0", "12", "6"),
    ]),
    ("P-LINDE-2", "LINDE", "DIGITAL", "Kitchens", [
        (6003, "NETZ-D", 310, "5", "15", "5"),
    ]),
    ("P-MOSEL-1", "MOSEL", "STANDARD", "Harvest", [
        (6004, "TAGES-P", 5350, "12.5", "15", "10"),
        (6005, "NETZ-D", 275, "0", "15", "10"),
    ]),
    ("P-GARTEN-1", "GARTEN", "NOFEE", "Bulbs", [
        (6006, "PLAKAT-O", 1475, "7.5", "10", "5"),
    ]),
    ("P-HAFEN-1", "HAFEN", "STANDARD", "Cruises", [
        (6007, "PLAKAT-O", 1980, "0", "15", "7.5"),
        (6008, "TAGES-P", 3860, "15", "15", "10"),
    ]),
]  # fmt: skip
SUPPLIER = {
    "AFTON-P": "AFTON",
    "SKYLT-O": "SKYLT",
    "KLICK-D": "KLICK",
    "TAGES-P": "TAGES",
    "PLAKAT-O": "PLAKAT",
    "NETZ-D": "NETZ",
}
HALVES, THIRDS, LATE = [15, 31], [10, 20, 31], [15, 30, 31]
UNKNOWN_ORDER = 5999
# What the media got wrong, by order and insertion number.
TEN_PERCENT_MORE = (5001, 12)
LESS_COMMISSION = (6004, 40)
SLIGHTLY_MORE = (5007, 61)
NOT_BILLED = [(6001, 33), (5004, 101)]
BILLED_TWICE = (6007, 20)
TWO_DAYS_LATE = (5002, 27)
ROUNDED_UP = 6002


def plans() -> list[Row]:
    """Ten plans of eight clients."""
    return [
        {
            "code": code,
            "name": f"{client.title()} {campaign}",
            "client_code": client,
            "agreement_code": agreement,
            "owner": "maria" if ENTITY[client] == "NORD" else "jonas",
            "client_reference": f"REF-{code[2:]}",
            "campaign": campaign,
            "product": campaign,
        }
        for code, client, agreement, campaign, _ in PLANS
    ]


def orders() -> list[Row]:
    """Sixteen orders, each with one medium."""
    return [
        {
            "order_no": order_no,
            "plan_code": plan,
            "media_code": medium,
            "agreement_code": "",
            "client_reference": "",
            "not_before_on": "",
            "exchange_rate": "",
        }
        for plan, _, _, _, booked in PLANS
        for order_no, medium, *_ in booked
    ]


def insertions(random: Random) -> list[Row]:
    """Five insertions a day on each order, no two of an order at nearly the same price."""
    rows: list[Row] = []
    for _, _, _, _, booked in PLANS:
        for order_no, _, price, discount, received, passed_on in booked:
            for number in range(len(MONTH) * len(POSITIONS)):
                day, position = divmod(number, len(POSITIONS))
                factor = Decimal(100 + 20 * position + random.randint(0, 12)) / 100
                unit_price = rounded(price * factor) + Decimal(random.randint(0, 99)) / 100
                rows.append(
                    {
                        "order_no": order_no,
                        "insertion_no": number + 1,
                        "insertion_on": MONTH[day],
                        "quantity": 1,
                        "unit_price": f"{unit_price:.2f}",
                        "discount_percent": discount,
                        "received_commission_percent": received,
                        "passed_on_commission_percent": passed_on,
                        "ad_checked": True,
                        "text": POSITIONS[position],
                    }
                )
    return rows


def _as_ordered(insertion: Row) -> dict[str, object]:
    gross = Decimal(str(insertion["unit_price"]))
    net = gross - percent(gross, str(insertion["discount_percent"]))
    commission = percent(net, str(insertion["received_commission_percent"]))
    return {
        "order_no": insertion["order_no"],
        "insertion_on": insertion["insertion_on"],
        "net": net,
        "net_net": net - commission,
        "text": insertion["text"],
    }


def _billed(insertion: Row) -> list[dict[str, object]]:
    """The lines a medium bills for one insertion: one as ordered, unless it got something wrong."""
    key = insertion["order_no"], insertion["insertion_no"]
    if key in NOT_BILLED:
        return []
    line = _as_ordered(insertion)
    net, net_net = Decimal(str(line["net"])), Decimal(str(line["net_net"]))
    if key == TEN_PERCENT_MORE:
        line |= {"net": net + percent(net, "10"), "net_net": net_net + percent(net_net, "10")}
    if key == SLIGHTLY_MORE:
        line |= {"net": net + percent(net, "1.5"), "net_net": net_net + percent(net_net, "1.5")}
    if key == LESS_COMMISSION:
        line |= {"net_net": net - percent(net, "10")}
    if key == TWO_DAYS_LATE:
        line |= {"insertion_on": line["insertion_on"] + timedelta(days=2)}  # type: ignore[operator]
    return [line, line] if key == BILLED_TWICE else [line]


def media_invoices(booked: list[Row]) -> Iterator[Row]:
    """Forty invoices, a line per insertion with the header repeated on each."""
    clients = {order_no: client for _, client, _, _, many in PLANS for order_no, *_ in many}
    media = {order_no: medium for *_, many in PLANS for order_no, medium, *_ in many}
    for rank, (order_no, medium) in enumerate(media.items()):
        first = 1
        for last in HALVES if rank % 2 == 0 else LATE if order_no == 5008 else THIRDS:
            lines = [
                line
                for insertion in booked
                if insertion["order_no"] == order_no
                and MONTH[first - 1] <= insertion["insertion_on"] <= MONTH[last - 1]  # type: ignore[operator]
                for line in _billed(insertion)
            ]
            if (order_no, last) == (5008, 31):
                lines.append(lines[-1] | {"order_no": UNKNOWN_ORDER, "text": "Supplement"})
            header = _header(order_no, SUPPLIER[medium], ENTITY[clients[order_no]], MONTH[last - 1], lines)
            yield from (header | {"line_no": number} | line for number, line in enumerate(lines, 1))
            first = last + 1


def _header(order_no: int, supplier: str, entity: str, last: date, lines: list[dict[str, object]]) -> dict[str, object]:
    amount = sum((Decimal(str(line["net_net"])) for line in lines), Decimal())
    if order_no == ROUNDED_UP:
        amount += Decimal("0.50")
    vat_percent = "0" if supplier == REVERSE_CHARGE else VAT[entity]
    vat = percent(amount, vat_percent)
    return {
        "supplier_code": supplier,
        "invoice_no": f"{supplier}-{order_no}-{last.day:02d}",
        "invoice_on": last,
        "accounting_on": last,
        "due_on": last + timedelta(days=30),
        "currency": "SEK" if entity == "NORD" else "EUR",
        "exchange_rate": "1",
        "amount": amount,
        "vat_percent": vat_percent,
        "vat_amount": vat,
        "total_amount": amount + vat,
    }


CAMPAIGNS: list[Row] = [
    {
        "external_id": "CMP-01",
        "name": "Krone winter ale online",
        "client_code": "KRONE",
        "legal_entity_code": "RHEIN",
        "currency": "EUR",
        "stage": "booked",
        "payment_interval": "monthly",
        "payment_start": "before_during",
        "due_at": "interval_end",
        "start_on": "2026-10-12",
        "end_on": "2026-12-20",
        "payment_days": 30,
        "vat_treatment": "standard",
        "client_reference": "WINTER-26",
        "recipient_name": "Krone Brauerei GmbH",
        "recipient_street": "Am Sudhaus 1",
        "recipient_city": "50668 Köln",
        "recipient_country": "DE",
        "recipient_email": "invoice@krone.example",
        "dispatch": "email",
    }
]
CAMPAIGN_ITEMS: list[Row] = [
    {
        "campaign_external_id": "CMP-01",
        "line_no": line_no,
        "name": name,
        "start_on": start,
        "end_on": end,
        "amount": amount,
        "booked_quantity": quantity,
        "billing_category": "Fixed",
        "billing_basis": "linear",
        "distribution_unit": "amount",
        "distribution_period": period,
        "vat_percent": "19",
    }
    for line_no, name, start, end, amount, quantity, period in [
        (1, "Homepage takeover", "2026-10-12", "2026-12-20", "24500.00", 70, "day_based"),
        (2, "Newsletter", "2026-10-12", "2026-12-20", "10000.00", 10, "even"),
        (3, "Audio pre-roll", "2026-11-01", "2026-11-30", "6333.33", 30, "day_based"),
    ]
]
