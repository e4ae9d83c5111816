"""Write out the invoices of a weighed block while PostgreSQL is busy with the block before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    """The block's invoices with the parties as they stand now; nothing is written."""
    block = await made_ready(session, run, weighed, lambda one: None if one.deductions else ())
    waiting = [[one for one in bill.invoices if one.deductions] for bill in weighed.bills]
    refused = {one.client_id for one in block.refusals}
    to_ask = [invoices for invoices in waiting if invoices and invoices[0].client.id not in refused]
    return replace(block, to_ask=to_ask)


async def made_ready(
    session: AsyncSession, run: Run, weighed: Weighed, held: Callable[[PreparedInvoice], Sequence[Held] | None]
) -> Block:
    """The invoices of a weighed block, each with what is held for it; one for which that is None is left out."""
    of_clients = [bill.invoices for bill in weighed.bills if bill.invoices]
    terms = [invoices[0].client for invoices in of_clients]
    parties = await Parties.load(session, {one.legal_entity_id for one in terms}, {one.id for one in terms})
    known = [one for one in of_clients if one[0].client.legal_entity_id in parties.legal_entities]
    ready = [
        (
            one,
            ready_media_invoice(
                one, parties, accounting_on=run.accounting_on, text=run.text, run_id=run.id, held=deductions
            ),
        )
        for invoices in known
        for one in invoices
        if (deductions := held(one)) is not None
    ]
    unknown = [
        Refusal(one.id, "unknown_reference", "The legal entity's record has not arrived yet.")
        for one in terms
        if one.legal_entity_id not in parties.legal_entities
    ]
    told = {invoice.id: lines_json(invoice) for _, invoice in ready}
    return Block(weighed, ready, told, parties.prefixes, [*weighed.refusals, *unknown])
