"""Files of bookings: orders, insertions, media campaigns and their items."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from services.contracts import tables
from services.contracts.application.booking import add_insertions
from services.contracts.application.campaigns import add_items, create_campaigns
from services.contracts.application.ordering import create_orders
from services.contracts.application.registers import by_code, plain
from services.contracts.imports.cells import EXISTS_OTHERWISE, Flag, Number, References
from services.contracts.repository.media import items_of, one
from services.contracts.repository.rows import Record, TableOf
from services.contracts.schemas.campaigns import PaymentStart
from services.contracts.schemas.orders import PriceRowShape
from services.contracts.schemas.registers import Share
from services.contracts.schemas.texts import Phrase, Word
from shared.events.fields import Amount, Code, CurrencyCode, Day, Rate, Shape
from shared.runtime.db import AsyncSession
from shared.runtime.imports import ImportKind, Outcome

# Numbers from here on belong to temporary orders (MA-MIN-14).
_ORDER_NO_MAX = 899_999


class OrderLine(Shape):
    """orders.csv: orders keep the numbers they come with."""

    order_no: Annotated[int, Field(ge=1, le=_ORDER_NO_MAX)]
    plan_code: Code
    media_code: Code
    agreement_code: str = ""
    client_reference: Phrase = ""
    not_before_on: Day | None = None
    exchange_rate: Rate | None = None


class InsertionLine(Shape):
    """insertions.csv"""

    order_no: Annotated[int, Field(ge=1, le=_ORDER_NO_MAX)]
    insertion_no: Annotated[int, Field(ge=1, le=1_000_000)]
    insertion_on: Day
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    unit_price: Rate
    discount_percent: Share | None = None
    discount_code: str = ""
    surcharge_code: str = ""
    received_commission_percent: Share | None = None
    passed_on_commission_percent: Share | None = None
    exclude_fee: Flag = False
    exclude_capital_cost: Flag = False
    ad_checked: Flag = False
    text: Phrase = ""


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


def _insertion_code(row: InsertionLine) -> str:
    return f"{row.order_no}/{row.insertion_no}"


async def _compare_insertions(session: AsyncSession, rows: Sequence[InsertionLine]) -> list[Outcome]:
    orders = await by_code(session, tables.MediaOrder, sorted({str(row.order_no) for row in rows}))
    present = await by_code(session, tables.Insertion, [_insertion_code(row) for row in rows])
    outcomes = []
    for row in rows:
        if str(row.order_no) not in orders:
            outcomes.append(Outcome.refused("unknown_reference", "There is no such order.", "order_no"))
            continue
        before = present.get(_insertion_code(row))
        same = before is not None and (before["insertion_on"], before["price_rows"]) == (
            row.insertion_on,
            plain(_price_rows(row)),
        )
        outcomes.append(Outcome("create") if before is None else Outcome("unchanged") if same else EXISTS_OTHERWISE)
    return outcomes


async def _apply_insertions(session: AsyncSession, rows: Sequence[InsertionLine], _now: datetime) -> None:
    orders = await by_code(session, tables.MediaOrder, sorted({str(row.order_no) for row in rows}))
    await add_insertions(
        session,
        [
            {
                "order_id": orders[str(row.order_no)]["id"],
                "code": _insertion_code(row),
                "insertion_on": row.insertion_on,
                "text": row.text,
                "price_rows": _price_rows(row),
                "exclude_fee": row.exclude_fee,
                "exclude_capital_cost": row.exclude_capital_cost,
                "allocation": [],
                "ad_checked": row.ad_checked,
                "invoice_comment": "",
                "not_before_on": None,
            }
            for row in rows
        ],
    )


def _price_rows(row: InsertionLine) -> list[Record]:
    def stated(percent: Any) -> list[Any] | None:
        return None if percent is None else [percent]

    discounts = [{"percent": row.discount_percent}] if row.discount_percent else []
    discounts += [{"code": row.discount_code}] if row.discount_code else []
    return [
        PriceRowShape(
            unit_price=row.unit_price,
            quantity=row.quantity,
            discounts=discounts,
            surcharges=[{"code": row.surcharge_code}] if row.surcharge_code else [],
            received_percents=stated(row.received_commission_percent),
            passed_on_percents=stated(row.passed_on_commission_percent),
        ).model_dump()
    ]


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
    ImportKind("insertions", InsertionLine, ("order_no", "insertion_no"), _compare_insertions, _apply_insertions),
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
