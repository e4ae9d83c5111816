"""Hold of advance invoices what runs are about to deduct, and let go of it (MA-INV-27, MA-PRE-26).

Only invoicing decides whether held money is used: it tells so with the invoice, or releases it. What has been open for
long is therefore asked about, not given up: else an invoice that is on its way would find its money gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.preinvoice.application.save_changed import save_changed
from services.preinvoice.application.tell_advances import state_of, tell_advances
from services.preinvoice.domain.advance import Advance
from services.preinvoice.domain.reservation import Asked, Reservation, Take, held, refusal, with_held
from services.preinvoice.repository.advances import advances_by_id
from services.preinvoice.repository.campaigns import base_currencies
from services.preinvoice.repository.reservations import reservations_by_id, save_reservations
from shared.events.invoicing import DeductionState
from shared.events.preinvoice import AdvanceRestored, DeductionReserved, DeductionTakeState
from shared.kernel.money import Currency, Money, currency
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_many

ASKED_AFTER = timedelta(minutes=15)


async def hear_wishes(session: AsyncSession, told: Sequence[DeductionState], *, now: datetime) -> None:
    """Answer the newest version of each wish: all of it is held, or nothing; what it held before is free again."""
    newest = {one.id: one for one in sorted(told, key=lambda one: one.version)}
    known = await reservations_by_id(session, newest)
    wishes = [one for id_, one in newest.items() if id_ not in known or known[id_].asked_version < one.version]
    named = {take.advance_invoice_id for one in wishes for take in one.takes}
    named |= {take.advance_id for one in wishes if one.id in known for take in known[one.id].takes}
    before = await advances_by_id(session, named, lock=True)
    after: dict[UUID, Advance] = dict(before)
    answers: list[Reservation] = []
    for wish in wishes:
        earlier = known.get(wish.id)
        if earlier:
            after = with_held(after, earlier.takes, sign=-1)
        answer, after = _answer(wish, earlier, after)
        answers.append(answer)
    changed = await save_changed(session, before, after)
    await save_reservations(session, answers, expires_at=now + ASKED_AFTER)
    freed = [one for one in changed if one.reserved_amount < before[one.id].reserved_amount]
    await tell_advances(session, AdvanceRestored, freed)
    stand = after | {one.id: one for one in changed}
    asked = [
        (one, [stand[take.advance_invoice_id] for take in newest[one.id].takes if take.advance_invoice_id in stand])
        for one in answers
        if one.state != "released"
    ]
    await _tell(session, asked)


async def ask_again(session: AsyncSession, reservation_id: UUID, *, now: datetime) -> None:
    """Tell once more what is held: invoicing releases what it does not need any more."""
    (reservation,) = (await reservations_by_id(session, [reservation_id])).values()
    if reservation.state != "reserved":
        return
    asked = replace(reservation, version=reservation.version + 1)
    await save_reservations(session, [asked], expires_at=now + ASKED_AFTER)
    advances = await advances_by_id(session, [take.advance_id for take in asked.takes])
    await _tell(session, [(asked, list(advances.values()))])


def _answer(
    wish: DeductionState, earlier: Reservation | None, advances: Mapping[UUID, Advance]
) -> tuple[Reservation, dict[UUID, Advance]]:
    answer = Reservation(
        id=wish.id,
        version=earlier.version + 1 if earlier else 1,
        asked_version=wish.version,
        invoice_run_id=wish.invoice_run_id,
        client_id=wish.client_id,
        state="released",
        takes=earlier.freed().takes if earlier else (),
    )
    if wish.state != "requested":
        return answer, dict(advances)
    asked = [_asked(wish, position, advances) for position in range(len(wish.takes))]
    codes = [code for one in asked if (code := refusal(one, wish.client_id, advances.get(one.advance_id)))]
    if codes:
        return replace(answer, state="refused", code=codes[0], takes=()), dict(advances)
    takes = tuple(held(one, advances[one.advance_id]) for one in asked)
    return replace(answer, state="reserved", takes=takes), with_held(advances, takes)


def _asked(wish: DeductionState, position: int, advances: Mapping[UUID, Advance]) -> Asked:
    take = wish.takes[position]
    advance = advances.get(take.advance_invoice_id)
    amount = Money.parse(take.amount, currency(advance.currency)).minor if advance else 0
    return Asked(take.advance_invoice_id, take.scope_version, amount)


async def _tell(session: AsyncSession, answers: Sequence[tuple[Reservation, Sequence[Advance]]]) -> None:
    """Answers, each with the advance invoices it is about as they stand now."""
    seller_ids = {one.legal_entity_id for _, advances in answers for one in advances}
    bases = await base_currencies(session, seller_ids) if seller_ids else {}
    await record_many(session, [_fact(answer, advances, bases) for answer, advances in answers])


def _fact(answer: Reservation, advances: Sequence[Advance], bases: Mapping[UUID, Currency]) -> DeductionReserved:
    about = {one.id: one for one in advances}
    told = ("id", "version", "asked_version", "invoice_run_id", "client_id", "state", "code")
    return DeductionReserved.model_validate(
        {
            **{name: getattr(answer, name) for name in told},
            "takes": [_take(take, about[take.advance_id], bases) for take in answer.takes],
            "advance_invoices": [state_of(one, bases[one.legal_entity_id]) for one in advances],
        }
    )


def _take(take: Take, advance: Advance, bases: Mapping[UUID, Currency]) -> DeductionTakeState:
    return DeductionTakeState(
        advance_invoice_id=take.advance_id,
        amount=Money(take.amount, currency(advance.currency)).decimal,
        base_amount=Money(take.base_amount, bases[advance.legal_entity_id]).decimal,
    )
