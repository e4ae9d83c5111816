"""What invoicing tells of its documents: amounts as decimals, lines beyond 500 in batches of their own."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from services.invoicing.domain.ready import Amounts, Line, ReadyInvoice
from services.invoicing.repository.open_invoices import OpenRow
from shared.events.invoicing import (
    InvoiceIssued,
    InvoiceLineOf,
    InvoiceLinesIssued,
    InvoiceLineState,
    InvoiceOpened,
    InvoicePending,
    InvoiceRefused,
    InvoiceRemoved,
    InvoiceReversed,
    VatState,
)
from shared.events.preinvoice import DraftState
from shared.kernel.ids import derived_id
from shared.kernel.money import currency
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record, record_batch, record_many

LINES_MAX = 500
InvoiceEvent = type[InvoiceIssued] | type[InvoiceReversed]


async def tell_invoices(
    session: AsyncSession, ready: Sequence[ReadyInvoice], numbered: Sequence[tuple[Any, ...]], event: InvoiceEvent
) -> None:
    """One fact per document, and batches for the lines of large ones."""
    facts, large = [], []
    for invoice, (_, _, no, invoice_no, issued_at) in zip(ready, numbered, strict=True):
        lines = [line_state(invoice, number, line) for number, line in enumerate(invoice.lines, 1)]
        if len(lines) > LINES_MAX:
            large += [_with_invoice(invoice, line) for line in lines]
            lines = []
        facts.append(_state(event, invoice, no=no, invoice_no=invoice_no, issued_at=issued_at, lines=lines))
    await record_many(session, facts)
    await record_batch(session, InvoiceLinesIssued, large)


def line_state(invoice: ReadyInvoice, number: int, line: Line) -> InvoiceLineState:
    """A line as others keep it. Values are our own and checked by the tables, so they are not checked again."""
    exponent = -currency(invoice.currency).places
    return InvoiceLineState.model_construct(
        id=derived_id(invoice.id, number),
        line_no=number,
        billable_item_id=line.billable_item_id,
        origin=line.origin,  # type: ignore[arg-type]
        origin_id=line.origin_id,
        net_amount=Decimal(line.net_amount).scaleb(exponent),
        net_net_amount=Decimal(line.net_net_amount).scaleb(exponent),
        client_net_amount=Decimal(line.client_net_amount).scaleb(exponent),
        fee_amount=Decimal(line.fee_amount).scaleb(exponent),
        capital_cost_amount=Decimal(line.capital_cost_amount).scaleb(exponent),
        amount=Decimal(line.amount).scaleb(exponent),
    )


def _with_invoice(invoice: ReadyInvoice, line: InvoiceLineState) -> InvoiceLineOf:
    return InvoiceLineOf.model_construct(
        **dict(line),
        invoice_id=invoice.id,
        invoice_version=invoice.version,
        client_id=invoice.client_id,
        reversal=invoice.reverses_id is not None,
    )


def _state(event: InvoiceEvent, invoice: ReadyInvoice, **issued: Any) -> InvoiceIssued | InvoiceReversed:
    base_exponent = -currency(invoice.base_currency).places
    return event.model_validate(
        {
            "id": invoice.id,
            "version": invoice.version,
            "kind": invoice.kind,
            "variant": invoice.variant,
            "document": invoice.document,
            "state": "issued",
            "legal_entity_id": invoice.legal_entity_id,
            "client_id": invoice.client_id,
            "contract_id": invoice.contract_id,
            "campaign_id": invoice.campaign_id,
            "draft_id": invoice.draft_id,
            "billing_run_id": invoice.billing_run_id,
            "invoice_run_id": invoice.invoice_run_id,
            "series": invoice.series_kind,
            "number": issued["no"],
            "invoice_no": issued["invoice_no"],
            "period_from": invoice.period_from,
            "period_to": invoice.period_to,
            "invoice_on": invoice.invoice_on,
            "accounting_on": invoice.accounting_on,
            "due_on": invoice.due_on,
            "issued_at": issued["issued_at"],
            "currency": invoice.currency,
            "exchange_rate": invoice.exchange_rate,
            "media_deduction_amount": Decimal(invoice.media_deduction_amount).scaleb(base_exponent),
            "reverses_id": invoice.reverses_id,
            "reverses_no": invoice.reverses_no,
            "block_items": invoice.block_items,
            "line_count": len(invoice.lines),
            **amount_fields(invoice.amounts, invoice.currency),
            "lines": issued["lines"],
        }
    )


async def tell_open(
    session: AsyncSession,
    event: type[InvoiceOpened] | type[InvoicePending] | type[InvoiceRemoved],
    rows: Sequence[OpenRow],
) -> None:
    """Invoices without a number: opened, complete, or gone."""
    await record_many(
        session,
        [
            event.model_validate(
                {
                    "id": row.id,
                    "version": row.version,
                    "kind": "contract",
                    "variant": row.variant,
                    "state": row.state,
                    "legal_entity_id": row.legal_entity_id,
                    "client_id": row.client_id,
                    "contract_id": row.contract_id,
                    "period_from": row.period_from,
                    "period_to": row.period_to,
                    "currency": row.currency,
                    "exchange_rate": Decimal(1),
                    "media_deduction_amount": Decimal(0),
                    "line_count": row.line_count,
                    **amount_fields(row.amounts, row.currency),
                }
            )
            for row in rows
        ],
    )


def amount_fields(amounts: Amounts, code: str) -> dict[str, Any]:
    """The amounts of a document in major units, as events and answers name them."""
    exponent = -currency(code).places

    def major(amount: int) -> Decimal:
        return Decimal(amount).scaleb(exponent)

    return {
        "gross_amount": major(amounts.gross_amount),
        "discount_amount": major(amounts.discount_amount),
        "agency_commission_amount": major(amounts.agency_commission_amount),
        "net_amount": major(amounts.net_amount),
        "vat": [
            VatState(percent=rate.percent, base_amount=major(rate.base_amount), vat_amount=major(rate.vat_amount))
            for rate in amounts.vat
        ],
        "vat_amount": major(amounts.vat_amount),
        "total_amount": major(amounts.total_amount),
        "sales_commission_amount": major(amounts.sales_commission_amount),
    }


async def tell_refused(session: AsyncSession, draft: DraftState, code: str) -> None:
    """A draft's answer when it cannot become an invoice; each version of a draft is answered on its own (PI-RUN-11)."""
    nothing = Amounts(0, 0, 0, 0, (), 0, 0, 0)
    await record(
        session,
        InvoiceRefused.model_validate(
            {
                "id": derived_id("refused", draft.id, draft.version),
                "version": 1,
                "kind": "campaign",
                "state": "removed",
                "legal_entity_id": draft.legal_entity_id,
                "client_id": draft.client_id,
                "campaign_id": draft.campaign_id,
                "draft_id": draft.id,
                "billing_run_id": draft.billing_run_id,
                "currency": draft.currency,
                "exchange_rate": Decimal(1),
                "media_deduction_amount": Decimal(0),
                "refusal_code": code,
                **amount_fields(nothing, draft.currency),
            }
        ),
    )
