"""What time brings about in contracts: occurrences fall due, unanswered wishes and lost runs are given up."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy import text

from services.contracts.application.approval import let_fall_due
from services.contracts.application.contract_correction import give_up_unanswered
from services.contracts.application.run_locks import let_go
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession, Context, Database
from shared.runtime.ticks import Tick, Ticks

_EVERY_SECONDS = 60.0
_RUNS_EVERY_SECONDS = 600.0
_LISTENING = text("SELECT DISTINCT tenant_id FROM applied WHERE aggregate_type = 'invoicing.invoice_run'")
_TENANTS = text("SELECT DISTINCT tenant_id FROM stream WHERE aggregate_type = 'contracts.contract'")


async def off_air_due(database: Database, now: datetime) -> None:
    """Let each tenant's occurrences fall due; a second replica finds none left (CT-LIN-27)."""
    await _for_each_tenant(database, now, let_fall_due)


async def corrections_unanswered(database: Database, now: datetime) -> None:
    """Give up wishes to correct that invoicing did not answer in time (CT-LIF-14)."""
    await _for_each_tenant(database, now, give_up_unanswered)


async def _for_each_tenant(
    database: Database, now: datetime, work: Callable[[AsyncSession, datetime], Awaitable[int]]
) -> None:
    async with database.transaction(Context(None, "tick", new_id()), read_only=True) as session:
        tenants = (await session.execute(_TENANTS)).scalars().all()
    for tenant_id in tenants:
        async with database.transaction(Context(tenant_id, "tick", new_id())) as session:
            await work(session, now)


async def runs_let_go(database: Database, now: datetime) -> None:
    """Let go what runs took that never told their end (MA-INV-26)."""
    async with database.transaction(Context(None, "tick", new_id()), read_only=True) as session:
        tenants = (await session.execute(_LISTENING)).scalars().all()
    for tenant_id in tenants:
        async with database.transaction(Context(tenant_id, "tick", new_id())) as session:
            await let_go(session, now)


TICKS: Ticks = {
    "off_air_due": Tick(_EVERY_SECONDS, off_air_due),
    "runs_let_go": Tick(_RUNS_EVERY_SECONDS, runs_let_go),
    "corrections_unanswered": Tick(_EVERY_SECONDS, corrections_unanswered),
}
