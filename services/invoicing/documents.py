"""Invoices as PDF/A-3b: what a document says, and the typst template that lays it out."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
import typst

from shared.kernel.money import Money, currency

TEMPLATE_VERSION = 1
_TEMPLATE = Path(__file__).parent / "templates" / "invoice.typ"
Record = Mapping[str, Any]


def render(invoice: Record, lines: Sequence[Record], voucher_no: str) -> bytes:
    """The document of an issued invoice; the same input gives the same bytes."""
    said = document(invoice, lines, voucher_no)
    compiler = typst.Compiler(str(_TEMPLATE), sys_inputs={"data": orjson.dumps(said).decode()})
    pdf = compiler.compile(format="pdf", pdf_standards=["a-3b"])
    assert isinstance(pdf, bytes)
    return pdf


def document(invoice: Record, lines: Sequence[Record], voucher_no: str) -> dict[str, Any]:
    """Every word and figure of the document, in the order it reads."""
    frozen, of = invoice["frozen"], invoice["currency"]
    heading = "Credit note" if invoice["document"] == "credit_note" else "Invoice"
    layout = _CONTRACT if invoice["kind"] == "contract" else _CAMPAIGN if invoice["kind"] == "campaign" else _MEDIA
    return {
        "title": f"{heading} {invoice['invoice_no']}",
        "heading": heading,
        "number": invoice["invoice_no"],
        "dated_on": invoice["invoice_on"].isoformat(),
        "seller": frozen["seller"],
        "buyer": frozen["buyer"],
        "facts": _facts(invoice, voucher_no),
        "note": invoice["text"],
        "columns": [{"name": name, "width": width, "number": number} for name, width, number, _ in layout],
        "groups": _groups(lines, layout, invoice["kind"], of),
        "sums": _sums(invoice, of),
        "total_name": f"To pay {of}" if invoice["total_amount"] >= 0 else f"To your credit {of}",
        "total": amount(invoice["total_amount"], of),
        "terms": _terms(invoice),
        "test": False,
    }


def amount(minor: int, of: str) -> str:
    """An amount as documents print it: thousands apart, the currency's places."""
    return f"{Money(minor, currency(of)).decimal:,}".replace(",", "\u202f")


def _facts(invoice: Record, voucher_no: str) -> list[list[str]]:
    frozen = invoice["frozen"]
    facts = [
        ("Date", _day(invoice["invoice_on"])),
        ("Due", _day(invoice["due_on"])),
        ("Period", _period(invoice)),
        ("Your reference", invoice["client_reference"]),
        ("Contract", str(frozen.get("contract_no", ""))),
        ("Campaign", str(frozen.get("campaign_name", ""))),
        ("Product", frozen.get("product", "")),
        ("Credits", frozen.get("reverses_no", "")),
        ("Voucher", voucher_no),
    ]
    return [[name, value] for name, value in facts if value]


def _period(invoice: Record) -> str:
    if invoice["period_from"] is None:
        return ""
    return f"{_day(invoice['period_from'])} – {_day(invoice['period_to'])}"


def _groups(lines: Sequence[Record], layout: Sequence[Any], kind: str, of: str) -> list[dict[str, Any]]:
    groups = []
    for order_no, members in groupby(lines, key=lambda line: line["order_no"]):
        of_group = list(members)
        name = {"contract": "Line", "campaign": "Item"}.get(kind, "Order")
        medium = of_group[0]["media_name"]
        groups.append(
            {
                "name": f"{name} {order_no.lstrip('0') or order_no}" + (f" · {medium}" if medium else ""),
                "rows": [[cell(line, of) for _, _, _, cell in layout] for line in of_group],
                "subtotal_name": f"{len(of_group)} × {name.lower()} {order_no.lstrip('0') or order_no}",
                "subtotal": amount(sum(line["amount"] for line in of_group), of),
            }
        )
    return groups


def _sums(invoice: Record, of: str) -> list[list[str]]:
    frozen = invoice["frozen"]
    sums = []
    if invoice["discount_amount"] or invoice["agency_commission_amount"]:
        sums.append(["Gross", amount(invoice["gross_amount"], of)])
    if invoice["discount_amount"]:
        sums.append([f"Discount {frozen.get('discount_percent', '')} %", amount(-invoice["discount_amount"], of)])
    if invoice["agency_commission_amount"]:
        percent = frozen.get("agency_commission_percent", "")
        sums.append([f"Agency commission {percent} %", amount(-invoice["agency_commission_amount"], of)])
    sums.append(["Net", amount(invoice["net_amount"], of)])
    tax = frozen.get("tax")
    name = tax["name"] if tax else "VAT"
    for rate in invoice["vat"]:
        base = amount(rate["base_amount"], of)
        sums.append([f"{name} {rate['percent']} % on {base}", amount(rate["vat_amount"], of)])
    for part in tax["parts"] if tax else []:
        sums.append([f"of which {part['name']} {part['percent']} %", part["amount"]])
    return sums


def _terms(invoice: Record) -> str:
    if invoice["due_on"] is None or invoice["total_amount"] <= 0:
        return ""
    return f"Payable by {_day(invoice['due_on'])}, stating {invoice['invoice_no']}."


def _day(on: date | None) -> str:
    return on.isoformat() if on else ""


def _money(name: str) -> Any:
    return lambda line, of: amount(line[name], of)


def _detail(name: str) -> Any:
    return lambda line, _of: str((line["details"] or {}).get(name) or "")


# name, width, whether it is a number, and how a line fills it
_DATE = ("Date", "auto", False, lambda line, _of: line["dated_on"].isoformat())
_TEXT = ("Text", "fill", False, lambda line, _of: line["text"])
_MEDIA = (
    _DATE,
    _TEXT,
    ("Gross", "auto", True, _money("gross_amount")),
    ("Discount", "auto", True, lambda line, of: amount(line["net_amount"] - line["gross_amount"], of)),
    ("Net", "auto", True, _money("net_amount")),
    ("Commission", "auto", True, lambda line, of: amount(line["client_net_amount"] - line["net_amount"], of)),
    ("Fee", "auto", True, _money("fee_amount")),
    ("Capital", "auto", True, _money("capital_cost_amount")),
    ("Price", "auto", True, _money("amount")),
)
# CT-ITY-03: one row per aired unit.
_CONTRACT = (
    _DATE,
    ("Day", "auto", False, lambda line, _of: f"{line['dated_on']:%a}"),
    ("Aired", "auto", False, _detail("air_time")),
    ("Length", "auto", True, _detail("length_seconds")),
    ("Type", "auto", False, _detail("avail_type")),
    ("Copy", "fill", False, lambda line, _of: line["text"]),
    ("Cart", "auto", False, _detail("cart_no")),
    ("Rate", "auto", True, _money("amount")),
)
_CAMPAIGN = (_DATE, _TEXT, ("Amount", "auto", True, _money("amount")))
