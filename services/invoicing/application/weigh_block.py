"""Take the next clients of a run and work out their bills; nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from services.invoicing.application.billing_terms import run_terms
from services.invoicing.domain.advance import Scope, keeping_out
from services.invoicing.domain.billing import ClientBill, RunTerms, bill_client
from services.invoicing.domain.digest import extended
from services.invoicing.domain.grouping import ClientTerms
from services.invoicing.domain.item import Item
from services.invoicing.domain.selection import NO_AGREEMENT, Reason, reason_left_out
from services.invoicing.repository import candidates, registers
from services.invoicing.repository.candidates import Candidate
from services.invoicing.repository.runs import Run, earlier_live_runs
from services.invoicing.repository.timing import Reach, calendar
from shared.kernel.errors import Invalid
from shared.runtime.db import AsyncSession

# Below the five seconds that a transaction may take, and as much memory in a small run as in a large one.
BLOCK_ITEMS = 10_000


class Refusal(NamedTuple):
    """A client whose invoices could not be made; the run goes on."""

    client_id: UUID
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """The bills of some clients; `last_client_id` is where to go on, None when nothing was left."""

    bills: list[ClientBill]
    refusals: list[Refusal]
    item_count: int
    last_client_id: UUID | None
    is_last: bool
    digest: str


async def weigh_block(
    session: AsyncSession,
    run: Run,
    *,
    after: UUID | None,
    digest: str,
    only: Sequence[UUID] | None = None,
    held: Mapping[UUID, int] = MappingProxyType({}),
) -> Weighed:
    """Whole clients, in the order of their ids, until the block is full; `digest` is that of the blocks before.

    `held` says by advance invoice what is held for this run already, and may be used by nobody else.
    """
    others = await earlier_live_runs(session, run.run_no) if run.is_live else []
    gathered: list[list[Candidate]] = []
    count, is_last = 0, True
    dates = await calendar(session)
    scope, *scopes = [Reach(one.criteria, one.switches, dates) for one in (run, *others)]
    async for of_client in candidates.stream(session, scope, after=after, only=only, others=scopes):
        gathered.append(of_client)
        count += len(of_client)
        if count >= BLOCK_ITEMS:
            is_last = False
            break
    client_ids = [one[0].item.client_id for one in gathered]
    terms = await run_terms(session, run.switches, run.invoice_on, client_ids, held)
    clients = await registers.clients(session, client_ids)
    bills, refusals = [], []
    for of_client in gathered:
        client_id = of_client[0].item.client_id
        client = clients.get(client_id)
        if client is None:
            refusals.append(Refusal(client_id, "unknown_reference", "The client's record has not arrived yet."))
            continue
        try:
            bill = _bill(of_client, client, terms, others)
        except Invalid as refused:
            refusals.append(Refusal(client_id, refused.code, refused.message))
            continue
        digest = extended(digest, bill)
        bills.append(bill)
    last = gathered[-1][0].item.client_id if gathered else None
    return Weighed(bills, refusals, count, last, is_last, digest)


def _bill(of_client: list[Candidate], client: ClientTerms, terms: RunTerms, others: Sequence[Run]) -> ClientBill:
    """What an earlier run takes is left to it (MA-INV-26); of the rest, the bill."""
    taken = _taken(of_client, client, terms, others) if others else []
    ids = {item.id for item in taken}
    bill = bill_client((one.item for one in of_client if one.item.id not in ids), client, terms)
    bill.left_out.extend((item, Reason.IN_ANOTHER_RUN) for item in taken)
    return bill


def _taken(of_client: list[Candidate], client: ClientTerms, terms: RunTerms, others: Sequence[Run]) -> list[Item]:
    kept_out = keeping_out(terms.advances.get(client.id, ()))
    return [
        one.item
        for one in of_client
        if any(
            chosen and _due_in(other, one.item, client, terms, kept_out)
            for chosen, other in zip(one.chosen_by_others, others, strict=True)
        )
    ]


def _due_in(other: Run, item: Item, client: ClientTerms, terms: RunTerms, kept_out: Sequence[Scope]) -> bool:
    agreement = terms.agreements.get(item.agreement_id, NO_AGREEMENT) if item.agreement_id else NO_AGREEMENT
    return (
        reason_left_out(
            item,
            agreement,
            other.switches,
            reference_required=client.reference_required,
            invoice_on=other.invoice_on,
            kept_out=kept_out,
        )
        is None
    )
