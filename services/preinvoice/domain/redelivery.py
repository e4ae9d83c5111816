"""Delivered quantities read anew into lines that may change, and how an item's delivery compares (PI-DEL-15…19)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.preinvoice.domain.campaign import CampaignItem, LegalEntity, MediaCampaign
from services.preinvoice.domain.delivery import ItemDelivery, over_delivered
from services.preinvoice.domain.draft import Draft, LineFigures, LineKey
from services.preinvoice.domain.generation import billed_lines, frozen_lines, typed_quantities
from services.preinvoice.domain.intervals import terms_of
from services.preinvoice.domain.plan import planned_lines
from services.preinvoice.domain.prerequisites import failures, vat_percent


@dataclass(frozen=True, slots=True)
class Comparison:
    """Units of one item: booked, delivered, on lines and on invoices, with what explains the differences (PI-DEL-19).

    `over_billed` is what invoices hold beyond a corrected delivery and no later line can take off: it needs a credit
    note (PI-DEL-15). `outside` was delivered on days the item does not run, and is never billed (PI-DEL-16).
    """

    booked: int
    delivered: int
    billable: int
    invoiced: int
    over: int
    under: int
    outside: int
    over_billed: int

    @property
    def discrepancies(self) -> tuple[int, int, int]:
        """What somebody must look at; all zero when nothing."""
        return self.over, self.outside, self.over_billed


def redelivered(
    campaign: MediaCampaign,
    entity: LegalEntity | None,
    existing: Sequence[Draft],
    deliveries: Mapping[UUID, ItemDelivery],
) -> list[Draft]:
    """The drafts whose delivery-based lines change, one version on; no line comes or goes (PI-GEN-15, PI-DEL-17)."""
    terms = terms_of(campaign, entity)
    if terms is None:
        return []
    unsound = {fault.entity_id for fault in failures(campaign, entity, {})}
    typed = typed_quantities(existing)
    figures: dict[LineKey, LineFigures] = {}
    for item in campaign.items:
        rate = vat_percent(campaign, item)
        if item.counted and item.billable and rate is not None and str(item.id) not in unsound:
            planned = planned_lines(
                item,
                terms,
                vat_percent=rate,
                frozen=billed_lines(item, existing),
                delivery=deliveries.get(item.id, ItemDelivery()),
                typed=typed,
            )
            figures |= {line.key: line.figures for line in planned}
    changed = []
    for draft in existing:
        if draft.updatable:
            lines = tuple(replace(line, figures=figures.get(line.key, line.figures)) for line in draft.lines)
            if lines != draft.lines:
                changed.append(replace(draft, version=draft.version + 1, lines=lines))
    return changed


def compare(item: CampaignItem, delivery: ItemDelivery, existing: Sequence[Draft]) -> Comparison:
    """How an item's delivery stands to its booking and its lines."""
    booked = item.booked_quantity or 0
    delivered = delivery.within(item.runtime) if item.runtime else 0
    over = over_delivered(booked, delivered, unlimited=item.unlimited)
    frozen = [line for line, _ in frozen_lines(existing).get(item.id, ())]
    invoiced = sum(line.figures.quantity or 0 for line in frozen)
    open_ones = [
        draft for draft in existing if draft.key.kind == "regular" and draft.status not in ("invoiced", "cancelled")
    ]
    on_open = sum(
        line.figures.quantity or 0 for draft in open_ones for line in draft.lines if line.key.item_id == item.id
    )
    complete = item.runtime is not None and delivery.covers(item.runtime)
    return Comparison(
        booked=booked,
        delivered=delivered,
        billable=invoiced + on_open,
        invoiced=invoiced,
        over=over,
        under=max(0, booked - delivered),
        outside=sum(delivery.by_day.values()) - delivered,
        over_billed=max(0, invoiced + on_open - (delivered - over)) if complete else 0,
    )
