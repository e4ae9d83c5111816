"""Payment plans through the door and on PostgreSQL: they cut the drafts, defer them, and are locked by invoices."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.preinvoice.application.lock_block import lock_block
from shared.kernel.ids import new_id
from tests.preinvoice.test_api import at, key, problem
from tests.preinvoice.world import World
from tests.words import cents

THIRDS = [
    {"entry_no": 1, "invoice_on": "2020-02-10", "percent": "33"},
    {"entry_no": 2, "invoice_on": "2020-02-24", "percent": "33"},
    {"entry_no": 3, "invoice_on": "2020-03-09", "percent": "34"},
]


async def sold(world: World, amount: str = "999.99") -> tuple[UUID, str]:
    """A campaign of one item, and where its plan is."""
    item = world.item(1, "2020-02-01..2020-03-18", amount)
    campaign_id = await world.book(item, period="2020-02-01..2020-03-31", payment_interval="monthly")
    return campaign_id, f"/v1/campaign-items/{item['id']}/payment-plan"


async def shown(world: World, campaign_id: UUID) -> list[tuple[str, int]]:
    return [(str(one.key.planned_invoice_on), one.total) for one in await world.drafts(campaign_id)]


@pytest.mark.rule("PI-FPP-01", "PI-FPP-03", "PI-FPP-04", "PI-FPP-06", "PI-GEN-10")
async def test_a_plan_replaces_the_intervals_and_is_taken_away_again(api: httpx.AsyncClient, world: World) -> None:
    campaign_id, path = await sold(world)
    await world.generate(campaign_id)
    months = await shown(world, campaign_id)
    empty = await api.get(path)
    assert (empty.headers["ETag"], empty.json()["entries"], empty.json()["effective"]) == ('"0"', [], [])
    settled = await api.put(path, json={"entries": THIRDS}, headers=at(0))
    assert (settled.status_code, settled.headers["ETag"]) == (200, '"1"')
    assert [one["net_amount"] for one in settled.json()["effective"]] == ["330.00", "330.00", "339.99"]
    assert await shown(world, campaign_id) == months
    done = await world.generate(campaign_id)
    assert (done.counts["created"], done.counts["deleted"]) == (3, 2)
    assert await shown(world, campaign_id) == [
        ("2020-02-10", cents("330.00")), ("2020-02-24", cents("330.00")), ("2020-03-09", cents("339.99")),
    ]  # fmt: skip
    assert problem(await api.put(path, json={}, headers=at(0))) == (412, "stale_version")
    assert problem(await api.put(path, json={})) == (428, "if_match_required")
    await api.put(path, json={}, headers=at(1))
    await world.generate(campaign_id)
    assert await shown(world, campaign_id) == months
    assert await world.broken() == {}


@pytest.mark.rule("PI-FPP-02", "PI-REQ-18", "PI-FPP-13")
async def test_the_sum_is_checked_when_drafts_are_generated(api: httpx.AsyncClient, world: World) -> None:
    campaign_id, path = await sold(world, "8.25")
    amounts = [THIRDS[0] | {"percent": None, "net_amount": "508.25"}]
    assert (await api.put(path, json={"entries": amounts}, headers=at(0))).status_code == 200
    (fault,) = (await world.generate(campaign_id)).faults
    assert (fault.code, fault.message) == ("pi_e_17", "Item 1: payment plan adds up to 508.25, expected 8.25.")
    gap = [THIRDS[0], THIRDS[1] | {"invoice_on": None}, THIRDS[2]]
    await api.put(path, json={"entries": gap}, headers=at(1))
    (fault,) = (await world.generate(campaign_id)).faults
    assert (fault.code, fault.message) == ("pi_e_24", "Item 1: payment plan entry 2 lacks invoice_on.")


@pytest.mark.rule("PI-FPP-08", "PI-FPP-10")
async def test_a_switch_follows_the_runtime_that_contracts_tells(api: httpx.AsyncClient, world: World) -> None:
    campaign_id, path = await sold(world)
    await api.put(path, json={"at_end_of_runtime": True}, headers=at(0))
    await world.generate(campaign_id)
    assert await shown(world, campaign_id) == [("2020-03-18", cents("999.99"))]
    await world.hear(
        world.campaign(
            world.item(1, "2020-02-01..2020-03-20", "999.99"), period="2020-02-01..2020-03-31", version=2,
            payment_interval="monthly",
        )
    )  # fmt: skip
    await world.generate(campaign_id)
    assert await shown(world, campaign_id) == [("2020-03-20", cents("999.99"))]


@pytest.mark.rule("PI-FPP-13")
async def test_an_invoiced_entry_is_locked(api: httpx.AsyncClient, world: World) -> None:
    campaign_id, path = await sold(world)
    await api.put(path, json={"entries": THIRDS}, headers=at(0))
    await world.generate(campaign_id)
    first = (await world.drafts(campaign_id))[0]
    await world.run([first.id])
    await world.hear(world.invoice((await world.drafts(campaign_id))[0]))
    plan = (await api.get(path)).json()
    assert [one["invoice_no"] for one in plan["effective"]] == ["2019-0001", "", ""]
    assert problem(await api.put(path, json={}, headers=at(1))) == (409, "pi_e_36")
    changed = [THIRDS[0] | {"percent": "40"}, THIRDS[1], THIRDS[2] | {"percent": "27"}]
    assert problem(await api.put(path, json={"entries": changed}, headers=at(1))) == (409, "pi_e_36")
    moved = [THIRDS[0], THIRDS[1] | {"percent": "27"}, THIRDS[2] | {"percent": "40", "invoice_on": "2020-04-09"}]
    assert (await api.put(path, json={"entries": moved}, headers=at(1))).status_code == 200
    await world.generate(campaign_id)
    assert await shown(world, campaign_id) == [
        ("2020-02-10", cents("330.00")), ("2020-02-24", cents("270.00")), ("2020-04-09", cents("399.99")),
    ]  # fmt: skip
    assert await world.broken() == {}


@pytest.mark.rule("PI-FPP-09", "PI-RUN-18")
async def test_a_deferred_draft_is_neither_offered_nor_accepted_before_its_day_in_ex_22(
    api: httpx.AsyncClient, world: World
) -> None:
    campaign_id, path = await sold(world)
    deferred = {"at_end_of_runtime": True, "defer_days": 20, "keep_fiscal_month": True}
    await api.put(path, json=deferred, headers=at(0))
    await world.generate(campaign_id)
    (draft,) = await world.drafts(campaign_id)
    answer = await api.get(f"/v1/draft-pre-invoices/{draft.id}")
    assert (answer.json()["planned_invoice_on"], answer.json()["deferred_until_on"]) == ("2020-03-31", "2020-04-07")
    # 7 April begins in Berlin two hours before it does in UTC.
    early, due = datetime(2020, 4, 6, 21, 59, tzinfo=UTC), datetime(2020, 4, 6, 22, 0, tzinfo=UTC)
    for now, outcome in ((early, ("refused", "pi_e_43")), (due, ("locked", ""))):
        run = await world.start([draft.id], now)
        async with world.database.transaction(world.context) as session:
            await lock_block(session, run.id, now=now)
        assert await world.outcomes(run.id) == {1: outcome}


@pytest.mark.rule("PI-RUN-18")
async def test_a_filter_leaves_deferred_drafts_out(api: httpx.AsyncClient, world: World) -> None:
    campaign_id, path = await sold(world)
    await api.put(path, json={"at_end_of_runtime": True, "defer_days": 3650}, headers=at(0))
    await world.generate(campaign_id)
    body = {"filter": {"campaign_ids": [str(campaign_id)]}}
    assert problem(await api.post("/v1/billing-runs", json=body, headers=key())) == (422, "pi_e_40")
    await api.put(path, json={"at_end_of_runtime": True}, headers=at(1))
    await world.generate(campaign_id)
    assert (await api.post("/v1/billing-runs", json=body, headers=key())).status_code == 202


@pytest.mark.rule("PI-FPP-08", "PI-FPP-09", "PI-FPP-01")
@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"at_end_of_runtime": True, "at_start_of_runtime": True}, 422, "pi_e_25", "/at_end_of_runtime"),
        ({"at_end_of_runtime": True, "defer_days": -1}, 422, "pi_e_25", "/defer_days"),
        ({"entries": [THIRDS[0], THIRDS[0]]}, 422, "pi_e_25", "/entries"),
        ({"entries": [THIRDS[0] | {"percent": 33.0}]}, 422, "invalid_value", "/entries/0/percent"),
        ({"entries": [{"entry_no": 1, "net_amount": "1.005"}]}, 422, "amount_precision", None),
        ({"publication_dates": ["10.02.2020"]}, 422, "invalid_date", "/publication_dates/0"),
        ({"interval": "weekly"}, 422, "unknown_field", "/interval"),
    ],
)
async def test_bad_plans_are_refused(
    api: httpx.AsyncClient, world: World, body: Any, status: int, code: str, pointer: str | None
) -> None:
    _, path = await sold(world)
    answer = await api.put(path, json=body, headers=at(0))
    assert problem(answer) == (status, code)
    if pointer:
        assert answer.json()["errors"][0]["pointer"] == pointer
    unknown = await api.put(f"/v1/campaign-items/{new_id()}/payment-plan", json={}, headers=at(0))
    assert problem(unknown) == (404, "not_found")
