"""Lines of a live contract: what is pending, what may still change, what becomes of their units (CT-LIN)."""

from datetime import UTC, datetime

import pytest

from services.contracts.ticks import off_air_due
from tests.contracts.sales import Sales, at, codes
from tests.contracts.traffic import rotation


@pytest.mark.rule("CT-LIN-22", "CT-LIF-04", "CT-LIF-05", "CT-LIN-14")
async def test_a_line_added_to_a_live_contract_is_pending_and_yields_nothing(sales: Sales) -> None:
    live = await sales.live()
    added = await sales.traffic.ask("POST", at(live, "lines"), {"lines": [sales.line(), sales.off_air()]}, 201)
    assert [one["status"] for one in added["lines"]] == ["approved", "pending", "pending"]
    assert len(await sales.traffic.spots()) == 28
    empty = sales.line(start_on="2026-06-01", end_on="2026-06-01", counts=[0, 1, 0, 0, 0, 0, 0])
    await sales.traffic.ask("POST", at(live, "lines"), {"lines": [empty]}, 201)
    approve = at(live, "transitions"), {"to": "approved"}
    problem = await sales.refused(422, "line_has_no_units", "POST", *approve)
    assert codes(problem) == [("/lines/2", "line_has_no_units")]
    shown = await sales.traffic.show(live["id"])
    await sales.traffic.ask("DELETE", at(live, "lines", shown["lines"][3]["id"]))
    approved = await sales.traffic.approve(live["id"])
    assert ([one["status"] for one in approved["lines"]], approved["revision"]) == (["approved"] * 3, 2)
    assert len(await sales.traffic.spots()) == 28 + 28 + 3
    told = await sales.traffic.told("contracts.contract.approved.v1")
    assert [len(one["lines"]) for one in told] == [1, 3]
    await sales.refused(409, "nothing_to_approve", "POST", *approve)


@pytest.mark.rule("CT-LIF-09", "CT-LIF-10", "CT-LIN-27")
async def test_a_cancel_takes_back_what_falls_due_from_its_day_on(sales: Sales) -> None:
    days = {"start_on": "2026-01-01", "end_on": "2026-01-08", "override_start_date": True, "frequency": "daily"}
    live = await sales.live(sales.off_air(**days), sales.line())
    sales.traffic.now = datetime(2026, 1, 5, 23, tzinfo=UTC)
    await off_air_due(sales.traffic.database, sales.traffic.now)
    due = await sales.traffic.spots(off_air=True, state="due")
    assert [one["target_on"][-2:] for one in due] == ["01", "02", "03", "04", "05"]
    await sales.traffic.issue("1001", due[:1], "2026-01-05")
    await sales.cancel(live)
    after = await sales.traffic.spots(off_air=True)
    assert {one["target_on"][-2:]: one["state"] for one in after} == {
        "01": "due", "02": "due", "03": "due", "04": "due", "05": "trashed", "06": "trashed", "07": "trashed",
        "08": "trashed",
    }  # fmt: skip
    assert [one["trashed_count"] for one in (await sales.traffic.show(live["id"]))["lines"]] == [4, 28]


@pytest.mark.rule("CT-LIF-12", "CT-LIN-22")
async def test_a_pending_line_keeps_a_contract_from_being_completed(sales: Sales) -> None:
    live = await sales.live(sales.line(start_on="2026-06-01", end_on="2026-06-01"))
    banner = sales.off_air(start_on="2026-07-01", end_on="2026-07-01", frequency="single")
    added = await sales.traffic.ask("POST", at(live, "lines"), {"lines": [banner]}, 201)
    await sales.traffic.air(sales.station_id, "2026-06-01")
    assert (await sales.traffic.show(live["id"]))["state"] == "active"
    await sales.traffic.ask("DELETE", at(live, "lines", added["lines"][1]["id"]))
    assert (await sales.traffic.show(live["id"]))["state"] == "completed"


@pytest.mark.rule("CT-LIN-16", "CT-LIN-31")
async def test_the_rotation_column_shows_what_the_line_is_bound_to(sales: Sales) -> None:
    copy = await sales.traffic.copy(sales.client_id, "Oak 1")
    drafted = await sales.draft(sales.line(), sales.line(), sales.off_air())
    saved = await sales.traffic.rotations(drafted["id"], rotation("Lunch Hour", [copy]))
    await sales.traffic.show(drafted["id"])
    lunch = {"direct_rotation_id": saved["items"][0]["id"]}
    bound = await sales.traffic.ask("PATCH", at(drafted, "lines", drafted["lines"][1]["id"]), lunch)
    assert [one["rotation"] for one in bound["lines"]] == ["Automatic", "Lunch Hour", "Automatic"]
    listed = await sales.traffic.ask("GET", at(drafted, "lines"))
    assert [one["rotation"] for one in listed["groups"][0]["items"]] == ["Automatic", "Lunch Hour", None]


@pytest.mark.rule("CT-LIN-31", "CT-LIN-18", "CT-LIN-19", "CT-LIN-20")
async def test_an_approved_line_takes_rotation_overrides_and_placement_alone(sales: Sales) -> None:
    client_id = await sales.direct()
    copy = await sales.traffic.copy(client_id, "Elm 1")
    drafted = await sales.draft(sales.line(), sales.line(comment="Bonus"), client_id=client_id)
    lunch = (await sales.traffic.rotations(drafted["id"], rotation("Lunch Hour", [copy])))["items"][0]["id"]
    await sales.traffic.show(drafted["id"])
    live = await sales.traffic.approve(drafted["id"])
    line, other = live["lines"]
    # A station closed since does not keep its line from being run as wished.
    await sales.amend("stations", sales.station_id, blocked=True)
    free = {
        "direct_rotation_id": lunch, "override_advertiser": True, "override_conflict": True, "placement": 1,
    }  # fmt: skip
    changed = await sales.traffic.ask("PATCH", at(live, "lines", line["id"]), free)
    assert {name: changed["lines"][0][name] for name in free} == free
    assert (changed["revision"], changed["lines"][0]["status"], changed["version"]) == (1, "approved", 3 + 1)
    for changes in (
        {"rate_amount": "1.00"}, {"end_on": "2026-06-27"}, {"start_on": "2026-05-31"}, {"comment": "New"},
        {"length_seconds": 60}, {"counts": [2] * 7}, {"skip_weeks": 1}, {"avail_type": "B"}, {"start_time": "01:00"},
        {"income_account": "3000"}, {"override_start_date": True}, {"placement": 2, "rate_amount": "1.00"},
    ):  # fmt: skip
        path = at(live, "lines", line["id"])
        await sales.refused(409, "requires_correction_mode", "PATCH", path, changes)
    await sales.refused(409, "requires_correction_mode", "DELETE", at(live, "lines", line["id"]))
    await sales.refused(409, "requires_correction_mode", "PATCH", at(live), {"lines": []})
    kept = {**sales.line(comment="Bonus"), "id": other["id"]}
    await sales.refused(409, "requires_correction_mode", "PATCH", at(live), {"lines": [kept]})


@pytest.mark.rule("CT-LIN-31")
async def test_a_pending_line_is_edited_and_deleted_freely(sales: Sales) -> None:
    live = await sales.live()
    added = await sales.traffic.ask("POST", at(live, "lines"), {"lines": [sales.line(), sales.line()]}, 201)
    pending, gone = (one["id"] for one in added["lines"][1:])
    weekly = {"spots_per_week": 17, "days": [0, 1, 2, 3, 4], "rate_amount": "29.00", "end_on": "2026-06-28"}
    changed = await sales.traffic.ask("PATCH", at(live, "lines", pending), weekly)
    line = changed["lines"][1]
    assert (line["counts"], line["spots_per_week"]) == ([4, 4, 3, 3, 3, 0, 0], 17)
    assert (line["quantity"], line["total_amount"]) == (68, "1972.00")
    banner = {
        "kind": "off_air", "frequency": "single", "avail_type": None, "start_time": None, "end_time": None,
        "length_seconds": None, "spots_per_week": None, "days": [],
    }  # fmt: skip
    turned = await sales.traffic.ask("PATCH", at(live, "lines", pending), banner)
    assert (turned["lines"][1]["kind"], turned["lines"][1]["quantity"]) == ("off_air", 1)
    deleted = await sales.traffic.ask("DELETE", at(live, "lines", gone))
    assert [one["line_no"] for one in deleted["lines"]] == [1, 2]
    for method, body in (("PATCH", {"comment": "x"}), ("DELETE", None)):
        await sales.refused(404, "not_found", method, at(live, "lines", gone), body)
        await sales.refused(412, "stale_version", method, at(live, "lines", pending), body, version=1)
    foreign = {**sales.line(), "id": gone}
    await sales.refused(422, "unknown_reference", "PATCH", at(live), {"lines": [foreign]})


@pytest.mark.rule("CT-LIN-18", "CT-LIN-19")
async def test_a_line_that_overrides_ignores_its_customers_and_its_conflicts_distance(sales: Sales) -> None:
    tyres = await sales.record("conflicts", "TYRES", method="minutes", distance=60)
    close = {"start_on": "2026-06-01", "end_on": "2026-06-01", "start_time": "08:00", "end_time": "08:30"}
    alone = await sales.direct("A", separation_method="minutes", separation_distance=240)
    rival = await sales.direct("B", primary_conflict_id=tyres)
    other = await sales.direct("C", secondary_conflict_id=tyres)
    await sales.live(sales.line(**close), client_id=alone)
    kept = await sales.live(sales.line(**close), client_id=alone)
    free = await sales.live(sales.line(**close, override_advertiser=True), client_id=alone)
    await sales.live(sales.line(**close), client_id=rival)
    apart = await sales.live(sales.line(**close), client_id=other)
    near = await sales.live(sales.line(**close, override_conflict=True), client_id=other)
    log = await sales.traffic.log(sales.station_id, "2026-06-01")
    placed = {unit["contract_id"] for unit in log["units"]}
    assert {free["id"], near["id"]} <= placed
    assert not {kept["id"], apart["id"]} & placed


@pytest.mark.rule("CT-LIN-23")
async def test_trashed_units_and_occurrences_are_counted_by_line(sales: Sales) -> None:
    live = await sales.live(sales.line(), sales.off_air())
    unit = (await sales.traffic.spots(off_air=False))[0]
    await sales.traffic.ask("POST", f"/v1/spots/{unit['id']}/transitions", {"to": "trashed", "reason": "Club closed"})
    assert [one["trashed_count"] for one in (await sales.traffic.show(live["id"]))["lines"]] == [1, 0]
    (told,) = await sales.traffic.told("contracts.spot.trashed.v1")
    assert [(one["id"], one["line_no"]) for one in told["items"]] == [(unit["id"], 1)]
    await sales.cancel(live)
    shown = await sales.traffic.show(live["id"])
    assert [(one["trashed_count"], one["quantity"]) for one in shown["lines"]] == [(28, 28), (3, 3)]
    listed = await sales.traffic.ask("GET", at(live, "lines"), column=["line", "trashed"])
    assert listed["groups"][0]["items"] == [{"line": 1, "trashed": 28}, {"line": 2, "trashed": 3}]
