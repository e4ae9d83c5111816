"""Reading a CSV file: encoding, delimiter, header, and lines that do not fit it."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

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


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file that another system writes names our columns: `columns` ours to its, `constants` what it leaves out.

    With `columns` given, what else the file has is passed over.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    def ours(self, header: Sequence[str]) -> list[str | None]:
        """Our name for each column of the file, None for one that is passed over."""
        given = [name.strip().lower() for name in header]
        if not self.columns:
            return list(given)
        named: dict[str, str] = {theirs.strip().lower(): our for our, theirs in self.columns.items()}
        return [named.get(name) for name in given]


OUR_OWN = Layout()


def read_csv(body: bytes, kind: ImportKind, layout: Layout = OUR_OWN) -> Iterator[CsvLine]:
    """The lines below the header of a UTF-8 file, `,`, `;` or tabs between values; empty lines are passed over.

    Raises while iterating: 400 `malformed_body` for what is no text or no CSV; `Invalid` with `empty_file`,
    `unknown_column`, `missing_column`, `duplicate_column` or `too_many_lines`.
    """
    if b"\x00" in body:
        raise ProtocolFault(400, "malformed_body", "The file holds a NUL character.")
    text = io.TextIOWrapper(io.BytesIO(body), encoding="utf-8-sig", newline="")
    try:
        first = text.readline()
        delimiter = next((mark for mark in ";\t" if mark in first), ",")
        text.seek(0)
        yield from _lines(csv.reader(text, delimiter=delimiter, strict=True), kind, layout)
    except UnicodeDecodeError:
        raise ProtocolFault(400, "malformed_body", "The file is not UTF-8.") from None
    except csv.Error:
        raise ProtocolFault(400, "malformed_body", "The file is not CSV: a quote is misplaced or not closed.") from None


def _lines(rows: Iterator[list[str]], kind: ImportKind, layout: Layout) -> Iterator[CsvLine]:
    reader: csv.reader = rows  # type: ignore[valid-type]
    columns = next((row for row in rows if any(value.strip() for value in row)), None)
    if columns is None:
        raise Invalid("empty_file", "The file is empty.")
    names = layout.ours(columns)
    _check_header([name for name in names if name is not None], kind, layout)
    count, start = 0, reader.line_num + 1  # type: ignore[attr-defined]
    for row in rows:
        number, start = start, reader.line_num + 1  # type: ignore[attr-defined]
        if not any(value.strip() for value in row):
            continue
        count += 1
        if count > LINES_MAX:
            raise Invalid("too_many_lines", f"At most {LINES_MAX} lines in one file.")
        yield CsvLine(number, _values(names, row, layout.constants))
    if not count:
        raise Invalid("empty_file", "The file has no line below its header.")


def _values(names: Sequence[str | None], row: list[str], constants: Mapping[str, str]) -> dict[str, str] | None:
    if len(row) != len(names):
        return None
    stripped = ((name, value.strip()) for name, value in zip(names, row, strict=True))
    return {**constants, **{name: value for name, value in stripped if name and value}}


def _check_header(names: list[str], kind: ImportKind, layout: Layout) -> None:
    known = kind.row.model_fields
    faults = []
    for position, name in enumerate(names, start=1):
        if name not in known:
            faults.append(Fault("", "unknown_column", f"The header's column {position} is not one of this import."))
        elif name in names[: position - 1] or name in layout.constants:
            faults.append(Fault("", "duplicate_column", f"The column {name} is given twice.", field=name))
    faults += [
        Fault("", "unknown_column", "This import has no such column.", field=name[:80])
        for name in {**layout.columns, **layout.constants}
        if name not in known
    ]
    for name, column in known.items():
        stated = name in names or name in layout.constants
        if name in layout.columns and name not in names:
            faults.append(Fault("", "missing_column", f"The file has no column as named for {name}.", field=name))
        elif column.is_required() and not stated:
            faults.append(Fault("", "missing_column", f"The column {name} is missing.", field=name))
    if faults:
        raise Invalid.of(faults)
