"""Writing invoices, their lines and vouchers, many at a time."""

from collections.abc import Sequence
from typing import Any

import orjson

from services.invoicing.domain.ready import ItemLine, Line, ReadyInvoice
from services.invoicing.domain.totals import Vat
from shared.runtime.bulk import insert_statement, slices, write
from shared.runtime.db import AsyncSession, context_of, driver

_INVOICE = {
    "id": "uuid", "version": "int", "kind": "text", "variant": "text", "document": "text", "state": "text",
    "legal_entity_id": "uuid", "client_id": "uuid", "contract_id": "uuid", "station_id": "uuid",
    "campaign_id": "uuid", "draft_id": "uuid", "billing_run_id": "uuid", "invoice_run_id": "uuid",
    "advance_invoice_id": "uuid", "advance_bill_id": "uuid", "wish_id": "uuid",
    "invoice_no": "text", "period_from": "date", "period_to": "date", "invoice_on": "date", "accounting_on": "date",
    "due_on": "date", "currency": "text", "exchange_rate": "numeric", "gross_amount": "bigint",
    "discount_amount": "bigint", "agency_commission_amount": "bigint", "net_amount": "bigint", "vat": "jsonb",
    "vat_amount": "bigint", "total_amount": "bigint", "sales_commission_amount": "bigint",
    "media_deduction_amount": "bigint", "client_reference": "text", "text": "text", "frozen": "jsonb",
    "line_count": "int", "invoice_fee_amount": "bigint", "reverses_id": "uuid", "block_items": "boolean",
    "credits_id": "uuid", "reason": "text",
}  # fmt: skip
# A pending contract invoice has its row already; the trigger refuses it for an issued one.
_SAVE_INVOICE = insert_statement(
    "invoice",
    _INVOICE,
    on_conflict="ON CONFLICT (tenant_id, id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _INVOICE if name != "id"),
)
_LINE = {
    "invoice_id": "uuid", "line_no": "int", "reversed": "boolean", "billable_item_id": "uuid", "portion": "text",
    "order_no": "text", "media_id": "uuid", "media_name": "text", "text": "text", "details": "jsonb",
    "dated_on": "date", "vat_percent": "numeric", "gross_amount": "bigint", "net_amount": "bigint",
    "net_net_amount": "bigint", "client_net_amount": "bigint", "fee_amount": "bigint",
    "capital_cost_amount": "bigint", "amount": "bigint",
}  # fmt: skip
_INSERT_LINE = insert_statement("invoice_line", _LINE)
_DEDUCTION = {
    "invoice_id": "uuid", "line_no": "int", "advance_invoice_id": "uuid", "advance_no": "int", "deduction_id": "uuid",
    "amount": "bigint", "base_amount": "bigint",
}  # fmt: skip
_INSERT_DEDUCTION = insert_statement("invoice_deduction", _DEDUCTION)
_COPIED = "order_no, media_id, media_name, text, details, dated_on"
_AMOUNTS = "gross_amount, net_amount, net_net_amount, client_net_amount, fee_amount, capital_cost_amount"
# What an item's amounts are on a line that bills this part of it, and what that comes to.
_OF_PORTION = {
    "whole": (_AMOUNTS, "price_amount"),
    "media": (_AMOUNTS.replace("fee_amount", "0"), "price_amount - fee_amount"),
    "commission": ("0, 0, 0, 0, fee_amount, 0", "fee_amount"),
}
_COPY_LINE = f"""
INSERT INTO invoice_line (tenant_id, invoice_id, line_no, reversed, billable_item_id, portion, vat_percent,
  {_COPIED}, {_AMOUNTS}, amount)
SELECT $1, v.id, line_no, false, i.id, '{{portion}}', v.vat_percent, {_COPIED}, {{amounts}}, {{amount}}
FROM unnest($2::uuid[], $3::numeric[], $4::int[], $5::int[]) AS v(id, vat_percent, first, last)
CROSS JOIN LATERAL unnest(($6::uuid[])[first:last], ($7::int[])[first:last]) WITH ORDINALITY
  AS billed(item_id, revision, line_no)
JOIN billable_item i ON i.id = item_id AND i.revision = billed.revision
"""
_COPY_LINES = {
    portion: _COPY_LINE.format(portion=portion, amounts=amounts, amount=amount)
    for portion, (amounts, amount) in _OF_PORTION.items()
}
_VOUCHER = {
    "id": "uuid", "legal_entity_id": "uuid", "source": "text", "source_id": "uuid", "series_id": "uuid", "no": "bigint",
    "voucher_no": "text", "accounting_on": "date", "client_id": "uuid", "currency": "text",
}  # fmt: skip
_INSERT_VOUCHER = insert_statement("voucher", _VOUCHER)
_VOUCHER_LINE = {
    "voucher_id": "uuid", "line_no": "int", "currency": "text", "role": "text", "media_id": "uuid", "debit": "bigint",
    "credit": "bigint", "plan_id": "uuid", "order_id": "uuid", "insertion_id": "uuid", "account_no": "text",
}  # fmt: skip
_INSERT_VOUCHER_LINE = insert_statement("voucher_line", _VOUCHER_LINE)


class ItemsChanged(Exception):
    """An item is no longer as it was weighed; nothing of the block is kept."""


async def save_pending(session: AsyncSession, ready: Sequence[ReadyInvoice]) -> None:
    """Headers without a number, and their lines; a credit note's lines claim nothing."""
    # Row security and row-level keys are checked by cached plans: made on a still small table they would scan it.
    connection = await driver(session)
    await connection.execute("SET LOCAL enable_seqscan = off")
    await write(session, _SAVE_INVOICE, [_header(invoice) for invoice in ready])
    await write(
        session,
        _INSERT_LINE,
        [
            (invoice.id, number, invoice.reverses_id is not None, line.billable_item_id, *line[3:])
            for invoice in ready
            for number, line in enumerate(invoice.lines, 1)
            if isinstance(line, Line)
        ],
    )
    for portion, statement in _COPY_LINES.items():
        await _copy_lines(session, statement, [invoice for invoice in ready if invoice.portion == portion])
    deductions = [(invoice.id, *deducted) for invoice in ready for deducted in invoice.deductions]
    await write(session, _INSERT_DEDUCTION, deductions)


async def _copy_lines(session: AsyncSession, statement: str, ready: Sequence[ReadyInvoice]) -> None:
    """Lines that read as their items do; `ItemsChanged` when one reads otherwise by now."""
    of_invoices = [(invoice, [line for line in invoice.lines if isinstance(line, ItemLine)]) for invoice in ready]
    of_invoices = [(invoice, lines) for invoice, lines in of_invoices if lines]
    if not of_invoices:
        return
    billed = [line for _, lines in of_invoices for line in lines]
    connection = await driver(session)
    done = await connection.execute(
        statement,
        context_of(session).tenant_id,
        [invoice.id for invoice, _ in of_invoices],
        [lines[0].vat_percent for _, lines in of_invoices],
        *slices(len(lines) for _, lines in of_invoices),
        [line.billable_item_id for line in billed],
        [line.revision for line in billed],
    )
    if done != f"INSERT 0 {len(billed)}":
        raise ItemsChanged


async def number(session: AsyncSession, rows: Sequence[tuple[Any, ...]]) -> None:
    """Freeze invoices: (id, series id, number, printed number, issued at)."""
    connection = await driver(session)
    await connection.execute(
        "UPDATE invoice SET state = 'issued', series_id = drawn.series_id, no = drawn.no, "
        "invoice_no = drawn.invoice_no, issued_at = drawn.issued_at "
        "FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::timestamptz[]) "
        "AS drawn(id, series_id, no, invoice_no, issued_at) "
        "WHERE invoice.tenant_id = $1 AND invoice.id = drawn.id",
        context_of(session).tenant_id,
        *map(list, zip(*rows, strict=True)),
    )


async def post(session: AsyncSession, vouchers: Sequence[tuple[Any, ...]], lines: Sequence[tuple[Any, ...]]) -> None:
    """Vouchers (id, legal entity, source, source id, series id, number, printed, accounting date, client, currency) and
    their lines (voucher id, line number, currency, then what a `Posting` holds)."""
    await write(session, _INSERT_VOUCHER, vouchers)
    await write(session, _INSERT_VOUCHER_LINE, lines)


def vat_json(rates: Sequence[Vat]) -> str:
    """VAT per rate as stored: percent as a string, amounts in minor units."""
    return orjson.dumps(
        [
            {"percent": f"{rate.percent:f}", "base_amount": rate.base_amount, "vat_amount": rate.vat_amount}
            for rate in rates
        ]
    ).decode()


def _header(invoice: ReadyInvoice) -> tuple[Any, ...]:
    amounts = invoice.amounts
    return (
        invoice.id, invoice.version, invoice.kind, invoice.variant, invoice.document, "pending",
        invoice.legal_entity_id, invoice.client_id, invoice.contract_id, invoice.station_id, invoice.campaign_id,
        invoice.draft_id, invoice.billing_run_id, invoice.invoice_run_id, invoice.advance_invoice_id,
        invoice.advance_bill_id, invoice.wish_id, "", invoice.period_from, invoice.period_to,
        invoice.invoice_on, invoice.accounting_on, invoice.due_on, invoice.currency, invoice.exchange_rate,
        amounts.gross_amount, amounts.discount_amount, amounts.agency_commission_amount, amounts.net_amount,
        vat_json(amounts.vat), amounts.vat_amount, amounts.total_amount, amounts.sales_commission_amount,
        invoice.media_deduction_amount, invoice.client_reference, invoice.text,
        orjson.dumps(invoice.frozen).decode(), len(invoice.lines), amounts.invoice_fee_amount, invoice.reverses_id,
        invoice.block_items, invoice.credits_id, invoice.reason,
    )  # fmt: skip
