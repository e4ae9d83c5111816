"""How cells of a CSV file are read, and how references by code are resolved."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.contracts.application.registers import by_code
from services.contracts.repository.rows import Record, TableOf
from shared.kernel.period import Weekday
from shared.runtime.db import AsyncSession
from shared.runtime.imports import Outcome

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _listed(cell: Any) -> Any:
    return [one.strip() for one in cell.split(";") if one.strip()] if isinstance(cell, str) else cell


def _weekdays(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    return [_DAYS.index(name) if name in _DAYS else name for name in _listed(cell)]


def _weekday(cell: Any) -> Any:
    return Weekday[cell.upper()] if isinstance(cell, str) and cell.upper() in Weekday.__members__ else cell


def _counts(cell: Any) -> Any:
    return cell.split("-") if isinstance(cell, str) else cell


# Lax on purpose: every cell is text, so "30" is a number and "true" a flag.
Number = Annotated[int, Field(ge=0, le=10**12)]
Flag = bool
Listed = Annotated[list[str], BeforeValidator(_listed), Field(max_length=500)]
Weekdays = Annotated[list[Annotated[int, Field(ge=0, le=6)]], BeforeValidator(_weekdays)]
OneWeekday = Annotated[int, BeforeValidator(_weekday), Field(ge=0, le=6)]
Counts = Annotated[
    list[Annotated[int, Field(ge=0, le=99)]], BeforeValidator(_counts), Field(min_length=7, max_length=7)
]

EXISTS_OTHERWISE = Outcome.refused(
    "exists_otherwise", "The record exists with other values; change it where it is kept."
)


class References:
    """Records of other registers that the rows of a file name by code."""

    def __init__(self, found: Mapping[str, Mapping[str, Record]]) -> None:
        self._found = found

    def missing(self, row: Any) -> Outcome | None:
        """The refusal of a row that names an unknown code."""
        for column, known in self._found.items():
            codes = getattr(row, column)
            for code in codes if isinstance(codes, list) else [codes]:
                if code and code not in known:
                    return Outcome.refused("unknown_reference", "There is no such record.", column)
        return None

    def id(self, column: str, code: str) -> UUID | None:
        """The id behind a code, or None for a blank cell."""
        return self._found[column][code]["id"] if code else None

    def record(self, column: str, code: str) -> Record:
        """The record behind a code that is known."""
        return dict(self._found[column][code])

    def named(self, row: Any) -> dict[UUID, Record]:
        """The records a row names, by id."""
        codes = {column: getattr(row, column) for column in self._found}
        each = (
            (column, code) for column, cell in codes.items() for code in (cell if isinstance(cell, list) else [cell])
        )
        return {record["id"]: record for record in (self._found[column][code] for column, code in each if code)}

    @classmethod
    async def of(cls, session: AsyncSession, rows: Sequence[Any], columns: Mapping[str, TableOf]) -> "References":
        """One query a column for all rows."""
        found = {}
        for column, table in columns.items():
            cells = [getattr(row, column) for row in rows]
            codes = {code for cell in cells for code in (cell if isinstance(cell, list) else [cell]) if code}
            found[column] = await by_code(session, table, sorted(codes))
        return cls(found)
