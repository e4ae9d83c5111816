"""Reading a CSV file: encoding, delimiter, header, and lines that do not fit it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from shared.kernel.errors import Fault, Invalid
from shared.runtime.imports.kind import ImportKind
from shared.runtime.problem import ProtocolFault

LINES_MAX = 200_000


@dataclass(frozen=True, slots=True)
class CsvLine:
    """One line: the number of its first physical line, and its values by column; blank ones are left out.

    `values` is None when the line has another number of columns than the header.
    """

    number: int
    values: dict[str, str] | None


def read_csv(body: bytes, kind: ImportKind) -> Iterator[CsvLine]:
    """The lines below the header of a UTF-8 file, `,` or `;` between the values; empty lines are passed over.

    Raises while iterating: 400 `malformed_body` for what is no text or no CSV; `Invalid` with `empty_file`,
    `unknown_column`, `missing_column`, `duplicate_column` or `too_many_lines`.
    """
    if b"\x00" in body:
        raise ProtocolFault(400, "malformed_body", "The file holds a NUL character.")
    text = io.TextIOWrapper(io.BytesIO(body), encoding="utf-8-sig", newline="")
    try:
        delimiter = ";" if ";" in text.readline() else ","
        text.seek(0)
        yield from _lines(csv.reader(text, delimiter=delimiter, strict=True), kind)
    except UnicodeDecodeError:
        raise ProtocolFault(400, "malformed_body", "The file is not UTF-8.") from None
    except csv.Error:
        raise ProtocolFault(400, "malformed_body", "The file is not CSV: a quote is misplaced or not closed.") from None


def _lines(rows: Iterator[list[str]], kind: ImportKind) -> Iterator[CsvLine]:
    reader: csv.reader = rows  # type: ignore[valid-type]
    columns = next((row for row in rows if any(value.strip() for value in row)), None)
    if columns is None:
        raise Invalid("empty_file", "The file is empty.")
    names = [name.strip().lower() for name in columns]
    _check_header(names, kind)
    count, start = 0, reader.line_num + 1  # type: ignore[attr-defined]
    for row in rows:
        number, start = start, reader.line_num + 1  # type: ignore[attr-defined]
        if not any(value.strip() for value in row):
            continue
        count += 1
        if count > LINES_MAX:
            raise Invalid("too_many_lines", f"At most {LINES_MAX} lines in one file.")
        yield CsvLine(number, _values(names, row))
    if not count:
        raise Invalid("empty_file", "The file has no line below its header.")


def _values(names: list[str], row: list[str]) -> dict[str, str] | None:
    if len(row) != len(names):
        return None
    stripped = ((name, value.strip()) for name, value in zip(names, row, strict=True))
    return {name: value for name, value in stripped if value}


def _check_header(names: list[str], kind: ImportKind) -> None:
    known = kind.row.model_fields
    faults = []
    for position, name in enumerate(names, start=1):
        if name not in known:
            faults.append(Fault("", "unknown_column", f"The header's column {position} is not one of this import."))
        elif name in names[: position - 1]:
            faults.append(Fault("", "duplicate_column", f"The column {name} is given twice.", field=name))
    for name, field in known.items():
        if field.is_required() and name not in names:
            faults.append(Fault("", "missing_column", f"The column {name} is missing.", field=name))
    if faults:
        raise Invalid.of(faults)
