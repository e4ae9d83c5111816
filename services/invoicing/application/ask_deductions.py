"""Ask preinvoice to hold what a run's invoices deduct, and let go of it (MA-INV-27)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.invoicing.domain.billing import ClientBill
from services.invoicing.domain.digest import EMPTY, extended
from services.invoicing.domain.prepared import PreparedInvoice
from services.invoicing.domain.wish import Take, Wish, takes_of
from services.invoicing.repository.advances import currencies_of
from services.invoicing.repository.deductions import save_wishes, wait_until, wishes_by_id
from shared.events.invoicing import DeductionReleased, DeductionRequested, DeductionState, DeductionWishTake
from shared.kernel.ids import derived_id
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession
from shared.runtime.jobs.views import get_job
from shared.runtime.outbox import record_many

# A run waits so long for an answer, then leaves the client to a later one.
ANSWER_TIME = timedelta(minutes=2)


async def ask_deductions(
    session: AsyncSession, run_id: UUID, of_clients: Sequence[Sequence[PreparedInvoice]], *, now: datetime
) -> None:
    """Tell what the invoices of each of these clients would take; a newer wish takes the place of an older."""
    wishes = [
        Wish(
            id=derived_id("deduction", run_id, invoices[0].client.id),
            version=1,
            invoice_run_id=run_id,
            client_id=invoices[0].client.id,
            state="requested",
            takes=takes_of(invoices),
            digest=digest_of(invoices),
            expires_at=now + ANSWER_TIME,
        )
        for invoices in of_clients
    ]
    await _tell(session, DeductionRequested, await save_wishes(session, wishes))


async def release_wishes(session: AsyncSession, wishes: Sequence[Wish]) -> None:
    """Tell that nothing needs to be held for these any more."""
    released = [replace(one, state="released") for one in wishes]
    await _tell(session, DeductionReleased, await save_wishes(session, released))


async def give_up(session: AsyncSession, wish_id: UUID, *, now: datetime) -> None:
    """Release what a run asked for that has stopped for good; one that still works sees to it itself."""
    wish = (await wishes_by_id(session, [wish_id]))[wish_id]
    if (await get_job(session, wish.invoice_run_id)).state.ended:
        await release_wishes(session, [wish])
    else:
        await wait_until(session, wish_id, now + ANSWER_TIME)


def digest_of(invoices: Sequence[PreparedInvoice]) -> str:
    """Equal for the same invoices of one client."""
    return extended(EMPTY, ClientBill(list(invoices), []))


async def _tell(session: AsyncSession, told: type[DeductionState], wishes: Sequence[Wish]) -> None:
    advances = {take.advance_invoice_id for wish in wishes for take in wish.takes}
    codes = await currencies_of(session, advances) if advances else {}
    await record_many(session, [told.model_validate(_state(one, codes)) for one in wishes])


def _state(wish: Wish, codes: dict[UUID, str]) -> dict[str, object]:
    return {
        "id": wish.id,
        "version": wish.version,
        "invoice_run_id": wish.invoice_run_id,
        "client_id": wish.client_id,
        "state": wish.state,
        "expires_at": wish.expires_at,
        "takes": [_take(one, codes[one.advance_invoice_id]) for one in wish.takes],
    }


def _take(take: Take, code: str) -> DeductionWishTake:
    return DeductionWishTake(
        advance_invoice_id=take.advance_invoice_id,
        scope_version=take.scope_version,
        amount=Money(take.amount, currency(code)).decimal,
    )
