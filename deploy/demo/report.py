"""What the demo prints: a table per step, with its time."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass
class Report:
    """Collects the steps' tables on the terminal."""

    console: Console = field(default_factory=Console)
    number: int = 0
    mistakes: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, title: str, *columns: str) -> Iterator[Table]:
        """One step: rows added inside are printed when it ends, with the seconds it took."""
        self.number += 1
        table = Table()
        for position, column in enumerate(columns):
            table.add_column(column, justify="left" if position == 0 else "right")
        started = time.perf_counter()
        yield table
        self.console.print(f"[bold]{self.number}. {title}[/bold]  ({time.perf_counter() - started:.1f} s)")
        self.console.print(table)
        self.console.print()

    def compare(self, what: str, found: object, expected: object) -> str:
        """The figure as the table shows it; one that is not what the input files add up to is a mistake."""
        if str(found) == str(expected):
            return str(found)
        self.mistakes.append(f"{what}: {found}, but the input files add up to {expected}")
        return f"[red]{found} ≠ {expected}[/red]"

    def rows(self, table: Table, rows: Sequence[Sequence[object]]) -> None:
        """Add several rows."""
        for row in rows:
            table.add_row(*(str(cell) for cell in row))
