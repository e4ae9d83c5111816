"""Tables as CSV files that a spreadsheet opens without taking a text for a formula (reliability.md section 9)."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with a header line; a text that begins like a formula is quoted by an apostrophe, a number is not."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([plain(cell) for cell in row] for row in rows)
    return file.getvalue().encode()


def plain(cell: Any) -> Any:
    """A cell as it is read back: text, never a formula.

    >>> plain("=1+1"), plain("-5.00"), plain("-A")
    ("'=1+1", '-5.00', "'-A")
    """
    if not isinstance(cell, str) or not cell.startswith(_FORMULA):
        return cell
    return cell if _is_number(cell) else f"'{cell}"


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()
