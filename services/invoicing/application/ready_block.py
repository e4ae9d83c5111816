"""Write out the invoices of a weighed block while PostgreSQL is busy with the block before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from services.invoicing.application.billing_terms import Parties, ready_media_invoice
from services.invoicing.application.telling import lines_json
from services.invoicing.application.weigh_block import Refusal, Weighed
from services.invoicing.domain.prepared import PreparedInvoice
from services.invoicing.domain.ready import ReadyInvoice
from services.invoicing.domain.wish import Held
from services.invoicing.repository.runs import Run
from shared.runtime.db import AsyncSession


@dataclass(frozen=True, slots=True)
class Block:
    """A weighed block; for a live run with its invoices ready to be issued and their lines as events tell them.

    `refusals` are those of the weighing, and of clients whose legal entity is not known yet. `to_ask` are the invoices,
    by client, whose deductions preinvoice must hold before they can be issued (MA-INV-27).
    """

    weighed: Weighed
    ready: Sequence[tuple[PreparedInvoice, ReadyInvoice]] = ()
    lines_json: Mapping[UUID, bytes] = field(default_factory=dict)
    prefixes: Mapping[UUID, str] = field(default_factory=dict)
    refusals: Sequence[Refusal] = ()
    to_ask: Sequence[Sequence[PreparedInvoice]] = ()


async def ready_block(session: AsyncSession, run: Run, weighed: Weighed) -> Block:
    """The block's invoices with the parties as they stand now; nothing is written.

    A client with a deduction waits with all its invoices: some belong together (MA-REG-09).
    """
    waiting = [bill for bill in weighed.bills if any(one.deductions for one in bill.invoices)]
    if not waiting:
        return await made_ready(session, run, weighed)
    plain = [bill for bill in weighed.bills if not any(one.deductions for one in bill.invoices)]
    block = await made_ready(session, run, replace(weighed, bills=plain))
    return replace(block, weighed=weighed, to_ask=[bill.invoices for bill in waiting])


def _accounting_on(run: Run, invoice: PreparedInvoice) -> date:
    """That of the run, or else of the invoice itself, whose plan may have a date of its own (MA-INV-09, MA-INV-24)."""
    return invoice.key.invoice_on if run.accounting_on == run.invoice_on else run.accounting_on


def _nothing(_invoice: PreparedInvoice) -> Sequence[Held]:
    return ()


async def made_ready(
    session: AsyncSession, run: Run, weighed: Weighed, held: Callable[[PreparedInvoice], Sequence[Held]] = _nothing
) -> Block:
    """The invoices of a weighed block, each with what is held for it."""
    of_clients = [bill.invoices for bill in weighed.bills if bill.invoices]
    terms = [invoices[0].client for invoices in of_clients]
    parties = await Parties.load(session, {one.legal_entity_id for one in terms}, {one.id for one in terms})
    known = [one for one in of_clients if one[0].client.legal_entity_id in parties.legal_entities]
    ready = [
        (
            one,
            ready_media_invoice(
                one, parties, accounting_on=_accounting_on(run, one), text=run.text, run_id=run.id, held=held(one)
            ),
        )
        for invoices in known
        for one in invoices
    ]
    unknown = [
        Refusal(one.id, "unknown_reference", "The legal entity's record has not arrived yet.")
        for one in terms
        if one.legal_entity_id not in parties.legal_entities
    ]
    told = {invoice.id: lines_json(invoice) for _, invoice in ready}
    return Block(weighed, ready, told, parties.prefixes, [*weighed.refusals, *unknown])
