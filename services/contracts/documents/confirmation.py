"""A confirmation as it is printed, shown on screen or exported: PDF, HTML, CSV, JSON (CT-DOC-01 to CT-DOC-03).

Each is made of the same frozen content, which holds no internal notes (CT-NOT-02, CT-NOT-03).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from services.contracts.documents.kinds import TEMPLATES, Format
from services.contracts.documents.page import page
from shared.kernel.money import Money, currency
from shared.runtime.paper import Column, Group, Table, typeset
from shared.runtime.paper.sheet import csv_bytes
from shared.runtime.paper.words import amount, day, days, seconds

Content = Mapping[str, Any]
_TEMPLATE = TEMPLATES / "confirmation.typ"
_COLUMNS = (
    Column("line_no", "Line"),
    Column("station", "Station", 2),
    Column("avail_type", "Avail"),
    Column("flight", "Flight", 2),
    Column("times", "Times"),
    Column("length", "Length", is_number=True),
    Column("schedule", "Schedule", 3),
    Column("rate", "Rate", is_number=True),
    Column("quantity", "Qty", is_number=True),
    Column("total", "Total", is_number=True),
)
_SHEET = (
    "line_no", "station", "avail_type", "start_on", "end_on", "start_time", "end_time", "length", "schedule", "rate",
    "quantity", "total", "comment",
)  # fmt: skip
_EXPORTED = (
    "contract_no", "code", "revision", "standing", "dated_on", "currency", "seller", "buyer", "item_count",
    "gross_amount", "total_amount", "summary",
)  # fmt: skip


def confirmation(content: Content, kind: Format) -> bytes:
    """One confirmation in the asked kind; the same content gives the same bytes."""
    return _MAKERS[kind](content)


def confirmations(contents: Sequence[Content]) -> bytes:
    """Several confirmations as one PDF, each on pages of its own (CT-DOC-07)."""
    return typeset(_TEMPLATE, {"confirmations": [said(one) for one in contents]})


def said(content: Content) -> dict[str, Any]:
    """Every word and figure of the document as it is laid out."""
    layout, of = content["layout"], content["currency"]
    return {
        "title": _title(content),
        "heading": "Confirmation",
        "number": f"Contract {content['contract_no']}",
        "remark": _standing(content),
        "dated_on": content["dated_on"],
        "logo": layout["logo_svg"],
        "seller": content["seller"],
        "buyer": content["buyer"],
        "facts": content["facts"],
        "table": _table(content).shown(layout["confirmation_columns"]),
        "terms": _terms(content),
        "remit": layout["remit_address"],
        "footer_text": layout["footer_text"],
        "sums": [["Items", f"{content['item_count']:,}".replace(",", "\u202f")]],
        "total_name": f"Total {of}",
        "total": _money(content["total_amount"], of),
        "stamp": "Not approved" if content["standing"] == "draft" else "",
    }


def _title(content: Content) -> str:
    return f"Confirmation of contract {content['contract_no']}"


def _standing(content: Content) -> str:
    dated_on = day(date.fromisoformat(content["dated_on"]))
    if content["standing"] == "draft":
        return f"Draft of {dated_on}, not approved"
    return f"Revision {content['revision']}, {content['standing']} {dated_on}"


def _terms(content: Content) -> str:
    taken = [name.lower() for name, _ in content["facts"] if name in ("Discount", "Agency commission")]
    if not taken or content["layout"]["rates"] == "net":
        return ""
    verb, them = ("is", "it") if len(taken) == 1 else ("are", "them")
    said = " and ".join(taken).capitalize()
    return f"{said} {verb} taken off on each invoice; the total here is before {them} and tax."


def _table(content: Content) -> Table:
    of = content["currency"]
    return Table(_COLUMNS, [Group("", line["comment"], [_row(line, of)]) for line in content["lines"]])


def _row(line: Mapping[str, Any], of: str) -> dict[str, str]:
    first, last = date.fromisoformat(line["start_on"]), date.fromisoformat(line["end_on"])
    return {
        "line_no": str(line["line_no"]),
        "station": line["station"],
        "avail_type": line["avail_type"] or "off air",
        "flight": day(first) if first == last else days(first, last),
        "times": "–".join(filter(None, (line["start_time"], line["end_time"]))),
        "length": seconds(line["length"]),
        "schedule": line["schedule"],
        "rate": _money(line["rate"], of),
        "quantity": str(line["quantity"]),
        "total": _money(line["total"], of),
    }


def _money(text: str, of: str) -> str:
    return amount(Money.parse(Decimal(text), currency(of)).minor, of)


def _pdf(content: Content) -> bytes:
    return confirmations([content])


def _html(content: Content) -> bytes:
    document = said(content)
    return page(
        document,
        parties=f"{document['seller']['name']} to {document['buyer']['name']}",
        summary=f"{content['summary']} {content['currency']}",
        below=(document["terms"], document["remit"], document["footer_text"]),
        stamp=document["stamp"],
    )


def _csv(content: Content) -> bytes:
    """A record per line, each with what the confirmation's head says of all."""
    head = [content[name] for name in ("contract_no", "revision", "standing", "dated_on", "currency")]
    head += [content["buyer"]["name"], dict(content["facts"]).get("Product", "")]
    columns = ("contract_no", "revision", "status", "dated_on", "currency", "customer", "product", *_SHEET)
    return csv_bytes(columns, [[*head, *(line[name] for name in _SHEET)] for line in content["lines"]])


def _json(content: Content) -> bytes:
    """What the confirmation says, without how it is laid out."""
    said_of_all = {name: content[name] for name in _EXPORTED}
    lines = [{name: line[name] for name in _SHEET} for line in content["lines"]]
    exported = {**said_of_all, "facts": dict(content["facts"]), "lines": lines}
    return orjson.dumps(exported, option=orjson.OPT_INDENT_2)


_MAKERS: Mapping[Format, Callable[[Content], bytes]] = {"pdf": _pdf, "html": _html, "csv": _csv, "json": _json}
