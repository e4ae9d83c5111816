"""What time brings about in invoicing: nothing stays held for a run that has stopped."""

from datetime import datetime

from services.invoicing.application.ask_deductions import give_up
from services.invoicing.repository.deductions import overdue
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from shared.runtime.ticks import Tick, Ticks

_EVERY_SECONDS = 15.0


async def overdue_deductions(database: Database, now: datetime) -> None:
    """Let go of what stopped runs asked to be held; a second replica finds none left."""
    async with database.transaction(Context(None, "tick", new_id()), read_only=True) as session:
        late = await overdue(session, now)
    for tenant_id, wish_id in late:
        async with database.transaction(Context(tenant_id, "tick", new_id())) as session:
            await give_up(session, wish_id, now=now)


TICKS: Ticks = {"overdue_deductions": Tick(_EVERY_SECONDS, overdue_deductions)}
