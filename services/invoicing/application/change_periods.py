"""Add accounting periods, close them and open them again (MA-GEN-07)."""

from typing import Any
from uuid import UUID

from services.invoicing.repository import posting_rules, registers
from shared.events.invoicing import AccountingPeriodClosed, AccountingPeriodReopened
from shared.kernel.errors import Invalid, NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import new_id
from shared.kernel.period import Period
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record


async def add_period(session: AsyncSession, legal_entity_id: UUID, period: Period) -> UUID:
    """A new, open period. `Invalid`: `unknown_reference`, or `period_overlaps` when a day belongs to another one."""
    if await registers.missing(session, "legal_entity", [legal_entity_id]):
        raise Invalid("unknown_reference", "There is no such legal entity.")
    await posting_rules.keep_others_from_posting(session, legal_entity_id)
    period_id = new_id()
    if not await posting_rules.add_period(session, period_id, legal_entity_id, period):
        raise Invalid("period_overlaps", "A day of the period belongs to another one.")
    await audit(session, action="accounting_period.added", entity="accounting_period", entity_id=period_id)
    return period_id


async def move_period(session: AsyncSession, period_id: UUID, to: str, *, version: int, reason: str) -> dict[str, Any]:
    """Close an open period, after the postings under way, or open a closed one again.

    `NotFound`; `StaleVersion`; `NotAllowedNow("state")` when it is there already.
    """
    found = await posting_rules.find_period(session, period_id)
    if found is None:
        raise NotFound("not_found", "There is no such accounting period.")
    await posting_rules.keep_others_from_posting(session, found["legal_entity_id"])
    found = await posting_rules.find_period(session, period_id)
    assert found is not None
    if found["version"] != version:
        raise StaleVersion
    if found["state"] == to:
        raise NotAllowedNow("state", f"The period is {to} already.")
    moved = await posting_rules.move_period(session, period_id, to)
    told = AccountingPeriodClosed if to == "closed" else AccountingPeriodReopened
    await record(session, told.model_validate(moved))
    await audit(
        session,
        action=f"accounting_period.{'closed' if to == 'closed' else 'reopened'}",
        entity="accounting_period",
        entity_id=period_id,
        before={"state": found["state"]},
        after={"state": to},
        reason=reason,
    )
    return moved
