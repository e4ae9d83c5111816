"""Spot detail of a contract as it is printed, shown on screen or exported (CT-LOG-16)."""

from collections import Counter
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
from shared.runtime.paper.words import amount, counted, day

Content = Mapping[str, Any]
Columns = Sequence[str]
_TEMPLATE = TEMPLATES / "spots.typ"
# What is made within the two seconds that a caller waits; the list itself has pages.
ROWS_MAX: Mapping[Format, int] = {"pdf": 3_000, "html": 50_000, "csv": 50_000, "json": 50_000}
_WIDE = frozenset({"copy", "invoice_time"})


def spot_sheet(content: Content, columns: Columns, kind: Format) -> bytes:
    """One contract's spot detail with these columns in the asked kind; the same content gives the same bytes."""
    return _MAKERS[kind](content, columns)


def _said(content: Content, columns: Columns) -> dict[str, Any]:
    states = Counter(row["status"] for row in content["rows"])
    facts = [
        ["Customer", content["client"]],
        ["Product", content["product"]],
        ["Contract", content["state"]],
        *([state.title(), f"{count}"] for state, count in sorted(states.items())),
    ]
    return {
        "title": f"Spot detail of contract {content['contract_no']}",
        "heading": "Spot detail",
        "number": f"Contract {content['contract_no']}",
        "remark": f"{counted(len(content['rows']), 'row', 'rows')}, {day(date.fromisoformat(content['dated_on']))}",
        "dated_on": content["dated_on"],
        "logo": "",
        "seller": content["seller"],
        "facts": [fact for fact in facts if fact[1]],
        "table": _table(content, columns),
    }


def _table(content: Content, columns: Columns) -> dict[str, Any]:
    """The columns as they are asked for; the sheet has no money column that must show."""
    shown = [Column(name, name.replace("_", " ").capitalize(), 1 + (name in _WIDE), name == "rate") for name in columns]
    rows = [{name: _words(name, row[name], content["currency"]) for name in columns} for row in content["rows"]]
    return Table(shown, [Group("", "", [row]) for row in rows]).shown(())


def _words(name: str, value: Any, of: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, date):
        return day(value)
    if name == "rate":
        return amount(Money.parse(Decimal(value), currency(of)).minor, of)
    if name == "invoice_time" and value:
        return str(value).replace("T", " ").removesuffix(":00Z").removesuffix("Z")
    return "" if value is None else str(value)


def _pdf(content: Content, columns: Columns) -> bytes:
    return typeset(_TEMPLATE, _said(content, columns))


def _html(content: Content, columns: Columns) -> bytes:
    return page(_said(content, columns), parties=content["seller"]["name"])


def _csv(content: Content, columns: Columns) -> bytes:
    return csv_bytes(columns, [[_cell(row[name]) for name in columns] for row in content["rows"]])


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _json(content: Content, columns: Columns) -> bytes:
    rows = [{name: row[name] for name in columns} for row in content["rows"]]
    return orjson.dumps({"contract": content["contract_no"], "items": rows}, option=orjson.OPT_INDENT_2)


_MAKERS: Mapping[Format, Callable[[Content, Columns], bytes]] = {
    "pdf": _pdf, "html": _html, "csv": _csv, "json": _json,
}  # fmt: skip
