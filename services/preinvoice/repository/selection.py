"""Which drafts a billing run's filter means, and which campaigns a bulk generation's (PI-RUN-01, PI-GEN-19)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Date, cast, func, select

from services.preinvoice.domain.billing_run import DRAFTS_MAX
from services.preinvoice.domain.draft import BILLABLE
from services.preinvoice.tables import CAMPAIGN, DRAFT, LEGAL_ENTITY
from shared.runtime.db import AsyncSession


@dataclass(frozen=True, slots=True)
class Filter:
    """Joined by AND, several values of one by OR, both ends of ranges included; what is empty does not matter."""

    legal_entity_ids: Sequence[UUID] = ()
    campaign_ids: Sequence[UUID] = ()
    client_ids: Sequence[UUID] = ()
    payment_intervals: Sequence[str] = ()
    payment_starts: Sequence[str] = ()
    due_at: Sequence[str] = ()
    planned_from: date | None = None
    planned_to: date | None = None
    runs_from: date | None = None
    runs_to: date | None = None


@dataclass(frozen=True, slots=True)
class CampaignFilter:
    """Joined by AND; a campaign matches a range when at least one day of its runtime lies in it."""

    legal_entity_ids: Sequence[UUID] = ()
    client_ids: Sequence[UUID] = ()
    campaign_ids: Sequence[UUID] = ()
    runs_from: date | None = None
    runs_to: date | None = None

    @property
    def names_something(self) -> bool:
        """Whether it chooses at all: a filter that names nothing must not mean every campaign there is."""
        return any(getattr(self, one.name) for one in fields(self))

    def as_json(self) -> dict[str, Any]:
        """The filter as a job's request."""
        return _CAMPAIGNS.dump_python(self, mode="json")  # type: ignore[no-any-return]

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> "CampaignFilter":
        """The filter of a job's request."""
        return _CAMPAIGNS.validate_python(stored)


_CAMPAIGNS = TypeAdapter(CampaignFilter)


async def count_campaigns(session: AsyncSession, wanted: CampaignFilter) -> int:
    """How many campaigns match."""
    counted = select(func.count()).select_from(CAMPAIGN).where(*_matching(wanted))
    return (await session.execute(counted)).scalar_one()


async def chosen_campaigns(
    session: AsyncSession, wanted: CampaignFilter, after: UUID | None, limit: int, only: Collection[UUID] | None
) -> list[UUID]:
    """The next matching campaigns in order of their ids; of some only, when a job is retried."""
    statement = select(CAMPAIGN.c.id).where(*_matching(wanted)).order_by(CAMPAIGN.c.id).limit(limit)
    if after is not None:
        statement = statement.where(CAMPAIGN.c.id > after)
    if only is not None:
        statement = statement.where(CAMPAIGN.c.id.in_(only))
    return list((await session.execute(statement)).scalars())


async def chosen_drafts(session: AsyncSession, wanted: Filter, now: datetime) -> list[UUID]:
    """Billable drafts that no run holds, at most one more than a run may take.

    Those with a deferral date that lies ahead, where their legal entity is, are not offered (PI-RUN-18).
    """
    today = cast(func.timezone(LEGAL_ENTITY.c.time_zone, now), Date)
    statement = (
        select(DRAFT.c.id)
        .join(CAMPAIGN, CAMPAIGN.c.id == DRAFT.c.campaign_id)
        .join(LEGAL_ENTITY, LEGAL_ENTITY.c.id == DRAFT.c.legal_entity_id)
        .where(DRAFT.c.status.in_(BILLABLE), DRAFT.c.billing_run_id.is_(None))
        .where(DRAFT.c.deferred_until_on.is_(None) | (DRAFT.c.deferred_until_on <= today))
        .order_by(DRAFT.c.planned_invoice_on, DRAFT.c.campaign_no, DRAFT.c.id)
        .limit(DRAFTS_MAX + 1)
    )
    for column, values in (
        (DRAFT.c.legal_entity_id, wanted.legal_entity_ids),
        (DRAFT.c.campaign_id, wanted.campaign_ids),
        (DRAFT.c.client_id, wanted.client_ids),
        (CAMPAIGN.c.payment_interval, wanted.payment_intervals),
        (CAMPAIGN.c.payment_start, wanted.payment_starts),
        (CAMPAIGN.c.due_at, wanted.due_at),
    ):
        if values:
            statement = statement.where(column.in_(values))
    statement = statement.where(
        *within(DRAFT.c.planned_invoice_on, wanted.planned_from, wanted.planned_to),
        *within(CAMPAIGN.c.billing_end_on, wanted.runs_from, None),
        *within(CAMPAIGN.c.billing_start_on, None, wanted.runs_to),
    )
    return list((await session.execute(statement)).scalars())


def _matching(wanted: CampaignFilter) -> list[ColumnElement[bool]]:
    named = (
        (CAMPAIGN.c.legal_entity_id, wanted.legal_entity_ids),
        (CAMPAIGN.c.client_id, wanted.client_ids),
        (CAMPAIGN.c.id, wanted.campaign_ids),
    )
    return [
        *(column.in_(values) for column, values in named if values),
        *within(CAMPAIGN.c.billing_end_on, wanted.runs_from, None),
        *within(CAMPAIGN.c.billing_start_on, None, wanted.runs_to),
    ]


def within(column: ColumnElement[date], first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    """The conditions of a range of days, both ends included; an end that is None is open."""
    found = [] if first is None else [column >= first]
    return found if last is None else [*found, column <= last]
