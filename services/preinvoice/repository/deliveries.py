"""Delivery reports and what counts of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import delete, insert, select

from services.preinvoice.domain.campaign import METRICS, CampaignItem
from services.preinvoice.domain.delivery import ItemDelivery
from services.preinvoice.domain.delivery_report import Report, counted
from services.preinvoice.tables import RECORD, REPORT
from shared.kernel.ids import new_id
from shared.kernel.period import Period
from shared.runtime.db import AsyncSession, context_of

Kept = Literal["created", "replaced", "ignored"]
# What a report is known by: item, metric, source and its own number.
ReportKey = tuple[UUID, str, str, str]


async def keep_report(session: AsyncSession, item_id: UUID, report: Report, now: datetime) -> Kept:
    """Store a report; a higher revision takes the place of a lower one, any other changes nothing (PI-DEL-03).

    The item's campaign is locked, so that two revisions at once come one after the other.
    """
    same = (
        REPORT.c.item_id == item_id,
        REPORT.c.metric == report.metric,
        REPORT.c.source == report.source,
        REPORT.c.report_no == report.report_no,
    )
    before = (await session.execute(select(REPORT.c.revision).where(*same))).scalar()
    if before is not None and before >= report.revision:
        return "ignored"
    await session.execute(delete(REPORT).where(*same))
    context, report_id = context_of(session), new_id()
    await session.execute(
        insert(REPORT).values(
            tenant_id=context.tenant_id,
            id=report_id,
            item_id=item_id,
            metric=report.metric,
            source=report.source,
            report_no=report.report_no,
            revision=report.revision,
            per=report.per,
            covers_from=report.covers.start_on,
            covers_through=report.covers.last_on,
            created_by=context.actor,
            received_at=now,
        )
    )
    if report.records:
        await session.execute(
            insert(RECORD),
            [
                {"tenant_id": context.tenant_id, "report_id": report_id, "on_day": day, "quantity": quantity}
                for day, quantity in report.records.items()
            ],
        )
    return "created" if before is None else "replaced"


async def revisions(session: AsyncSession, item_ids: Collection[UUID]) -> dict[ReportKey, int]:
    """The newest revision of each report of these items."""
    found = await session.execute(select(REPORT).where(REPORT.c.item_id.in_(item_ids)))
    return {(row.item_id, row.metric, row.source, row.report_no): row.revision for row in found}


async def deliveries_of(session: AsyncSession, items: Iterable[CampaignItem]) -> dict[UUID, ItemDelivery]:
    """Per item that is billed by delivery, what was delivered of it as far as it is known."""
    billed = {item.id: item for item in items if item.counted and item.runtime}
    reports = await _reports(session, billed)
    return {
        item_id: counted(
            [one for one in reports.get(item_id, ()) if one.metric == METRICS[item.billing_category]], item.runtime
        )
        for item_id, item in billed.items()
        if item.runtime
    }


async def _reports(session: AsyncSession, item_ids: Collection[UUID]) -> Mapping[UUID, list[Report]]:
    """The reports of each item, newest first."""
    statement = (
        select(REPORT).where(REPORT.c.item_id.in_(item_ids)).order_by(REPORT.c.received_at.desc(), REPORT.c.id.desc())
    )
    rows = (await session.execute(statement)).all()
    records: dict[UUID, dict[date, int]] = defaultdict(dict)
    for record in await session.execute(select(RECORD).where(RECORD.c.report_id.in_([row.id for row in rows]))):
        records[record.report_id][record.on_day] = record.quantity
    found: dict[UUID, list[Report]] = defaultdict(list)
    for row in rows:
        found[row.item_id].append(_report(row, records[row.id]))
    return found


def _report(row: Any, records: Mapping[date, int]) -> Report:
    covers = Period.inclusive(row.covers_from, row.covers_through)
    return Report(row.metric, row.source, row.report_no, row.revision, row.per, covers, records)
