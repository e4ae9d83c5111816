"""Keep what contracts tells of media plans and insertions: what money billed ahead may be used for (MA-PRE-01, 06)."""

from collections.abc import Iterable, Sequence

from services.preinvoice.repository.insertions import save_plans, save_shares
from shared.events.contracts import InsertionState, PlanChanged
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession


async def keep_plans(session: AsyncSession, told: Sequence[PlanChanged]) -> None:
    """Whose a plan is, and which campaign it belongs to."""
    newest = {one.id: one for one in sorted(told, key=lambda one: one.version)}
    await save_plans(session, [(one.id, one.version, one.client_id, one.campaign) for one in newest.values()])


async def keep_insertions(session: AsyncSession, told: Iterable[InsertionState]) -> None:
    """Each client's share of insertions as they stand; of several versions of one the newest stays."""
    newest = {one.id: one for one in sorted(told, key=lambda one: one.version)}
    rows = [
        (
            one.id, share.client_id, one.version, one.plan_id, one.order_id, one.campaign, one.insertion_on,
            share.status or one.status, one.currency, Money.parse(share.price_amount, currency(one.currency)).minor,
        )
        for one in newest.values()
        for share in one.shares
    ]  # fmt: skip
    await save_shares(session, rows, {one.id: one.version for one in newest.values()})
