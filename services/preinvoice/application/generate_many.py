"""Generate the drafts of many campaigns, each succeeding or failing alone (PI-GEN-19)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from services.preinvoice.application.generate import Generation, generate_drafts
from services.preinvoice.repository.selection import CampaignFilter, chosen_campaigns, count_campaigns
from shared.kernel.errors import Invalid
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession
from shared.runtime.jobs import enqueue

JOB = "draft_generation"
BLOCK = 20


async def start_generation(session: AsyncSession, wanted: CampaignFilter) -> tuple[UUID, int]:
    """The job's id and how many campaigns it will look at; `Invalid("pi_e_40")` when the filter finds none."""
    count = await count_campaigns(session, wanted) if wanted.names_something else 0
    if not count:
        raise Invalid("pi_e_40", "Nothing selected.")
    return await enqueue(session, JOB, wanted.as_json(), job_id=new_id(), total=count), count


async def generate_block(
    session: AsyncSession, asked: dict[str, Any], after: UUID | None, only: Collection[UUID] | None, *, now: datetime
) -> list[Generation]:
    """Generate the next campaigns of the filter in order of their ids; none when all are done."""
    found = await chosen_campaigns(session, CampaignFilter.of_json(asked), after, BLOCK, only)
    return [await generate_drafts(session, campaign_id, now=now) for campaign_id in found]
