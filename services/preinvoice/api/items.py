"""What preinvoice keeps of campaign items: payment plans and delivery data."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field
from sqlalchemy import select

from services.preinvoice.application.billing_status import billing_status
from services.preinvoice.application.compare_delivery import compare_delivery
from services.preinvoice.application.record_delivery import record_delivery
from services.preinvoice.application.settle_plan import ItemPlan, read_plan, settle_plan
from services.preinvoice.domain.billing_status import campaign_status
from services.preinvoice.domain.campaign import METRICS, PlanEntry
from services.preinvoice.domain.delivery_report import Report, Source, report_faults
from services.preinvoice.domain.payment_plan import PlanSettings
from services.preinvoice.schemas.items import (
    CampaignStatusView,
    DeliveryReportResult,
    DeliveryReportRow,
    DeliveryReportShape,
    DeliveryView,
    ItemStatusView,
    PaymentPlanShape,
    PaymentPlanView,
)
from services.preinvoice.tables import REPORT
from shared.kernel.errors import Invalid
from shared.kernel.money import Money, currency
from shared.kernel.period import Period
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Now, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page

statuses = Router(tags=["billing status"])
plans = Router(tags=["payment plans"])
deliveries = Router(tags=["delivery data"])
_NEW: dict[int | str, dict[str, Any]] = {201: {"model": DeliveryReportResult, "description": "The report is new."}}


class ReportQuery(ListQuery):
    """Filters of the list of reports."""

    item_id: list[UUID] | None = None
    source: list[Source] | None = Field(None, description="Who measured.")


@statuses.get("/v1/campaigns/{campaign_id}/billing-status")
@needs("draft_pre_invoice:read")
async def show_billing_status(campaign_id: UUID, session: Db) -> CampaignStatusView:
    """How far a campaign and each of its items are billed (PI-GEN-21)."""
    campaign, items = await billing_status(session, campaign_id)
    return CampaignStatusView(
        campaign_id=campaign_id,
        campaign_no=campaign.campaign_no,
        status=campaign_status(campaign, list(items.values())),
        items=[
            ItemStatusView(item_id=item.id, line_no=item.line_no, name=item.name, status=items[item.id])
            for item in campaign.items
        ],
    )


@plans.get("/v1/campaign-items/{item_id}/payment-plan")
@needs("payment_plan:read")
async def show_payment_plan(item_id: UUID, session: Db, response: Response) -> PaymentPlanView:
    """How an item is billed instead of by interval; an item without a plan has an empty one, version 0."""
    return await _plan(session, item_id, response)


@plans.put("/v1/campaign-items/{item_id}/payment-plan", summary="Set payment plan")
@needs("payment_plan:write")
async def settle_payment_plan(
    item_id: UUID, body: PaymentPlanShape, version: Version, session: Db, response: Response
) -> PaymentPlanView:
    """Put a plan in place of the one there was; the next generation follows it (PI-FPP-13)."""
    of = currency((await read_plan(session, item_id)).item.currency)
    entries = tuple(
        PlanEntry(
            entry.entry_no,
            entry.invoice_on,
            entry.percent,
            None if entry.net_amount is None else Money.parse(entry.net_amount, of).minor,
        )
        for entry in body.entries
    )
    typed = body.model_dump(exclude={"entries", "publication_dates"})
    wanted = PlanSettings(entries=entries, publication_dates=tuple(body.publication_dates), **typed)
    await settle_plan(session, item_id, version, wanted)
    return await _plan(session, item_id, response)


@deliveries.post("/v1/delivery-reports", response_model=DeliveryReportResult, responses=_NEW)
@needs("delivery:write")
async def report_delivery(body: DeliveryReportShape, session: Db, now: Now, response: Response) -> DeliveryReportResult:
    """Keep what a source says was delivered; open drafts follow at once (PI-DEL-03, PI-DEL-17)."""
    records = [(record.on, record.quantity) for record in body.records]
    if faults := report_faults(body.covers_from, body.covers_through, body.per, records):
        raise Invalid.of(faults)
    report = Report(
        body.metric,
        body.source,
        body.report_no,
        body.revision,
        body.per,
        Period.inclusive(body.covers_from, body.covers_through),
        dict(records),
    )
    (outcome,) = await record_delivery(session, [(body.item_id, report)], now=now)
    if outcome == "created":
        response.status_code = 201
    return DeliveryReportResult(
        outcome=outcome, item_id=body.item_id, source=body.source, report_no=body.report_no, revision=body.revision
    )


@deliveries.get("/v1/delivery-reports")
@needs("delivery:read")
async def list_delivery_reports(session: Db, query: Annotated[ReportQuery, Query()]) -> Page[DeliveryReportRow]:
    """Reports, newest first."""
    statement = select(REPORT)
    if query.item_id is not None:
        statement = statement.where(REPORT.c.item_id.in_(query.item_id))
    if query.source is not None:
        statement = statement.where(REPORT.c.source.in_(query.source))
    keys = (REPORT.c.received_at, REPORT.c.id)
    return await page(session, statement, keys=keys, query=query, shape=DeliveryReportRow, descending=True)


@deliveries.get("/v1/campaign-items/{item_id}/delivery", summary="Show delivery of item")
@needs("delivery:read")
async def show_delivery(item_id: UUID, session: Db) -> DeliveryView:
    """Booked, delivered, billable and invoiced units of an item at this moment (PI-DEL-19)."""
    item, compared, covered = await compare_delivery(session, item_id)
    return DeliveryView(
        item_id=item_id,
        metric=METRICS[item.billing_category] if item.counted else None,
        covered=covered,
        **{f"{name}_quantity": quantity for name, quantity in asdict(compared).items()},
    )


async def _plan(session: AsyncSession, item_id: UUID, response: Response) -> PaymentPlanView:
    found = await read_plan(session, item_id)
    tag(response, found.settings.version)
    settings = asdict(found.settings)
    return PaymentPlanView.model_validate(
        {
            **settings,
            "item_id": item_id,
            "currency": found.item.currency,
            "entries": [_entry(entry, entry.amount) for entry in found.settings.entries],
            "effective": _effective(found),
        }
    )


def _effective(plan: ItemPlan) -> list[dict[str, Any]]:
    entries = plan.item.payment_plan
    numbers = {line.key.plan_entry_no: number for line, number in plan.frozen if line.key.basis == "plan"}
    amounts: Sequence[int | None] = plan.amounts or [entry.amount for entry in entries]
    return [
        _entry(entry, amount) | {"invoice_no": numbers.get(entry.entry_no, "")}
        for entry, amount in zip(entries, amounts, strict=True)
    ]


def _entry(entry: PlanEntry, amount: int | None) -> dict[str, Any]:
    return {
        "entry_no": entry.entry_no,
        "invoice_on": entry.invoice_on,
        "percent": entry.percent,
        "net_amount": amount,
        "deferred_until_on": entry.deferred_until_on,
    }
