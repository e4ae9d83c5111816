"""Payment plans of items."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.preinvoice.domain.campaign import PlanEntry
from services.preinvoice.domain.payment_plan import PlanSettings
from services.preinvoice.tables import PLAN
from shared.runtime.db import AsyncSession, context_of

_COLUMNS = [field.name for field in fields(PlanSettings) if field.name not in ("entries", "publication_dates")]


async def plans_of_items(session: AsyncSession, item_ids: Collection[UUID]) -> dict[UUID, PlanSettings]:
    """What was settled for these items; those without a plan are left out."""
    found = await session.execute(select(PLAN).where(PLAN.c.item_id.in_(item_ids)))
    return {row.item_id: _settings(row) for row in found}


async def save_plan(session: AsyncSession, item_id: UUID, settings: PlanSettings) -> None:
    """Store an item's plan in place of what it had."""
    values: dict[str, Any] = {
        **{name: getattr(settings, name) for name in _COLUMNS},
        "entries": [_stored(entry) for entry in settings.entries],
        "publication_dates": list(settings.publication_dates),
    }
    statement = insert(PLAN).values({**values, "tenant_id": context_of(session).tenant_id, "item_id": item_id})
    await session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "item_id"], set_=values))


def _settings(row: Any) -> PlanSettings:
    return PlanSettings(
        **{name: getattr(row, name) for name in _COLUMNS},
        entries=tuple(_entry(entry) for entry in row.entries),
        publication_dates=tuple(row.publication_dates),
    )


def _stored(entry: PlanEntry) -> dict[str, Any]:
    return {
        "entry_no": entry.entry_no,
        "invoice_on": entry.invoice_on,
        "percent": None if entry.percent is None else str(entry.percent),
        "amount": entry.amount,
    }


def _entry(stored: Mapping[str, Any]) -> PlanEntry:
    return PlanEntry(
        stored["entry_no"],
        None if stored["invoice_on"] is None else date.fromisoformat(stored["invoice_on"]),
        None if stored["percent"] is None else Decimal(stored["percent"]),
        stored["amount"],
    )
