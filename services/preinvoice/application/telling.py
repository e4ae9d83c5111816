"""What preinvoice tells of its drafts, their generation, and its billing runs."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from services.preinvoice.domain.billing_run import Run
from services.preinvoice.domain.campaign import METRICS, CampaignItem
from services.preinvoice.domain.draft import Draft, DraftLine
from services.preinvoice.domain.redelivery import Comparison
from shared.events.preinvoice import (
    BillingRunState,
    DeliveryState,
    DraftLineState,
    DraftState,
    GenerationFault,
    GenerationState,
)
from shared.kernel.errors import Fault
from shared.kernel.ids import new_id
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record, record_many


async def tell_drafts(
    session: AsyncSession, told: type[DraftState], drafts: Sequence[Draft], *, run: Run | None = None
) -> None:
    """Drafts whole, each at its version; with what their billing run was asked for, when they are handed over."""
    await record_many(session, [told.model_validate(_state(draft, run)) for draft in drafts])


async def tell_released(session: AsyncSession, told: type[DraftState], drafts: Sequence[tuple[Draft, str]]) -> None:
    """Drafts that a run gave back, each with the code that says why."""
    facts = [told.model_validate({**_state(draft, None), "refusal_code": code}) for draft, code in drafts]
    await record_many(session, facts)


async def tell_generation(
    session: AsyncSession,
    told: type[GenerationState],
    campaign_id: UUID,
    *,
    counts: dict[str, int],
    faults: Sequence[Fault] = (),
    warnings: Sequence[Fault] = (),
) -> None:
    """What one generation command came to."""
    state = {
        "id": new_id(),
        "campaign_id": campaign_id,
        **{f"{name}_count": count for name, count in counts.items()},
        "faults": [_fault(one) for one in faults],
        "warnings": [_fault(one) for one in warnings],
    }
    await record(session, told.model_validate(state))


async def tell_run(session: AsyncSession, told: type[BillingRunState], run: Run) -> None:
    """A billing run with its counts."""
    await record(session, told.model_validate(asdict(run)))


async def tell_delivery(
    session: AsyncSession, told: type[DeliveryState], items: Sequence[tuple[UUID, CampaignItem, Comparison]]
) -> None:
    """Items of campaigns (campaign id, item, comparison) with what was delivered of them."""
    facts = [
        told.model_validate(
            {
                "item_id": item.id,
                "campaign_id": campaign_id,
                "metric": METRICS[item.billing_category],
                **{f"{name}_quantity": quantity for name, quantity in asdict(compared).items()},
            }
        )
        for campaign_id, item, compared in items
    ]
    await record_many(session, facts)


def _state(draft: Draft, run: Run | None) -> dict[str, object]:
    header, manual = draft.header, draft.manual
    return {
        "id": draft.id,
        "version": draft.version,
        "draft_no": draft.draft_no,
        "status": draft.status,
        **asdict(draft.key),
        "campaign_id": draft.campaign_id,
        "campaign_no": header.campaign_no,
        "campaign_name": header.campaign_name,
        "legal_entity_id": header.legal_entity_id,
        "recipient": asdict(header.recipient),
        "dispatch": manual.dispatch or header.dispatch,
        "client_reference": header.client_reference,
        "payment_days": header.payment_days if manual.payment_days is None else manual.payment_days,
        "text": manual.text,
        "service_start_on": header.service.start_on,
        "service_end_on": header.service.last_on,
        "accounting_end_on": header.accounting_end_on,
        "manual_invoice_on": manual.invoice_on,
        "total_amount": Money(draft.total, currency(draft.key.currency)).decimal,
        "billing_run_id": draft.billing_run_id,
        "invoice_on": run.invoice_on if run else None,
        "accounting_date_on": run.accounting_on if run else None,
        "zero_invoices": run.zero_invoices if run else False,
        "documents": run.documents if run else True,
        "invoice_id": draft.invoice_id,
        "invoice_no": draft.invoice_no,
        "lines": [_line(line, draft.key.currency) for line in draft.lines],
    }


def _line(line: DraftLine, code: str) -> DraftLineState:
    figures = line.figures
    return DraftLineState(
        id=line.id,
        item_id=line.key.item_id,
        item_line_no=figures.item_line_no,
        text=figures.text,
        slice_start_on=figures.days.start_on,
        slice_end_on=figures.days.last_on,
        quantity=figures.quantity,
        amount=Money(figures.amount, currency(code)).decimal,
        vat_percent=figures.vat_percent,
        show_on_invoice=figures.show_on_invoice,
        note=figures.note,
    )


def _fault(fault: Fault) -> GenerationFault:
    return GenerationFault(
        code=fault.code,
        entity=fault.entity or "",
        entity_id=fault.entity_id or "",
        field=fault.field or "",
        message=fault.message,
    )
