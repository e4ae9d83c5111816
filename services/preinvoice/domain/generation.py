"""Generation of a campaign's drafts: the plan of all lines, and its merge with the drafts that exist (PI-GEN)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.preinvoice.domain.campaign import CampaignItem, MediaCampaign
from services.preinvoice.domain.delivery import ItemDelivery
from services.preinvoice.domain.draft import Draft, DraftHeader, DraftKey, DraftLine, LineKey
from services.preinvoice.domain.intervals import Terms, slices
from services.preinvoice.domain.plan import PlannedLine, adjustment, planned_lines
from services.preinvoice.domain.prerequisites import vat_percent
from shared.kernel.period import Period


@dataclass(frozen=True, slots=True)
class PlannedDraft:
    """A draft as it should be after generation."""

    key: DraftKey
    sequence_no: int
    header: DraftHeader
    lines: tuple[PlannedLine, ...]


@dataclass(frozen=True, slots=True)
class Merge:
    """What a generation does to the drafts of one campaign."""

    created: tuple[PlannedDraft, ...]
    updated: tuple[tuple[Draft, PlannedDraft], ...]
    deleted: tuple[Draft, ...]
    unchanged: tuple[Draft, ...]
    skipped: tuple[Draft, ...]


def frozen_lines(existing: Iterable[Draft]) -> dict[UUID, list[tuple[DraftLine, str]]]:
    """Per item, its lines on issued invoices that no credit note has reversed, each with the invoice number."""
    found: dict[UUID, list[tuple[DraftLine, str]]] = defaultdict(list)
    for draft in existing:
        if draft.status == "invoiced" and draft.key.kind == "regular":
            for line in draft.lines:
                if not line.reversed:
                    found[line.key.item_id].append((line, draft.invoice_no))
    return found


def typed_quantities(existing: Iterable[Draft]) -> dict[LineKey, int]:
    """Delivered quantities that somebody typed into lines which generation may still change (PI-GEN-11, PI-GEN-16)."""
    return {
        line.key: line.manual_delivered_quantity
        for draft in existing
        if draft.updatable
        for line in draft.lines
        if line.manual_delivered_quantity is not None
    }


def billed_lines(item: CampaignItem, existing: Sequence[Draft]) -> list[DraftLine]:
    """The lines that planning an item takes as given.

    Those on invoices, and of a delivery-based item also those on drafts that may not change: their units are taken, or
    all lines together could exceed what was delivered (PI-DEL-08).
    """
    lines = [line for line, _ in frozen_lines(existing).get(item.id, ())]
    if item.billing_basis == "delivery":
        held = (draft for draft in existing if draft.status in ("created", "reviewed") and not draft.updatable)
        lines += [line for draft in held for line in draft.lines if line.key.item_id == item.id]
    return lines


def unreported_slices(
    campaign: MediaCampaign,
    terms: Terms,
    existing: Sequence[Draft],
    deliveries: Mapping[UUID, ItemDelivery],
    today: date,
) -> dict[UUID, list[Period]]:
    """Per delivery-based item, past slices that are neither invoiced nor covered by delivery reports (PI-REQ-15).

    A slice whose delivered quantity was typed in counts as covered.
    """
    frozen, typed = frozen_lines(existing), typed_quantities(existing)
    found: dict[UUID, list[Period]] = defaultdict(list)
    for item in campaign.items:
        if not (item.billable and item.counted) or not _inside(item, terms):
            continue
        known = {line.key.service_start_on for line, _ in frozen.get(item.id, ())}
        known |= {key.service_start_on for key in typed if key.item_id == item.id}
        delivery = deliveries.get(item.id, ItemDelivery())
        for part in slices(item.runtime, terms) if item.runtime else ():
            past = part.days.end_on <= today and part.service.start_on not in known
            if past and not delivery.covers(part.days):
                found[item.id].append(part.days)
    return found


def plan(
    campaign: MediaCampaign,
    terms: Terms,
    existing: Sequence[Draft],
    deliveries: Mapping[UUID, ItemDelivery],
    today: date,
) -> list[PlannedLine]:
    """Every line that the checked campaign should have on drafts, by item line number (PI-GEN-01, PI-GEN-04)."""
    frozen, typed = frozen_lines(existing), typed_quantities(existing)
    lines: list[PlannedLine] = []
    for item in sorted(campaign.items, key=lambda item: item.line_no):
        rate = vat_percent(campaign, item)
        if not item.billable or rate is None:
            continue
        invoiced = frozen.get(item.id, [])
        billed = billed_lines(item, existing)
        delivery = deliveries.get(item.id, ItemDelivery())
        planned = planned_lines(item, terms, vat_percent=rate, frozen=billed, delivery=delivery, typed=typed)
        owed = adjustment(
            item,
            terms,
            planned,
            billed,
            vat_percent=rate,
            invoice_no=invoiced[-1][1] if invoiced else "",
            today=today,
            standing=_standing_adjustment(item.id, existing),
        )
        lines += [*planned, owed] if owed else planned
    return lines


def merge(campaign: MediaCampaign, terms: Terms, lines: Sequence[PlannedLine], existing: Sequence[Draft]) -> Merge:
    """Bring the drafts in line with the plan without touching what is invoiced, reviewed or locked (PI-GEN-07…10).

    A line that stands on a draft which may not change stays there. A new line whose key belongs to such a draft goes to
    one more draft with the same key and the next sequence number (PI-GEN-09).
    """
    kept = [draft for draft in existing if draft.updatable]
    skipped = [draft for draft in existing if not draft.updatable and draft.status != "cancelled"]
    held = {line.key for draft in skipped for line in draft.lines if not line.reversed}
    home = {(draft.key, line.key): draft.sequence_no for draft in kept for line in draft.lines}
    groups: dict[tuple[DraftKey, int], list[PlannedLine]] = defaultdict(list)
    for line in lines:
        if line.key not in held:
            key = DraftKey(campaign.client_id, campaign.currency, line.accounting.start_on, line.planned_invoice_on)
            sequence_no = home.get((key, line.key)) or _sequence_no(key, existing)
            groups[key, sequence_no].append(line)
    wanted = {
        place: PlannedDraft(*place, _header(campaign, terms, members), tuple(members))
        for place, members in groups.items()
    }
    here = {(draft.key, draft.sequence_no): draft for draft in kept}
    paired = [(draft, wanted[place]) for place, draft in here.items() if place in wanted]
    order = sorted(wanted, key=lambda place: (place[0].accounting_on, place[0].planned_invoice_on, place[1]))
    return Merge(
        created=tuple(wanted[place] for place in order if place not in here),
        updated=tuple((draft, planned) for draft, planned in paired if not _same(draft, planned)),
        deleted=tuple(draft for place, draft in here.items() if place not in wanted),
        unchanged=tuple(draft for draft, planned in paired if _same(draft, planned)),
        skipped=tuple(skipped),
    )


def _standing_adjustment(item_id: UUID, existing: Sequence[Draft]) -> Period | None:
    """The accounting interval of the item's adjustment that an earlier run made and nobody has invoiced."""
    for draft in existing:
        if draft.status not in ("invoiced", "cancelled"):
            for line in draft.lines:
                if line.key.item_id == item_id and line.key.basis == "adjustment":
                    return Period.inclusive(draft.key.accounting_on, draft.header.accounting_end_on)
    return None


def _inside(item: CampaignItem, terms: Terms) -> bool:
    return item.runtime is not None and item.runtime.overlap(terms.billing_period) == item.runtime


def _sequence_no(key: DraftKey, existing: Sequence[Draft]) -> int:
    """The first updatable draft of the key, else the number after all drafts of the key."""
    same = [draft for draft in existing if draft.key == key]
    open_ones = [draft.sequence_no for draft in same if draft.updatable]
    return min(open_ones) if open_ones else 1 + max((draft.sequence_no for draft in same), default=0)


def _header(campaign: MediaCampaign, terms: Terms, lines: Sequence[PlannedLine]) -> DraftHeader:
    if campaign.legal_entity_id is None:
        raise ValueError("the campaign has not passed its prerequisites")
    return DraftHeader(
        campaign_no=campaign.campaign_no,
        campaign_name=campaign.name,
        legal_entity_id=campaign.legal_entity_id,
        recipient=campaign.recipient,
        dispatch=campaign.dispatch,
        payment_days=campaign.payment_days,
        client_reference=campaign.client_reference,
        billing_period=terms.billing_period,
        service=Period(
            min(line.figures.days.start_on for line in lines), max(line.figures.days.end_on for line in lines)
        ),
        accounting_end_on=max(line.accounting.last_on for line in lines),
        deferred_until_on=max((line.deferred_until_on for line in lines if line.deferred_until_on), default=None),
    )


def _same(draft: Draft, planned: PlannedDraft) -> bool:
    stored = {line.key: line.figures for line in draft.lines}
    return draft.header == planned.header and stored == {line.key: line.figures for line in planned.lines}
