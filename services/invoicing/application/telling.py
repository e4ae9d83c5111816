"""What invoicing tells of its documents: amounts as decimals, lines beyond 500 in batches of their own."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from services.invoicing.domain.ready import Amounts, Deducted, ItemLine, ReadyInvoice
from services.invoicing.repository.open_invoices import OpenRow
from shared.events.envelope import FactT
from shared.events.invoicing import (
    DeductedState,
    InvoiceIssued,
    InvoiceLineOf,
    InvoiceLinesIssued,
    InvoiceOpened,
    InvoicePending,
    InvoiceRefused,
    InvoiceRemoved,
    InvoiceReversed,
    VatState,
)
from shared.events.preinvoice import DraftState
from shared.kernel.ids import derived_id, nth_id
from shared.kernel.money import currency, major_text
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import Written, record, record_batch, record_many, record_written

LINES_MAX = 500
InvoiceEvent = type[InvoiceIssued] | type[InvoiceReversed]


async def tell_invoices(
    session: AsyncSession,
    ready: Sequence[ReadyInvoice],
    numbered: Sequence[tuple[Any, ...]],
    event: InvoiceEvent,
    written: Mapping[UUID, bytes],
) -> None:
    """One fact per document, and batches for the lines of large ones; `written` are `lines_json` made before."""
    facts: list[Written] = []
    large: list[InvoiceLineOf] = []
    for invoice, (_, _, no, invoice_no, issued_at) in zip(ready, numbered, strict=True):
        if len(invoice.lines) > LINES_MAX:
            large += [_with_invoice(invoice, line) for line in line_values(invoice)]
        head = invoice_state(event, invoice, number=no, invoice_no=invoice_no, issued_at=issued_at)
        lines = orjson.Fragment(written.get(invoice.id) or lines_json(invoice))
        told = orjson.dumps({**head.model_dump(mode="json"), "lines": lines})
        facts.append(Written(invoice.id, invoice.legal_entity_id, told))
    await record_written(session, event, facts)
    await record_batch(session, InvoiceLinesIssued, large)


def lines_json(invoice: ReadyInvoice) -> bytes:
    """The lines inside the document's own fact; a large document's come in batches instead.

    A run tells of a million lines: they become JSON without a model in between (InvoiceLineState says their shape).
    """
    return orjson.dumps(line_values(invoice) if len(invoice.lines) <= LINES_MAX else [])


def line_values(invoice: ReadyInvoice) -> list[dict[str, Any]]:
    """The lines as `InvoiceLineState` writes them."""
    text = partial(major_text, of=currency(invoice.currency))
    return [
        {
            "id": nth_id(invoice.id, number),
            "line_no": number,
            "billable_item_id": str(line.billable_item_id),
            "origin": line.origin,
            "origin_id": str(line.origin_id),
            "item_version": line.version if isinstance(line, ItemLine) else None,
            "net_amount": text(line.net_amount),
            "net_net_amount": text(line.net_net_amount),
            "client_net_amount": text(line.client_net_amount),
            "fee_amount": text(line.fee_amount),
            "capital_cost_amount": text(line.capital_cost_amount),
            "amount": text(line.amount),
        }
        for number, line in enumerate(invoice.lines, 1)
    ]


def _with_invoice(invoice: ReadyInvoice, line: dict[str, Any]) -> InvoiceLineOf:
    return InvoiceLineOf.model_validate(
        {
            **line,
            "invoice_id": invoice.id,
            "invoice_version": invoice.version,
            "client_id": invoice.client_id,
            "kind": invoice.kind,
            "currency": invoice.currency,
            "reversal": invoice.reverses_id is not None,
        }
    )


def invoice_state(event: type[FactT], invoice: ReadyInvoice, **issued: Any) -> FactT:
    """The whole public state of a numbered document; `issued` holds its number, marks and lines."""
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
            "station_id": invoice.station_id,
            "campaign_id": invoice.campaign_id,
            "draft_id": invoice.draft_id,
            "billing_run_id": invoice.billing_run_id,
            "invoice_run_id": invoice.invoice_run_id,
            "advance_invoice_id": invoice.advance_invoice_id,
            "advance_bill_id": invoice.advance_bill_id,
            "wish_id": invoice.wish_id,
            "deductions": [_deducted(one, invoice.currency, base_exponent) for one in invoice.deductions],
            "series": invoice.series_kind,
            "period_from": invoice.period_from,
            "period_to": invoice.period_to,
            "invoice_on": invoice.invoice_on,
            "accounting_on": invoice.accounting_on,
            "due_on": invoice.due_on,
            "currency": invoice.currency,
            "exchange_rate": invoice.exchange_rate,
            "media_deduction_amount": Decimal(invoice.media_deduction_amount).scaleb(base_exponent),
            "reverses_id": invoice.reverses_id,
            "reverses_no": invoice.reverses_no,
            "credits_id": invoice.credits_id,
            "comment": invoice.text,
            "reason": invoice.reason,
            "block_items": invoice.block_items,
            "line_count": len(invoice.lines),
            **amount_fields(invoice.amounts, invoice.currency),
            **issued,
        }
    )


def _deducted(one: Deducted, code: str, base_exponent: int) -> DeductedState:
    return DeductedState(
        advance_invoice_id=one.advance_invoice_id,
        advance_no=one.advance_no,
        deduction_id=one.deduction_id,
        amount=Decimal(one.amount).scaleb(-currency(code).places),
        base_amount=Decimal(one.base_amount).scaleb(base_exponent),
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
                    "station_id": row.station_id,
                    "period_from": row.period_from,
                    "period_to": row.period_to,
                    "currency": row.currency,
                    "exchange_rate": Decimal(1),
                    "media_deduction_amount": Decimal(0),
                    "line_count": row.line_count,
                    "reason": row.reason,
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
