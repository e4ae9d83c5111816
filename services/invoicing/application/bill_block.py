"""Issue, or preview, the bills of one block of a run."""

from collections import Counter
from dataclasses import dataclass, field, replace

from services.invoicing.application.billing_terms import Parties, ready_media_invoice
from services.invoicing.application.issue import issue
from services.invoicing.application.ledger import Ledger
from services.invoicing.application.weigh_block import Refusal, Weighed
from services.invoicing.domain.billing import PreparedInvoice
from services.invoicing.repository import runs
from services.invoicing.repository.runs import Run
from shared.events.invoicing import InvoiceIssued
from shared.runtime.db import AsyncSession
from shared.runtime.series import blocked_legal_entities


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run has done so far; totals are minor units by currency."""

    invoice_count: int = 0
    item_count: int = 0
    left_out_count: int = 0
    total_amounts: dict[str, int] = field(default_factory=dict)

    def plus(self, invoices: list[PreparedInvoice], left_out_count: int) -> "Tally":
        """The tally after these."""
        sums = Counter(self.total_amounts)
        for one in invoices:
            sums[one.key.currency] += one.totals.total_amount
        return replace(
            self,
            invoice_count=self.invoice_count + len(invoices),
            item_count=self.item_count + sum(len(one.items) for one in invoices),
            left_out_count=self.left_out_count + left_out_count,
            total_amounts=dict(sums),
        )


async def preview_block(session: AsyncSession, run: Run, weighed: Weighed, tally: Tally) -> Tally:
    """Keep what a live run would issue: no number, no voucher, no claim (MA-INV-05)."""
    invoices = [one for bill in weighed.bills for one in bill.invoices]
    await runs.add_previews(session, run.id, tally.invoice_count + 1, invoices)
    return await _report(session, run, weighed, invoices, tally)


async def issue_block(session: AsyncSession, run: Run, weighed: Weighed, tally: Tally) -> tuple[Tally, list[Refusal]]:
    """Issue the block's invoices; those of a legal entity that may not issue now are refused, the others stand."""
    closed = await blocked_legal_entities(session)
    terms = [one.client for bill in weighed.bills for one in bill.invoices[:1]]
    parties = await Parties.load(session, {one.legal_entity_id for one in terms}, {one.id for one in terms})
    refusals = list(weighed.refusals)
    made: list[PreparedInvoice] = []
    for bill in weighed.bills:
        if not bill.invoices:
            continue
        client = bill.invoices[0].client
        if client.legal_entity_id not in parties.legal_entities:
            refusals.append(Refusal(client.id, "unknown_reference", "The legal entity's record has not arrived yet."))
        elif client.legal_entity_id in closed:
            refusals.append(Refusal(client.id, "series_blocked", "The number series is closed."))
        else:
            made += bill.invoices
    ready = [
        (one, ready_media_invoice(one, parties, accounting_on=run.accounting_on, text=run.text, run_id=run.id))
        for one in made
    ]
    ledger = await Ledger.load(session, [invoice for _, invoice in ready])
    refused = {one.client.id: no for one, invoice in ready if (no := ledger.refusal(invoice))}
    refusals += [Refusal(client_id, no.code, no.message) for client_id, no in refused.items()]
    ready = [(one, invoice) for one, invoice in ready if one.client.id not in refused]
    await issue(session, [invoice for _, invoice in ready], prefixes=parties.prefixes, event=InvoiceIssued)
    return await _report(session, run, weighed, [one for one, _ in ready], tally), refusals


async def _report(
    session: AsyncSession, run: Run, weighed: Weighed, made: list[PreparedInvoice], tally: Tally
) -> Tally:
    left_out = [one for bill in weighed.bills for one in bill.left_out]
    await runs.add_left_out(session, run.id, left_out)
    return tally.plus(made, len(left_out))
