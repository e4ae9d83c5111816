"""Logs filled, locked with copy by the rotations, previewed and unlocked: the catalogue through the door."""

import asyncio
from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.contracts.traffic import Body, Traffic, breaks_at, rotation, spot_line

LUNCH_BREAKS = breaks_at("07:20", "11:30", "12:10", "12:45", "13:29", "13:30", "17:10", avails=1, seconds=30)
LUNCH = {"start_time": "11:30", "end_time": "13:30", "weekdays": [0, 1, 2, 3, 4]}


def carts(log: Body) -> dict[str, str | None]:
    """The cart at each clock time of a log."""
    at = [(unit["scheduled_minute"], unit["cart_no"]) for unit in log["units"]]
    return {f"{minute // 60:02d}:{minute % 60:02d}": cart for minute, cart in at}


async def lunch_contract(traffic: Traffic, *order: str, feeds_automation: bool = False) -> tuple[str, Body]:
    """EX-CT-12: six spots on Tuesday 9 June at the listed times and one on Saturday, two rotations in an order."""
    station_id = await traffic.station(breaks=LUNCH_BREAKS, feeds_automation=feeds_automation)
    client_id = await traffic.client()
    copies = {name: await traffic.copy(client_id, name) for name in ("A1", "A2", "L1")}
    times = ("07:20", "11:30", "12:45", "13:29", "13:30", "17:10")
    lines = [_at(station_id, time, "2026-06-09") for time in times] + [_at(station_id, "12:10", "2026-06-13")]
    contract = await traffic.contract(client_id, *lines)
    made = {
        "All Day": rotation("All Day", [copies["A1"], copies["A2"]], station_id=station_id),
        "Lunch": rotation("Lunch", [copies["L1"]], station_id=station_id, **LUNCH),
    }
    await traffic.rotations(contract["id"], *(made[name] for name in order))
    return station_id, contract


def _at(station_id: str, time: str, day: str, **changes: Any) -> Body:
    """One spot in the minute a break starts."""
    hour, minute = int(time[:2]), int(time[3:])
    end = f"{hour + (minute + 1) // 60:02d}:{(minute + 1) % 60:02d}"
    return spot_line(station_id, start_on=day, end_on=day, start_time=time, end_time=end, **changes)


@pytest.mark.rule("CT-ROT-01", "CT-ROT-06", "CT-ROT-10", "CT-ROT-30", "CT-LOG-07")
@pytest.mark.parametrize(
    ("order", "tuesday", "saturday"),
    [
        (("All Day", "Lunch"), ["A1", "A2", "A1", "A2", "A1", "A2"], "A1"),
        (("Lunch", "All Day"), ["A1", "L1", "L1", "L1", "A2", "A1"], "A2"),
    ],
)
async def test_ex_ct_12_all_day_and_lunch(
    traffic: Traffic, order: tuple[str, ...], tuesday: list[str], saturday: str
) -> None:
    station_id, contract = await lunch_contract(traffic, *order)
    log = await traffic.move(await traffic.log(station_id, "2026-06-09"), "locked")
    assert list(carts(log).values()) == tuesday
    assert {unit["state"] for unit in log["units"]} == {"locked"}
    weekend = await traffic.move(await traffic.log(station_id, "2026-06-13"), "locked")
    assert list(carts(weekend).values()) == [saturday]
    told = await traffic.told("contracts.log.locked.v1")
    assert [[spot["cart_no"] for spot in one["spots"]] for one in told] == [tuesday, [saturday]]
    assert {spot["contract_id"] for one in told for spot in one["spots"]} == {contract["id"]}


@pytest.mark.rule("CT-ROT-08", "CT-ROT-09", "CT-ROT-12", "CT-ROT-25", "CT-LOG-08")
async def test_ex_ct_13_fall_through_on_copy_dates(traffic: Traffic) -> None:
    station_id, client_id = await traffic.station(), await traffic.client()
    runs = {"S1": ("2026-06-01", "2026-06-14"), "S2": ("2026-06-08", "2026-06-21"), "I1": ("2026-01-01", "2026-12-31")}
    copies = {
        name: await traffic.copy(client_id, name, 60, start_on=first, end_on=last)
        for name, (first, last) in runs.items()
    }
    days = ["06-05", "06-07", "06-10", "06-11", "06-14", "06-15", "06-21", "06-22", "07-01"]
    line = spot_line(
        station_id, end_on="2026-07-01", counts=None, dates={f"2026-{day}": 1 for day in days}, length_seconds=60,
        start_time="09:00", end_time="10:00",
    )  # fmt: skip
    contract = await traffic.contract(client_id, line)
    june = {"end_on": "2026-06-30", "length_seconds": 60}
    await traffic.rotations(
        contract["id"],
        rotation("Sale", [copies["S1"], copies["S2"]], **june),
        rotation("Image", [copies["I1"]], **june),
    )
    seen = {}
    for day in days:
        log = await traffic.move(await traffic.log(station_id, f"2026-{day}"), "locked")
        (seen[day],) = carts(log).values()
    assert seen == {
        "06-05": "S1", "06-07": "S1", "06-10": "S2", "06-11": "S1", "06-14": "S2", "06-15": "S2", "06-21": "S2",
        "06-22": "I1", "07-01": None,
    }  # fmt: skip
    warning = log["warnings"][0]
    assert (warning["code"], warning["entity_id"]) == ("copy_missing", log["units"][0]["id"])


@pytest.mark.rule("CT-ROT-24", "CT-ROT-25", "CT-ROT-26", "CT-ROT-27", "CT-ROT-28", "CT-LOG-09")
async def test_ex_ct_14_ratio_cursor_preview_and_unlock(traffic: Traffic) -> None:
    hours = breaks_at("06:00", "08:00", "10:00", "12:00", avails=1, seconds=30)
    kaaa, kbbb = await traffic.station("KAAA", breaks=hours), await traffic.station("KBBB", breaks=hours)
    client_id = await traffic.client()
    a, b = await traffic.copy(client_id, "A", end_on="2026-06-10"), await traffic.copy(client_id, "B")
    counts = {"2026-06-10": 4, "2026-06-11": 3}
    lines = [spot_line(station, counts=None, dates=counts) for station in (kaaa, kbbb)]
    contract = await traffic.contract(client_id, *lines)
    listed = await traffic.rotations(contract["id"], rotation("Ratio", [(a, 2), b]))
    assert listed["items"][0]["items"] == 2

    tenth = await traffic.move(await traffic.log(kaaa, "2026-06-10"), "locked")
    assert carts(tenth) == {"06:00": "A", "08:00": "A", "10:00": "B", "12:00": "A"}
    eleventh = await traffic.log(kaaa, "2026-06-11")
    for _ in range(2):
        preview = await traffic.ask("GET", f"/v1/logs/{eleventh['id']}/copy-preview")
        assert [(one["air_time"], one["cart_no"]) for one in preview["items"]] == [
            ("06:00", "B"), ("08:00", "B"), ("10:00", "B"),
        ]  # fmt: skip
    assert set(carts(await traffic.show_log(eleventh["id"])).values()) == {None}, "a preview gives no copy"
    assert await _cursors(traffic) == {kaaa: 1}, "and moves no cursor: it stands at item 2"
    locked = await traffic.move(eleventh, "locked")
    assert list(carts(locked).values()) == ["B", "B", "B"]
    assert await _cursors(traffic) == {kaaa: 0}
    opened = await traffic.move(eleventh, "open")
    assert (opened["state"], list(carts(opened).values())) == ("open", [None] * 3)
    assert await _cursors(traffic) == {kaaa: 1}
    assert [one["state"] for one in await traffic.told("contracts.log.unlocked.v1")] == ["open"]
    again = await traffic.move(eleventh, "locked")
    assert list(carts(again).values()) == ["B", "B", "B"]
    there = await traffic.move(await traffic.log(kbbb, "2026-06-10"), "locked")
    assert list(carts(there).values()) == ["A", "A", "B", "A"], "KBBB's cursor was still at item 1"


async def _cursors(traffic: Traffic) -> dict[str, int]:
    rows = await traffic.rows("SELECT station_id, position FROM rotation_cursor")
    return {str(row["station_id"]): row["position"] for row in rows}


@pytest.mark.rule("CT-ROT-26")
async def test_units_are_served_by_time_then_position_in_the_break(traffic: Traffic) -> None:
    station_id = await traffic.station(breaks=breaks_at("06:00", "08:00", avails=3))
    client_id = await traffic.client()
    copies = [await traffic.copy(client_id, name) for name in "ABCDE"]
    line = spot_line(station_id, end_on="2026-06-01", counts=[5] * 7)
    contract = await traffic.contract(client_id, line)
    await traffic.rotations(contract["id"], rotation("All", copies))
    log = await traffic.move(await traffic.log(station_id, "2026-06-01"), "locked")
    served = [(unit["scheduled_minute"], unit["break_position"], unit["cart_no"]) for unit in log["units"]]
    assert served == [(360, 1, "A"), (360, 2, "B"), (360, 3, "C"), (480, 1, "D"), (480, 2, "E")]


@pytest.mark.rule("CT-LOG-01")
async def test_one_log_per_station_and_date(traffic: Traffic) -> None:
    station_id = await traffic.station()
    log = await traffic.log(station_id, "2026-06-01", fill=False)
    assert (log["state"], log["air_on"], len(log["breaks"])) == ("open", "2026-06-01", 16)
    again = {"station_id": station_id, "air_on": "2026-06-01"}
    await traffic.refused(409, "log_exists", "POST", "/v1/logs", again)
    await traffic.refused(422, "unknown_reference", "POST", "/v1/logs", {**again, "station_id": log["id"]})
    silent = await traffic.station("KBBB", no_logs=True)
    await traffic.refused(422, "station_has_no_logs", "POST", "/v1/logs", {**again, "station_id": silent})
    await traffic.refused(404, "not_found", "GET", f"/v1/logs/{station_id}")
    two = await asyncio.gather(
        *(traffic.http.post("/v1/logs", json={"station_id": station_id, "air_on": "2026-06-02"}) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in two) == [201, 409]


@pytest.mark.rule("CT-LOG-07", "CT-LOG-09")
async def test_logs_lock_in_date_order_and_unlock_newest_first(traffic: Traffic) -> None:
    station_id = await traffic.station()
    first, second, third = [await traffic.log(station_id, f"2026-06-0{day}") for day in (1, 2, 3)]
    path = "/v1/logs/{}/transitions"
    await traffic.refused(409, "earlier_log_open", "POST", path.format(second["id"]), {"to": "locked"})
    await traffic.move(first, "locked")
    await traffic.refused(409, "log_locked", "POST", path.format(first["id"]), {"to": "locked"})
    await traffic.move(second, "locked")
    await traffic.refused(409, "later_log_locked", "POST", path.format(first["id"]), {"to": "open"})
    await traffic.refused(409, "log_not_locked", "POST", path.format(third["id"]), {"to": "open"})
    await traffic.refused(412, "stale_version", "POST", path.format(second["id"]), {"to": "open"}, version=1)
    await traffic.move(second, "reconciled")
    await traffic.refused(409, "later_log_locked", "POST", path.format(first["id"]), {"to": "open"})
    await traffic.move(second, "locked")
    await traffic.move(second, "open")
    await traffic.move(first, "open")
    elsewhere = await traffic.log(await traffic.station("KBBB"), "2026-06-09")
    assert (await traffic.move(elsewhere, "locked"))["state"] == "locked", "each station has an order of its own"


@pytest.mark.rule("CT-LOG-08", "CT-ROT-12")
async def test_a_station_that_feeds_automation_refuses_units_without_copy(traffic: Traffic) -> None:
    station_id, contract = await lunch_contract(traffic, "Lunch", feeds_automation=True)
    log = await traffic.log(station_id, "2026-06-09")
    problem = await traffic.refused(409, "copy_missing", "POST", f"/v1/logs/{log['id']}/transitions", {"to": "locked"})
    missing = [unit["id"] for unit in log["units"] if unit["scheduled_minute"] not in (690, 765, 809)]
    assert [one["link"] for one in problem["blockers"]] == [f"/v1/contracts/spots/{spot_id}" for spot_id in missing]
    assert "07:20" in problem["blockers"][0]["message"]
    assert {unit["state"] for unit in (await traffic.show_log(log["id"]))["units"]} == {"placed"}
    assert await traffic.told("contracts.log.locked.v1") == []
    whole = await traffic.copy(contract["client_id"], "All")
    await traffic.ask("POST", f"/v1/contracts/{contract['id']}/rotations", {"copies": [{"copy_id": whole}]}, 201)
    assert (await traffic.move(log, "locked"))["warnings"] == []


@pytest.mark.rule("CT-LOG-07")
async def test_two_locks_at_once_give_copy_once(traffic: Traffic) -> None:
    station_id, _ = await lunch_contract(traffic, "Lunch", "All Day")
    log = await traffic.log(station_id, "2026-06-09")
    path, body = f"/v1/logs/{log['id']}/transitions", {"to": "locked"}
    answers = await asyncio.gather(
        *(traffic.http.post(path, json=body, headers={"If-Match": f'"{log["version"]}"'}) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409] or sorted(
        answer.status_code for answer in answers
    ) == [200, 412, 412, 412, 412]
    assert len(await traffic.told("contracts.log.locked.v1")) == 1
    assert await _cursors(traffic) == {station_id: 1}, "All Day served three units, of two copies"


@pytest.mark.rule("CT-LOG-07", "CT-LOG-09")
async def test_locking_and_unlocking_at_once_keep_the_order_of_dates(traffic: Traffic) -> None:
    station_id = await traffic.station()
    first, second = [await traffic.log(station_id, f"2026-06-0{day}") for day in (1, 2)]
    for _ in range(5):
        first = await traffic.move(first, "locked")
        await asyncio.gather(_try(traffic, first, "open"), _try(traffic, second, "locked"))
        first, second = await traffic.show_log(first["id"]), await traffic.show_log(second["id"])
        assert (first["state"], second["state"]) in {("open", "open"), ("locked", "locked")}
        if second["state"] == "locked":
            second = await traffic.move(second, "open")
            first = await traffic.move(first, "open")


async def _try(traffic: Traffic, log: Body, to: str) -> None:
    headers = {"If-Match": f'"{log["version"]}"'}
    await traffic.http.post(f"/v1/logs/{log['id']}/transitions", json={"to": to}, headers=headers)


@pytest.mark.rule("CT-LOG-20", "CT-ROT-01", "CT-LIN-32")
async def test_lines_alone_decide_how_many_units_a_log_carries(traffic: Traffic) -> None:
    station_id, client_id = await traffic.station(), await traffic.client()
    copies = [await traffic.copy(client_id, name) for name in "AB"]
    contract = await traffic.contract(client_id, spot_line(station_id, end_on="2026-06-02", counts=[3] * 7))
    before = {spot["id"] for spot in await traffic.spots(contract_id=contract["id"])}
    assert len(before) == 6
    await traffic.rotations(
        contract["id"], *(rotation(f"R{number}", [(copies[0], 9), copies[1]]) for number in range(4))
    )
    log = await traffic.move(await traffic.log(station_id, "2026-06-01"), "locked")
    assert len(log["units"]) == 3
    await traffic.rotations(contract["id"])
    assert {spot["id"] for spot in await traffic.spots(contract_id=contract["id"])} == before


@pytest.mark.rule("CT-LOG-17")
async def test_the_log_shows_which_contracts_are_pre_pay(traffic: Traffic) -> None:
    station_id = await traffic.station()
    lines = spot_line(station_id, end_on="2026-06-01")
    paid = await traffic.contract(await traffic.client("PAID"), lines, pre_pay=True)
    later = await traffic.contract(await traffic.client("LATER"), lines)
    log = await traffic.log(station_id, "2026-06-01")
    assert {unit["contract_no"]: unit["pre_pay"] for unit in log["units"]} == {
        paid["contract_no"]: True, later["contract_no"]: False,
    }  # fmt: skip
    crowded = await traffic.station("KBBB", breaks=[])
    await traffic.contract(await traffic.client("WAITS"), spot_line(crowded, end_on="2026-06-01"), pre_pay=True)
    waiting = (await traffic.log(crowded, "2026-06-01"))["waiting"]
    assert [one["pre_pay"] for one in waiting] == [True]


@pytest.mark.rule("CT-LIF-07")
async def test_locking_warns_of_drafts_with_spots_on_that_log(traffic: Traffic) -> None:
    station_id, client_id = await traffic.station(), await traffic.client()
    workdays = spot_line(station_id, counts=[2, 2, 2, 2, 2, 0, 0])
    draft = await traffic.contract(client_id, workdays, approve=False)
    friday = await traffic.move(await traffic.log(station_id, "2026-06-05"), "locked")
    assert [(one["code"], one["entity_id"]) for one in friday["warnings"]] == [("draft_has_spots", draft["id"])]
    assert "2 spot(s)" in friday["warnings"][0]["text"]
    saturday = await traffic.move(await traffic.log(station_id, "2026-06-06"), "locked")
    assert saturday["warnings"] == []


@pytest.mark.rule("CT-LIF-11", "CT-LOG-09")
async def test_unlocking_trashes_the_units_of_cancelled_contracts(traffic: Traffic) -> None:
    station_id, client_id = await traffic.station(), await traffic.client()
    ended = await traffic.contract(client_id, spot_line(station_id, end_on="2026-06-01"))
    await traffic.contract(client_id, spot_line(station_id, end_on="2026-06-01"))
    log = await traffic.move(await traffic.log(station_id, "2026-06-01"), "locked")
    await traffic.ask("POST", f"/v1/contracts/{ended['id']}/transitions", {"to": "cancelled"})
    (spot,) = await traffic.spots(contract_id=ended["id"])
    assert spot["state"] == "locked"
    opened = await traffic.move(log, "open")
    assert len(opened["units"]) == 1
    assert [spot["state"] for spot in await traffic.spots(contract_id=ended["id"])] == ["trashed"]
    (told,) = await traffic.told("contracts.spot.trashed.v1")
    assert [one["id"] for one in told["items"]] == [spot["id"]]


@pytest.mark.rule("CT-LIF-15", "CT-LOG-07")
async def test_a_month_is_stepped_at_once_oldest_first_and_back_newest_first(traffic: Traffic) -> None:
    station_id, client_id = await traffic.station(), await traffic.client()
    copies = [await traffic.copy(client_id, name) for name in "AB"]
    contract = await traffic.contract(client_id, spot_line(station_id, end_on="2026-06-03"))
    await traffic.rotations(contract["id"], rotation("All", copies))
    days = ["2026-06-03", "2026-06-01", "2026-06-02"]

    async def step(to: str, *days: str) -> list[Body]:
        items = [{"station_id": station_id, "air_on": day, "to": to} for day in days]
        found: list[Body] = (await traffic.ask("POST", "/v1/logs/bulk", {"items": items}, 207))["items"]
        assert [one["air_on"] for one in found] == list(days)
        return found

    assert [one["placed_count"] for one in await step("placed", *days)] == [1, 1, 1]
    refused = await step("locked", "2026-06-02", "2026-06-09")
    assert [(one["status"], one["code"]) for one in refused] == [(409, "earlier_log_open"), (404, "not_found")]
    assert [one["status"] for one in await step("locked", *days)] == [200, 200, 200]
    assert [spot["cart_no"] for spot in await traffic.spots()] == ["A", "B", "A"]
    assert [one["status"] for one in await step("reconciled", *days)] == [200, 200, 200]
    assert [one["status"] for one in await step("locked", *days)] == [200, 200, 200], "reversed, newest first"
    reversed_ = await traffic.told("contracts.log.reconciliation_reversed.v1")
    assert [one["air_on"] for one in reversed_] == sorted(days, reverse=True)
    assert [one["status"] for one in await step("open", *days)] == [200, 200, 200]
    assert [spot["state"] for spot in await traffic.spots()] == ["placed"] * 3
    await traffic.refused(422, "invalid_value", "POST", "/v1/logs/bulk", {"items": []})
    unknown = {"station_id": str(new_id()), "air_on": "2026-06-01", "to": "placed"}
    (found,) = (await traffic.ask("POST", "/v1/logs/bulk", {"items": [unknown]}, 207))["items"]
    assert (found["status"], found["code"]) == (422, "unknown_reference")


@pytest.mark.rule("CT-LOG-08")
async def test_in_bulk_a_log_without_copy_stops_its_station_only(traffic: Traffic) -> None:
    client_id = await traffic.client()
    copy_id = await traffic.copy(client_id, "A", end_on="2026-06-01")
    stations = [await traffic.station(code, feeds_automation=True) for code in ("KAAA", "KBBB")]
    bad = await traffic.contract(client_id, spot_line(stations[0], end_on="2026-06-03"))
    good = await traffic.contract(client_id, spot_line(stations[1], end_on="2026-06-01"))
    for contract in (bad, good):
        await traffic.rotations(contract["id"], rotation("All", [copy_id]))
    items = [
        {"station_id": station, "air_on": day, "to": "placed"}
        for station in stations for day in ("2026-06-01", "2026-06-02", "2026-06-03")
    ]  # fmt: skip
    await traffic.ask("POST", "/v1/logs/bulk", {"items": items}, 207)
    locked = await traffic.ask("POST", "/v1/logs/bulk", {"items": [{**one, "to": "locked"} for one in items]}, 207)
    assert [one["code"] for one in locked["items"]] == ["", "copy_missing", "earlier_log_open", "", "", ""]
    assert [spot["state"] for spot in await traffic.spots(station_id=stations[0])] == ["locked", "placed", "placed"]
