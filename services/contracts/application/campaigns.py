"""Media campaigns and their items: stored with gaps, told whole, booked (PI-INT-01, PI-DST-01, PI-REQ-04)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.registers import by_code
from services.contracts.application.telling import major
from services.contracts.domain.campaign import Item, book, campaign_faults
from services.contracts.repository.media import items_of, one
from services.contracts.repository.numbers import draw
from services.contracts.repository.rows import Record, change, find, insert, table_of
from shared.events.contracts import CampaignBooked, CampaignChanged, CampaignState
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, StaleVersion
from shared.kernel.ids import new_id
from shared.kernel.money import Money, currency
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_many


async def create_campaigns(session: AsyncSession, wanted: Sequence[Mapping[str, Any]]) -> list[Record]:
    """New proposals, or booked at once where `stage` says so; `unknown_reference`, `duplicate_code`."""
    await _check_parties(session, wanted)
    numbers = await draw(session, "campaign", len(wanted))
    rows = [
        {
            **{name: value for name, value in values.items() if name != "items"},
            "id": new_id(),
            "version": 1,
            "code": values["code"] or str(number),
            "campaign_no": number,
        }
        for values, number in zip(wanted, numbers, strict=True)
    ]
    if await by_code(session, tables.MediaCampaign, [row["code"] for row in rows]):
        raise NotAllowedNow("duplicate_code", "The code is taken.")
    items = [
        item for row, values in zip(rows, wanted, strict=True) for item in _items(row, values["items"], first_no=1)
    ]
    await insert(session, tables.MediaCampaign, rows)
    await insert(session, tables.CampaignItem, items)
    await tell_campaigns(session, CampaignBooked, [row for row in rows if row["stage"] == "booked"])
    await tell_campaigns(session, CampaignChanged, [row for row in rows if row["stage"] != "booked"])
    return rows


async def add_items(session: AsyncSession, campaigns: Sequence[Record], items: Sequence[Sequence[Any]]) -> None:
    """Append items to campaigns, which are locked; the list of items belongs to the campaign at the same place."""
    present = await items_of(session, [row["id"] for row in campaigns])
    made = []
    for row, wanted in zip(campaigns, items, strict=True):
        last = max((item["line_no"] for item in present if item["campaign_id"] == row["id"]), default=0)
        made += _items(row, wanted, first_no=last + 1)
        row["version"] += 1
    await insert(session, tables.CampaignItem, made)
    await change(session, tables.MediaCampaign, [{"id": row["id"], "version": row["version"]} for row in campaigns])
    await tell_campaigns(session, CampaignChanged, campaigns)


async def amend_campaign(session: AsyncSession, campaign_id: UUID, version: int, changes: Mapping[str, Any]) -> Record:
    """Change billing terms; refuses a stale version."""
    before = await _locked(session, campaign_id, version)
    after = {**before, **changes, "version": version + 1}
    await _check_parties(session, [after])
    faults = campaign_faults(after["currency"], after["payment_days"], [])
    if faults:
        raise Invalid.of(faults)
    await change(session, tables.MediaCampaign, [after])
    await tell_campaigns(session, CampaignChanged, [after])
    await _audit(session, "changed", before, after, changes)
    return after


async def move_campaign(session: AsyncSession, campaign_id: UUID, version: int, to: str) -> Record:
    """Book a proposal, or cancel a campaign; `NotAllowedNow("state")`."""
    before = await _locked(session, campaign_id, version)
    if before["stage"] == to:
        return before
    stage = book(before["stage"]) if to == "booked" else to
    after = {**before, "stage": stage, "version": version + 1}
    await change(session, tables.MediaCampaign, [after])
    await tell_campaigns(session, CampaignBooked if to == "booked" else CampaignChanged, [after])
    await _audit(session, to, before, after, ["stage"])
    return after


async def tell_campaigns(session: AsyncSession, told: type[CampaignState], rows: Sequence[Record]) -> None:
    """Tell campaigns with all their items."""
    items = await items_of(session, [row["id"] for row in rows])
    facts = [
        told.model_validate({**row, "items": [shown_item(item) for item in items if item["campaign_id"] == row["id"]]})
        for row in rows
    ]
    await record_many(session, facts)


def shown_item(item: Mapping[str, Any]) -> Record:
    """A stored item with its amount in major units."""
    amount = item["amount"]
    return {**item, "amount": None if amount is None else major(amount, item["currency"])}


def _items(campaign: Record, wanted: Sequence[Mapping[str, Any]], first_no: int) -> list[Record]:
    rows = [
        {
            **values,
            "id": new_id(),
            "campaign_id": campaign["id"],
            "line_no": number,
            "currency": values["currency"] or campaign["currency"],
            "state": "active",
        }
        for number, values in enumerate(wanted, first_no)
    ]
    checked = [Item(row["line_no"], row["start_on"], row["end_on"], row["currency"]) for row in rows]
    faults = campaign_faults(campaign["currency"], campaign["payment_days"], checked)
    if faults:
        raise Invalid.of(faults)
    for row in rows:
        if row["amount"] is not None:
            row["amount"] = Money.parse(row["amount"], currency(row["currency"])).minor
    return rows


async def _locked(session: AsyncSession, campaign_id: UUID, version: int) -> Record:
    row = await one(session, tables.MediaCampaign, campaign_id, lock=True)
    if row["version"] != version:
        raise StaleVersion
    return row


async def _check_parties(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    for field, table in (("client_id", tables.Client), ("legal_entity_id", tables.LegalEntity)):
        ids = {row[field] for row in rows if row[field]}
        if len(await find(session, table, table_of(table).c.id.in_(ids))) < len(ids):
            raise Invalid.of([Fault(f"/{field}", "unknown_reference", "There is no such record.", field=field)])


async def _audit(session: AsyncSession, action: str, before: Record, after: Record, names: Sequence[str] | Any) -> None:
    await audit(
        session,
        action=f"campaign.{action}",
        entity="campaign",
        entity_id=before["id"],
        before={name: before[name] for name in names},
        after={name: after[name] for name in names},
    )
