"""Lists: keyset pages with filters, fast and stable while rows arrive."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar, cast
from uuid import UUID

import orjson
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, CompoundSelect, Select, Subquery, func, select, tuple_, union_all
from sqlalchemy.sql.elements import KeyedColumnElement

from shared.events.fields import Flag, View
from shared.kernel.errors import Fault, Invalid
from shared.runtime.db import AsyncSession, context_of
from shared.runtime.views import row_encoder

_COUNT_MAX = 10_000
Row = TypeVar("Row", bound=View)


class ListQuery(BaseModel):
    """The parameters every list takes; a list's own filters are added in a subclass."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    limit: int = Field(50, ge=1, le=500, description="Rows in a page.")
    cursor: str | None = Field(None, max_length=1000, description="`next_cursor` of the page before.")
    with_total: bool = Field(False, description="Count the rows, up to 10,000.")


class Total(View):
    """How many rows there are; `capped` when there are more than were counted."""

    value: int
    capped: Flag


class Page(View, Generic[Row]):
    """One page of a list."""

    items: list[Row]
    next_cursor: str | None = None
    total: Total | None = None


async def page(
    session: AsyncSession,
    statement: Select[Any],
    *,
    keys: Sequence[ColumnElement[Any]],
    query: ListQuery,
    shape: type[Row],
    descending: bool = False,
) -> Page[Row]:
    """The rows of `statement` after the cursor, ordered by `keys`; the last key is unique.

    `statement` selects columns labelled as the fields of `shape`, the keys among them. Keys hold no NULL. Where the
    rows answer as they are stored, the page is a response written from them: the framework passes it on as it is.
    """
    cut = _cut(session, statement, keys, query, descending=descending)
    return _answer(await _find(session, cut, statement, keys, query), shape)


async def merged_page(
    session: AsyncSession,
    parts: Sequence[Select[Any]],
    *,
    keys: Sequence[str],
    query: ListQuery,
    shape: type[Row],
    widened: Callable[[Subquery], Select[Any]],
) -> Page[Row]:
    """A page of several statements that have the same columns, ordered by those that `keys` name.

    Each part is cut to the page by itself, along an index of its own, and `widened` joins to the page alone what else
    is shown, in the order of the keys; left to PostgreSQL, all of the union would be joined and sorted first.
    """
    columns = [[part.selected_columns[name] for name in keys] for part in parts]
    cuts = [_cut(session, part, own, query).subquery() for part, own in zip(parts, columns, strict=True)]
    narrow = union_all(*map(select, cuts)).order_by(*keys).limit(query.limit + 1).subquery("narrow")
    return _answer(await _find(session, widened(narrow), union_all(*parts), columns[0], query), shape)


async def read_page(
    session: AsyncSession,
    statement: Select[Any],
    *,
    keys: Sequence[ColumnElement[Any]],
    query: ListQuery,
    shape: type[Row],
) -> Page[Row]:
    """A page to go on working with."""
    return _read(await _find(session, _cut(session, statement, keys, query), statement, keys, query), shape)


def _answer(found: "_Found", shape: type[Row]) -> Page[Row]:
    encoder = row_encoder(shape)
    if encoder is None or not set(encoder.columns) <= set(found.names):
        return _read(found, shape)
    pick = itemgetter(*map(found.names.index, encoder.columns))
    rest = {"next_cursor": found.next_cursor, "total": found.total and found.total.model_dump()}
    items = orjson.Fragment(encoder.encode(map(pick, found.rows)))
    return cast(Page[Row], Response(orjson.dumps({"items": items, **rest}), media_type="application/json"))


def _read(found: "_Found", shape: type[Row]) -> Page[Row]:
    return Page[shape](  # type: ignore[valid-type]
        items=[shape.model_validate(dict(zip(found.names, row, strict=True))) for row in found.rows],
        next_cursor=found.next_cursor,
        total=found.total,
    )


class _Found(NamedTuple):
    names: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    next_cursor: str | None
    total: Total | None


def _cut(
    session: AsyncSession,
    statement: Select[Any],
    keys: Sequence[ColumnElement[Any]],
    query: ListQuery,
    *,
    descending: bool = False,
) -> Select[Any]:
    """The rows of the page, and one more where there are more."""
    ordered = statement.order_by(*(key.desc() if descending else key for key in keys)).limit(query.limit + 1)
    if query.cursor is None:
        return ordered
    columns, after = tuple_(*keys), tuple_(*_values(query.cursor, keys, str(context_of(session).tenant_id)))
    return ordered.where(columns < after if descending else columns > after)


async def _find(
    session: AsyncSession,
    cut: Select[Any],
    whole: Select[Any] | CompoundSelect[Any],
    keys: Sequence[ColumnElement[Any]],
    query: ListQuery,
) -> _Found:
    result = await session.execute(cut)
    names, rows = tuple(result.keys()), result.all()
    shown = rows[: query.limit]
    cursor = None
    if len(rows) > query.limit:
        last = dict(zip(names, shown[-1], strict=True))
        cursor = _cursor(last, keys, str(context_of(session).tenant_id))
    return _Found(names, shown, cursor, await _total(session, whole) if query.with_total else None)


async def _total(session: AsyncSession, statement: Select[Any] | CompoundSelect[Any]) -> Total:
    counted = select(func.count()).select_from(statement.order_by(None).limit(_COUNT_MAX + 1).subquery())
    number = (await session.execute(counted)).one()[0]
    return Total(value=min(number, _COUNT_MAX), capped=number > _COUNT_MAX)


def _cursor(row: Any, keys: Sequence[ColumnElement[Any]], tenant: str) -> str:
    values = [row[_name(key)] for key in keys]
    packed = orjson.dumps([tenant, *values], default=str)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _values(cursor: str, keys: Sequence[ColumnElement[Any]], tenant: str) -> list[Any]:
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        owner, *values = orjson.loads(packed)
        if owner != tenant or len(values) != len(keys):
            raise ValueError
        return [_typed(value, key) for value, key in zip(values, keys, strict=True)]
    except (ValueError, TypeError, ArithmeticError, binascii.Error):
        fault = Fault("", "invalid_value", "The cursor is not one of this list.", field="cursor")
        raise Invalid.of([fault]) from None


def _typed(value: Any, key: ColumnElement[Any]) -> Any:
    kind = key.type.python_type
    if kind is bool or value is None:
        raise ValueError
    if kind is date:
        return date.fromisoformat(value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind in (UUID, Decimal) and isinstance(value, str):
        return kind(value)
    if kind is int and isinstance(value, int) and abs(value) < 2**63:
        return value
    if kind is str and isinstance(value, str) and "\x00" not in value:
        return value
    raise ValueError


def _name(key: ColumnElement[Any]) -> str:
    assert isinstance(key, KeyedColumnElement)
    return str(key.key)
