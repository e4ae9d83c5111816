"""Turn locked draft pre-invoices into invoices, or answer why not (PI-RUN-06, 09, 11, 13, 15, 16, 20)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from services.invoicing.application.billing_terms import Parties
from services.invoicing.application.issue import issue
from services.invoicing.application.ledger import Ledger
from services.invoicing.application.print_documents import queue_documents
from services.invoicing.application.telling import tell_refused
from services.invoicing.domain.due_date import draft_invoice_on, due_on
from services.invoicing.domain.ready import Amounts, Line, ReadyInvoice
from services.invoicing.domain.totals import totals
from services.invoicing.domain.voucher import campaign_voucher
from services.invoicing.repository.drafts import invoiced_drafts
from services.invoicing.repository.items import ItemRow, save_items
from shared.events.invoicing import InvoiceIssued
from shared.events.preinvoice import DraftState
from shared.kernel.ids import new_id
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession
from shared.runtime.series import blocked_legal_entities


async def issue_drafts(session: AsyncSession, drafts: Iterable[DraftState]) -> None:
    """One invoice per draft, in the order planned date, campaign number, draft id; what cannot be issued is refused."""
    newest = {one.id: one for one in sorted(drafts, key=lambda one: one.version)}
    done = await invoiced_drafts(session, list(newest))
    waiting = sorted(
        (one for one in newest.values() if one.id not in done),
        key=lambda one: (one.planned_invoice_on, one.campaign_no, one.id),
    )
    if not waiting:
        return
    parties = await Parties.load(session, {one.legal_entity_id for one in waiting}, {one.client_id for one in waiting})
    closed = await blocked_legal_entities(session)
    taken: list[DraftState] = []
    for draft in waiting:
        code = _refusal(draft, parties, closed)
        if code:
            await tell_refused(session, draft, code)
        else:
            taken.append(draft)
    ready = [_ready(draft, parties) for draft in taken]
    ledger = await Ledger.load(session, ready)
    refused = [(draft, no.code) for draft, one in zip(taken, ready, strict=True) if (no := ledger.refusal(one))]
    for draft, code in refused:
        await tell_refused(session, draft, code)
    refused_ids = {draft.id for draft, _ in refused}
    ready = [one for one in ready if one.draft_id not in refused_ids]
    await save_items(session, [row for draft in taken if draft.id not in refused_ids for row in _items(draft)])
    await issue(session, ready, prefixes=parties.prefixes, event=InvoiceIssued)
    wanted = {draft.id for draft in taken if draft.documents}
    if printed := [one.id for one in ready if one.draft_id in wanted]:
        await queue_documents(session, invoice_ids=printed)


def _refusal(draft: DraftState, parties: Parties, closed: set[UUID]) -> str | None:
    if draft.legal_entity_id not in parties.legal_entities or draft.client_id not in parties.clients:
        return "unknown_reference"
    if draft.legal_entity_id in closed:
        return "series_blocked"
    if draft.kind == "regular" and draft.total_amount == 0 and not draft.zero_invoices:
        return "skipped_zero"
    if draft.payment_days < 0:
        return "pi_e_25"
    return None


def _items(draft: DraftState) -> Sequence[ItemRow]:
    of = currency(draft.currency)
    return [
        ItemRow(
            id=line.id,
            version=draft.version,
            origin="draft_line",
            origin_id=line.id,
            legal_entity_id=draft.legal_entity_id,
            client_id=draft.client_id,
            dated_on=line.slice_start_on,
            status="locked",
            currency=draft.currency,
            vat_percent=line.vat_percent,
            text=line.text,
            order_no=f"{line.item_line_no:04d}",
            gross_amount=(amount := Money.parse(line.amount, of).minor),
            net_amount=amount,
            net_net_amount=0,
            client_net_amount=amount,
            fee_amount=0,
            capital_cost_amount=0,
            price_amount=amount,
        )
        for line in draft.lines
    ]


def _ready(draft: DraftState, parties: Parties) -> ReadyInvoice:
    seller = parties.legal_entities[draft.legal_entity_id]
    on = draft_invoice_on(draft.invoice_on, draft.manual_invoice_on, draft.planned_invoice_on)
    lines = [
        Line(
            row.id, row.origin, row.origin_id, "whole", row.order_no, None, "", row.text, None, row.dated_on,
            row.vat_percent or Decimal(0), row.gross_amount, row.net_amount, 0, row.client_net_amount, 0, 0,
            row.price_amount,
        )
        for row in _items(draft)
    ]  # fmt: skip
    sums = totals((line.vat_percent, line.amount) for line in lines)
    return ReadyInvoice(
        id=new_id(),
        version=1,
        kind="campaign",
        legal_entity_id=draft.legal_entity_id,
        client_id=draft.client_id,
        campaign_id=draft.campaign_id,
        draft_id=draft.id,
        billing_run_id=draft.billing_run_id,
        period_from=draft.service_start_on,
        period_to=draft.service_end_on,
        invoice_on=on,
        accounting_on=draft.accounting_date_on or on,
        due_on=due_on(on, draft.payment_days),
        currency=draft.currency,
        base_currency=seller["currency"],
        exchange_rate=Decimal(1),
        amounts=Amounts.of_totals(sums),
        lines=lines,
        postings=campaign_voucher(sums.net_amount, sums.vat_amount),
        frozen={
            **parties.frozen(draft.legal_entity_id, draft.client_id),
            "recipient": draft.recipient.model_dump(mode="json"),
            "campaign_no": draft.campaign_no,
            "campaign_name": draft.campaign_name,
            "hidden_item_ids": [str(line.id) for line in draft.lines if not line.show_on_invoice],
        },
        client_reference=draft.client_reference,
        text=draft.text,
        own_credit_series=seller["credit_series"],
    )
