"""Exchange rates by day: units of a legal entity's base currency for one unit of another (MA-GEN-10)."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from services.contracts import tables
from services.contracts.application.registers import LEGAL_ENTITY, get
from services.contracts.repository.media import one
from services.contracts.repository.rows import Record, change, fetch, find, insert_new, table_of
from shared.events.contracts import ExchangeRateChanged
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, StaleVersion
from shared.kernel.ids import new_id
from shared.kernel.money import currency
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record

_rate = table_of(tables.ExchangeRate)


async def add_rate(session: AsyncSession, values: Mapping[str, Any]) -> Record:
    """A rate from a day on; `rate_missing` when it is not above zero, `rate_exists` when the day has one."""
    _check(values["rate"])
    if not await find(session, tables.LegalEntity, table_of(tables.LegalEntity).c.id == values["legal_entity_id"]):
        raise Invalid.of([Fault("/legal_entity_id", "unknown_reference", "There is no such record.")])
    entity = await get(session, LEGAL_ENTITY, values["legal_entity_id"])
    if currency(values["currency"]).code == entity["currency"]:
        raise Invalid.of([Fault("/currency", "invalid_value", "The base currency has no rate.", field="currency")])
    row = {"id": new_id(), "version": 1, **values}
    if not await insert_new(session, tables.ExchangeRate, [row]):
        raise NotAllowedNow("rate_exists", "The currency has a rate on that day.")
    await _tell(session, "created", None, row)
    return row


async def amend_rate(session: AsyncSession, rate_id: UUID, version: int, changes: Mapping[str, Any]) -> Record:
    """Correct a rate; what was converted with it stays as it is."""
    before = await one(session, tables.ExchangeRate, rate_id, lock=True)
    if before["version"] != version:
        raise StaleVersion
    row = {**before, **changes, "version": version + 1}
    _check(row["rate"])
    await change(session, tables.ExchangeRate, [{name: value for name, value in row.items() if name != "tenant_id"}])
    await _tell(session, "changed", before, row)
    return row


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates by legal entity and currency, each with the days from which they hold."""

    held: Mapping[tuple[UUID, str], tuple[Sequence[date], Sequence[Decimal]]]

    def on(self, legal_entity_id: UUID, code: str, on: date) -> Decimal | None:
        """The newest rate that held on a day, or None."""
        days, rates = self.held.get((legal_entity_id, code), ((), ()))
        index = bisect_right(days, on)
        return rates[index - 1] if index else None


async def rates_until(session: AsyncSession, legal_entity_ids: Iterable[UUID], last: date) -> Rates:
    """The rates of legal entities up to a day."""
    statement = (
        rates_listed()
        .where(_rate.c.legal_entity_id.in_(set(legal_entity_ids)), _rate.c.rate_on <= last)
        .order_by(_rate.c.rate_on)
    )
    held: dict[tuple[UUID, str], tuple[list[date], list[Decimal]]] = {}
    for row in await fetch(session, statement):
        days, rates = held.setdefault((row["legal_entity_id"], row["currency"]), ([], []))
        days.append(row["rate_on"])
        rates.append(row["rate"])
    return Rates(held)


def rates_listed() -> Select[Any]:
    """Rates for lists."""
    return select(_rate)


def _check(rate: Decimal) -> None:
    if rate <= 0:
        raise Invalid.of([Fault("/rate", "rate_missing", "A rate is above zero.", field="rate")])


async def _tell(session: AsyncSession, action: str, before: Record | None, row: Record) -> None:
    await record(session, ExchangeRateChanged.model_validate(row))
    await audit(
        session,
        action=f"exchange_rate.{action}",
        entity="exchange_rate",
        entity_id=row["id"],
        before=before and {"rate": before["rate"]},
        after={"rate": row["rate"]},
    )
