"""How a file of a register is judged and applied: created or updated by code, refused by the register's own rules."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.contracts.application.registers import Register, by_code, complete, save_all, shown
from services.contracts.imports.cells import References
from services.contracts.repository.rows import Record, TableOf
from shared.events.fields import Code, Name, Shape
from shared.kernel.errors import BillingError
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession
from shared.runtime.imports import ImportKind, Outcome

# What no file states.
_OWN = frozenset({"tenant_id", "id", "version"})
_Values = Callable[[Any, References], Record]


class RecordLine(Shape):
    """What every file of a register has."""

    code: Code
    name: Name


def register_kind(
    name: str,
    register: Register,
    row: type[Shape],
    codes: Mapping[str, TableOf],
    values: _Values,
    key: str = "code",
    *,
    new: Mapping[str, Any] | None = None,
) -> ImportKind:
    """A file of a register: `codes` are the columns that name other records, `new` what a new record begins with."""
    fresh = {"blocked": False, **(new or {})}

    async def judged(
        session: AsyncSession, one: Any, before: Record | None, references: References
    ) -> tuple[Outcome, Record]:
        if refused := references.missing(one):
            return refused, {}
        kept = {field: value for field, value in shown(before).items() if field not in _OWN} if before else fresh
        made, named = values(one, references), references.named(one)
        try:
            wanted = complete(register, {**kept, **made}, one.model_fields_set, named)
            if register.allowed:
                await register.allowed(session, before, wanted, named)
        except BillingError as refusal:
            return Outcome.refused(refusal.code, refusal.message), {}
        if before is None:
            return Outcome("create"), {"id": new_id(), "version": 1, **wanted}
        same = all(before[field] == value for field, value in wanted.items())
        after = {"id": before["id"], "version": before["version"] + 1, **wanted}
        return Outcome("unchanged" if same else "update"), after

    async def outcomes(session: AsyncSession, rows: Sequence[Any]) -> list[tuple[Outcome, Record]]:
        references = await References.of(session, rows, codes)
        present = await by_code(session, register.table, [getattr(one, key) for one in rows])
        return [await judged(session, one, present.get(getattr(one, key)), references) for one in rows]

    async def compare(session: AsyncSession, rows: Sequence[Any]) -> list[Outcome]:
        return [outcome for outcome, _ in await outcomes(session, rows)]

    async def apply(session: AsyncSession, rows: Sequence[Any], _now: datetime) -> None:
        found = await outcomes(session, rows)
        created = [record for outcome, record in found if outcome.verdict == "create"]
        changed = [record for outcome, record in found if outcome.verdict == "update"]
        await save_all(session, register, created, changed)

    return ImportKind(name, row, (key,), compare, apply)


def as_is(one: Any, _references: References) -> Record:
    """The row's values, which are the record's."""
    return dict(one.model_dump())


def with_ids(*columns: str, **others: str) -> _Values:
    """The row's values, its `…_code` columns turned into the `…_id` fields they stand for, `others` as they say."""
    fields = {column: f"{column.removesuffix('_code')}_id" for column in columns} | others

    def values(one: Any, references: References) -> Record:
        made: Record = one.model_dump(exclude=set(fields))
        return made | {field: references.id(column, getattr(one, column)) for column, field in fields.items()}

    return values
