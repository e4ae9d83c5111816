"""Many rows in one statement.

COPY refuses tables with row security, and these all have it; arrays through unnest cost the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Any

from shared.runtime.db import AsyncSession, context_of, driver


def insert_statement(table: str, types: Mapping[str, str], *, on_conflict: str = "") -> str:
    """INSERT of rows given as one array per column, for the tenant $1; `types` maps columns to their types."""
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types.values(), 2))
    names = ", ".join(types)
    return (
        f"INSERT INTO {table} (tenant_id, {names}) SELECT $1, row.* FROM unnest({arrays}) AS row({names}) {on_conflict}"
    )


def upsert_statement(table: str, types: Mapping[str, str]) -> str:
    """The same for a projection: a row is replaced by a newer version of itself, never by an older one."""
    changed = [name for name in types if name != "id"]
    assignments = ", ".join(f"{name} = excluded.{name}" for name in changed)
    return insert_statement(
        table,
        types,
        on_conflict=f"ON CONFLICT (tenant_id, id) DO UPDATE SET {assignments} WHERE excluded.version > {table}.version",
    )


async def write(session: AsyncSession, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement of this module with rows as tuples in the order of its columns."""
    if rows:
        connection = await driver(session)
        await connection.execute(statement, context_of(session).tenant_id, *map(list, zip(*rows, strict=True)))


def slices(lengths: Iterable[int]) -> tuple[list[int], list[int]]:
    """First and last subscripts of arrays laid end to end in one: how a statement gives each row its share of a flat
    array, where a join of two unnested arrays would compare every row with every other."""
    lasts = list(accumulate(lengths))
    return [last + 1 for last in [0, *lasts[:-1]]], lasts


def exact(value: Decimal) -> Decimal:
    """A NUMERIC without the trailing zeros of its column: 25.000000 as 25."""
    short = value.normalize()
    return short if short.as_tuple().exponent <= 0 else short.quantize(Decimal(1))  # type: ignore[operator]
