"""Copies of what other services tell: rows that only a newer version of themselves replaces."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.runtime.bulk import upsert_statement, write
from shared.runtime.db import AsyncSession


@dataclass(frozen=True, slots=True)
class Projection:
    """A table kept from facts, whose columns are the facts' fields.

    `types` are its columns without the tenant, `id` and `version` among them. `made` computes the columns that are no
    field of the fact, or are stored in another form.
    """

    table: str
    types: Mapping[str, str]
    made: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)

    async def keep(self, session: AsyncSession, facts: Iterable[Any]) -> None:
        """Keep the newest of what is stored and what is told; rows are written in the order of their ids."""
        newest = {fact.id: fact for fact in sorted(facts, key=lambda fact: (fact.id, fact.version))}
        rows = [
            tuple(self.made[name](fact) if name in self.made else getattr(fact, name) for name in self.types)
            for fact in newest.values()
        ]
        await write(session, upsert_statement(self.table, self.types), rows)
