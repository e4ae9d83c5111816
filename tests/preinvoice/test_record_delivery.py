"""Delivery data on PostgreSQL: reports, open lines that follow, typed quantities, what is told."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.preinvoice.application.record_delivery import record_delivery
from services.preinvoice.domain.delivery_report import Report
from services.preinvoice.domain.draft import Draft
from shared.kernel.ids import new_id
from tests.preinvoice.builders import days
from tests.preinvoice.test_api import at, key, problem
from tests.preinvoice.world import World
from tests.words import cents

WEEKS = ("2019-12-01..2019-12-07", "2019-12-08..2019-12-14", "2019-12-15..2019-12-21")
LATER = datetime(2020, 1, 10, tzinfo=UTC)


async def counted(world: World, booked: int = 100_000, **changes: Any) -> tuple[UUID, UUID]:
    """Campaign and item of EX-10: three full weeks, 100,000 impressions for 2,000.00."""
    item = world.item(
        1, "2019-12-01..2019-12-21", "2000.00",
        billing_basis="delivery", billing_category="CPM", booked_quantity=booked, **changes,
    )  # fmt: skip
    campaign_id = await world.book(item, period="2019-12-01..2019-12-21", payment_start="after")
    return campaign_id, item["id"]


async def report(world: World, item_id: UUID, covers: str, quantity: int, **changes: Any) -> str:
    """A report of some days, all units on the first of them."""
    plain: dict[str, Any] = {"source": "ad_server", "report_no": covers, "revision": 1, "per": "day"}
    of = days(covers)
    one = Report("impressions", covers=of, records={of.start_on: quantity}, **(plain | changes))
    async with world.database.transaction(world.context) as session:
        return (await record_delivery(session, [(item_id, one)], now=LATER))[0]


def billed(drafts: list[Draft]) -> list[tuple[int | None, int, bool]]:
    return [(line.figures.quantity, line.figures.amount, line.figures.pending) for one in drafts for line in one.lines]


@pytest.mark.rule("PI-DEL-17", "PI-DEL-06", "PI-DEL-08", "PI-DEL-10", "PI-DEL-14", "PI-DEL-01")
async def test_arriving_delivery_fills_the_open_drafts_of_ex_10(world: World) -> None:
    campaign_id, item_id = await counted(world)
    done = await world.generate(campaign_id)
    assert billed(await world.drafts(campaign_id)) == [(0, 0, True)] * 3
    assert [one.code for one in done.warnings] == ["pi_w_04"] * 3
    await report(world, item_id, WEEKS[0], 40_000)
    await report(world, item_id, WEEKS[1], 35_000)
    assert billed(await world.drafts(campaign_id)) == [
        (40_000, cents("800.00"), False),
        (35_000, cents("700.00"), False),
        (0, 0, True),
    ]
    assert await world.told("delivery.discrepancy_found.v1") == []
    await report(world, item_id, WEEKS[2], 38_000)
    assert billed(await world.drafts(campaign_id))[2] == (25_000, cents("500.00"), False)
    (told,) = await world.told("delivery.discrepancy_found.v1")
    assert (told["over_quantity"], told["booked_quantity"], told["billable_quantity"]) == (13_000, 100_000, 100_000)
    assert [one["delivered_quantity"] for one in await world.told("delivery.recorded.v1")] == [40_000, 75_000, 113_000]
    assert [one.code for one in (await world.generate(campaign_id, LATER)).warnings] == ["pi_w_03"]
    assert await world.broken() == {}


@pytest.mark.rule("PI-DEL-11")
async def test_an_unlimited_item_bills_all_of_it(world: World) -> None:
    campaign_id, item_id = await counted(world, unlimited=True)
    await world.generate(campaign_id)
    for week, units in zip(WEEKS, (40_000, 35_000, 38_000), strict=True):
        await report(world, item_id, week, units)
    assert [line[1] for line in billed(await world.drafts(campaign_id))] == [
        cents("800.00"), cents("700.00"), cents("760.00"),
    ]  # fmt: skip
    assert await world.told("delivery.discrepancy_found.v1") == []


@pytest.mark.rule("PI-DEL-03")
async def test_a_report_counts_once_a_higher_revision_replaces_a_lower_one_is_ignored(world: World) -> None:
    campaign_id, item_id = await counted(world)
    await world.generate(campaign_id)
    assert await report(world, item_id, WEEKS[0], 40_000, revision=2) == "created"
    assert await report(world, item_id, WEEKS[0], 40_000, revision=2) == "ignored"
    assert await report(world, item_id, WEEKS[0], 99, revision=1) == "ignored"
    assert billed(await world.drafts(campaign_id))[0][0] == 40_000
    assert await report(world, item_id, WEEKS[0], 38_500, revision=3) == "replaced"
    assert billed(await world.drafts(campaign_id))[0] == (38_500, cents("770.00"), False)
    assert len(await world.told("delivery.recorded.v1")) == 2


@pytest.mark.rule("PI-DEL-03", "PI-DEL-17")
async def test_reports_at_once_come_one_after_the_other(world: World) -> None:
    campaign_id, item_id = await counted(world)
    await world.generate(campaign_id)
    revisions = range(1, 7)
    await asyncio.gather(*(report(world, item_id, WEEKS[0], 1_000 * number, revision=number) for number in revisions))
    assert billed(await world.drafts(campaign_id))[0][0] == 6_000
    assert await world.rows("SELECT revision FROM delivery_report WHERE item_id = $1", item_id) == [{"revision": 6}]


@pytest.mark.rule("PI-DEL-15")
async def test_a_late_correction_changes_open_lines_only_and_the_rest_is_reported(world: World) -> None:
    campaign_id, item_id = await counted(world)
    await world.generate(campaign_id)
    await report(world, item_id, WEEKS[0], 40_000)
    first = (await world.drafts(campaign_id))[0]
    await world.run([first.id])
    await world.hear(world.invoice((await world.drafts(campaign_id))[0]))
    await report(world, item_id, WEEKS[0], 38_500, revision=2)
    await report(world, item_id, WEEKS[1], 1_000)
    assert billed(await world.drafts(campaign_id)) == [
        (40_000, cents("800.00"), False),
        (0, 0, False),
        (0, 0, True),
    ]
    assert await world.told("delivery.discrepancy_found.v1") == []
    await report(world, item_id, WEEKS[2], 200)
    (told,) = await world.told("delivery.discrepancy_found.v1")
    assert (told["over_billed_quantity"], told["invoiced_quantity"], told["delivered_quantity"]) == (
        300,
        40_000,
        39_700,
    )
    await report(world, item_id, WEEKS[2], 24_000, revision=2)
    assert billed(await world.drafts(campaign_id))[2] == (23_500, cents("470.00"), False)
    assert await world.broken() == {}


@pytest.mark.rule("PI-DEL-16")
async def test_delivery_outside_the_runtime_is_stored_reported_and_never_billed(world: World) -> None:
    campaign_id, item_id = await counted(world)
    await world.generate(campaign_id)
    await report(world, item_id, "2019-11-30..2019-12-07", 500)
    assert billed(await world.drafts(campaign_id))[0] == (0, 0, False)
    (told,) = await world.told("delivery.discrepancy_found.v1")
    assert (told["outside_quantity"], told["delivered_quantity"]) == (500, 0)


@pytest.mark.rule("PI-REQ-15", "PI-DEL-14", "PI-DEL-12")
async def test_past_weeks_need_their_reports_and_pending_ones_are_not_invoiced(world: World) -> None:
    campaign_id, item_id = await counted(world)
    await world.generate(campaign_id)
    await report(world, item_id, WEEKS[0], 0)
    drafts = await world.drafts(campaign_id)
    run = await world.run([one.id for one in drafts])
    assert await world.outcomes(run.id) == {
        1: ("skipped_zero", ""), 2: ("refused", "pi_e_42"), 3: ("refused", "pi_e_42"),
    }  # fmt: skip
    failed = await world.generate(campaign_id, LATER)
    assert [(one.code, one.message) for one in failed.faults] == [
        ("pi_e_14", f"Item 1: no complete delivery report for {week}.") for week in WEEKS[1:]
    ]


@pytest.mark.rule("PI-REQ-16")
@pytest.mark.parametrize("case", ["switch off", "monthly record"])
async def test_weeks_are_billed_by_delivery_only_where_it_comes_per_day(world: World, case: str) -> None:
    campaign_id, item_id = await counted(world)
    if case == "switch off":
        await world.hear(world.legal_entity(version=2, daily_delivery=False))
    else:
        await report(world, item_id, "2019-12-01..2019-12-31", 10, per="month")
    assert [one.code for one in (await world.generate(campaign_id)).faults] == ["pi_e_15"]
    await world.hear(
        world.campaign(
            world.item(
                1, "2019-12-01..2019-12-21", "2000.00", billing_basis="delivery", billing_category="CPM",
                booked_quantity=100_000,
            ),
            period="2019-12-01..2019-12-21", version=2, payment_interval="monthly",
        )
    )  # fmt: skip
    assert (await world.generate(campaign_id)).faults == ()


@pytest.mark.rule("PI-GEN-16", "PI-GEN-11", "PI-DEL-05")
async def test_a_typed_quantity_replaces_the_recorded_one_survives_and_is_taken_back(
    api: httpx.AsyncClient, world: World
) -> None:
    campaign_id, item_id = await counted(world)
    await world.generate(campaign_id)
    await report(world, item_id, WEEKS[0], 40_000)
    first, second, _ = await world.drafts(campaign_id)
    path = f"/v1/draft-pre-invoices/{first.id}"
    typed = {"lines": [{"id": str(first.lines[0].id), "delivered_quantity": 30_000}], "text": "As agreed"}
    answer = await api.patch(path, json=typed, headers=at(first.version))
    assert (answer.status_code, answer.json()["total_amount"], answer.json()["text"]) == (200, "600.00", "As agreed")
    await report(world, item_id, WEEKS[0], 41_000, revision=2)
    await world.generate(campaign_id)
    shown = (await api.get(path, params={"expand": "lines"})).json()
    assert [(one["delivered_quantity"], one["manual_delivered_quantity"]) for one in shown["lines"]] == [
        (30_000, 30_000)
    ]
    waiting = {"lines": [{"id": str(second.lines[0].id), "delivered_quantity": 70_001}]}
    answer = await api.patch(f"/v1/draft-pre-invoices/{second.id}", json=waiting, headers=at(second.version))
    assert (answer.json()["pending"], answer.json()["total_amount"]) == (False, "1400.00")
    assert answer.json()["warnings"] == []
    cleared = {"lines": [{"id": str(first.lines[0].id), "delivered_quantity": None}]}
    answer = await api.patch(path, json=cleared, headers=at(shown["version"]))
    assert answer.json()["total_amount"] == "820.00"
    assert billed(await world.drafts(campaign_id))[1] == (59_000, cents("1180.00"), False)
    assert await world.broken() == {}


@pytest.mark.rule("PI-GEN-16")
@pytest.mark.parametrize("units", [-1, 1.5, "7", True])
async def test_a_typed_quantity_is_a_whole_number_from_zero(api: httpx.AsyncClient, world: World, units: Any) -> None:
    campaign_id, _ = await counted(world)
    await world.generate(campaign_id)
    first = (await world.drafts(campaign_id))[0]
    body = {"lines": [{"id": str(first.lines[0].id), "delivered_quantity": units}]}
    answer = await api.patch(f"/v1/draft-pre-invoices/{first.id}", json=body, headers=at(1))
    assert problem(answer) == (422, "pi_e_34")
    assert answer.json()["errors"][0]["pointer"] == "/lines/0/delivered_quantity"


@pytest.mark.rule("PI-GEN-16")
async def test_only_lines_billed_by_delivery_take_a_quantity(api: httpx.AsyncClient, world: World) -> None:
    campaign_id = await world.book()
    await world.generate(campaign_id)
    first = (await world.drafts(campaign_id))[0]
    path = f"/v1/draft-pre-invoices/{first.id}"
    body = {"lines": [{"id": str(first.lines[0].id), "delivered_quantity": 5}]}
    assert problem(await api.patch(path, json=body, headers=at(1))) == (422, "pi_e_38")
    body = {"lines": [{"id": str(new_id()), "delivered_quantity": 5}]}
    assert problem(await api.patch(path, json=body, headers=at(1))) == (422, "unknown_reference")


@pytest.mark.rule("PI-GEN-15")
async def test_delivery_is_read_anew_into_open_drafts_only(api: httpx.AsyncClient, world: World) -> None:
    campaign_id, item_id = await counted(world)
    await world.generate(campaign_id)
    first = (await world.drafts(campaign_id))[0]
    moved = await api.post(
        f"/v1/draft-pre-invoices/{first.id}/transitions", json={"to": "reviewed"}, headers=at(first.version)
    )
    assert moved.status_code == 200
    await report(world, item_id, WEEKS[0], 40_000)
    assert billed(await world.drafts(campaign_id))[0] == (0, 0, True)
    path = f"/v1/campaigns/{campaign_id}/delivery-updates"
    assert (await api.post(path, json={})).json()["updated_count"] == 0
    assert problem(await api.post(path, json={"draft_ids": [str(first.id)]})) == (409, "pi_e_31")
    assert problem(await api.post(path, json={"draft_ids": [str(new_id())]})) == (422, "unknown_reference")
    assert problem(await api.post(f"/v1/campaigns/{new_id()}/delivery-updates", json={})) == (404, "not_found")
    moved = await api.post(
        f"/v1/draft-pre-invoices/{first.id}/transitions", json={"to": "created"}, headers=at(first.version + 1)
    )
    done = (await api.post(path, json={"draft_ids": [str(first.id)]})).json()
    assert [(one["id"], one["total_amount"]) for one in done["items"]] == [(str(first.id), "800.00")]


@pytest.mark.rule("PI-DEL-08")
async def test_units_on_a_reviewed_draft_are_taken_and_not_billed_twice(world: World, api: httpx.AsyncClient) -> None:
    campaign_id, item_id = await counted(world)
    await world.generate(campaign_id)
    await report(world, item_id, WEEKS[0], 40_000)
    first = (await world.drafts(campaign_id))[0]
    await api.post(f"/v1/draft-pre-invoices/{first.id}/transitions", json={"to": "reviewed"}, headers=at(first.version))
    await report(world, item_id, WEEKS[0], 38_500, revision=2)
    await report(world, item_id, WEEKS[1], 35_000)
    assert [line[0] for line in billed(await world.drafts(campaign_id))] == [40_000, 33_500, 0]


@pytest.mark.rule("PI-DEL-03", "PI-DEL-04", "PI-DEL-19")
async def test_reports_come_through_the_door(api: httpx.AsyncClient, world: World) -> None:
    campaign_id, item_id = await counted(world)
    await world.generate(campaign_id)
    body = {
        "item_id": str(item_id), "metric": "impressions", "source": "third_party", "report_no": "W49",
        "covers_from": "2019-12-01", "covers_through": "2019-12-07", "records": [{"on": "2019-12-02", "quantity": 7}],
    }  # fmt: skip
    first = await api.post("/v1/delivery-reports", json=body)
    assert (first.status_code, first.json()["outcome"]) == (201, "created")
    assert (await api.post("/v1/delivery-reports", json=body)).json()["outcome"] == "ignored"
    assert (await api.post("/v1/delivery-reports", json=body | {"revision": 2})).json()["outcome"] == "replaced"
    shown = (await api.get(f"/v1/campaign-items/{item_id}/delivery")).json()
    assert (shown["metric"], shown["delivered_quantity"], shown["billable_quantity"]) == ("impressions", 7, 7)
    assert (shown["booked_quantity"], shown["under_quantity"], shown["covered"]) == (100_000, 99_993, False)
    (listed,) = (await api.get("/v1/delivery-reports", params={"item_id": str(item_id)})).json()["items"]
    assert (listed["report_no"], listed["revision"], listed["created_by"]) == ("W49", 2, "clerk")
    assert problem(await api.get(f"/v1/campaign-items/{new_id()}/delivery")) == (404, "not_found")


@pytest.mark.rule("PI-DEL-03", "PI-DEL-04")
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"item_id": str(new_id())}, 404, "not_found"),
        ({"covers_through": "2019-11-30"}, 422, "pi_e_25"),
        ({"records": [{"on": "2019-12-08", "quantity": 7}]}, 422, "pi_e_25"),
        ({"records": [{"on": "2019-12-02", "quantity": -7}]}, 422, "pi_e_34"),
        ({"records": [{"on": "2019-12-02", "quantity": 7.5}]}, 422, "pi_e_34"),
        ({"metric": "likes"}, 422, "invalid_value"),
        ({"source": "rumour"}, 422, "invalid_value"),
        ({"revision": 0}, 422, "invalid_value"),
    ],
)
async def test_bad_reports_are_refused(
    api: httpx.AsyncClient, world: World, change: Any, status: int, code: str
) -> None:
    _, item_id = await counted(world)
    body = {
        "item_id": str(item_id), "metric": "impressions", "source": "ad_server", "report_no": "W49",
        "covers_from": "2019-12-01", "covers_through": "2019-12-07", "records": [],
    }  # fmt: skip
    assert problem(await api.post("/v1/delivery-reports", json=body | change)) == (status, code)


@pytest.mark.rule("PI-DEL-03", "PI-DEL-04")
async def test_a_file_of_reports_is_validated_applied_and_changes_nothing_the_second_time(
    api: httpx.AsyncClient, world: World
) -> None:
    campaign_id, _ = await counted(world)
    await world.generate(campaign_id)
    header = "campaign_code,item_line_no,metric,source,report_no,covers_from,covers_through,on,quantity\n"
    week = "C-100,1,impressions,ad_server,W49,2019-12-01,2019-12-07"
    sound = header + f"{week},2019-12-01,30000\n{week},2019-12-03,10000\n"
    applied = await _import(api, sound)
    assert applied["counts"] == {"create": 2, "update": 0, "unchanged": 0, "error": 0}
    assert billed(await world.drafts(campaign_id))[0] == (40_000, cents("800.00"), False)
    again = await _import(api, sound)
    assert again["counts"] == {"create": 0, "update": 0, "unchanged": 2, "error": 0}
    bad = header + f"{week},2019-12-09,1\nC-100,7,impressions,ad_server,X,2019-12-01,2019-12-07,2019-12-01,1\n"
    refused = await api.post("/v1/imports", params={"kind": "delivery"}, content=bad, headers=_csv())
    lines = (await api.get(f"/v1/imports/{refused.json()['id']}/lines")).json()["items"]
    assert [one["faults"][0]["code"] for one in lines] == ["pi_e_25", "unknown_reference"]


def _csv() -> dict[str, str]:
    return {"Content-Type": "text/csv", **key()}


async def _import(api: httpx.AsyncClient, content: str) -> dict[str, Any]:
    found = (await api.post("/v1/imports", params={"kind": "delivery"}, content=content, headers=_csv())).json()
    path = f"/v1/imports/{found['id']}/transitions"
    answer = await api.post(path, json={"to": "applied"}, headers=at(found["version"]))
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


@pytest.mark.rule("PI-DEL-17")
async def test_the_same_figures_from_another_report_touch_no_draft(world: World) -> None:
    campaign_id, item_id = await counted(world)
    await world.generate(campaign_id)
    await report(world, item_id, WEEKS[0], 10)
    before = await world.drafts(campaign_id)
    assert await report(world, item_id, WEEKS[0], 10, report_no="same figures") == "created"
    assert await world.drafts(campaign_id) == before
