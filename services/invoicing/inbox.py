"""What invoicing hears, and which use case records it."""

from collections.abc import Sequence

from services.invoicing.application.hear_insertions import keep_insertions
from services.invoicing.application.hear_registers import keep_records
from shared.events.contracts import (
    AgreementChanged,
    ClientChanged,
    InsertionBatch,
    InsertionCancelled,
    InsertionChanged,
    InsertionDefinitive,
    LegalEntityChanged,
    PlanChanged,
    RegisterFact,
    StationChanged,
    TaxChanged,
)
from shared.events.envelope import Received
from shared.runtime.db import AsyncSession
from shared.runtime.handlers import Handlers


async def on_record_changed(session: AsyncSession, received: Sequence[Received[RegisterFact]]) -> None:
    """Any register's record."""
    await keep_records(session, [one.data for one in received])


async def on_insertions(session: AsyncSession, received: Sequence[Received[InsertionBatch]]) -> None:
    """Insertions, whatever happened to them."""
    await keep_insertions(session, [item for one in received for item in one.data.items])


HANDLERS: Handlers = {
    LegalEntityChanged: on_record_changed,
    ClientChanged: on_record_changed,
    AgreementChanged: on_record_changed,
    PlanChanged: on_record_changed,
    StationChanged: on_record_changed,
    TaxChanged: on_record_changed,
    InsertionDefinitive: on_insertions,
    InsertionChanged: on_insertions,
    InsertionCancelled: on_insertions,
}
