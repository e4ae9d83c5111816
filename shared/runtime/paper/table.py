"""A table of a document: columns, groups of rows with their subtotals, and what it comes to."""

from collections.abc import Sequence
from typing import Any, NamedTuple


class Column(NamedTuple):
    """`key` is what group options call it (CT-ITY-14); `share` of the room left over, 0 for as narrow as it reads.

    Numbers stand to the right.
    """

    key: str
    name: str
    share: int = 0
    is_number: bool = False


class Group(NamedTuple):
    """Rows under a heading with a note; cells by the key of their column."""

    heading: str
    note: str
    rows: Sequence[dict[str, str]]
    subtotal_name: str = ""
    subtotal: str = ""


class Table(NamedTuple):
    """A table; its first `kept` columns and the last one, the money, always show; `more` show on demand only."""

    columns: Sequence[Column]
    groups: Sequence[Group]
    kept: int = 0
    more: Sequence[Column] = ()
    heading: str = ""

    def shown(self, wanted: Sequence[str]) -> dict[str, Any]:
        """The table for the template, with the columns a group option names, in its order, or with all of its own."""
        fixed, money = list(self.columns[: self.kept]), self.columns[-1]
        by_key = {column.key: column for column in (*self.columns[self.kept : -1], *self.more)}
        chosen = [by_key[key] for key in wanted if key in by_key]
        columns = [*fixed, *chosen, money] if chosen else list(self.columns)
        if not any(column.share for column in columns):
            columns[0] = columns[0]._replace(share=1)
        return {
            "heading": self.heading,
            "columns": [{"name": one.name, "share": one.share, "number": one.is_number} for one in columns],
            "groups": [
                {
                    "heading": group.heading,
                    "note": group.note,
                    "rows": [[row.get(column.key, "") for column in columns] for row in group.rows],
                    "subtotal_name": group.subtotal_name,
                    "subtotal": group.subtotal,
                }
                for group in self.groups
            ],
        }
