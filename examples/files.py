"""CSV files in and out, and money as the example's own arithmetic: decimals, halves away from zero."""

import csv
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

FOLDER = Path(__file__).parent / "month-end"
Row = Mapping[str, object]
Totals = dict[str, object]
CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def write(name: str, rows: Iterable[Row], folder: Path = FOLDER) -> None:
    """Writes one file; the first row's keys are the columns."""
    rows = list(rows)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({column: _cell(value) for column, value in row.items()} for row in rows)


def read(name: str, folder: Path = FOLDER) -> list[dict[str, str]]:
    """The rows of one file, every cell as text."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _cell(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def rounded(value: Decimal) -> Decimal:
    """Two places, halves away from zero."""
    return value.quantize(CENT, ROUND_HALF_UP)


def percent(amount: Decimal, rate: Decimal | str) -> Decimal:
    """`rate` per cent of an amount, rounded once."""
    return rounded(amount * Decimal(rate) / 100)


def text(amounts: Mapping[str, Decimal]) -> Totals:
    """Amounts as they are written in a file."""
    return {name: f"{amount:.2f}" for name, amount in amounts.items()}
