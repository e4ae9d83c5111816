"""An issued invoice read back: to be mirrored by a credit note, or told once more with a new mark."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from services.invoicing.application.telling import LINES_MAX, invoice_state, line_values
from services.invoicing.domain.ready import ReadyInvoice
from services.invoicing.repository import open_invoices, reversals
from services.invoicing.repository.reversals import Stored
from shared.events.invoicing import InvoicePaid
from shared.kernel.money import currency
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_many


def as_issued(stored: Stored) -> ReadyInvoice:
    """The invoice as it was when it was issued, under its present version."""
    header = stored.header
    return ReadyInvoice(
        id=header["id"],
        version=header["version"],
        kind=header["kind"],
        variant=header["variant"],
        legal_entity_id=header["legal_entity_id"],
        client_id=header["client_id"],
        contract_id=header["contract_id"],
        station_id=header["station_id"],
        campaign_id=header["campaign_id"],
        draft_id=header["draft_id"],
        billing_run_id=header["billing_run_id"],
        invoice_run_id=header["invoice_run_id"],
        advance_invoice_id=header["advance_invoice_id"],
        advance_bill_id=header["advance_bill_id"],
        wish_id=header["wish_id"],
        deductions=stored.deductions,
        period_from=header["period_from"],
        period_to=header["period_to"],
        invoice_on=header["invoice_on"],
        accounting_on=header["accounting_on"],
        due_on=header["due_on"],
        currency=header["currency"],
        base_currency=stored.base_currency,
        exchange_rate=header["exchange_rate"],
        amounts=stored.amounts,
        lines=stored.lines,
        postings=stored.postings,
        frozen=header["frozen"],
        client_reference=header["client_reference"],
        text=header["text"],
        reverses_id=header["reverses_id"],
        credits_id=header["credits_id"],
        reason=header["reason"],
        block_items=header["block_items"],
    )


async def tell_paid(session: AsyncSession, invoice_ids: Sequence[UUID]) -> None:
    """Tell the whole state of invoices that have become paid, or no longer are (MA-SET-10)."""
    facts = []
    for invoice_id in invoice_ids:
        header = await open_invoices.lock_invoice(session, invoice_id)
        assert header is not None
        ready = as_issued(await reversals.read_issued(session, header))
        lines = line_values(ready)
        facts.append(
            invoice_state(
                InvoicePaid,
                ready,
                number=header["no"],
                invoice_no=header["invoice_no"],
                issued_at=header["issued_at"],
                reversed_by_id=header["reversed_by_id"],
                paid_amount=Decimal(header["paid_amount"]).scaleb(-currency(header["currency"]).places),
                paid_on=header["paid_on"],
                lines=lines if len(lines) <= LINES_MAX else [],
            )
        )
    await record_many(session, facts)
