"""Store what became of advance invoices, each that has changed with its next version."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from services.preinvoice.domain.advance import Advance
from services.preinvoice.repository.advances import save_advances
from shared.runtime.db import AsyncSession


async def save_changed(
    session: AsyncSession, before: Mapping[UUID, Advance], after: Mapping[UUID, Advance]
) -> list[Advance]:
    """Those that differ from before, as they are stored."""
    changed = [replace(one, version=one.version + 1) for id_, one in after.items() if one != before[id_]]
    await save_advances(session, changed)
    return changed
