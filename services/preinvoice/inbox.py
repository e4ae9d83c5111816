"""What preinvoice hears, and which use case records it."""

from collections.abc import Sequence

from services.preinvoice.application.hear_bills import hear_bills_issued, hear_bills_refused, hear_bills_reversed
from services.preinvoice.application.hear_contracts import keep_campaigns, keep_clients, keep_legal_entities
from services.preinvoice.application.hear_deductions import hear_deducted, hear_given_back
from services.preinvoice.application.hear_insertions import keep_insertions, keep_plans
from services.preinvoice.application.hear_invoices import hear_issued, hear_refused, hear_reversed
from services.preinvoice.application.reserve import hear_wishes
from shared.events.contracts import (
    CampaignBooked,
    CampaignChanged,
    CampaignState,
    ClientChanged,
    InsertionBatch,
    InsertionCancelled,
    InsertionChanged,
    InsertionDefinitive,
    LegalEntityChanged,
    PlanChanged,
)
from shared.events.envelope import Received
from shared.events.invoicing import (
    DeductionReleased,
    DeductionRequested,
    DeductionState,
    InvoiceIssued,
    InvoiceRefused,
    InvoiceReversed,
)
from shared.runtime.clock import now
from shared.runtime.db import AsyncSession
from shared.runtime.handlers import Handlers


async def on_campaign(session: AsyncSession, received: Sequence[Received[CampaignState]]) -> None:
    """Campaigns, whatever happened to them."""
    await keep_campaigns(session, [one.data for one in received])


async def on_legal_entity(session: AsyncSession, received: Sequence[Received[LegalEntityChanged]]) -> None:
    """Selling companies."""
    await keep_legal_entities(session, [one.data for one in received])


async def on_client(session: AsyncSession, received: Sequence[Received[ClientChanged]]) -> None:
    """Buyers."""
    await keep_clients(session, [one.data for one in received])


async def on_plan(session: AsyncSession, received: Sequence[Received[PlanChanged]]) -> None:
    """Media plans."""
    await keep_plans(session, [one.data for one in received])


async def on_insertions(session: AsyncSession, received: Sequence[Received[InsertionBatch]]) -> None:
    """Insertions, whatever happened to them."""
    await keep_insertions(session, [item for one in received for item in one.data.items])


async def on_invoice_issued(session: AsyncSession, received: Sequence[Received[InvoiceIssued]]) -> None:
    """Drafts that became invoices (PI-RUN-07), bills that have their number (MA-PRE-10)."""
    told = [one.data for one in received]
    await hear_issued(session, told, now=now())
    await hear_bills_issued(session, told)
    await hear_deducted(session, told, now=now())


async def on_invoice_refused(session: AsyncSession, received: Sequence[Received[InvoiceRefused]]) -> None:
    """Drafts that could not become invoices (PI-RUN-11), bills that got no number."""
    told = [one.data for one in received]
    await hear_refused(session, told, now=now())
    await hear_bills_refused(session, told)


async def on_invoice_reversed(session: AsyncSession, received: Sequence[Received[InvoiceReversed]]) -> None:
    """Credit notes: what they reverse is open again (PI-CAN-05), or was never billed ahead (MA-PRE-10)."""
    told = [one.data for one in received]
    await hear_reversed(session, told, now=now())
    await hear_bills_reversed(session, told)
    await hear_given_back(session, told)


async def on_deduction(session: AsyncSession, received: Sequence[Received[DeductionState]]) -> None:
    """What runs want held of advance invoices, or not any more (MA-INV-27)."""
    await hear_wishes(session, [one.data for one in received], now=now())


HANDLERS: Handlers = {
    LegalEntityChanged: on_legal_entity,
    ClientChanged: on_client,
    PlanChanged: on_plan,
    InsertionDefinitive: on_insertions,
    InsertionChanged: on_insertions,
    InsertionCancelled: on_insertions,
    CampaignBooked: on_campaign,
    CampaignChanged: on_campaign,
    InvoiceIssued: on_invoice_issued,
    InvoiceRefused: on_invoice_refused,
    InvoiceReversed: on_invoice_reversed,
    DeductionRequested: on_deduction,
    DeductionReleased: on_deduction,
}
