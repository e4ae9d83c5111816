"""What aired is proposed, corrected, committed and taken back, over clock changes too."""

import asyncio
from typing import Any

import pytest

from tests.contracts.traffic import Body, Traffic, breaks_at, rotation, spot_line

PER_WEEKDAY = [2, 2, 2, 2, 2, 1, 0]
EX_CT_06 = {"start_on": "2026-01-12", "end_on": "2026-02-15", "counts": PER_WEEKDAY}
STOCKHOLM = "Europe/Stockholm"


async def one_log(traffic: Traffic, count: int = 3, **station: Any) -> tuple[Body, Body]:
    """A locked log of 1 June 2026 with some units of one contract, a cart each, and the contract."""
    station_id, client_id = await traffic.station(**station), await traffic.client()
    line = spot_line(station_id, end_on="2026-06-01", counts=[count] * 7)
    contract = await traffic.contract(client_id, line)
    copies = [await traffic.copy(client_id, f"C{number}") for number in range(1, count + 1)]
    await traffic.rotations(contract["id"], rotation("All", copies))
    return await traffic.move(await traffic.log(station_id, "2026-06-01"), "locked"), contract


def states(log: Body) -> list[tuple[str, int | None]]:
    """State and air minute of each unit."""
    return [(unit["state"], unit["air_minute"]) for unit in log["units"]]


@pytest.mark.rule("CT-LOG-10", "CT-LOG-11", "CT-LOG-19")
async def test_a_commit_makes_units_aired_or_missed_and_tells_what_ran(traffic: Traffic) -> None:
    log, contract = await one_log(traffic)
    first, second, third = (unit["id"] for unit in log["units"])
    proposed = await traffic.ask("GET", f"/v1/logs/{log['id']}/reconciliation")
    assert [(one["aired"], one["air_minute"], one["doubtful"]) for one in proposed["units"]] == [(True, 360, False)] * 3
    word = {"air_times": {second: "06:03"}, "missed_ids": [third]}
    done = await traffic.move(log, "reconciled", **word)
    assert (done["state"], states(done)) == ("reconciled", [("aired", 360), ("aired", 363), ("missed", None)])
    (told,) = await traffic.told("contracts.log.reconciled.v1")
    assert (told["state"], told["air_on"], told["station_id"]) == ("reconciled", "2026-06-01", log["station_id"])
    assert [
        (one["id"], one["contract_id"], one["line_no"], one["state"], one["air_time"], one["cart_no"])
        for one in told["spots"]
    ] == [
        (first, contract["id"], 1, "aired", "06:00", "C1"),
        (second, contract["id"], 1, "aired", "06:03", "C2"),
        (third, contract["id"], 1, "missed", None, "C3"),
    ]
    assert {(one["length_seconds"], one["rate_amount"], one["log_on"]) for one in told["spots"]} == {
        (30, "55.00", "2026-06-01")
    }
    (missed,) = await traffic.told("contracts.spot.missed.v1")
    assert [one["id"] for one in missed["items"]] == [third]
    again = await traffic.move(done, "reconciled", missed_ids=[first])
    assert (again["version"], states(again)) == (done["version"], states(done)), "a second commit is a no-op"
    assert len(await traffic.told("contracts.log.reconciled.v1")) == 1


@pytest.mark.rule("CT-LOG-10")
async def test_only_a_locked_log_is_reconciled_and_only_its_own_units(traffic: Traffic) -> None:
    log, _ = await one_log(traffic)
    path = f"/v1/logs/{log['id']}/transitions"
    foreign = {"to": "reconciled", "missed_ids": [log["id"]]}
    await traffic.refused(422, "unknown_reference", "POST", path, foreign)
    times = {"to": "reconciled", "air_times": {log["units"][0]["id"]: "24:00"}}
    await traffic.refused(422, "invalid_value", "POST", path, times)
    await traffic.move(log, "open")
    await traffic.refused(409, "log_not_locked", "POST", path, {"to": "reconciled"})
    await traffic.refused(409, "log_not_locked", "GET", f"/v1/logs/{log['id']}/reconciliation")


@pytest.mark.rule("CT-LOG-11")
async def test_two_commits_at_once_bill_once(traffic: Traffic) -> None:
    log, _ = await one_log(traffic)
    headers = {"If-Match": f'"{log["version"]}"'}
    path = f"/v1/logs/{log['id']}/transitions"
    answers = await asyncio.gather(
        *(traffic.http.post(path, json={"to": "reconciled"}, headers=headers) for _ in range(4))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len(await traffic.told("contracts.log.reconciled.v1")) == 1
    assert {spot["version"] for spot in await traffic.spots()} == {4}, "made, placed, locked, aired: once each"


@pytest.mark.rule("CT-LOG-12")
async def test_a_reconciliation_is_taken_back_until_a_unit_is_invoiced(traffic: Traffic) -> None:
    log, contract = await one_log(traffic)
    done = await traffic.move(log, "reconciled", missed_ids=[log["units"][2]["id"]])
    back = await traffic.move(done, "locked")
    assert (back["state"], states(back)) == ("locked", [("locked", None)] * 3)
    assert [unit["cart_no"] for unit in back["units"]] == ["C1", "C2", "C3"]
    (told,) = await traffic.told("contracts.log.reconciliation_reversed.v1")
    assert [one["state"] for one in told["spots"]] == ["locked"] * 3
    again = await traffic.move(back, "reconciled")
    spots = await traffic.spots(contract_id=contract["id"])
    invoice = await traffic.issue("R-1001", spots[:2], "2026-06-30")
    problem = await traffic.refused(409, "unit_invoiced", "POST", f"/v1/logs/{log['id']}/transitions", {"to": "locked"})
    assert [one["message"] for one in problem["blockers"]] == ["Invoice R-1001"]
    await traffic.reverse(invoice)
    assert states(await traffic.move(again, "locked")) == [("locked", None)] * 3
    await traffic.refused(409, "log_locked", "POST", f"/v1/logs/{log['id']}/transitions", {"to": "locked"})


@pytest.mark.rule("CT-LIF-12", "CT-LOG-12")
async def test_a_contract_completes_with_its_last_log_and_reopens_with_its_reversal(traffic: Traffic) -> None:
    log, contract = await one_log(traffic)
    done = await traffic.move(log, "reconciled")
    assert (await traffic.show(contract["id"]))["state"] == "completed"
    await traffic.move(done, "locked")
    assert (await traffic.show(contract["id"]))["state"] == "active"
    assert len(await traffic.told("contracts.contract.reopened.v1")) == 1


@pytest.mark.rule("CT-LIF-08", "CT-LOG-13")
async def test_a_missed_unit_of_a_cancelled_contract_awaits_no_makegood(traffic: Traffic) -> None:
    log, contract = await one_log(traffic)
    await traffic.ask("POST", f"/v1/contracts/{contract['id']}/transitions", {"to": "cancelled"})
    await traffic.move(log, "reconciled", missed_ids=[log["units"][2]["id"]])
    assert sorted(spot["state"] for spot in await traffic.spots()) == ["aired", "aired", "trashed"]
    assert (await traffic.ask("GET", "/v1/makegoods"))["items"] == []


@pytest.mark.rule("CT-LOG-18")
async def test_the_hour_that_the_clock_skips_is_never_used(traffic: Traffic) -> None:
    """In Stockholm 29 March 2026 goes from 02:00 to 03:00."""
    night = breaks_at("01:30", "02:30", "03:30", avails=1, seconds=30)
    station_id, client_id = await traffic.station(time_zone=STOCKHOLM, breaks=night), await traffic.client()
    day = {"start_on": "2026-03-29", "end_on": "2026-03-29"}
    await traffic.contract(client_id, spot_line(station_id, **day, start_time="02:00", end_time="04:00"))
    bumped = await traffic.contract(client_id, spot_line(station_id, **day, start_time="02:00", end_time="03:00"))
    log = await traffic.log(station_id, "2026-03-29")
    assert [slot["start_minute"] for slot in log["breaks"]] == [90, 210]
    assert [unit["scheduled_minute"] for unit in log["units"]] == [210], "it takes another break in its window"
    assert [unit["contract_id"] for unit in log["waiting"]] == [bumped["id"]], "or is bumped"
    locked = await traffic.move(log, "locked")
    unit = locked["units"][0]["id"]
    path = f"/v1/logs/{log['id']}/transitions"
    skipped = {"to": "reconciled", "air_times": {unit: "02:15"}}
    problem = await traffic.refused(422, "no_such_time", "POST", path, skipped)
    assert [one["pointer"] for one in problem["errors"]] == [f"/air_times/{unit}"]
    twice = {"to": "reconciled", "second_pass_ids": [unit]}
    problem = await traffic.refused(422, "no_such_time", "POST", path, twice)
    assert [one["pointer"] for one in problem["errors"]] == ["/second_pass_ids"]
    added = {"to": "reconciled", "added": [{"spot_id": log["waiting"][0]["id"], "air_time": "02:15"}]}
    problem = await traffic.refused(422, "no_such_time", "POST", path, added)
    assert [one["pointer"] for one in problem["errors"]] == ["/added/0/air_time"]
    elsewhere = {"to": "reconciled", "missed_ids": [bumped["id"]], "air_times": {unit: "03:40"}}
    problem = await traffic.refused(422, "unknown_reference", "POST", path, elsewhere)
    assert [one["pointer"] for one in problem["errors"]] == ["/missed_ids"]
    await traffic.move(locked, "reconciled")
    (spot,) = [one for one in await traffic.spots() if one["id"] == unit]
    assert (spot["air_minute"], spot["aired_at"]) == (210, "2026-03-29T01:30:00Z")


@pytest.mark.rule("CT-LOG-18")
async def test_in_the_repeated_hour_the_first_pass_is_meant_unless_stated(traffic: Traffic) -> None:
    """In Stockholm 25 October 2026 has 02:00 to 03:00 twice."""
    night = breaks_at("02:30", avails=3, seconds=90)
    station_id, client_id = await traffic.station(time_zone=STOCKHOLM, breaks=night), await traffic.client()
    day = {"start_on": "2026-10-25", "end_on": "2026-10-25", "counts": [3] * 7}
    await traffic.contract(client_id, spot_line(station_id, **day))
    locked = await traffic.move(await traffic.log(station_id, "2026-10-25"), "locked")
    first, second, third = (unit["id"] for unit in locked["units"])
    word = {"air_times": {second: "02:40", third: "02:40"}, "second_pass_ids": [third]}
    await traffic.move(locked, "reconciled", **word)
    aired = {spot["id"]: (spot["air_minute"], spot["aired_at"]) for spot in await traffic.spots()}
    assert aired == {
        first: (150, "2026-10-25T00:30:00Z"),
        second: (160, "2026-10-25T00:40:00Z"),
        third: (160, "2026-10-25T01:40:00Z"),
    }
    (told,) = await traffic.told("contracts.log.reconciled.v1")
    assert [one["air_time"] for one in told["spots"]] == ["02:30", "02:40", "02:40"], "each airs and bills once"


@pytest.mark.rule("CT-LOG-18", "CT-LOG-05")
async def test_separation_counts_elapsed_minutes_while_windows_compare_the_clock(traffic: Traffic) -> None:
    """On 29 March 01:50 and 03:10 lie twenty minutes apart, on 28 March eighty."""
    night = breaks_at("01:50", "03:10", avails=1, seconds=30)
    station_id = await traffic.station(time_zone=STOCKHOLM, breaks=night)
    client_id = await traffic.client(separation_method="minutes", separation_distance=60)
    days = {"start_on": "2026-03-28", "end_on": "2026-03-29", "counts": [2] * 7}
    contract = await traffic.contract(client_id, spot_line(station_id, **days, start_time="01:50", end_time="03:11"))
    copy_id = await traffic.copy(client_id, "Night")
    span = {"start_on": "2026-03-01", "end_on": "2026-03-31", "start_time": "03:00", "end_time": "04:00"}
    await traffic.rotations(contract["id"], rotation("Late", [copy_id], **span))
    saturday = await traffic.log(station_id, "2026-03-28")
    assert [unit["scheduled_minute"] for unit in saturday["units"]] == [110, 190]
    sunday = await traffic.log(station_id, "2026-03-29")
    assert [unit["scheduled_minute"] for unit in sunday["units"]] == [110]
    assert len(sunday["waiting"]) == 1
    locked = await traffic.move(saturday, "locked")
    assert [unit["cart_no"] for unit in locked["units"]] == [None, "Night"]


@pytest.mark.rule("CT-LOG-10", "CT-LIN-06")
async def test_spots_written_onto_a_locked_log_after_the_fact_air_while_it_is_reconciled(traffic: Traffic) -> None:
    log, contract = await one_log(traffic)
    back_dated = spot_line(
        log["station_id"], end_on="2026-06-01", start_time="07:00", end_time="08:00", rate_amount="9.00"
    )
    path = f"/v1/contracts/{contract['id']}/lines"
    await traffic.ask("POST", path, {"lines": [back_dated]}, 201)
    await traffic.approve(contract["id"])
    shown = await traffic.show_log(log["id"])
    (waiting,) = shown["waiting"]
    await traffic.refused(409, "log_locked", "POST", f"/v1/logs/{log['id']}/placements", {"spot_ids": [waiting["id"]]})
    foreign = {"to": "reconciled", "added": [{"spot_id": log["units"][0]["id"], "air_time": "07:10"}]}
    await traffic.refused(422, "unknown_reference", "POST", f"/v1/logs/{log['id']}/transitions", foreign)
    added = [{"spot_id": waiting["id"], "air_time": "07:10"}]
    done = await traffic.move(log, "reconciled", added=added)
    assert len(done["units"]) == 4
    (spot,) = [one for one in await traffic.spots() if one["id"] == waiting["id"]]
    assert (spot["state"], spot["log_on"], spot["air_minute"], spot["cart_no"]) == ("aired", "2026-06-01", 430, "C1")
    back = await traffic.move(done, "locked")
    assert [one["id"] for one in back["waiting"]] == [waiting["id"]], "it was never placed, so it waits again"
    assert len(back["units"]) == 3
