"""What a service says about one kind of file it imports."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shared.events.fields import Shape
from shared.kernel.errors import Fault
from shared.runtime.db import AsyncSession

Verdict = Literal["create", "update", "unchanged", "error"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What applying one row would do; an `error` says why, `fault.field` naming the column at fault where there is one.

    >>> Outcome("create").verdict, Outcome.refused("unknown_client", "There is no such client.", "client_code").verdict
    ('create', 'error')
    """

    verdict: Verdict
    fault: Fault | None = None

    @classmethod
    def refused(cls, code: str, message: str, column: str | None = None) -> "Outcome":
        """The row breaks a rule: its code, and a message for people that does not repeat the row."""
        return cls("error", Fault("", code, message, field=column))


@dataclass(frozen=True, slots=True)
class ImportKind:
    """A kind of CSV file.

    `row` names the columns and their types: every value is given as a string without blanks around it, an empty one is
    left out (so the field's default holds). `key` are the columns no two lines may agree on. `compare` answers one
    `Outcome` per row, in order, by set-based queries and without writing. `apply` writes the rows whose outcome was
    `create` or `update`, set-based, with the events that belong to them.

    Both are given blocks of rows, in file order, not whole files. `record`, a leading part of `key`, names the columns
    whose lines make up one record (an invoice and its lines): these are never torn apart between blocks, and one bad
    line refuses the others of its record.
    """

    name: str
    row: type[Shape]
    key: tuple[str, ...]
    compare: Callable[[AsyncSession, Sequence[Any]], Awaitable[list[Outcome]]]
    apply: Callable[[AsyncSession, Sequence[Any], datetime], Awaitable[None]]
    record: tuple[str, ...] = ()


Imports = Mapping[str, ImportKind]
