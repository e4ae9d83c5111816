"""What preinvoice hears, and which use case records it."""

from collections.abc import Sequence

from services.preinvoice.application.hear_contracts import keep_campaigns, keep_clients, keep_legal_entities
from services.preinvoice.application.hear_invoices import hear_issued, hear_refused, hear_reversed
from shared.events.contracts import CampaignBooked, CampaignChanged, CampaignState, ClientChanged, LegalEntityChanged
from shared.events.envelope import Received
from shared.events.invoicing import InvoiceIssued, InvoiceRefused, InvoiceReversed
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


async def on_invoice_issued(session: AsyncSession, received: Sequence[Received[InvoiceIssued]]) -> None:
    """Drafts that became invoices (PI-RUN-07)."""
    await hear_issued(session, [one.data for one in received], now=now())


async def on_invoice_refused(session: AsyncSession, received: Sequence[Received[InvoiceRefused]]) -> None:
    """Drafts that could not become invoices (PI-RUN-11)."""
    await hear_refused(session, [one.data for one in received], now=now())


async def on_invoice_reversed(session: AsyncSession, received: Sequence[Received[InvoiceReversed]]) -> None:
    """Credit notes: what they reverse is open again (PI-CAN-05)."""
    await hear_reversed(session, [one.data for one in received], now=now())


HANDLERS: Handlers = {
    LegalEntityChanged: on_legal_entity,
    ClientChanged: on_client,
    CampaignBooked: on_campaign,
    CampaignChanged: on_campaign,
    InvoiceIssued: on_invoice_issued,
    InvoiceRefused: on_invoice_refused,
    InvoiceReversed: on_invoice_reversed,
}
