"""The parameters of a legal entity: what nobody stated has its default (MA-REG-09, MA-REG-16 to MA-REG-23)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.registers import LEGAL_ENTITY, get
from services.contracts.application.run_locks import check_no_run
from services.contracts.repository.rows import Record, find, table_of, upsert
from shared.events.contracts import ParameterChanged
from shared.kernel.errors import Fault, Invalid, StaleVersion
from shared.kernel.money import Money, currency
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record

_AMOUNTS = ("invoice_fee_amount", "rounding_tolerance_amount")


async def parameters_of(session: AsyncSession, legal_entity_id: UUID) -> ParameterChanged:
    """A legal entity's parameters; version 0 while nobody has stated any. `NotFound("not_found")`."""
    entity = await get(session, LEGAL_ENTITY, legal_entity_id)
    return _whole(entity, *await _stated(session, legal_entity_id))


async def amend_parameters(
    session: AsyncSession, legal_entity_id: UUID, version: int, changes: Mapping[str, Any]
) -> ParameterChanged:
    """State parameters; refuses a stale version and amounts that are negative or too fine.

    `run_in_progress` when the deduction method would change under an open run (MA-PRE-21).
    """
    entity = await get(session, LEGAL_ENTITY, legal_entity_id, lock=True)
    known, stated = await _stated(session, legal_entity_id)
    if known != version:
        raise StaleVersion
    for name in _AMOUNTS:
        if name in changes and Money.parse(changes[name], currency(entity["currency"]), f"/{name}").minor < 0:
            raise Invalid.of([Fault(f"/{name}", "invalid_value", "The amount is not negative.", field=name)])
    if "deduction_per_row" in changes:
        await check_no_run(session)
    before, after = _whole(entity, version, stated), _whole(entity, version + 1, {**stated, **changes})
    kept = {**stated, **after.model_dump(mode="json", include=set(changes))}
    await upsert(session, tables.Parameter, [{"id": legal_entity_id, "version": after.version, "stated": kept}])
    await record(session, after)
    await audit(
        session,
        action="parameter.changed",
        entity="parameter",
        entity_id=legal_entity_id,
        before=before.model_dump(mode="json", include=set(changes)),
        after=after.model_dump(mode="json", include=set(changes)),
    )
    return after


async def _stated(session: AsyncSession, legal_entity_id: UUID) -> tuple[int, Record]:
    table = table_of(tables.Parameter)
    found = await find(session, tables.Parameter, table.c.id == legal_entity_id)
    return (found[0]["version"], found[0]["stated"]) if found else (0, {})


def _whole(entity: Record, version: int, stated: Mapping[str, Any]) -> ParameterChanged:
    return ParameterChanged.model_validate(
        {**stated, "id": entity["id"], "version": version, "currency": entity["currency"]}
    )
