"""What time brings about in invoicing: runs that stopped are ended, and nothing stays held for them."""

from datetime import datetime

from services.invoicing.application.ask_deductions import give_up
from services.invoicing.application.end_run import end_abandoned
from services.invoicing.repository.deductions import overdue
from services.invoicing.repository.runs import abandoned_runs
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from shared.runtime.ticks import Tick, Ticks

_RUNS_EVERY_SECONDS, _DEDUCTIONS_EVERY_SECONDS = 5.0, 15.0


async def end_abandoned_runs(database: Database, now: datetime) -> None:
    """End runs whose job was cancelled or failed, and tell; a second replica finds none left."""
    async with database.transaction(Context(None, "tick", new_id()), read_only=True) as session:
        abandoned = await abandoned_runs(session)
    for tenant_id, run_id in abandoned:
        async with database.transaction(Context(tenant_id, "tick", new_id())) as session:
            await end_abandoned(session, run_id, now=now)


async def overdue_deductions(database: Database, now: datetime) -> None:
    """Let go of what stopped runs asked to be held; a second replica finds none left."""
    async with database.transaction(Context(None, "tick", new_id()), read_only=True) as session:
        late = await overdue(session, now)
    for tenant_id, wish_id in late:
        async with database.transaction(Context(tenant_id, "tick", new_id())) as session:
            await give_up(session, wish_id, now=now)


TICKS: Ticks = {
    "abandoned_runs": Tick(_RUNS_EVERY_SECONDS, end_abandoned_runs),
    "overdue_deductions": Tick(_DEDUCTIONS_EVERY_SECONDS, overdue_deductions),
}
