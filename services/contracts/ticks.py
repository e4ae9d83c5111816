"""What time brings about in contracts: off-air occurrences fall due on their day (CT-LIN-27)."""

from datetime import datetime

from sqlalchemy import select, text

from services.contracts.application.approval import let_fall_due
from services.contracts.repository.radio import occurrence
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from shared.runtime.ticks import Tick, Ticks

_EVERY_SECONDS = 60.0
_TENANTS = text("SELECT DISTINCT tenant_id FROM stream WHERE aggregate_type = 'contracts.contract'")


async def off_air_due(database: Database, now: datetime) -> None:
    """Let each tenant's occurrences fall due; a second replica finds none left."""
    async with database.transaction(Context(None, "tick", new_id()), read_only=True) as session:
        tenants = (await session.execute(_TENANTS)).scalars().all()
    for tenant_id in tenants:
        async with database.transaction(Context(tenant_id, "tick", new_id())) as session:
            waiting = select(occurrence.c.id).where(
                occurrence.c.state == "scheduled", occurrence.c.due_on <= now.date()
            )
            if (await session.execute(waiting.limit(1))).first():
                await let_fall_due(session, now.date())


TICKS: Ticks = {"off_air_due": Tick(_EVERY_SECONDS, off_air_due)}
