"""How a user sees the list of lines: columns in their order, sorted, grouped, filtered (CT-LIN-29, CT-LIN-30)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from shared.kernel.errors import Fault, Invalid

Row = Mapping[str, Any]

STANDARD = (
    "line", "station", "avail_type", "start_date", "end_date", "start_time", "end_time", "length", "schedule", "rate",
    "qty", "total", "rotation",
)  # fmt: skip
OPTIONAL = ("comment", "override_advertiser", "override_conflict", "placement", "repeated", "status", "trashed")
COLUMNS = (*STANDARD, *OPTIONAL)


@dataclass(frozen=True, slots=True)
class LineList:
    """A view of the list; `sort` names columns, those that descend with a leading "-"."""

    columns: tuple[str, ...] = STANDARD
    sort: tuple[str, ...] = ("line",)
    group_by: str | None = None
    filters: Mapping[str, Sequence[str]] | None = None

    def __post_init__(self) -> None:
        named = {
            "columns": self.columns,
            "sort": [one.removeprefix("-") for one in self.sort],
            "group_by": [] if self.group_by is None else [self.group_by],
            "filters": list(self.filters or {}),
        }
        faults = [
            Fault(f"/{field}", "column", "The list has no such column.", field=field)
            for field, names in named.items()
            if not set(names) <= set(COLUMNS)
        ]
        if faults:
            raise Invalid.of(faults)

    def arranged(self, rows: Sequence[Row]) -> list[tuple[str | None, list[dict[str, Any]]]]:
        """The rows as the view shows them: groups by value in their order, one group None when there is no grouping."""
        chosen = [
            row for row in rows if all(_text(row[name]) in wanted for name, wanted in (self.filters or {}).items())
        ]
        for column in reversed(self.sort):
            chosen.sort(key=lambda row: _key(row[column.removeprefix("-")]), reverse=column.startswith("-"))
        if self.group_by is None:
            return [(None, [self._shown(row) for row in chosen])]
        by = self.group_by
        chosen.sort(key=lambda row: _key(row[by]))
        return [
            (value, [self._shown(row) for row in members])
            for value, members in groupby(chosen, key=lambda row: _text(row[by]))
        ]

    def _shown(self, row: Row) -> dict[str, Any]:
        return {name: row[name] for name in self.columns}


def _key(value: Any) -> tuple[bool, Any]:
    """Empty values last, whatever they are."""
    return (value is None, 0 if value is None else value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
