"""Answers made of stored rows: amounts in minor units become decimal strings of the row's currency."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, get_args, get_type_hints

from pydantic import BaseModel, TypeAdapter, model_validator
from typing_extensions import TypedDict

from shared.events.fields import View
from shared.kernel.money import Money, currency, major_text


class RowEncoder(NamedTuple):
    """Writes rows, each the values of `columns`, as a JSON list."""

    columns: tuple[str, ...]
    encode: Callable[[Iterable[Sequence[Any]]], bytes]


class MinorView(View):
    """A view whose `amount` and `…_amount` fields come as minor units beside a `currency`."""

    @model_validator(mode="before")
    @classmethod
    def _in_major_units(cls, stored: Any) -> Any:
        if not isinstance(stored, Mapping) or not stored.get("currency"):
            return stored
        of = currency(stored["currency"])

        def major(name: str, value: Any) -> Any:
            if isinstance(value, list):
                return [
                    {key: major(key, one) for key, one in entry.items()} if isinstance(entry, dict) else entry
                    for entry in value
                ]
            return Money(value, of).decimal if _is_amount(name) and isinstance(value, int) else value

        return {name: major(name, value) for name, value in stored.items()}


def _is_amount(name: str) -> bool:
    return name.endswith("amount")


@cache
def row_encoder(shape: type[View]) -> RowEncoder | None:
    """Writes rows as `shape` without a model of each: what we stored needs no checking, which is most of the work.

    None for a shape whose validators make fields from others, or that holds models of its own.
    """
    hints = get_type_hints(shape, include_extras=True)
    made = set(shape.__pydantic_decorators__.model_validators) - {"_in_major_units"}
    if made or any(_holds_model(hints[name]) for name in shape.model_fields):
        return None
    names = tuple(shape.model_fields)
    amounts = [(at, name) for at, name in enumerate(names) if _is_amount(name)] if issubclass(shape, MinorView) else []
    columns = names if not amounts or "currency" in names else (*names, "currency")
    currency_at = columns.index("currency") if amounts else 0
    written = {name: hints[name] for name in names} | {name: str | None for _, name in amounts}
    adapter = TypeAdapter[Any](list[TypedDict(shape.__name__, written)])  # type: ignore[arg-type, misc, operator]

    def answer(row: Sequence[Any]) -> dict[str, Any]:
        values = dict(zip(names, row, strict=False))
        if amounts and row[currency_at]:
            of = currency(row[currency_at])
            values |= {name: major_text(row[at], of) for at, name in amounts if row[at] is not None}
        return values

    return RowEncoder(columns, lambda rows: adapter.dump_json([answer(row) for row in rows]))


def _holds_model(hint: Any) -> bool:
    return (isinstance(hint, type) and issubclass(hint, BaseModel)) or any(map(_holds_model, get_args(hint)))
