"""Billing status of items and campaigns (PI-GEN-21)."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.preinvoice.domain.billing_status import campaign_status, item_status
from services.preinvoice.domain.draft import Draft, Status
from shared.kernel.ids import new_id
from tests.preinvoice.builders import campaign, generate, item, stored
from tests.preinvoice.test_api import problem
from tests.preinvoice.world import World

EX_01 = campaign()


def weeks(*statuses: Status) -> list[Draft]:
    """The drafts of EX-01 with these statuses; a cancelled one's lines are reversed."""
    return [
        replace(
            draft, status=status, lines=tuple(replace(line, reversed=status == "cancelled") for line in draft.lines)
        )
        for draft, status in zip(stored(generate(EX_01)), statuses, strict=False)
    ]


@pytest.mark.rule("PI-GEN-21")
@pytest.mark.parametrize(
    ("changes", "drafts", "status"),
    [
        ({}, [], "open"),
        ({}, weeks("created", "draft"), "created"),
        ({"bill_me": False}, weeks("created", "created"), "open"),
        ({}, weeks("invoiced", "reviewed"), "partly_invoiced"),
        ({}, weeks("invoiced", "invoiced"), "invoiced"),
        ({}, weeks("invoiced", "cancelled"), "invoiced"),
        ({"cancelled": True}, weeks("cancelled", "cancelled"), "cancelled"),
        ({"cancelled": True}, weeks("invoiced", "cancelled"), "invoiced"),
        ({}, weeks("cancelled", "cancelled"), "open"),
    ],
)
def test_the_first_that_matches_is_an_items_status(changes: dict[str, Any], drafts: list[Draft], status: str) -> None:
    assert item_status(replace(EX_01.items[0], **changes), drafts) == status


@pytest.mark.rule("PI-GEN-21")
def test_a_line_of_zero_does_not_keep_an_item_from_being_invoiced_but_a_pending_one_does() -> None:
    free = campaign(item(amount="0.00"))
    assert item_status(free.items[0], stored(generate(free))) == "invoiced"
    counted = campaign(item(billing_basis="delivery", billing_category="CPM", booked_quantity=10))
    assert item_status(counted.items[0], stored(generate(counted))) == "created"


@pytest.mark.rule("PI-GEN-21")
@pytest.mark.parametrize(
    ("items", "status"),
    [
        (["created", "created"], "created"),
        (["invoiced", "created"], "partly_invoiced"),
        (["partly_invoiced", "open"], "partly_invoiced"),
        (["created", "open"], "open"),
        (["created", "cancelled"], "cancelled"),
        ([], "open"),
    ],
)
def test_a_campaign_has_what_its_items_share_or_the_least_of_it(items: Any, status: str) -> None:
    assert campaign_status(EX_01, items) == status


@pytest.mark.rule("PI-GEN-21")
async def test_the_status_follows_the_drafts(api: httpx.AsyncClient, world: World) -> None:
    campaign_id: UUID = await world.book()
    path = f"/v1/campaigns/{campaign_id}/billing-status"
    seen = [(await api.get(path)).json()["status"]]
    await world.generate(campaign_id)
    seen.append((await api.get(path)).json()["status"])
    first, second = await world.drafts(campaign_id)
    for draft in (first, second):
        await world.run([draft.id])
        (locked,) = [one for one in await world.drafts(campaign_id) if one.id == draft.id]
        await world.hear(world.invoice(locked))
        seen.append((await api.get(path)).json()["items"][0]["status"])
    assert seen == ["open", "created", "partly_invoiced", "invoiced"]
    assert problem(await api.get(f"/v1/campaigns/{new_id()}/billing-status")) == (404, "not_found")
    answer = await api.put(path, json={"status": "open"})
    assert answer.status_code == 405
