"""The tables of media, fee, campaign and advance invoices: lines by order or item, each with its subtotal."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from shared.runtime.paper.table import Column, Group, Table
from shared.runtime.paper.words import amount, counted, day, joined, number

Record = Mapping[str, Any]
_MEDIA = (
    Column("date", "Date"),
    Column("text", "Text", 1),
    Column("gross", "Gross", is_number=True),
    Column("discount", "Discount", is_number=True),
    Column("net", "Net", is_number=True),
    Column("commission", "Commission", is_number=True),
    Column("fee", "Fee", is_number=True),
    Column("capital", "Capital", is_number=True),
    Column("price", "Price", is_number=True),
)
_ONE_AMOUNT = (
    Column("date", "Date"),
    Column("text", "Text", 1),
    Column("price", "Amount", is_number=True),
)

_ADVANCE = (
    Column("text", "Text", 1),
    Column("price", "Amount", is_number=True),
)


def advance_table(lines: Sequence[Record], of: str) -> Table:
    """The rows of a bill of an advance invoice, as they were typed (MA-PRE-08)."""
    return Table(_ADVANCE, [Group("", "", [_cells(line, of) for line in lines])])


def order_table(lines: Sequence[Record], kind: str, of: str) -> Table:
    """Every line in its order; a media invoice's lines show how their amount came about."""
    noun = "item" if kind == "campaign" else "order"
    groups = []
    for order_no, members in groupby(lines, key=lambda line: line["order_no"]):
        of_group = list(members)
        groups.append(
            Group(
                joined(f"{noun.capitalize()} {number(order_no)}", of_group[0]["media_name"]),
                "",
                [_cells(line, of) for line in of_group],
                counted(len(of_group), "line", "lines"),
                amount(sum(line["amount"] for line in of_group), of),
            )
        )
    return Table(_media_columns(lines) if kind == "media" else _ONE_AMOUNT, groups)


def _media_columns(lines: Sequence[Record]) -> Sequence[Column]:
    """All of MA-INV-24 but the additions and deductions that no line has: a column of zeros only asks a question."""
    added = {
        "discount": any(line["net_amount"] != line["gross_amount"] for line in lines),
        "commission": any(line["client_net_amount"] != line["net_amount"] for line in lines),
        "fee": any(line["fee_amount"] for line in lines),
        "capital": any(line["capital_cost_amount"] for line in lines),
    }
    return [column for column in _MEDIA if added.get(column.key, True)]


def _cells(line: Record, of: str) -> dict[str, str]:
    return {
        "date": day(line["dated_on"]),
        "text": line["text"],
        "gross": amount(line["gross_amount"], of),
        "discount": amount(line["net_amount"] - line["gross_amount"], of),
        "net": amount(line["net_amount"], of),
        "commission": amount(line["client_net_amount"] - line["net_amount"], of),
        "fee": amount(line["fee_amount"], of),
        "capital": amount(line["capital_cost_amount"], of),
        "price": amount(line["amount"], of),
    }
