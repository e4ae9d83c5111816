"""Ask invoicing once more for what an advance invoice still waits for: whoever answered already does nothing."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.preinvoice.application.tell_advances import tell_advances
from services.preinvoice.repository.advances import get_advance, save_advances
from services.preinvoice.repository.waiting import wait_for_answer, wait_no_more
from shared.events.preinvoice import AdvanceBillRequested, AdvanceSettlementRequested
from shared.runtime.db import AsyncSession


async def ask_again(session: AsyncSession, advance_id: UUID, *, now: datetime) -> None:
    """Tell the same wishes again, or stop waiting when all are answered."""
    advance = await get_advance(session, advance_id, lock=True)
    waiting = any(bill.state in ("printing", "reversing") for bill in advance.bills)
    if not waiting and not advance.is_settling:
        await wait_no_more(session, advance_id)
        return
    asked = replace(advance, version=advance.version + 1)
    await save_advances(session, [asked])
    await wait_for_answer(session, advance_id, now=now)
    await tell_advances(session, AdvanceSettlementRequested if advance.is_settling else AdvanceBillRequested, [asked])
