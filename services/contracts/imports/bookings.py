"""Files of bookings: orders, media campaigns and their items."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.contracts import tables
from services.contracts.application.campaigns import add_items, create_campaigns
from services.contracts.application.ordering import create_orders
from services.contracts.application.registers import by_code
from services.contracts.imports.cells import EXISTS_OTHERWISE, Flag, Number, References
from services.contracts.imports.insertions import INSERTIONS, ORDER_NO_MAX
from services.contracts.repository.media import items_of, one
from services.contracts.repository.rows import Record, TableOf
from services.contracts.schemas.campaigns import PaymentStart
from services.contracts.schemas.registers import Share
from services.contracts.schemas.texts import Phrase, Word
from shared.events.fields import Amount, Code, CurrencyCode, Day, Rate, Shape
from shared.runtime.db import AsyncSession
from shared.runtime.imports import ImportKind, Outcome


class OrderLine(Shape):
    """orders.csv: orders keep the numbers they come with."""

    order_no: Annotated[int, Field(ge=1, le=ORDER_NO_MAX)]
    plan_code: Code
    media_code: Code
    agreement_code: str = ""
    client_reference: Phrase = ""
    not_before_on: Day | None = None
    exchange_rate: Rate | None = None


class CampaignLine(Shape):
    """campaigns.csv"""

    external_id: Code
    name: Phrase
    client_code: Code
    legal_entity_code: str = ""
    currency: CurrencyCode
    stage: Literal["proposal", "booked"] = "proposal"
    payment_interval: Literal["weekly", "monthly", "quarterly", "half_yearly", "yearly", "total"] | None = None
    payment_start: PaymentStart | None = None
    due_at: Literal["interval_start", "interval_end"] | None = None
    start_on: Day | None = None
    end_on: Day | None = None
    payment_days: Annotated[int, Field(ge=0, le=3650)] = 30
    vat_treatment: Literal["standard", "reverse_charge", "exempt"] = "standard"
    client_reference: Phrase = ""
    recipient_name: Phrase = ""
    recipient_street: Phrase = ""
    recipient_city: Phrase = ""
    recipient_country: Word = ""
    recipient_email: Phrase = ""
    dispatch: Literal["email", "print", "none"] = "none"


class CampaignItemLine(Shape):
    """campaign_items.csv"""

    campaign_external_id: Code
    line_no: Annotated[int, Field(ge=1, le=500)]
    name: Phrase = ""
    start_on: Day | None = None
    end_on: Day | None = None
    amount: Amount | None = None
    booked_quantity: Number | None = None
    billing_category: Word = ""
    billing_basis: Literal["linear", "delivery"] = "linear"
    distribution_unit: Literal["amount", "quantity"] = "amount"
    distribution_period: Literal["day_based", "even"] = "day_based"
    vat_percent: Share | None = None
    unlimited: Flag = False


_OF_ORDER: dict[str, TableOf] = {
    "plan_code": tables.Plan,
    "media_code": tables.Media,
    "agreement_code": tables.Agreement,
}
_OF_CAMPAIGN: dict[str, TableOf] = {"client_code": tables.Client, "legal_entity_code": tables.LegalEntity}
_OF_ITEM: dict[str, TableOf] = {"campaign_external_id": tables.MediaCampaign}
_RECIPIENT = ("name", "street", "city", "country", "email")


async def _compare_orders(session: AsyncSession, rows: Sequence[OrderLine]) -> list[Outcome]:
    references = await References.of(session, rows, _OF_ORDER)
    present = await by_code(session, tables.MediaOrder, [str(row.order_no) for row in rows])

    def outcome(row: OrderLine) -> Outcome:
        before = present.get(str(row.order_no))
        if before is None:
            return Outcome("create")
        wanted = (references.id("plan_code", row.plan_code), references.id("media_code", row.media_code))
        return Outcome("unchanged") if (before["plan_id"], before["media_id"]) == wanted else EXISTS_OTHERWISE

    return [references.missing(row) or outcome(row) for row in rows]


async def _apply_orders(session: AsyncSession, rows: Sequence[OrderLine], now: datetime) -> None:
    references = await References.of(session, rows, _OF_ORDER)
    await create_orders(
        session,
        [
            {
                "code": str(row.order_no),
                "order_no": row.order_no,
                "plan_id": references.id("plan_code", row.plan_code),
                "media_id": references.id("media_code", row.media_code),
                "agreement_id": references.id("agreement_code", row.agreement_code),
                "client_reference": row.client_reference,
                "exchange_rate": row.exchange_rate,
                "not_before_on": row.not_before_on,
            }
            for row in rows
        ],
        now.date(),
    )


async def _compare_campaigns(session: AsyncSession, rows: Sequence[CampaignLine]) -> list[Outcome]:
    references = await References.of(session, rows, _OF_CAMPAIGN)
    present = await by_code(session, tables.MediaCampaign, [row.external_id for row in rows])

    def outcome(row: CampaignLine) -> Outcome:
        before = present.get(row.external_id)
        if before is None:
            return Outcome("create")
        same = (before["name"], before["billing_start_on"], before["billing_end_on"]) == (
            row.name,
            row.start_on,
            row.end_on,
        )
        return Outcome("unchanged") if same else EXISTS_OTHERWISE

    return [references.missing(row) or outcome(row) for row in rows]


async def _apply_campaigns(session: AsyncSession, rows: Sequence[CampaignLine], _now: datetime) -> None:
    references = await References.of(session, rows, _OF_CAMPAIGN)
    taken = {"external_id", "client_code", "legal_entity_code", "start_on", "end_on"}
    taken |= {f"recipient_{part}" for part in _RECIPIENT}
    await create_campaigns(
        session,
        [
            {
                **row.model_dump(exclude=taken),
                "code": row.external_id,
                "bill_me": True,
                "client_id": references.id("client_code", row.client_code),
                "legal_entity_id": references.id("legal_entity_code", row.legal_entity_code),
                "recipient": {part: getattr(row, f"recipient_{part}") for part in _RECIPIENT},
                "billing_start_on": row.start_on,
                "billing_end_on": row.end_on,
                "items": [],
            }
            for row in rows
        ],
    )


async def _compare_items(session: AsyncSession, rows: Sequence[CampaignItemLine]) -> list[Outcome]:
    references = await References.of(session, rows, _OF_ITEM)
    known = [row for row in rows if not references.missing(row)]
    ids = {references.record("campaign_external_id", row.campaign_external_id)["id"] for row in known}
    present = {(item["campaign_id"], item["line_no"]): item for item in await items_of(session, ids)}

    def outcome(row: CampaignItemLine) -> Outcome:
        campaign_id = references.record("campaign_external_id", row.campaign_external_id)["id"]
        before = present.get((campaign_id, row.line_no))
        if before is None:
            return Outcome("create")
        same = (before["name"], before["start_on"], before["end_on"]) == (row.name, row.start_on, row.end_on)
        return Outcome("unchanged") if same else EXISTS_OTHERWISE

    return [references.missing(row) or outcome(row) for row in rows]


async def _apply_items(session: AsyncSession, rows: Sequence[CampaignItemLine], _now: datetime) -> None:
    references = await References.of(session, rows, _OF_ITEM)
    wanted: dict[UUID, list[Record]] = defaultdict(list)
    for row in sorted(rows, key=lambda each: each.line_no):
        campaign_id = references.record("campaign_external_id", row.campaign_external_id)["id"]
        values = row.model_dump(exclude={"campaign_external_id", "line_no"})
        more = {"currency": None, "payment_start": None, "bill_me": True, "show_on_invoice": True}
        wanted[campaign_id].append({**values, **more})
    campaigns = [await one(session, tables.MediaCampaign, campaign_id, lock=True) for campaign_id in sorted(wanted)]
    await add_items(session, campaigns, [wanted[campaign["id"]] for campaign in campaigns])


BOOKINGS: tuple[ImportKind, ...] = (
    ImportKind("orders", OrderLine, ("order_no",), _compare_orders, _apply_orders),
    INSERTIONS,
    ImportKind("campaigns", CampaignLine, ("external_id",), _compare_campaigns, _apply_campaigns),
    ImportKind(
        "campaign_items",
        CampaignItemLine,
        ("campaign_external_id", "line_no"),
        _compare_items,
        _apply_items,
        ("campaign_external_id",),
    ),
)
