"""What time brings about in invoicing: runs whose job was cancelled or failed are ended."""

from datetime import datetime

from services.invoicing.application.end_run import end_abandoned
from services.invoicing.repository.runs import abandoned_runs
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from shared.runtime.ticks import Tick, Ticks

_EVERY_SECONDS = 5.0


async def end_abandoned_runs(database: Database, now: datetime) -> None:
    """End them and tell, so that what they held is let go; a second replica finds none left."""
    async with database.transaction(Context(None, "tick", new_id()), read_only=True) as session:
        abandoned = await abandoned_runs(session)
    for tenant_id, run_id in abandoned:
        async with database.transaction(Context(tenant_id, "tick", new_id())) as session:
            await end_abandoned(session, run_id, now=now)


TICKS: Ticks = {"abandoned_runs": Tick(_EVERY_SECONDS, end_abandoned_runs)}
