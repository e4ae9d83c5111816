"""How far items and campaigns are billed: always derived, never typed (PI-GEN-21)."""

from collections.abc import Sequence
from typing import Literal

from services.preinvoice.domain.campaign import CampaignItem, MediaCampaign
from services.preinvoice.domain.draft import Draft, DraftLine

BillingStatus = Literal["cancelled", "open", "created", "partly_invoiced", "invoiced"]
# From the least to the most advanced.
_ORDER: tuple[BillingStatus, ...] = ("cancelled", "open", "created", "partly_invoiced", "invoiced")


def item_status(item: CampaignItem, drafts: Sequence[Draft]) -> BillingStatus:
    """The first that matches of: cancelled, open, invoiced, partly invoiced, created.

    A cancelled item counts as such once none of its invoices stands. Invoiced means that no open line of it is
    non-zero or pending.
    """
    regular = [draft for draft in drafts if draft.key.kind == "regular"]
    frozen = _lines(item, [draft for draft in regular if draft.status == "invoiced"])
    left = _lines(item, [draft for draft in regular if draft.status not in ("invoiced", "cancelled")])
    if item.cancelled and not frozen:
        return "cancelled"
    if not item.bill_me or not (frozen or left):
        return "open"
    if not any(line.figures.amount or line.figures.pending for line in left):
        return "invoiced"
    return "partly_invoiced" if frozen else "created"


def campaign_status(campaign: MediaCampaign, statuses: Sequence[BillingStatus]) -> BillingStatus:
    """What its items share; where they differ, partly invoiced when some is billed, else the least advanced."""
    found = set(statuses)
    if len(found) == 1:
        return statuses[0]
    if not found:
        return "cancelled" if campaign.stage == "cancelled" else "open"
    if found & {"partly_invoiced", "invoiced"}:
        return "partly_invoiced"
    return min(found, key=_ORDER.index)


def _lines(item: CampaignItem, drafts: Sequence[Draft]) -> list[DraftLine]:
    return [line for draft in drafts for line in draft.lines if line.key.item_id == item.id and not line.reversed]
