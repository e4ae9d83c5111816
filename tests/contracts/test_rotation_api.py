"""The rotation list through the service's doors: arranged, refused, told, and why a unit gets its copy."""

from typing import Any

import pytest

from tests.contracts.traffic import Body, Traffic, rotation, spot_line

LUNCH = {"start_time": "11:30", "end_time": "13:30", "weekdays": [0, 1, 2, 3, 4]}


class Desk:
    """A customer with three commercials and one line on KAAA."""

    def __init__(
        self, traffic: Traffic, station_id: str, client_id: str, copies: dict[str, str], contract: Body
    ) -> None:
        self.traffic = traffic
        self.station_id = station_id
        self.client_id = client_id
        self.copies = copies
        self.contract_id = contract["id"]
        self.line_id = contract["lines"][0]["id"]
        self.list_path = f"/v1/contracts/{self.contract_id}/rotations"

    async def save(self, *names: str) -> Body:
        """All Day and Lunch in the order named."""
        made = {
            "All Day": rotation("All Day", [self.copies["A1"], self.copies["A2"]], station_id=self.station_id),
            "Lunch Hour": rotation("Lunch Hour", [self.copies["L1"]], station_id=self.station_id, **LUNCH),
        }
        return await self.traffic.rotations(self.contract_id, *(made[name] for name in names))

    async def names(self) -> list[str]:
        """The list as it stands."""
        return [one["name"] for one in (await self.traffic.ask("GET", self.list_path))["items"]]


@pytest.fixture
async def desk(traffic: Traffic) -> Desk:
    """The desk of EX-CT-12."""
    station_id, client_id = await traffic.station(), await traffic.client()
    copies = {name: await traffic.copy(client_id, name) for name in ("A1", "A2", "L1")}
    contract = await traffic.contract(client_id, spot_line(station_id))
    return Desk(traffic, station_id, client_id, copies, contract)


@pytest.mark.rule("CT-ROT-29")
async def test_saving_warns_of_an_entry_that_is_never_reached(desk: Desk) -> None:
    wrong = await desk.save("All Day", "Lunch Hour")
    all_day, lunch = wrong["items"]
    assert wrong["warnings"] == [
        {
            "code": "shadowed_by",
            "text": "Lunch Hour after All Day is never reached",
            "entity_id": lunch["id"],
        }
    ]
    assert (all_day["shadowed_by"], lunch["shadowed_by"]) == (None, all_day["id"])
    right = await desk.traffic.ask("POST", f"{desk.list_path}/{lunch['id']}/moves", {"direction": "up"}, 201)
    assert right["warnings"] == []


@pytest.mark.rule("CT-ROT-02", "CT-ROT-03", "CT-ROT-05", "CT-ROT-18", "CT-ROT-24")
async def test_the_list_shows_each_entry_in_its_stored_order(desk: Desk) -> None:
    copies = desk.copies
    saved = await desk.traffic.rotations(
        desk.contract_id,
        rotation("Ratio", [(copies["A1"], 3), (copies["A2"], 2), (copies["L1"], 5), (copies["A1"], 1)], **LUNCH),
        rotation("All Day", [copies["A1"]], station_id=desk.station_id),
    )
    shown = await desk.traffic.ask("GET", desk.list_path)
    assert shown == saved
    ratio, all_day = shown["items"]
    assert (ratio["position"], ratio["station_id"], ratio["items"], ratio["length_seconds"]) == (1, None, 3, 30)
    assert (ratio["start_on"], ratio["end_on"]) == ("2026-06-01", "2026-06-28")
    assert (ratio["start_time"], ratio["end_time"], ratio["weekdays"]) == ("11:30", "13:30", [0, 1, 2, 3, 4])
    assert [(one["name"], one["ratio"]) for one in ratio["copies"]] == [("A1", 3), ("A2", 2), ("L1", 5), ("A1", 1)]
    assert (all_day["position"], all_day["station_id"], all_day["items"]) == (2, desk.station_id, 1)
    assert await desk.traffic.ask("GET", f"{desk.list_path}/{ratio['id']}") == ratio
    for asked in ({"sort": "name"}, {"selection_id": "mine"}, {"q": "All"}):
        await desk.traffic.refused(422, "order_is_fixed", "GET", desk.list_path, **asked)
    await desk.traffic.refused(404, "not_found", "GET", f"{desk.list_path}/{desk.line_id}")


@pytest.mark.rule("CT-ROT-05", "CT-ROT-15", "CT-ROT-16", "CT-ROT-17")
async def test_the_list_is_told_whole_at_every_change(desk: Desk) -> None:
    saved = await desk.save("Lunch Hour", "All Day")
    first, second = (one["id"] for one in saved["items"])
    await desk.traffic.ask("POST", f"{desk.list_path}/{second}/moves", {"direction": "up"}, 201)
    await desk.traffic.ask("POST", f"{desk.list_path}/{first}/duplicates", None, 201)
    await desk.traffic.ask("DELETE", f"{desk.list_path}/{second}")
    told = await desk.traffic.told("contracts.rotation.changed.v1")
    assert [[one["name"] for one in each["rotations"]] for each in told] == [
        ["Lunch Hour", "All Day"],
        ["All Day", "Lunch Hour"],
        ["All Day", "Lunch Hour", "Lunch Hour"],
        ["Lunch Hour", "Lunch Hour"],
    ]
    assert [each["version"] for each in told] == sorted({each["version"] for each in told})
    assert told[0]["rotations"][0] == {
        "id": first,
        "name": "Lunch Hour",
        "station_id": desk.station_id,
        "length_seconds": 30,
        "start_on": "2026-06-01",
        "end_on": "2026-06-28",
        "start_time": "11:30",
        "end_time": "13:30",
        "weekdays": [0, 1, 2, 3, 4],
        "copies": [{"copy_id": desk.copies["L1"], "ratio": 1}],
    }


@pytest.mark.rule("CT-ROT-15")
async def test_moving_goes_one_place_and_stops_at_the_ends(desk: Desk) -> None:
    saved = await desk.save("Lunch Hour", "All Day")
    lunch, all_day = (one["id"] for one in saved["items"])
    stale = saved["version"]
    for rotation_id, direction, after in (
        (lunch, "up", ["Lunch Hour", "All Day"]),
        (all_day, "down", ["Lunch Hour", "All Day"]),
        (lunch, "down", ["All Day", "Lunch Hour"]),
        (lunch, "up", ["Lunch Hour", "All Day"]),
    ):
        await desk.traffic.ask("POST", f"{desk.list_path}/{rotation_id}/moves", {"direction": direction}, 201)
        assert await desk.names() == after
    shown = await desk.traffic.ask("GET", desk.list_path)
    assert shown["version"] == stale + 2, "at the list's end nothing changes"
    path = f"{desk.list_path}/{lunch}/moves"
    await desk.traffic.refused(412, "stale_version", "POST", path, {"direction": "down"}, version=stale)
    assert await desk.names() == ["Lunch Hour", "All Day"]
    await desk.traffic.refused(422, "invalid_value", "POST", path, {"direction": "sideways"})


@pytest.mark.rule("CT-ROT-16", "CT-ROT-25")
async def test_a_duplicate_stands_below_and_begins_anew(desk: Desk) -> None:
    saved = await desk.save("All Day", "Lunch Hour")
    log = await desk.traffic.log(desk.station_id, "2026-06-01")
    locked = await desk.traffic.move(log, "locked")
    assert [unit["cart_no"] for unit in locked["units"]] == ["A1"]
    original = saved["items"][0]["id"]
    listed = await desk.traffic.ask("POST", f"{desk.list_path}/{original}/duplicates", None, 201)
    assert [one["name"] for one in listed["items"]] == ["All Day", "All Day", "Lunch Hour"]
    first, twin, _ = listed["items"]
    assert {**twin, "id": first["id"], "position": 1, "shadowed_by": None} == first
    await desk.traffic.ask("DELETE", f"{desk.list_path}/{original}")
    tomorrow = await desk.traffic.move(await desk.traffic.log(desk.station_id, "2026-06-02"), "locked")
    assert [unit["cart_no"] for unit in tomorrow["units"]] == ["A1"], "a fresh cursor"


@pytest.mark.rule("CT-ROT-13", "CT-ROT-14", "CT-ROT-17")
async def test_a_line_points_to_a_saved_rotation_of_its_own_contract(desk: Desk) -> None:
    saved = await desk.save("Lunch Hour", "All Day")
    lunch, all_day = (one["id"] for one in saved["items"])
    other = await desk.traffic.contract(desk.client_id, spot_line(desk.station_id), approve=False)
    bound = spot_line(desk.station_id, direct_rotation_id=lunch)
    lines = f"/v1/contracts/{desk.contract_id}/lines"
    foreign = await desk.traffic.refused(
        422, "rotation_foreign", "POST", f"/v1/contracts/{other['id']}/lines", {"lines": [bound]}
    )
    assert foreign["errors"][0]["pointer"] == "/lines/0/direct_rotation_id"
    unsaved = spot_line(desk.station_id, direct_rotation_id=desk.line_id)
    await desk.traffic.refused(422, "rotation_unsaved", "POST", lines, {"lines": [unsaved]})
    with_line = await desk.traffic.ask("POST", lines, {"lines": [bound]}, 201)
    assert with_line["lines"][1]["direct_rotation_id"] == lunch
    in_use = f"{desk.list_path}/{lunch}"
    await desk.traffic.refused(409, "rotation_in_use", "DELETE", in_use)
    kept = [{**rotation("Lunch Hour", [desk.copies["L1"]]), "id": all_day}]
    await desk.traffic.refused(409, "rotation_in_use", "PUT", desk.list_path, {"rotations": kept})
    assert len(await desk.names()) == 2


@pytest.mark.rule("CT-ROT-13", "CT-ROT-06")
async def test_ex_ct_15_a_direct_rotation_is_the_only_one_considered(desk: Desk) -> None:
    saved = await desk.save("Lunch Hour", "All Day")
    lunch, _ = (one["id"] for one in saved["items"])
    path = f"/v1/contracts/{desk.contract_id}/lines"
    line = spot_line(desk.station_id, direct_rotation_id=lunch)
    bound = (await desk.traffic.ask("POST", path, {"lines": [line]}, 201))["lines"][1]["id"]
    at_three = {
        "station_id": desk.station_id, "air_on": "2026-06-09", "air_time": "15:00", "length_seconds": 30,
    }  # fmt: skip
    path = f"/v1/contracts/{desk.contract_id}/copy-choice"
    automatic = await desk.traffic.ask("GET", path, **at_three, line_id=desk.line_id)
    assert (automatic["copy_name"], automatic["rotation_name"]) == ("A1", "All Day")
    assert [(one["name"], one["reason"]) for one in automatic["tried"]] == [("Lunch Hour", "time")]
    direct = await desk.traffic.ask("GET", path, **at_three, line_id=bound)
    assert (direct["copy_name"], direct["rotation_name"]) == (None, None)
    assert [(one["name"], one["reason"]) for one in direct["tried"]] == [("Lunch Hour", "time")]
    await desk.traffic.refused(422, "unknown_reference", "GET", path, **at_three, line_id=lunch)


@pytest.mark.rule("CT-ROT-13", "CT-LIN-06")
async def test_a_unit_added_while_reconciling_keeps_to_its_direct_rotation(desk: Desk) -> None:
    lunch = (await desk.save("All Day", "Lunch Hour"))["items"][1]["id"]
    bound = f"/v1/contracts/{desk.contract_id}/lines/{desk.line_id}"
    await desk.traffic.ask("PATCH", bound, {"direct_rotation_id": lunch})
    for day, air_time, copy in (("2026-06-09", "12:10", "L1"), ("2026-06-10", "16:00", None)):
        log = await desk.traffic.log(desk.station_id, day, fill=False)
        await desk.traffic.move(log, "locked")
        (unit,) = await desk.traffic.spots(**{"target_on.gte": day, "target_on.lte": day})
        await desk.traffic.move(log, "reconciled", added=[{"spot_id": unit["id"], "air_time": air_time}])
        (aired,) = await desk.traffic.spots(**{"log_on.gte": day, "log_on.lte": day})
        assert (aired["state"], aired["copy_name"]) == ("aired", copy), "no fall-through to All Day"


@pytest.mark.rule("CT-ROT-24")
async def test_a_long_run_of_one_copy_reads_as_several_ratios_and_stays_editable(desk: Desk) -> None:
    first = desk.copies["A1"]
    saved = await desk.traffic.rotations(desk.contract_id, rotation("Long", [(first, 60), (first, 60)]))
    assert [one["ratio"] for one in saved["items"][0]["copies"]] == [99, 21]
    path = f"{desk.list_path}/{saved['items'][0]['id']}"
    renamed = await desk.traffic.ask("PATCH", path, {"name": "Longer"})
    assert [(one["name"], one["items"]) for one in renamed["items"]] == [("Longer", 1)]


@pytest.mark.rule("CT-ROT-07", "CT-ROT-08", "CT-ROT-09", "CT-ROT-12")
async def test_the_choice_is_explained_rotation_by_rotation_and_copy_by_copy(desk: Desk) -> None:
    elsewhere = await desk.traffic.station("KBBB")
    dated = await desk.traffic.copy(desk.client_id, "Old", start_on="2026-06-01", end_on="2026-06-08")
    local = await desk.traffic.copy(desk.client_id, "Local", station_ids=[elsewhere])
    blocked = await desk.traffic.copy(desk.client_id, "Blocked", blocked=True)
    await desk.traffic.rotations(
        desk.contract_id,
        rotation("There", [desk.copies["A1"]], station_id=elsewhere),
        rotation("Evening", [desk.copies["A1"]], start_time="18:00", end_time="20:00"),
        rotation("Past", [desk.copies["A1"]], start_on="2026-05-01", end_on="2026-05-31"),
        rotation("Weekend", [desk.copies["A1"]], weekdays=[5, 6]),
        rotation("Stale", [dated, local, blocked]),
        rotation("All Day", [desk.copies["A2"]]),
    )
    path = f"/v1/contracts/{desk.contract_id}/copy-choice"
    at = {"station_id": desk.station_id, "air_on": "2026-06-09", "air_time": "07:20"}
    told = await desk.traffic.ask("GET", path, **at, length_seconds=30)
    assert (told["copy_name"], told["cart_no"], told["rotation_name"]) == ("A2", "A2", "All Day")
    assert [(one["position"], one["name"], one["reason"]) for one in told["tried"]] == [
        (1, "There", "station"),
        (2, "Evening", "time"),
        (3, "Past", "dates"),
        (4, "Weekend", "weekday"),
        (5, "Stale", "no_valid_copy"),
    ]
    assert [(one["name"], one["reason"]) for one in told["tried"][4]["copies"]] == [
        ("Old", "dates"),
        ("Local", "station"),
        ("Blocked", "inactive"),
    ]
    nothing = await desk.traffic.ask("GET", path, **at, length_seconds=60)
    assert nothing["copy_id"] is None
    assert {one["reason"] for one in nothing["tried"]} == {"station", "length"}


@pytest.mark.rule("CT-ROT-19", "CT-ROT-20")
async def test_new_needs_copy_and_follows_the_whole_contract(traffic: Traffic) -> None:
    station_id, client_id = await traffic.station(), await traffic.client()
    contract = await traffic.contract(
        client_id,
        spot_line(station_id, start_on="2026-06-08", end_on="2026-06-14", start_time="06:00", end_time="10:00"),
        spot_line(station_id, start_on="2026-06-10", end_on="2026-06-30", start_time="08:00", end_time="19:00"),
        approve=False,
    )
    path = f"/v1/contracts/{contract['id']}/rotations"
    other = await traffic.copy(await traffic.client("ELM"), "Other customer")
    await traffic.copy(client_id, "Blocked", blocked=True)
    await traffic.copy(client_id, "Long", 60)
    await traffic.copy(client_id, "Over", end_on="2026-06-07")
    assert (await traffic.ask("GET", path))["may_add"] is False
    await traffic.refused(409, "no_copy_for_contract", "POST", path, {"copies": [{"copy_id": other}]})
    first = await traffic.copy(client_id, "First", start_on="2026-06-30")
    assert (await traffic.ask("GET", path))["may_add"] is True
    await traffic.ask("POST", path, {"name": "Whole", "copies": [{"copy_id": first}]}, 201)
    after = await traffic.ask("POST", path, {"start_time": "09:00", "copies": [{"copy_id": first}]}, 201)
    whole, second = after["items"]
    assert (whole["name"], whole["position"], second["position"]) == ("Whole", 1, 2)
    assert (whole["start_on"], whole["end_on"]) == ("2026-06-08", "2026-06-30")
    assert (whole["start_time"], whole["end_time"], whole["length_seconds"]) == ("06:00", "19:00", 30)
    assert (whole["weekdays"], whole["station_id"], second["start_time"]) == ([0, 1, 2, 3, 4, 5, 6], None, "09:00")


@pytest.mark.rule("CT-ROT-04", "CT-ROT-21")
async def test_copy_on_offer_is_the_customers_of_that_length_and_flight(desk: Desk) -> None:
    traffic, client_id = desk.traffic, desk.client_id
    long = await traffic.copy(client_id, "Long", 60)
    await traffic.copy(client_id, "Over", end_on="2026-05-31")
    await traffic.copy(client_id, "Later", start_on="2026-06-29")
    await traffic.copy(client_id, "Blocked", blocked=True)
    last = await traffic.copy(client_id, "Last day", start_on="2026-06-28")
    other = await traffic.copy(await traffic.client("ELM"), "Other customer")
    path = f"/v1/contracts/{desk.contract_id}/copies"
    offered = (await traffic.ask("GET", path))["items"]
    assert sorted(one["name"] for one in offered) == ["A1", "A2", "L1", "Last day"]
    narrow = (await traffic.ask("GET", path, start_on="2026-06-01", end_on="2026-06-27"))["items"]
    assert sorted(one["name"] for one in narrow) == ["A1", "A2", "L1"]
    assert [one["id"] for one in (await traffic.ask("GET", path, length_seconds=60))["items"]] == [long]
    for copy_id, code in ((other, "copy_foreign"), (long, "copy_length"), (desk.line_id, "unknown_reference")):
        body = {"rotations": [rotation("Fine", [last]), rotation("Bad", [copy_id])]}
        problem = await traffic.refused(422, code, "PUT", desk.list_path, body)
        assert problem["errors"][0]["pointer"] == "/rotations/1/copies"
    assert await desk.names() == []


@pytest.mark.rule("CT-ROT-02", "CT-ROT-03", "CT-ROT-10", "CT-ROT-24")
@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"start_on": "2026-06-02", "end_on": "2026-06-01"}, "date_order", "end_on"),
        ({"weekdays": []}, "schedule", "weekdays"),
        ({"start_time": "10:00", "end_time": "10:00"}, "time_order", "end_time"),
        ({"copies": []}, "rotation_empty", "copies"),
        ({"ratio": 0}, "ratio", "copies"),
        ({"ratio": 100}, "ratio", "copies"),
        ({"ratio": -1}, "ratio", "copies"),
    ],
)
async def test_what_can_be_no_rotation_is_refused_at_every_door(
    desk: Desk, changes: dict[str, Any], code: str, field: str
) -> None:
    good = rotation("Rotation", [desk.copies["A1"]])
    bad = {**good, **changes}
    if "ratio" in changes:
        bad["copies"] = [{"copy_id": desk.copies["A1"], "ratio": bad.pop("ratio")}]
    problem = await desk.traffic.refused(422, code, "PUT", desk.list_path, {"rotations": [good, bad]})
    assert problem["errors"][0]["pointer"] == f"/rotations/1/{field}"
    problem = await desk.traffic.refused(422, code, "POST", desk.list_path, bad)
    assert problem["errors"][0]["pointer"] == f"/{field}"
    entry = (await desk.traffic.rotations(desk.contract_id, good))["items"][0]
    patch = {name: value for name, value in bad.items() if good.get(name) != value}
    await desk.traffic.refused(422, code, "PATCH", f"{desk.list_path}/{entry['id']}", patch)
    assert (await desk.traffic.ask("GET", f"{desk.list_path}/{entry['id']}")) == entry


@pytest.mark.rule("CT-ROT-18", "CT-ROT-22")
@pytest.mark.parametrize("ended", ["cancelled", "completed"])
async def test_an_entry_is_changed_at_any_time_but_not_on_a_closed_contract(desk: Desk, ended: str) -> None:
    entry = (await desk.save("All Day"))["items"][0]
    locked = await desk.traffic.move(await desk.traffic.log(desk.station_id, "2026-06-01"), "locked")
    path = f"{desk.list_path}/{entry['id']}"
    patch = {"name": "Fresh", "copies": [{"copy_id": desk.copies["L1"]}], "station_id": None}
    changed = (await desk.traffic.ask("PATCH", path, patch))["items"][0]
    assert (changed["name"], changed["station_id"], changed["items"]) == ("Fresh", None, 1)
    assert changed["start_on"] == entry["start_on"]
    kept = await desk.traffic.show_log(locked["id"])
    assert kept["units"][0]["cart_no"] == "A1", "a locked log keeps its copy"
    later = await desk.traffic.move(await desk.traffic.log(desk.station_id, "2026-06-02"), "locked")
    assert later["units"][0]["cart_no"] == "L1"
    if ended == "cancelled":
        await desk.traffic.ask("POST", f"/v1/contracts/{desk.contract_id}/transitions", {"to": "cancelled"})
    else:
        for unit in await desk.traffic.spots(state="scheduled"):
            await desk.traffic.ask("POST", f"/v1/spots/{unit['id']}/transitions", {"to": "trashed"})
        await desk.traffic.move(locked, "reconciled")
        await desk.traffic.move(later, "reconciled")
    assert (await desk.traffic.show(desk.contract_id))["state"] == ended
    for method, at, body in (
        ("PATCH", path, {"name": "Late"}),
        ("DELETE", path, None),
        ("POST", path + "/moves", {"direction": "up"}),
        ("POST", path + "/duplicates", None),
        ("POST", desk.list_path, {"copies": [{"copy_id": desk.copies["A1"]}]}),
        ("PUT", desk.list_path, {"rotations": []}),
    ):
        await desk.traffic.refused(409, "contract_closed", method, at, body)
    assert (await desk.traffic.ask("GET", desk.list_path))["may_add"] is False


@pytest.mark.rule("CT-ROT-17", "CT-ROT-23", "CT-ROT-28")
async def test_a_deleted_rotation_leaves_copy_on_units_and_unlocking_still_works(desk: Desk) -> None:
    saved = await desk.save("All Day")
    log = await desk.traffic.move(await desk.traffic.log(desk.station_id, "2026-06-01"), "locked")
    await desk.traffic.ask("DELETE", f"{desk.list_path}/{saved['items'][0]['id']}")
    assert (await desk.traffic.show_log(log["id"]))["units"][0]["cart_no"] == "A1"
    opened = await desk.traffic.move(log, "open")
    assert opened["units"][0]["cart_no"] is None
    await desk.traffic.rotations(desk.contract_id, rotation("New", [desk.copies["L1"]]))
    relocked = await desk.traffic.move(log, "locked")
    assert relocked["units"][0]["cart_no"] == "L1", "relocking uses the list as it now stands"


@pytest.mark.rule("CT-ROT-02")
async def test_a_rotation_names_a_station_that_exists(desk: Desk) -> None:
    body = {"rotations": [rotation("Nowhere", [desk.copies["A1"]], station_id=desk.line_id)]}
    problem = await desk.traffic.refused(422, "unknown_reference", "PUT", desk.list_path, body)
    assert problem["errors"][0]["pointer"] == "/rotations/0/station_id"
    other = await desk.traffic.contract(desk.client_id, spot_line(desk.station_id), approve=False)
    entry = (await desk.save("All Day"))["items"][0]
    body = {"rotations": [{**rotation("Stolen", [desk.copies["A1"]]), "id": entry["id"]}]}
    path = f"/v1/contracts/{other['id']}/rotations"
    await desk.traffic.refused(422, "rotation_foreign", "PUT", path, body)
    await desk.traffic.refused(404, "not_found", "DELETE", f"{path}/{entry['id']}")
