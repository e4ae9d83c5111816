"""Contract invoices as they would be stored, for documents: the items of EX-CT-21 unless a case says otherwise."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from services.invoicing.documents import document
from services.invoicing.domain.deductions import ContractTerms, contract_amounts
from tests.invoicing.builders import minor

KAAA, KBBB = "kaaa", "kbbb"
_NAMES = {KAAA: "Radio KAAA", KBBB: "Radio KBBB"}
_TEXT = "We certify that <spotcount> spots ran."
COPIES = {copy: {"name": copy.upper(), "cart_no": f"C-{copy}", "script": f"Script of {copy}."} for copy in "abc"}


def spot(line: str, copy: str, rate: str, *, on: int = 12, length: int = 30, station: str = KAAA) -> dict[str, Any]:
    """A line of an aired unit."""
    name = COPIES.get(copy, {"name": ""})["name"]
    details = {
        "air_time": "07:00", "length_seconds": length, "copy_id": copy, "copy_name": name,
        "cart_no": f"C-{copy}" if copy else "", "avail_type": "A",
    }  # fmt: skip
    return _line(line, name, rate, on, station) | {"details": details}


def off_air(line: str, text: str, amount: str) -> dict[str, Any]:
    """A line of an occurrence."""
    return _line(line, text, amount, 24, KAAA) | {"details": None}


def _line(line: str, text: str, amount: str, on: int, station: str) -> dict[str, Any]:
    return {
        "order_no": line, "media_id": station, "media_name": _NAMES[station], "dated_on": date(2026, 1, on),
        "text": text, "amount": minor(amount),
    }  # fmt: skip


EX_CT_21 = [
    *(spot("001", copy, "60.00", on=12 + number) for number, copy in enumerate("aba")),
    *(spot("002", copy, "0.00", on=12 + number) for number, copy in enumerate("ba")),
    *(spot("003", copy, "45.00", on=12 + number) for number, copy in enumerate("ab")),
    spot("004", "c", "70.00", length=60),
]
_LINES = {
    "001": ("spots", 360, 600, 30),
    "002": ("spots", 360, 600, 30),
    "003": ("spots", 900, 1140, 30),
    "004": ("spots", 900, 1140, 60),
    "005": ("off_air", None, None, None),
}


def invoice(
    invoice_type: str,
    lines: Sequence[dict[str, Any]] = EX_CT_21,
    *,
    terms: ContractTerms | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """The header of an approved invoice over these lines; `frozen` changes are merged into its copies."""
    percents = terms or ContractTerms(Decimal(0), Decimal(0), Decimal(0), Decimal(12))
    amounts = contract_amounts(sum(line["amount"] for line in lines), percents)
    frozen = {
        "seller": {"code": "N", "name": "Nordic Radio AB", "address": "Storgatan 1, Stockholm", "vat_no": "SE1"},
        "buyer": {"code": "OAK", "name": "Oak Motors", "address": "Elm Road 2", "country": "SE", "vat_no": ""},
        "contract_no": 7001, "invoice_type": invoice_type, "affidavit": "none", "po_no": "", "product": "",
        "estimate": "", "agency": "", "discount_percent": f"{percents.discount_percent:f}",
        "agency_commission_percent": f"{percents.agency_commission_percent:f}", "tax": None,
        "lines": {
            number: {
                "kind": kind, "start_minute": start, "end_minute": end, "length_seconds": length,
                "start_on": "2026-01-12", "end_on": "2026-02-15", "quantity": 3, "comment": "",
            }
            for number, (kind, start, end, length) in _LINES.items()
        },
        "stations": {
            id_: {"code": id_, "name": name, "affidavit_text": _TEXT, "notarized_text": f"Sworn: {_TEXT}"}
            for id_, name in _NAMES.items()
        },
        "copies": COPIES, "layout": {},
    } | changes.pop("frozen", {})  # fmt: skip
    rate = {"percent": f"{percents.tax_percent:f}", "base_amount": amounts.net_amount, "vat_amount": amounts.tax_amount}
    return {
        "kind": "contract", "variant": "normal", "document": "invoice", "invoice_no": "N2026-00001",
        "invoice_on": date(2026, 1, 31), "due_on": date(2026, 3, 2), "period_from": date(2026, 1, 1),
        "period_to": date(2026, 1, 31), "client_reference": "", "text": "", "currency": "EUR",
        "gross_amount": amounts.gross_amount, "discount_amount": amounts.discount_amount,
        "agency_commission_amount": amounts.agency_commission_amount, "net_amount": amounts.net_amount,
        "vat": [rate] if percents.tax_percent else [], "vat_amount": amounts.tax_amount, "invoice_fee_amount": 0,
        "total_amount": amounts.due_amount, "sales_commission_amount": amounts.sales_commission_amount,
        "frozen": frozen,
    } | changes  # fmt: skip


def said(invoice_type: str, lines: Sequence[dict[str, Any]] = EX_CT_21, **changes: Any) -> dict[str, Any]:
    """What the document of such an invoice says."""
    return document(invoice(invoice_type, lines, **changes), lines)


def rows(table: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of a table by the names of its columns."""
    names = [column["name"] for column in table["columns"]]
    return [dict(zip(names, row, strict=True)) for group in table["groups"] for row in group["rows"]]
