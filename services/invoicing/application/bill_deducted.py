"""Issue the invoices of a run for which preinvoice holds what they deduct (MA-INV-27, MA-PRE-14).

Each client is weighed once more, with what is held for it beside what is free. Invoices that come to the same as when
they were asked for are issued; for others preinvoice is asked anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.invoicing.application.ask_deductions import ask_deductions, digest_of, release_wishes
from services.invoicing.application.bill_block import Tally, issue_ready
from services.invoicing.application.ready_block import made_ready
from services.invoicing.application.weigh_block import Refusal, Weighed, weigh_block
from services.invoicing.domain.billing import ClientBill
from services.invoicing.domain.digest import EMPTY
from services.invoicing.domain.prepared import PreparedInvoice
from services.invoicing.domain.wish import Held, Wish, spread, takes_of
from services.invoicing.repository.deductions import open_wishes, save_wishes
from services.invoicing.repository.runs import Run
from shared.runtime.db import AsyncSession

_CLIENTS_AT_ONCE = 50
_ASKED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Deducted:
    """How far the clients of a run are that waited for preinvoice; `waiting` when no answer can be worked on now."""

    tally: Tally
    refusals: Sequence[Refusal] = ()
    done: bool = False
    waiting: bool = False


async def bill_deducted(session: AsyncSession, run: Run, tally: Tally, *, now: datetime) -> Deducted:
    """Go on with some clients whose answer has come, or whose time is up."""
    wishes = await open_wishes(session, run.id)
    late = [one for one in wishes if one.state == "requested" and one.expires_at <= now]
    answered = [one for one in wishes if one.state != "requested"][:_CLIENTS_AT_ONCE]
    if not late and not answered:
        return Deducted(tally, done=not wishes, waiting=bool(wishes))
    await release_wishes(session, late)
    message = "Preinvoice has not answered in time; nothing of the client was deducted or invoiced."
    refusals = [Refusal(one.client_id, "deduction_unanswered", message) for one in late]
    if answered:
        tally, refused = await _go_on(session, run, tally, answered, now=now)
        refusals += refused
    return Deducted(tally, refusals)


async def _go_on(
    session: AsyncSession, run: Run, tally: Tally, wishes: Sequence[Wish], *, now: datetime
) -> tuple[Tally, list[Refusal]]:
    weighed, bills = await _weighed(session, run, wishes)
    last = weighed.last_client_id
    if not weighed.is_last and last:
        wishes = [one for one in wishes if one.client_id <= last]
    granted: dict[UUID, Wish] = {}
    refusals: list[Refusal] = []
    to_ask: list[list[PreparedInvoice]] = []
    over: list[Wish] = []
    for wish in wishes:
        invoices = bills[wish.client_id].invoices if wish.client_id in bills else []
        deducting = [one for one in invoices if one.deductions]
        if run.bound_digest and digest_of(deducting) != wish.digest:
            refusals.append(Refusal(wish.client_id, "stale_digest", "It would no longer be what the preview showed."))
        elif wish.state == "reserved" and _amounts(deducting) == wish.amounts:
            granted[wish.client_id] = wish
        elif deducting and wish.version < _ASKED_AT_MOST:
            to_ask.append(deducting)
        elif deducting:
            refusals.append(Refusal(wish.client_id, "deduction_refused", "What it deducts keeps changing."))
        else:
            over.append(wish)
    await ask_deductions(session, run.id, to_ask, now=now)
    left = {one.client_id for one in refusals} | {invoices[0].client.id for invoices in to_ask}
    issued, refused = await _issue(session, run, weighed, bills, granted, left)
    failed = {one.client_id for one in refused}
    await save_wishes(
        session, [replace(one, state="confirmed") for one in granted.values() if one.client_id not in failed]
    )
    gone = {one.client_id for one in refusals} | failed
    await release_wishes(session, [*over, *(one for one in wishes if one.client_id in gone and one not in over)])
    return tally.plus(issued, 0), [*refusals, *refused]


async def _weighed(
    session: AsyncSession, run: Run, wishes: Sequence[Wish]
) -> tuple[Weighed, Mapping[UUID, ClientBill]]:
    held = {take.advance_invoice_id: take.amount for wish in wishes if wish.state == "reserved" for take in wish.takes}
    only = [one.client_id for one in wishes]
    weighed = await weigh_block(session, run, after=None, digest=EMPTY, only=only, held=held)
    return weighed, {bill.invoices[0].client.id: bill for bill in weighed.bills if bill.invoices}


async def _issue(
    session: AsyncSession,
    run: Run,
    weighed: Weighed,
    bills: Mapping[UUID, ClientBill],
    granted: Mapping[UUID, Wish],
    left: set[UUID],
) -> tuple[list[PreparedInvoice], list[Refusal]]:
    """Issue all of the clients that are not left; of those with a granted wish also what deducts."""
    held: dict[int, Sequence[Held]] = {}
    for client_id, wish in granted.items():
        deducting = [one for one in bills[client_id].invoices if one.deductions]
        held |= {id(one): of_one for one, of_one in zip(deducting, spread(wish, deducting), strict=True)}
    taken = replace(weighed, bills=[bill for client_id, bill in bills.items() if client_id not in left])
    block = await made_ready(session, run, taken, lambda one: held.get(id(one), ()))
    issued, refused = await issue_ready(session, block)
    return issued, [*block.refusals, *refused]


def _amounts(invoices: Sequence[PreparedInvoice]) -> dict[UUID, int]:
    return {take.advance_invoice_id: take.amount for take in takes_of(invoices)}
