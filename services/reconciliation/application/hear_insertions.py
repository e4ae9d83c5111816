"""Keep insertions as contracts tells them, at the amounts they were ordered."""

from collections.abc import Sequence

from services.reconciliation.application.book_client_lines import arrivals_lock, book_waiting
from services.reconciliation.repository.registers import INSERTION
from shared.events.contracts import InsertionState
from shared.runtime.db import AsyncSession


async def keep_insertions(session: AsyncSession, insertions: Sequence[InsertionState]) -> None:
    """Record insertions, and book the lines of client invoices that came before them."""
    await arrivals_lock(session)
    await INSERTION.keep(session, insertions)
    await book_waiting(session, "insertion_id", [one.id for one in insertions])
