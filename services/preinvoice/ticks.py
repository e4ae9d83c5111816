"""What time brings about in preinvoice: runs do not wait for ever, nor is money held for ever; schedules fall due."""

from datetime import datetime

from services.preinvoice.application.end_run import give_up
from services.preinvoice.application.reserve import ask_again
from services.preinvoice.application.schedules import start_due
from services.preinvoice.repository import reservations
from services.preinvoice.repository.runs import overdue
from services.preinvoice.repository.schedules import due_schedules
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from shared.runtime.ticks import Tick, Ticks

_EVERY_SECONDS = 15.0


async def overdue_runs(database: Database, now: datetime) -> None:
    """Give back the drafts whose answer is overdue; a second replica finds none left."""
    async with database.transaction(Context(None, "tick", new_id()), read_only=True) as session:
        late = await overdue(session, now)
    for tenant_id, run_id in late:
        async with database.transaction(Context(tenant_id, "tick", new_id())) as session:
            await give_up(session, run_id, now=now)


async def schedules_due(database: Database, now: datetime) -> None:
    """Start what falls due; a second replica finds it started."""
    async with database.transaction(Context(None, "tick", new_id()), read_only=True) as session:
        due = await due_schedules(session, now)
    for tenant_id, schedule_id in due:
        async with database.transaction(Context(tenant_id, "schedule", new_id())) as session:
            await start_due(session, schedule_id, now=now)


async def open_reservations(database: Database, now: datetime) -> None:
    """Ask about money that has been held for long; a second replica finds it asked about."""
    async with database.transaction(Context(None, "tick", new_id()), read_only=True) as session:
        late = await reservations.overdue(session, now)
    for tenant_id, reservation_id in late:
        async with database.transaction(Context(tenant_id, "tick", new_id())) as session:
            await ask_again(session, reservation_id, now=now)


TICKS: Ticks = {
    "open_reservations": Tick(_EVERY_SECONDS, open_reservations),
    "overdue_runs": Tick(_EVERY_SECONDS, overdue_runs),
    "schedules_due": Tick(_EVERY_SECONDS, schedules_due),
}
