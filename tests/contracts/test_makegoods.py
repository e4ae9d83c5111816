"""Units that found no place, missed or were dismissed: carried on, made good, trashed, counted (CT-LOG-02 to 15)."""

from datetime import UTC, datetime

import pytest

from services.contracts.ticks import off_air_due
from tests.contracts.traffic import Body, Traffic, breaks_at, rotation, spot_line

EX_CT_06 = {"start_on": "2026-01-12", "end_on": "2026-02-15", "counts": [2, 2, 2, 2, 2, 1, 0]}


async def bulk(traffic: Traffic, station_id: str, days: list[str], *steps: str) -> None:
    """Take all logs of a station through steps."""
    for to in steps:
        items = [{"station_id": station_id, "air_on": day, "to": to} for day in days]
        done = await traffic.ask("POST", "/v1/logs/bulk", {"items": items}, 207)
        assert {one["status"] for one in done["items"]} == {200}, done


def days_of(first: str, last: str) -> list[str]:
    """Every date between two of one year, both included."""
    start, end = datetime.fromisoformat(first).toordinal(), datetime.fromisoformat(last).toordinal()
    return [datetime.fromordinal(one).date().isoformat() for one in range(start, end + 1)]


async def aired_in(traffic: Traffic, first: str, last: str) -> int:
    """How many units aired on logs of a period."""
    return len(await traffic.spots(state="aired", **{"log_on.gte": first, "log_on.lte": last}))


@pytest.mark.rule("CT-LOG-13", "CT-LOG-14", "CT-LOG-15", "CT-LOG-19")
@pytest.mark.parametrize("ending", ["made good", "trashed"])
async def test_ex_ct_18_a_makegood_over_a_month_boundary(traffic: Traffic, ending: str) -> None:
    station_id, client_id = await traffic.station(), await traffic.client()
    contract = await traffic.contract(client_id, spot_line(station_id, **EX_CT_06))
    assert (contract["item_count"], contract["gross_amount"]) == (55, "3025.00")
    until = days_of("2026-01-12", "2026-01-29")
    await bulk(traffic, station_id, until, "placed", "locked", "reconciled")
    friday = await traffic.move(await traffic.log(station_id, "2026-01-30"), "locked")
    await traffic.move(friday, "reconciled", missed_ids=[friday["units"][0]["id"]])
    (listed,) = (await traffic.ask("GET", "/v1/makegoods"))["items"]
    assert {name: listed[name] for name in ("client_name", "salesperson_name", "missed_count", "revenue_amount")} == {
        "client_name": "OAK Motors", "salesperson_name": "Kim", "missed_count": 1, "revenue_amount": "55.00",
    }  # fmt: skip
    assert (listed["first_on"], listed["last_on"], listed["station_ids"]) == ("2026-01-30", "2026-01-30", [station_id])
    missed = friday["units"][0]["id"]
    monday = await traffic.log(station_id, "2026-02-02")
    if ending == "made good":
        await traffic.ask("POST", f"/v1/logs/{monday['id']}/placements", {"spot_ids": [missed]}, 201)
    else:
        await traffic.ask("POST", f"/v1/spots/{missed}/transitions", {"to": "trashed"})
    assert (await traffic.ask("GET", "/v1/makegoods"))["items"] == []
    await bulk(traffic, station_id, days_of("2026-01-31", "2026-02-15"), "placed", "locked", "reconciled")
    assert await aired_in(traffic, "2026-01-01", "2026-01-31") == 32
    assert await aired_in(traffic, "2026-02-01", "2026-02-28") == (23 if ending == "made good" else 22)
    shown = await traffic.show(contract["id"])
    assert (shown["item_count"], shown["gross_amount"], shown["state"]) == (55, "3025.00", "completed")
    (unit,) = [spot for spot in await traffic.spots() if spot["id"] == missed]
    if ending == "made good":
        assert (unit["log_on"], unit["target_on"], unit["original_target_on"]) == (
            "2026-02-02", "2026-02-02", "2026-01-30",
        )  # fmt: skip
    assert unit["state"] == ("aired" if ending == "made good" else "trashed")


@pytest.mark.rule("CT-LOG-12", "CT-LOG-14", "CT-LIN-06")
async def test_ex_ct_24_b_late_spots_wait_and_air_on_a_later_log(traffic: Traffic) -> None:
    station_id, client_id = await traffic.station(), await traffic.client()
    contract = await traffic.contract(client_id, spot_line(station_id, **EX_CT_06))
    await bulk(traffic, station_id, days_of("2026-01-12", "2026-02-05"), "placed", "locked", "reconciled")
    january = await traffic.spots(state="aired", **{"log_on.lte": "2026-01-31"})
    assert len(january) == 33
    await traffic.issue("1001", january, "2026-01-31")
    traffic.now = datetime(2026, 2, 6, 9, tzinfo=UTC)
    late = spot_line(station_id, start_on="2026-01-29", end_on="2026-01-29", counts=[2] * 7)
    path = f"/v1/contracts/{contract['id']}/lines"
    await traffic.refused(422, "start_in_past", "POST", path, {"lines": [late]})
    await traffic.ask("POST", path, {"lines": [{**late, "override_start_date": True}]}, 201)
    await traffic.approve(contract["id"])
    (thursday,) = (await traffic.ask("GET", "/v1/logs", **{"air_on.gte": "2026-01-29", "air_on.lte": "2026-01-29"}))[
        "items"
    ]
    traffic.versions[f"/v1/logs/{thursday['id']}"] = f'"{thursday["version"]}"'
    problem = await traffic.refused(
        409, "unit_invoiced", "POST", f"/v1/logs/{thursday['id']}/transitions", {"to": "locked"}
    )
    assert problem["blockers"][0]["message"] == "Invoice 1001"
    (told,) = await traffic.told("contracts.spot.unplaced.v1")
    waiting = {spot["id"] for spot in await traffic.spots(state="unplaced")}
    assert ({one["id"] for one in told["items"]}, len(waiting)) == (waiting, 2)
    ninth = await traffic.log(station_id, "2026-02-09")
    assert waiting < {unit["id"] for unit in ninth["units"]}, "the bump list is carried on"
    await bulk(traffic, station_id, days_of("2026-02-06", "2026-02-15"), "placed", "locked", "reconciled")
    assert await aired_in(traffic, "2026-02-01", "2026-02-28") == 24
    assert await aired_in(traffic, "2026-01-01", "2026-01-31") == 33


@pytest.mark.rule("CT-LOG-02", "CT-LOG-06")
async def test_a_unit_without_a_place_is_carried_on_and_never_lost(traffic: Traffic) -> None:
    station_id, client_id = await traffic.station(breaks=breaks_at("07:00", avails=1)), await traffic.client()
    await traffic.contract(client_id, spot_line(station_id, end_on="2026-06-01", counts=[3] * 7))
    first = await traffic.log(station_id, "2026-06-01")
    assert (len(first["units"]), len(first["waiting"])) == (1, 2)
    (told,) = await traffic.told("contracts.spot.unplaced.v1")
    assert {one["id"] for one in told["items"]} == {one["id"] for one in first["waiting"]}
    again = await traffic.ask("POST", f"/v1/logs/{first['id']}/placements", {}, 201)
    assert (again["placed_count"], len(again["unplaced_ids"])) == (0, 2)
    assert len(await traffic.told("contracts.spot.unplaced.v1")) == 1, "who is on the list already is no news"
    second, third = await traffic.log(station_id, "2026-06-02"), await traffic.log(station_id, "2026-06-03")
    assert [len(one["units"]) for one in (second, third)] == [1, 1]
    assert [len(one["waiting"]) for one in (second, third)] == [1, 0]


@pytest.mark.rule("CT-LOG-06", "CT-LOG-07")
async def test_what_was_never_placed_joins_the_bump_list_when_its_log_is_locked(traffic: Traffic) -> None:
    station_id, client_id = await traffic.station(), await traffic.client()
    await traffic.contract(client_id, spot_line(station_id, end_on="2026-06-01"))
    log = await traffic.log(station_id, "2026-06-01", fill=False)
    locked = await traffic.move(log, "locked")
    assert (len(locked["units"]), len(locked["waiting"])) == (0, 1)
    assert len(await traffic.told("contracts.spot.unplaced.v1")) == 1
    assert len((await traffic.log(station_id, "2026-06-02"))["units"]) == 1


@pytest.mark.rule("CT-LOG-02", "CT-LOG-03")
async def test_chosen_units_are_refused_each_for_its_own_reason(traffic: Traffic) -> None:
    kaaa, kbbb = await traffic.station("KAAA"), await traffic.station("KBBB")
    client_id = await traffic.client()
    contract = await traffic.contract(
        client_id, spot_line(kaaa, end_on="2026-06-03"), spot_line(kbbb, end_on="2026-06-01")
    )
    first = await traffic.move(await traffic.log(kaaa, "2026-06-01"), "locked")
    second = await traffic.log(kaaa, "2026-06-02")
    path = f"/v1/logs/{second['id']}/placements"

    async def refused(status: int, code: str, *spot_ids: str, **more: str) -> Body:
        return await traffic.refused(status, code, "POST", path, {"spot_ids": spot_ids, **more})

    here = second["units"][0]["id"]
    await refused(409, "unit_locked", here, first["units"][0]["id"])
    (elsewhere,) = await traffic.spots(station_id=kbbb)
    problem = await refused(422, "does_not_fit", here, elsewhere["id"])
    assert problem["errors"][0]["pointer"] == "/spot_ids/1"
    (later,) = [spot for spot in await traffic.spots(station_id=kaaa) if spot["target_on"] == "2026-06-03"]
    await refused(422, "makegood_too_early", later["id"])
    await refused(422, "unknown_reference", contract["id"])
    await refused(422, "does_not_fit", here, break_id=contract["id"])
    await traffic.ask("POST", f"/v1/spots/{later['id']}/transitions", {"to": "trashed"})
    await refused(409, "unit_trashed", later["id"])
    await traffic.refused(422, "invalid_value", "POST", path, {"break_id": second["breaks"][0]["id"]})
    locked = f"/v1/logs/{first['id']}/placements"
    await traffic.refused(409, "log_locked", "POST", locked, {"spot_ids": [here]})
    await traffic.refused(409, "log_locked", "POST", locked, {})
    assert (await traffic.show_log(second["id"]))["units"] == second["units"], "nothing was placed"


@pytest.mark.rule("CT-LOG-03", "CT-LOG-05")
async def test_a_person_may_place_outside_the_window_and_too_close_with_warnings(traffic: Traffic) -> None:
    station_id = await traffic.station(breaks=breaks_at("06:00", "06:10", "12:00", avails=2, seconds=60))
    car = (await traffic.ask("POST", "/v1/conflicts", {
        "code": "CAR", "name": "Cars", "method": "minutes", "distance": 30,
    }, 201))["id"]  # fmt: skip
    client_id = await traffic.client(separation_method="avails", separation_distance=1)
    morning = spot_line(station_id, end_on="2026-06-01", counts=[3] * 7, end_time="09:00")
    await traffic.contract(client_id, morning, primary_conflict_id=car)
    log = await traffic.log(station_id, "2026-06-01")
    assert (len(log["units"]), len(log["waiting"])) == (1, 2), "thirty minutes apart leaves no second place by nine"
    early, ten_past, noon = (slot["id"] for slot in log["breaks"])
    first, second = (unit["id"] for unit in log["waiting"])
    path = f"/v1/logs/{log['id']}/placements"

    async def warned(spot_id: str, break_id: str) -> list[str]:
        done = await traffic.ask("POST", path, {"spot_ids": [spot_id], "break_id": break_id}, 201)
        assert {one["entity_id"] for one in done["warnings"]} <= {spot_id}
        return [one["code"] for one in done["warnings"]]

    assert await warned(first, noon) == ["outside_window"]
    assert await warned(second, early) == ["advertiser_separation", "conflict_separation"]
    assert await warned(second, ten_past) == ["conflict_separation"], "moved, with an avail between"
    placed = {
        unit["id"]: (unit["break_id"], unit["break_position"]) for unit in (await traffic.show_log(log["id"]))["units"]
    }
    assert placed[second] == (ten_past, 1)
    await traffic.contract(await traffic.client("ELM"), spot_line(station_id, end_on="2026-06-01", counts=[4] * 7))
    await traffic.ask("POST", path, {}, 201)
    problem = await traffic.refused(422, "does_not_fit", "POST", path, {"spot_ids": [second], "break_id": noon})
    assert problem["errors"][0]["pointer"] == "/spot_ids/0", "no room"


@pytest.mark.rule("CT-LOG-05")
@pytest.mark.parametrize(
    ("line", "placed"),
    [({}, 2), ({"override_advertiser": True}, 2), ({"override_conflict": True}, 3)],
    ids=["both kept", "own separation overridden", "conflict overridden"],
)
async def test_a_line_overrides_one_kind_of_separation(traffic: Traffic, line: Body, placed: int) -> None:
    """Six breaks half an hour apart; the customer keeps 60 minutes, its conflict 120."""
    times = ("06:00", "06:30", "07:00", "07:30", "08:00", "08:30")
    station_id = await traffic.station(breaks=breaks_at(*times, avails=1))
    soda = {"code": "SODA", "name": "Soft drinks", "method": "minutes", "distance": 120}
    conflict = (await traffic.ask("POST", "/v1/conflicts", soda, 201))["id"]
    client_id = await traffic.client(separation_method="minutes", separation_distance=60)
    ordered = spot_line(station_id, end_on="2026-06-01", counts=[6] * 7, **line)
    await traffic.contract(client_id, ordered, secondary_conflict_id=conflict)
    assert len((await traffic.log(station_id, "2026-06-01"))["units"]) == placed


@pytest.mark.rule("CT-LOG-04", "CT-LIN-20")
async def test_lower_weights_and_higher_rates_are_placed_first(traffic: Traffic) -> None:
    station_id = await traffic.station(breaks=breaks_at("06:00", "07:00", "08:00", avails=1))
    client_id = await traffic.client()
    one_day = {"end_on": "2026-06-01"}
    contract = await traffic.contract(
        client_id,
        spot_line(station_id, **one_day, rate_amount="10.00"),
        spot_line(station_id, **one_day, rate_amount="90.00"),
        spot_line(station_id, **one_day, rate_amount="1.00", placement=1),
        spot_line(station_id, **one_day, rate_amount="10.00"),
    )
    log = await traffic.log(station_id, "2026-06-01")
    assert [unit["line_no"] for unit in log["units"]] == [3, 2, 1]
    assert [unit["line_no"] for unit in log["waiting"]] == [4]
    assert contract["item_count"] == 4


@pytest.mark.rule("CT-LOG-15", "CT-LOG-03")
async def test_a_trashed_units_avail_is_used_again_and_no_position_twice(traffic: Traffic) -> None:
    station_id, client_id = (
        await traffic.station(breaks=breaks_at("07:00", avails=3, seconds=90)),
        await traffic.client(),
    )
    first = await traffic.contract(client_id, spot_line(station_id, end_on="2026-06-01", counts=[3] * 7))
    log = await traffic.log(station_id, "2026-06-01")
    assert [unit["break_position"] for unit in log["units"]] == [1, 2, 3]
    await traffic.ask("POST", f"/v1/spots/{log['units'][0]['id']}/transitions", {"to": "trashed", "reason": "Sold out"})
    await traffic.contract(client_id, spot_line(station_id, end_on="2026-06-01"))
    await traffic.ask("POST", f"/v1/logs/{log['id']}/placements", {}, 201)
    units = (await traffic.show_log(log["id"]))["units"]
    assert [unit["break_position"] for unit in units] == [1, 2, 3]
    assert units[0]["contract_id"] != first["id"]
    audit = await traffic.rows("SELECT reason FROM audit WHERE action = 'spot.trashed'")
    assert [row["reason"] for row in audit] == ["Sold out"]


@pytest.mark.rule("CT-LOG-15")
async def test_trashing_is_for_good_and_never_for_locked_or_aired_units(traffic: Traffic) -> None:
    station_id, client_id = await traffic.station(), await traffic.client()
    contract = await traffic.contract(client_id, spot_line(station_id, end_on="2026-06-02"))
    log = await traffic.move(await traffic.log(station_id, "2026-06-01"), "locked")
    locked, scheduled = await traffic.spots()
    path = "/v1/spots/{}/transitions"
    await traffic.refused(409, "unit_locked", "POST", path.format(locked["id"]), {"to": "trashed"})
    await traffic.ask("POST", path.format(scheduled["id"]), {"to": "trashed"})
    await traffic.ask("POST", path.format(scheduled["id"]), {"to": "trashed"})
    assert len(await traffic.told("contracts.spot.trashed.v1")) == 1
    await traffic.move(log, "reconciled")
    await traffic.refused(409, "unit_locked", "POST", path.format(locked["id"]), {"to": "trashed"})
    await traffic.refused(404, "not_found", "POST", path.format(contract["id"]), {"to": "trashed"})
    shown = await traffic.show(contract["id"])
    assert (shown["item_count"], shown["gross_amount"], shown["lines"][0]["quantity"]) == (2, "110.00", 2)
    assert len(await traffic.spots(state="trashed")) == 1


@pytest.mark.rule("CT-LOG-13", "CT-LOG-14")
async def test_a_missed_unit_is_aimed_at_a_later_date_never_before_its_own(traffic: Traffic) -> None:
    station_id, client_id = await traffic.station(), await traffic.client()
    contract = await traffic.contract(client_id, spot_line(station_id, start_on="2026-06-27", end_on="2026-06-28"))
    old = await traffic.copy(client_id, "Old")
    await traffic.rotations(contract["id"], rotation("June", [old]))
    log = await traffic.move(await traffic.log(station_id, "2026-06-27"), "locked")
    missed = log["units"][0]["id"]
    await traffic.move(log, "reconciled", missed_ids=[missed])
    path = f"/v1/spots/{missed}/transitions"
    await traffic.refused(422, "makegood_too_early", "POST", path, {"to": "scheduled", "target_on": "2026-06-26"})
    await traffic.refused(409, "log_locked", "POST", path, {"to": "scheduled", "target_on": "2026-06-27"})
    await traffic.refused(422, "invalid_value", "POST", path, {"to": "scheduled"})
    await traffic.refused(422, "invalid_value", "POST", path, {"to": "trashed", "target_on": "2026-07-02"})
    aimed = await traffic.ask("POST", path, {"to": "scheduled", "target_on": "2026-07-02"})
    assert (aimed["state"], aimed["target_on"]) == ("scheduled", "2026-07-02")
    july = await traffic.log(station_id, "2026-07-02")
    assert [unit["id"] for unit in july["units"]] == [missed], "beyond the flight it is taken like any other"
    await traffic.move(await traffic.log(station_id, "2026-06-28"), "locked")
    locked = await traffic.move(july, "locked")
    assert locked["units"][0]["cart_no"] is None, "copy needs a rotation valid on that date"
    assert [one["code"] for one in locked["warnings"]] == ["copy_missing"]
    await traffic.refused(409, "unit_locked", "POST", path, {"to": "scheduled", "target_on": "2026-07-03"})


@pytest.mark.rule("CT-LOG-14", "CT-LIN-11")
async def test_a_spots_per_week_unit_is_made_good_on_any_day_of_its_week(traffic: Traffic) -> None:
    station_id, client_id = await traffic.station(), await traffic.client()
    weekly = spot_line(station_id, start_on="2026-06-08", end_on="2026-06-14", counts=None, spots_per_week=1, days=[4])
    await traffic.contract(client_id, weekly)
    (friday,) = await traffic.spots()
    assert friday["target_on"] == "2026-06-12"
    sunday_before, monday = await traffic.log(station_id, "2026-06-07"), await traffic.log(station_id, "2026-06-08")
    body = {"spot_ids": [friday["id"]]}
    await traffic.refused(422, "makegood_too_early", "POST", f"/v1/logs/{sunday_before['id']}/placements", body)
    await traffic.ask("POST", f"/v1/logs/{monday['id']}/placements", body, 201)
    assert [unit["id"] for unit in (await traffic.show_log(monday["id"]))["units"]] == [friday["id"]]


@pytest.mark.rule("CT-LOG-06")
async def test_a_placed_unit_is_taken_off_its_open_log_and_waits(traffic: Traffic) -> None:
    station_id, client_id = await traffic.station(), await traffic.client()
    await traffic.contract(client_id, spot_line(station_id, end_on="2026-06-01"))
    log = await traffic.log(station_id, "2026-06-01")
    path = f"/v1/spots/{log['units'][0]['id']}/transitions"
    off = await traffic.ask("POST", path, {"to": "unplaced"})
    assert off["state"] == "unplaced"
    assert [len((await traffic.show_log(log["id"]))[name]) for name in ("units", "waiting")] == [0, 1]
    assert len(await traffic.told("contracts.spot.unplaced.v1")) == 1
    await traffic.refused(409, "state", "POST", path, {"to": "unplaced"})


@pytest.mark.rule("CT-LIN-04")
async def test_a_composite_avail_takes_either_type(traffic: Traffic) -> None:
    composite = breaks_at("06:00", avails=1, avail_type="B|A") + breaks_at("06:00", "07:00", avails=1, avail_type="A|B")
    station_id, client_id = await traffic.station(breaks=composite), await traffic.client()
    lines = [spot_line(station_id, end_on="2026-06-01", avail_type=kind) for kind in ("A", "B", "B", "C")]
    await traffic.contract(client_id, *lines)
    log = await traffic.log(station_id, "2026-06-01")
    types = {slot["id"]: slot["avail_types"] for slot in log["breaks"]}
    placed = [(unit["line_no"], unit["scheduled_minute"], types[unit["break_id"]]) for unit in log["units"]]
    assert sorted(placed) == [(1, 360, ["A", "B"]), (2, 360, ["B", "A"]), (3, 420, ["A", "B"])]
    assert [one["line_no"] for one in log["waiting"]] == [4]


@pytest.mark.rule("CT-LIN-27", "CT-LIF-12")
async def test_off_air_falls_due_and_contracts_complete_on_the_stations_own_day(traffic: Traffic) -> None:
    """At 20:00 UTC on 9 January it is the 10th in Auckland and still the 9th in Los Angeles."""
    auckland = await traffic.station("KAKL", time_zone="Pacific/Auckland")
    angeles = await traffic.station("KLAX", time_zone="America/Los_Angeles")
    client_id = await traffic.client()
    single = {
        "kind": "off_air", "start_on": "2026-01-10", "end_on": "2026-01-10", "rate_amount": "150.00",
        "frequency": "single",
    }  # fmt: skip
    traffic.now = datetime(2026, 1, 9, 8, tzinfo=UTC)
    contracts = [await traffic.contract(client_id, {**single, "station_id": one}) for one in (auckland, angeles)]

    async def due() -> list[str]:
        return [spot["station_id"] for spot in await traffic.spots(off_air=True, state="due")]

    assert await due() == []
    await off_air_due(traffic.database, datetime(2026, 1, 9, 20, tzinfo=UTC))
    assert await due() == [auckland]
    assert (await traffic.show(contracts[0]["id"]))["completed_on"] == "2026-01-10"
    await off_air_due(traffic.database, datetime(2026, 1, 10, 7, 59, tzinfo=UTC))
    assert await due() == [auckland]
    await off_air_due(traffic.database, datetime(2026, 1, 10, 8, 0, tzinfo=UTC))
    assert await due() == [auckland, angeles]
    last = await traffic.contract(client_id, spot_line(auckland))
    traffic.now = datetime(2026, 6, 30, 20, tzinfo=UTC)
    for spot in await traffic.spots(contract_id=last["id"]):
        await traffic.ask("POST", f"/v1/spots/{spot['id']}/transitions", {"to": "trashed"})
    assert (await traffic.show(last["id"]))["completed_on"] == "2026-07-01"
