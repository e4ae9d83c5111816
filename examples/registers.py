"""Who trades with whom: entities, taxes, agencies, salespeople, suppliers, media, stations, agreements, clients."""

from examples.files import Row

STATIONS = {"NORD": ["KVIK", "FJRD"], "RHEIN": ["RHNA", "RHNB"]}
CURRENCY = {"NORD": "SEK", "RHEIN": "EUR"}
COUNTRY = {"NORD": "SE", "RHEIN": "DE"}
VAT = {"NORD": "25", "RHEIN": "19"}
TAX = {"NORD": "MOMS25", "RHEIN": "UST19"}
HOURS = range(6, 21)


def table(columns: str, *rows: str) -> list[Row]:
    """Rows written as text, cells parted by a bar."""
    names = columns.split()
    return [dict(zip(names, (cell.strip() for cell in row.split("|")), strict=True)) for row in rows]


LEGAL_ENTITIES = table(
    "code name currency country address vat_no start_of_week time_zone vat_percent number_prefix credit_series",
    "NORD|Nord Media AB|SEK|SE|Kungsgatan 12, Stockholm|SE556677889901|monday|Europe/Stockholm|25|N-|false",
    "RHEIN|Rhein Funk GmbH|EUR|DE|Hohe Straße 4, 50667 Köln|DE123456789|monday|Europe/Berlin|19|R-|false",
)
TAXES = table("code name percent parts", "MOMS25 | Mervärdesskatt | 25 |", "UST19 | Umsatzsteuer | 19 |")
AGENCIES = table(
    "code name commission_percent edi_no edi_requires_all_codes",
    "LYNX | Lynx Mediabyrå AB | 15 | | true",
    "POLAR | Polar Reklam AB | 12.5 | | true",
    "DOM | Domblick Agentur GmbH | 15 | | true",
)
SALESPEOPLE = table(
    "code name commission_percent",
    "ANNA | Anna Ek | 8",
    "BO | Bo Lind | 7.5",
    "CLARA | Clara Weber | 8",
    "DIRK | Dirk Hahn | 6",
)
SUPPLIERS = table(
    "code name currency payment_days",
    "AFTON | Aftonposten AB | SEK | 30",
    "SKYLT | Skyltnät Sverige AB | SEK | 30",
    "KLICK | Klicka Nät AB | SEK | 20",
    "TAGES | Tagesspiegel am Rhein GmbH | EUR | 30",
    "PLAKAT | Plakat West GmbH | EUR | 30",
    "NETZ | Netzwerk Werbung GmbH | EUR | 14",
)
MEDIA_TYPES = table(
    "code name ad_check_required look_ahead_days",
    "PRINT | Print | false | 0",
    "OOH | Out of home | false | 0",
    "DIGITAL | Digital | false | 0",
)
MEDIA = table(
    "code name supplier_code currency media_type_code",
    "AFTON-P | Aftonposten print | AFTON | SEK | PRINT",
    "SKYLT-O | Skyltnät city boards | SKYLT | SEK | OOH",
    "KLICK-D | Klicka display | KLICK | SEK | DIGITAL",
    "TAGES-P | Tagesspiegel print | TAGES | EUR | PRINT",
    "PLAKAT-O | Plakat West boards | PLAKAT | EUR | OOH",
    "NETZ-D | Netzwerk display | NETZ | EUR | DIGITAL",
)
AGREEMENTS = table(
    "code name current_invoicing current_deduction timing fee_percent fee_base capital_cost_percent capital_cost_base",
    "STANDARD | Standard terms | true | false | insertion | 3 | net | 0.5 | client_net",
    "DIGITAL | Digital terms | true | false | insertion | 5 | client_net | |",
    "NOFEE | Without fee | true | false | insertion | | | |",
)


def stations() -> list[Row]:
    """The four stations."""
    text = "We certify that the <spotcount> announcements listed were broadcast as shown."
    return [
        {
            "code": code,
            "name": f"Radio {code.title()}",
            "legal_entity_code": entity,
            "time_zone": "Europe/Stockholm" if entity == "NORD" else "Europe/Berlin",
            "feeds_automation": True,
            "affidavit_text": text,
            "notarized_text": f"{text} Sworn before a notary.",
        }
        for entity, codes in STATIONS.items()
        for code in codes
    ]


def break_templates() -> list[Row]:
    """Two breaks an hour, each of two avails."""
    return [
        {
            "station_code": station,
            "weekdays": "",
            "start_time": f"{hour:02d}:{minute}",
            "avail_type": "SPOT",
            "avail_count": 2,
            "seconds": 60,
        }
        for codes in STATIONS.values()
        for station in codes
        for hour in HOURS
        for minute in ("20", "50")
    ]


CLIENTS = [
    ("ALFA", "Alfa Livs AB", "NORD", "Box 101, 111 21 Stockholm"),
    ("BERG", "Berg & Dal AB", "NORD", "Strandvägen 7, 114 56 Stockholm"),
    ("CITRUS", "Citrus Bil AB", "NORD", "Box 2203, 403 14 Göteborg"),
    ("DELTA", "Delta El AB", "NORD", "Industrigatan 18, 212 14 Malmö"),
    ("EKEN", "Eken Bank AB", "NORD", "Box 44, 101 20 Stockholm"),
    ("FJORD", "Fjord Resor AB", "NORD", "Skeppsbron 3, 411 21 Göteborg"),
    ("GARTEN", "Gartenwelt GmbH", "RHEIN", "Rosenweg 21, 50996 Köln"),
    ("HAFEN", "Hafen Reisen GmbH", "RHEIN", "Postfach 10 12 08, 40003 Düsseldorf"),
    ("ISAR", "Isar Optik GmbH", "RHEIN", "Leopoldstraße 9, 80802 München"),
    ("KRONE", "Krone Brauerei GmbH", "RHEIN", "Am Sudhaus 1, 50668 Köln"),
    ("LINDE", "Linde Möbel GmbH", "RHEIN", "Postfach 2 30, 53001 Bonn"),
    ("MOSEL", "Mosel Wein GmbH", "RHEIN", "Weinstraße 14, 54470 Bernkastel-Kues"),
]
ENTITY = {code: entity for code, _, entity, _ in CLIENTS}


def clients() -> list[Row]:
    """The twelve clients with their billing terms and the defaults of their radio contracts."""
    return [
        {
            "code": code,
            "name": name,
            "legal_entity_code": entity,
            "category": "retail",
            "address": address,
            "country": COUNTRY[entity],
            "vat_no": f"{COUNTRY[entity]}{900000000 + number}",
            "email": f"invoice@{code.lower()}.example",
            "vat_percent": VAT[entity],
            "currency": CURRENCY[entity],
            "language": "en",
            "payment_days": 30,
            "from_month_end": False,
            "separate_by": "plan",
            "reference_required": False,
            "minimum_amount": "0.00",
            "agency_code": "",
            "salesperson_code": "ANNA" if entity == "NORD" else "CLARA",
            "tax_code": TAX[entity],
            "discount_percent": "0",
            "billing_cycle": "calendar",
            "invoice_type": "detail",
        }
        for number, (code, name, entity, address) in enumerate(CLIENTS, 1)
    ]
