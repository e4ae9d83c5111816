"""Refuse what preinvoice wishes of invoicing: for good, and with the code that says why (MA-PRE-10, MA-PRE-22)."""

from decimal import Decimal
from uuid import UUID

from services.invoicing.application.telling import amount_fields
from services.invoicing.domain.ready import Amounts
from services.invoicing.repository.wishes import note_refused
from shared.events.invoicing import InvoiceRefused
from shared.events.preinvoice import AdvanceInvoiceState
from shared.kernel.ids import derived_id
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record


async def refuse_wish(
    session: AsyncSession, advance: AdvanceInvoiceState, wish_id: UUID, code: str, *, bill_id: UUID | None = None
) -> None:
    """A wish is answered once; who still wants it wishes anew."""
    await note_refused(session, wish_id, code)
    nothing = Amounts(0, 0, 0, 0, (), 0, 0, 0)
    await record(
        session,
        InvoiceRefused.model_validate(
            {
                "id": derived_id("refused", wish_id),
                "version": 1,
                "kind": "advance" if bill_id else "media",
                "state": "removed",
                "legal_entity_id": advance.legal_entity_id,
                "client_id": advance.client_id,
                "advance_invoice_id": advance.id,
                "advance_bill_id": bill_id,
                "wish_id": wish_id,
                "currency": advance.currency,
                "exchange_rate": Decimal(1),
                "media_deduction_amount": Decimal(0),
                "refusal_code": code,
                **amount_fields(nothing, advance.currency),
            }
        ),
    )
