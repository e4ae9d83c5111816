"""Settle how an item is billed instead of by interval (PI-FPP-01, PI-FPP-07 to PI-FPP-13)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from services.preinvoice.domain.campaign import CampaignItem, MediaCampaign, PlanEntry
from services.preinvoice.domain.draft import DraftLine
from services.preinvoice.domain.generation import frozen_lines
from services.preinvoice.domain.payment_plan import (
    PlanSettings,
    adds_up,
    check_locked,
    entries_of,
    entry_amounts,
    incomplete_entries,
    settings_faults,
)
from services.preinvoice.repository.campaigns import campaigns_of_items, read_campaigns
from services.preinvoice.repository.drafts import drafts_of_campaigns
from services.preinvoice.repository.plans import plans_of_items, save_plan
from shared.kernel.errors import Invalid, NotFound, StaleVersion
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """An item with what was settled for it, and its lines on invoices with their numbers."""

    campaign: MediaCampaign
    item: CampaignItem
    settings: PlanSettings
    frozen: Sequence[tuple[DraftLine, str]]

    @property
    def amounts(self) -> list[int] | None:
        """What each effective entry comes to, or None while the plan does not add up."""
        entries, amount = self.item.payment_plan, self.item.amount
        if not entries or amount is None or incomplete_entries(entries) or not adds_up(entries, amount):
            return None
        return entry_amounts(entries, amount)


async def read_plan(session: AsyncSession, item_id: UUID, *, lock: bool = False) -> ItemPlan:
    """An item's plan, which may be empty; `NotFound`."""
    campaign_id = (await campaigns_of_items(session, [item_id])).get(item_id)
    if campaign_id is None:
        raise NotFound("not_found", "There is no such campaign item.")
    ((campaign, _),) = await read_campaigns(session, [campaign_id], lock=lock)
    item = next((one for one in campaign.items if one.id == item_id), None)
    if item is None:
        raise NotFound("not_found", "There is no such campaign item.")
    settings = (await plans_of_items(session, [item_id])).get(item_id, PlanSettings())
    drafts = (await drafts_of_campaigns(session, [campaign_id], lock=lock)).get(campaign_id, [])
    return ItemPlan(campaign, item, settings, frozen_lines(drafts).get(item_id, []))


async def settle_plan(session: AsyncSession, item_id: UUID, version: int, wanted: PlanSettings) -> None:
    """Put a plan in place of the one there was; the sum is checked when drafts are generated (PI-FPP-02).

    `NotFound`; `StaleVersion`; `Invalid("pi_e_25")`; `NotAllowedNow("pi_e_36")` for what is invoiced.
    """
    before = await read_plan(session, item_id, lock=True)
    if before.settings.version != version:
        raise StaleVersion
    if faults := settings_faults(wanted):
        raise Invalid.of(faults)
    check_locked(
        before.item.payment_plan,
        _effective(before, wanted),
        line_no=before.item.line_no,
        frozen=bool(before.frozen),
        invoiced=frozenset(line.key.plan_entry_no for line, _ in before.frozen if line.key.basis == "plan"),
    )
    await save_plan(session, item_id, replace(wanted, version=version + 1))
    await audit(
        session,
        action="payment_plan.settled",
        entity="campaign_item",
        entity_id=item_id,
        before=asdict(before.settings),
        after=asdict(wanted),
    )


def _effective(plan: ItemPlan, wanted: PlanSettings) -> tuple[PlanEntry, ...]:
    return entries_of(wanted, plan.item.runtime, prepaid=plan.campaign.prepaid)
