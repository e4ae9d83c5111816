"""Keep reconciliation's copies of the registers of contracts."""

from collections.abc import Sequence

from services.reconciliation.application.book_client_lines import arrivals_lock, book_waiting
from services.reconciliation.repository import registers
from shared.events.contracts import ClientChanged, LegalEntityChanged, MediaChanged, RegisterFact, SupplierChanged
from shared.runtime.db import AsyncSession
from shared.runtime.projection import Projection

_REGISTERS: dict[type[RegisterFact], Projection] = {
    LegalEntityChanged: registers.LEGAL_ENTITY,
    SupplierChanged: registers.SUPPLIER,
    MediaChanged: registers.MEDIA,
    ClientChanged: registers.CLIENT,
}


async def keep_records(session: AsyncSession, facts: Sequence[RegisterFact]) -> None:
    """Records of one register; of several versions of a record the newest stays."""
    await _REGISTERS[type(facts[0])].keep(session, facts)


async def keep_legal_entities(session: AsyncSession, facts: Sequence[LegalEntityChanged]) -> None:
    """Legal entities, and with them the base currency that lines of their invoices may wait for."""
    await arrivals_lock(session)
    await registers.LEGAL_ENTITY.keep(session, facts)
    await book_waiting(session, "legal_entity_id", [fact.id for fact in facts])
