"""Issue, or preview, the bills of one block of a run."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.invoicing.application.ask_deductions import ask_deductions
from services.invoicing.application.issue import issue
from services.invoicing.application.ledger import Ledger
from services.invoicing.application.ready_block import Block
from services.invoicing.application.weigh_block import Refusal, Weighed
from services.invoicing.domain.prepared import PreparedInvoice
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
            item_count=self.item_count + sum(len(one.items) for one in invoices if one.portion != "commission"),
            left_out_count=self.left_out_count + left_out_count,
            total_amounts=dict(sums),
        )


async def preview_block(session: AsyncSession, run: Run, weighed: Weighed, tally: Tally) -> Tally:
    """Keep what a live run would issue: no number, no voucher, no claim (MA-INV-05)."""
    invoices = [one for bill in weighed.bills for one in bill.invoices]
    await runs.add_previews(session, run.id, tally.invoice_count + 1, invoices)
    return await _report(session, run, weighed, invoices, tally)


async def issue_block(
    session: AsyncSession, run: Run, block: Block, tally: Tally, *, now: datetime
) -> tuple[Tally, list[Refusal]]:
    """Issue the block's invoices; those of a legal entity that may not issue now are refused, the others stand.

    What deducts money billed ahead waits until preinvoice holds it.
    """
    issued, refused = await issue_ready(session, block)
    if block.to_ask:
        await ask_deductions(session, run.id, block.to_ask, now=now)
    return await _report(session, run, block.weighed, issued, tally), [*block.refusals, *refused]


async def issue_ready(session: AsyncSession, block: Block) -> tuple[list[PreparedInvoice], list[Refusal]]:
    """Issue what of the block is ready; what was issued, and the clients that were refused."""
    closed = await blocked_legal_entities(session)
    ledger = await Ledger.load(session, [invoice for _, invoice in block.ready])
    refused: dict[UUID, Refusal] = {}
    for one, invoice in block.ready:
        if invoice.legal_entity_id in closed:
            refused[one.client.id] = Refusal(one.client.id, "series_blocked", "The number series is closed.")
        elif no := ledger.refusal(invoice):
            refused[one.client.id] = Refusal(one.client.id, no.code, no.message)
    ready = [(one, invoice) for one, invoice in block.ready if one.client.id not in refused]
    await issue(
        session,
        [invoice for _, invoice in ready],
        prefixes=block.prefixes,
        event=InvoiceIssued,
        lines_json=block.lines_json,
    )
    return [one for one, _ in ready], list(refused.values())


async def _report(
    session: AsyncSession, run: Run, weighed: Weighed, made: list[PreparedInvoice], tally: Tally
) -> Tally:
    left_out = [one for bill in weighed.bills for one in bill.left_out]
    await runs.add_left_out(session, run.id, left_out)
    return tally.plus(made, len(left_out))
