"""Generate the drafts of campaigns: check, plan, merge with what exists, save, tell (PI-GEN-01 to PI-GEN-11)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.preinvoice.application.telling import tell_drafts, tell_generation
from services.preinvoice.domain.campaign import LegalEntity, MediaCampaign
from services.preinvoice.domain.delivery import ItemDelivery
from services.preinvoice.domain.draft import Draft, DraftLine, LineKey, Manual, pending_warnings
from services.preinvoice.domain.generation import Merge, PlannedDraft, merge, plan, unreported_slices
from services.preinvoice.domain.intervals import terms_of
from services.preinvoice.domain.prerequisites import failures, warnings
from services.preinvoice.repository.campaigns import campaign_version, mark_generated, read_campaigns
from services.preinvoice.repository.deliveries import deliveries_of
from services.preinvoice.repository.drafts import (
    delete_drafts,
    drafts_of_campaigns,
    insert_drafts,
    replace_lines,
    save_drafts,
)
from services.preinvoice.repository.numbers import draw
from shared.events.preinvoice import (
    DraftCreated,
    DraftDeleted,
    DraftUpdated,
    GenerationCompleted,
    GenerationRejected,
)
from shared.kernel.errors import Fault, NotFound
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession


@dataclass(frozen=True, slots=True)
class Generation:
    """What became of one campaign: its drafts as they stand now, or the faults for which nothing was touched.

    `today` is the day it is where the legal entity is.
    """

    campaign_id: UUID
    today: date
    counts: Mapping[str, int]
    drafts: tuple[Draft, ...]
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class _Decided:
    campaign: MediaCampaign
    today: date
    existing: Sequence[Draft]
    merge: Merge | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


async def generate_drafts(session: AsyncSession, campaign_id: UUID, *, now: datetime) -> Generation:
    """The command on one campaign; `NotFound`.

    A failed prerequisite is no exception: the answer names every fault, and that it failed is told.
    """
    if await campaign_version(session, campaign_id) is None:
        raise NotFound("not_found", "There is no such campaign.")
    done = (await refresh(session, [campaign_id], now=now))[campaign_id]
    await tell_generation(
        session,
        GenerationRejected if done.faults else GenerationCompleted,
        campaign_id,
        counts=dict(done.counts),
        faults=done.faults,
        warnings=done.warnings,
    )
    await audit(
        session,
        action="draft_pre_invoice.refused" if done.faults else "draft_pre_invoice.generated",
        entity="campaign",
        entity_id=campaign_id,
        after=dict(done.counts) or {"faults": [fault.code for fault in done.faults]},
    )
    return done


async def refresh(session: AsyncSession, campaign_ids: Collection[UUID], *, now: datetime) -> dict[UUID, Generation]:
    """Bring the drafts of campaigns in line with what they say now, all or nothing per campaign.

    Locks campaigns, then their drafts; draws numbers last.
    """
    known = await read_campaigns(session, campaign_ids, lock=True)
    existing = await drafts_of_campaigns(session, [campaign.id for campaign, _ in known])
    deliveries = await deliveries_of(session, (item for campaign, _ in known for item in campaign.items))
    decided = [
        _decide(campaign, entity, existing.get(campaign.id, []), deliveries, local_day(now, entity))
        for campaign, entity in known
    ]
    made = await _save(session, [one for one in decided if one.merge])
    await mark_generated(session, [one.campaign.id for one in decided if one.merge and _complete(one.merge)])
    return {one.campaign.id: _generation(one, made.get(one.campaign.id, [])) for one in decided}


def _decide(
    campaign: MediaCampaign,
    entity: LegalEntity | None,
    existing: Sequence[Draft],
    deliveries: Mapping[UUID, ItemDelivery],
    today: date,
) -> _Decided:
    terms = terms_of(campaign, entity)
    unreported = unreported_slices(campaign, terms, existing, deliveries, today) if terms else {}
    faults = tuple(failures(campaign, entity, unreported, deliveries))
    if faults or terms is None:
        return _Decided(campaign, today, existing, None, faults, ())
    lines = plan(campaign, terms, existing, deliveries, today)
    merged = merge(campaign, terms, lines, existing)
    return _Decided(campaign, today, existing, merged, (), tuple(warnings(campaign, terms, deliveries)))


async def _save(session: AsyncSession, decided: Sequence[_Decided]) -> dict[UUID, list[Draft]]:
    """Write what was decided and tell it; the created and updated drafts by campaign.

    Deleted drafts go first, then all old lines of updated ones, then the new lines come: a line may move.
    """
    deleted = [draft for one in decided if one.merge for draft in one.merge.deleted]
    updated = [
        _updated(old, planned, _lines(one.existing))
        for one in decided
        if one.merge
        for old, planned in one.merge.updated
    ]
    await delete_drafts(session, deleted)
    await save_drafts(session, updated)
    await replace_lines(session, updated)
    wanted = [(one, planned) for one in decided if one.merge for planned in one.merge.created]
    numbers = await draw(session, "draft", len(wanted)) if wanted else range(0)
    created = [
        _created(planned, one.campaign.id, number, _lines(one.existing))
        for (one, planned), number in zip(wanted, numbers, strict=True)
    ]
    await insert_drafts(session, created)
    await tell_drafts(session, DraftDeleted, [replace(draft, version=draft.version + 1) for draft in deleted])
    await tell_drafts(session, DraftUpdated, updated)
    await tell_drafts(session, DraftCreated, created)
    made: dict[UUID, list[Draft]] = {}
    for draft in [*created, *updated]:
        made.setdefault(draft.campaign_id, []).append(draft)
    return made


def _generation(decided: _Decided, made: Sequence[Draft]) -> Generation:
    done = decided.merge
    if done is None:
        return Generation(decided.campaign.id, decided.today, {}, tuple(decided.existing), decided.faults)
    counts = {
        "created": len(done.created),
        "updated": len(done.updated),
        "deleted": len(done.deleted),
        "unchanged": len(done.unchanged),
        "skipped": len(done.skipped),
    }
    gone = {draft.id for draft in done.deleted} | {draft.id for draft in made}
    standing = [*made, *(draft for draft in decided.existing if draft.id not in gone)]
    ordered = sorted(standing, key=lambda draft: (draft.key.planned_invoice_on, draft.draft_no))
    waiting = [warning for draft in ordered for warning in pending_warnings(draft)]
    return Generation(decided.campaign.id, decided.today, counts, tuple(ordered), (), (*decided.warnings, *waiting))


def _lines(existing: Sequence[Draft]) -> dict[LineKey, DraftLine]:
    return {line.key: line for draft in existing if draft.updatable for line in draft.lines}


def _created(planned: PlannedDraft, campaign_id: UUID, draft_no: int, known: Mapping[LineKey, DraftLine]) -> Draft:
    return Draft(
        id=new_id(),
        campaign_id=campaign_id,
        draft_no=draft_no,
        version=1,
        status="created",
        key=planned.key,
        sequence_no=planned.sequence_no,
        header=planned.header,
        manual=Manual(),
        lines=_stored(planned, known),
    )


def _updated(old: Draft, planned: PlannedDraft, known: Mapping[LineKey, DraftLine]) -> Draft:
    return replace(old, version=old.version + 1, header=planned.header, lines=_stored(planned, known))


def _stored(planned: PlannedDraft, known: Mapping[LineKey, DraftLine]) -> tuple[DraftLine, ...]:
    """The planned lines; one that existed keeps its id and what was typed, on whichever draft it stood."""
    return tuple(
        replace(known[line.key], figures=line.figures)
        if line.key in known
        else DraftLine(new_id(), line.key, line.figures)
        for line in planned.lines
    )


def _complete(merged: Merge) -> bool:
    """Whether every draft that is not invoiced follows from the data; one that may not change may hold old figures."""
    return all(draft.status == "invoiced" for draft in merged.skipped)


def local_day(now: datetime, entity: LegalEntity | None) -> date:
    """Today where the legal entity is: the only place where a time zone matters (PI-INT-13)."""
    return now.astimezone(ZoneInfo(entity.time_zone)).date() if entity else now.date()
