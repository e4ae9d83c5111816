"""The life of a contract at the door: saved whole, approved, cancelled, duplicated, and all of it kept (CT-LIF)."""

import pytest

from tests.contracts.sales import Sales, at, codes
from tests.contracts.traffic import Body, rotation

JUNE = {"start_on": "2026-06-01", "end_on": "2026-06-28"}


async def history(sales: Sales, contract: Body) -> list[Body]:
    """Every action on a contract, oldest first."""
    return (await sales.traffic.ask("GET", at(contract, "history"), limit=500))["items"]  # type: ignore[no-any-return]


@pytest.mark.rule("CT-LIF-02", "CT-HDR-26", "CT-ROT-14")
async def test_saving_commits_header_lines_rotations_and_notes_together(sales: Sales) -> None:
    copy = await sales.traffic.copy(sales.client_id, "Oak 1")
    drafted = await sales.draft(sales.line(), sales.line(comment="Gone"))
    kept = {**sales.line(rate_amount="60.00"), "id": drafted["lines"][0]["id"]}
    whole = {
        "product": "Tyres", "notes": "Ann decides", "lines": [kept, sales.off_air()],
        "rotations": [rotation("All Day", [copy])],
    }  # fmt: skip
    saved = await sales.save(drafted, **whole)
    assert (saved["product"], saved["notes"]) == ("Tyres", "Ann decides")
    assert [(one["line_no"], one["rate_amount"]) for one in saved["lines"]] == [(1, "60.00"), (3, "350.00")]
    assert [one["name"] for one in saved["rotations"]] == ["All Day"]
    assert saved == await sales.traffic.show(drafted["id"])
    assert await sales.save(drafted, **whole | {"lines": _as_saved(saved), "rotations": _turned(saved)}) == saved
    # One fault anywhere, and nothing of it is saved.
    bad_line, bad_rotation = sales.line(length_seconds=0), rotation("None", [])
    for changes, code in (
        ({"lines": [kept, bad_line]}, "length"),
        ({"lines": [kept], "rotations": [bad_rotation]}, "rotation_empty"),
        ({"lines": [], "rotations": [rotation("Foreign", [sales.station_id])]}, "no_copy_for_contract"),
        ({"discount_percent": "101", "lines": []}, "discount_range"),
    ):
        status = 409 if code == "no_copy_for_contract" else 422
        await sales.refused(status, code, "PATCH", at(drafted), {"product": "Rims", "notes": "No", **changes})
    draft = {
        "client_id": sales.client_id,
        "lines": [sales.line()],
        "rotations": [rotation("Foreign", [sales.station_id])],
    }
    await sales.refused(422, "unknown_reference", "POST", "/v1/contracts", draft)


@pytest.mark.rule("CT-LIF-02", "CT-ROT-05")
async def test_a_list_names_each_of_its_entries_once(sales: Sales) -> None:
    copy = await sales.traffic.copy(sales.client_id, "Oak 1")
    drafted = await sales.draft(sales.line(), rotations=[rotation("All Day", [copy])])
    line = {**sales.line(rate_amount="1.00"), "id": drafted["lines"][0]["id"]}
    entry = rotation("Twice", [copy], id=drafted["rotations"][0]["id"])
    lists = at(drafted, "rotations")
    for method, path, body, pointer in (
        ("PATCH", at(drafted), {"lines": [line, {**line, "rate_amount": "2.00"}]}, "/lines/1/id"),
        ("PATCH", at(drafted), {"rotations": [entry, entry]}, "/rotations/1/id"),
        ("PUT", lists, {"rotations": [entry, rotation("New", [copy]), entry]}, "/rotations/2/id"),
    ):
        problem = await sales.refused(422, "invalid_value", method, path, body)
        assert codes(problem) == [(pointer, "invalid_value")]


@pytest.mark.rule("CT-LIF-02")
async def test_a_stale_save_is_refused_whole(sales: Sales) -> None:
    drafted = await sales.draft(sales.line())
    await sales.save(drafted, product="Somebody was faster")
    body = {"product": "Late", "notes": "Late", "lines": []}
    await sales.refused(412, "stale_version", "PATCH", at(drafted), body, version=drafted["version"])
    await sales.refused(
        412, "stale_version", "POST", at(drafted, "transitions"), {"to": "approved"}, version=drafted["version"]
    )
    before = await sales.written()
    blind = await sales.traffic.http.patch(at(drafted), json=body)
    assert (blind.status_code, blind.json()["code"]) == (428, "if_match_required")
    assert await sales.written() == before


@pytest.mark.rule("CT-LIF-02", "CT-LIF-18", "CT-NOT-01")
async def test_drafts_are_told_as_they_are_saved(sales: Sales) -> None:
    drafted = await sales.draft(sales.line())
    await sales.save(drafted, product="Tyres")
    await sales.save(drafted, notes="Nobody hears of this", tfn=True)
    told = await sales.traffic.told("contracts.contract.drafted.v1")
    assert [(one["version"], one["product"], one["lines"]) for one in told] == [(1, "", []), (2, "Tyres", [])]
    assert (await sales.traffic.show(drafted["id"]))["version"] == 3


@pytest.mark.rule("CT-LIN-01", "CT-LIF-04", "CT-LIF-01", "CT-LIF-05")
async def test_approval_names_every_failing_check_and_writes_nothing(sales: Sales) -> None:
    drafted = await sales.draft(salesperson_id=None)
    approve = at(drafted, "transitions"), {"to": "approved"}
    problem = await sales.refused(422, "salesperson_required", "POST", *approve)
    assert codes(problem) == [
        ("/salesperson_id", "salesperson_required"), ("/lines", "no_lines"),
        ("/agency_estimate_code", "edi_codes_incomplete"), ("/agency_advertiser_code", "edi_codes_incomplete"),
        ("/agency_product_code", "edi_codes_incomplete"), ("/product", "product_required"),
    ]  # fmt: skip
    nothing_on_monday = sales.line(start_on="2026-06-01", end_on="2026-06-01", counts=[0, 1, 0, 0, 0, 0, 0])
    await sales.save(drafted, lines=[sales.line(), nothing_on_monday], agency_id=None)
    await sales.amend("clients", sales.client_id, blocked=True)
    problem = await sales.refused(422, "customer_inactive", "POST", *approve)
    assert codes(problem) == [
        ("/client_id", "customer_inactive"), ("/salesperson_id", "salesperson_required"),
        ("/lines/1", "line_has_no_units"),
    ]  # fmt: skip
    bulk = {"contract_ids": [drafted["id"], sales.station_id], "to": "approved"}
    before = await sales.written()
    done = (await sales.traffic.ask("POST", "/v1/contracts/bulk", bulk, 207))["items"]
    assert [(one["status"], one["code"]) for one in done] == [(422, "customer_inactive"), (404, "not_found")]
    assert await sales.written() == before
    await sales.refused(422, "invalid_value", "POST", at(drafted, "transitions"), {"to": "completed"})


@pytest.mark.rule("CT-LIF-05", "CT-LIF-01", "CT-LIN-01", "CT-DOC-04")
async def test_approving_makes_units_freezes_a_confirmation_and_tells_the_lines(sales: Sales) -> None:
    live = await sales.live(sales.line(), sales.off_air())
    assert (live["state"], live["revision"], [one["status"] for one in live["lines"]]) == (
        "active",
        1,
        ["approved"] * 2,
    )
    units = await sales.traffic.spots(contract_id=live["id"])
    assert [sum(one["off_air"] is kind for one in units) for kind in (False, True)] == [28, 3]
    (told,) = await sales.traffic.told("contracts.contract.approved.v1")
    assert (told["state"], told["revision"]) == ("active", 1)
    assert [(one["line_no"], one["quantity"], one["total_amount"]) for one in told["lines"]] == [
        (1, 28, "1540.00"), (2, 3, "1050.00"),
    ]  # fmt: skip
    revisions = (await sales.traffic.ask("GET", at(live, "confirmations")))["items"]
    assert [one["revision"] for one in revisions] == [1]
    await sales.refused(409, "nothing_to_approve", "POST", at(live, "transitions"), {"to": "approved"})
    await sales.cancel(live)
    await sales.refused(409, "state", "POST", at(live, "transitions"), {"to": "approved"})


@pytest.mark.rule("CT-LIF-07")
async def test_drafts_wait_in_a_list_of_their_own(sales: Sales) -> None:
    waiting, live, gone = await sales.draft(sales.line()), await sales.live(), await sales.draft()
    await sales.cancel(gone)
    for state, found in (("draft", waiting), ("active", live), ("cancelled", gone)):
        listed = await sales.traffic.ask("GET", "/v1/contracts", state=state)
        assert [one["id"] for one in listed["items"]] == [found["id"]]
    log = await sales.traffic.log(sales.station_id, "2026-06-01")
    locked = await sales.traffic.move(log, "locked")
    warned = [one for one in locked["warnings"] if one["code"] == "draft_has_spots"]
    assert [one["entity_id"] for one in warned] == [waiting["id"]]


@pytest.mark.rule("CT-LIF-10", "CT-LIF-01", "CT-LIF-08")
async def test_cancelling_a_draft_closes_it_and_twice_changes_nothing(sales: Sales) -> None:
    drafted = await sales.draft(sales.line())
    gone = await sales.cancel(drafted, reason="Bought elsewhere")
    assert (gone["state"], gone["revision"]) == ("cancelled", 0)
    assert await sales.traffic.spots() == []
    before = await sales.written()
    again = await sales.cancel(drafted)
    assert (again["version"], again["cancelled_at"]) == (gone["version"], gone["cancelled_at"])
    assert await sales.written() == before
    done = await sales.live(sales.off_air(start_on="2026-01-02", end_on="2026-01-02", frequency="single"))
    assert done["state"] == "completed"
    await sales.refused(409, "state", "POST", at(done, "transitions"), {"to": "cancelled"})


@pytest.mark.rule("CT-LIF-18", "CT-NOT-01", "CT-HDR-24")
@pytest.mark.parametrize("state", ["draft", "active", "completed", "cancelled"])
async def test_notes_and_reminder_change_in_every_state(sales: Sales, state: str) -> None:
    line = sales.off_air(start_on="2026-01-02", end_on="2026-01-02", frequency="single")
    contract = await sales.draft(line if state == "completed" else sales.line(), client_id=await sales.direct())
    if state in ("active", "completed"):
        contract = await sales.traffic.approve(contract["id"])
    if state == "cancelled":
        contract = await sales.cancel(contract)
    assert contract["state"] == state
    changed = await sales.save(contract, notes="n" * 10_000, tfn=True)
    assert (changed["state"], changed["notes"], changed["tfn"]) == (state, "n" * 10_000, True)
    problem = await sales.refused(422, "invalid_value", "PATCH", at(contract), {"notes": "n" * 10_001})
    assert codes(problem) == [("/notes", "invalid_value")]


@pytest.mark.rule("CT-LIF-18", "CT-ROT-22")
async def test_a_live_contract_takes_rotations_directly(sales: Sales) -> None:
    client_id = await sales.direct()
    copy = await sales.traffic.copy(client_id, "Elm 1")
    live = await sales.live(client_id=client_id)
    saved = await sales.save(live, rotations=[rotation("All Day", [copy])])
    assert ([one["name"] for one in saved["rotations"]], saved["revision"]) == (["All Day"], 1)


@pytest.mark.rule("CT-LIF-25")
async def test_every_action_is_kept_with_who_when_and_why(sales: Sales) -> None:
    client_id = await sales.direct()
    copy = await sales.traffic.copy(client_id, "Elm 1")
    drafted = await sales.draft(sales.line(), client_id=client_id, notes="A secret of ours")
    await sales.save(drafted, product="Tyres", notes="Another secret")
    await sales.traffic.rotations(drafted["id"], rotation("All Day", [copy]))
    await sales.traffic.show(drafted["id"])
    line = drafted["lines"][0]["id"]
    await sales.traffic.ask("PATCH", at(drafted, "lines", line), {"rate_amount": "60.00"})
    await sales.traffic.ask("POST", at(drafted, "transitions"), {"to": "approved", "reason": "Signed by Ann"})
    await sales.save(drafted, invoice_type="summary")
    await sales.cancel(drafted, reason="Shop closed")
    kept = await history(sales, drafted)
    assert [one["action"] for one in kept] == [
        "contract.drafted", "contract.lines_added", "contract.changed", "contract.rotations_changed",
        "contract.lines_changed", "contract.approved", "contract.changed", "contract.cancelled",
    ]  # fmt: skip
    assert {one["actor"] for one in kept} == {"clerk"}
    assert sorted(one["at"] for one in kept) == [one["at"] for one in kept]
    assert [one["reason"] for one in kept if one["reason"]] == ["Signed by Ann", "Shop closed"]
    by_action = {one["action"]: one for one in kept}
    lines = by_action["contract.lines_changed"]
    assert [lines[side]["lines"][0]["rate_amount"] for side in ("before", "after")] == [5500, 6000]
    assert [one["name"] for one in by_action["contract.rotations_changed"]["after"]["rotations"]] == ["All Day"]
    changed = by_action["contract.changed"]
    assert (changed["before"]["invoice_type"], changed["after"]["invoice_type"]) == ("detail", "summary")
    assert "secret" not in str(kept)
    bulk = await sales.draft(sales.line(), client_id=client_id)
    wish = {"contract_ids": [bulk["id"]], "to": "approved", "reason": "Monday's batch"}
    await sales.traffic.ask("POST", "/v1/contracts/bulk", wish, 207)
    assert (await history(sales, bulk))[-1]["reason"] == "Monday's batch"


@pytest.mark.rule("CT-LIF-25")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_history_is_edited_by_nobody(sales: Sales, method: str) -> None:
    drafted = await sales.draft()
    await sales.refused(405, "method_not_allowed", method, at(drafted, "history"), {"reason": "Better so"})
    await sales.refused(404, "not_found", "GET", at({"id": sales.station_id}, "history"))


@pytest.mark.rule("CT-LIF-27", "CT-LIN-10")
async def test_a_duplicate_is_a_new_draft_on_other_dates(sales: Sales) -> None:
    client_id = await sales.direct()
    copy = await sales.traffic.copy(client_id, "Elm 1")
    weekly = sales.line(counts=[1, 0, 0, 0, 0, 0, 0], start_on="2026-06-08", end_on="2026-06-21")
    dated = sales.line(counts=None, dates={"2026-06-05": 2, "2026-06-26": 3}, **JUNE)
    early = sales.line(counts=None, dates={"2026-06-01": 1}, **JUNE)
    drafted = await sales.draft(
        weekly, dated, early, sales.off_air(), client_id=client_id, notes="Ours", product="Tyres", tfn=True,
        discount_percent="5", billing_cycle="weekly",
    )  # fmt: skip
    lunch = (await sales.traffic.rotations(drafted["id"], rotation("Lunch", [copy])))["items"][0]["id"]
    await sales.traffic.show(drafted["id"])
    bound = {"direct_rotation_id": lunch}
    await sales.traffic.ask("PATCH", at(drafted, "lines", drafted["lines"][0]["id"]), bound)
    live = await sales.traffic.approve(drafted["id"])
    made = await sales.traffic.ask("POST", at(live, "duplicates"), {"start_on": "2026-05-22", "code": "AGAIN"}, 201)
    assert (made["state"], made["revision"], made["contract_no"], made["code"]) == ("draft", 0, 2, "AGAIN")
    assert (made["product"], made["discount_percent"], made["billing_cycle"], made["tfn"]) == (
        "Tyres", "5", "weekly", True,
    )  # fmt: skip
    assert (made["notes"], made["approved_at"], made["item_count"]) == ("", None, 2 + 2 + 1 + 3)
    shown = [
        (one["line_no"], one["start_on"], one["end_on"], one["dates"], one["status"], one["rotation"])
        for one in made["lines"]
    ]
    # The first flight begins on 1 May; everything moves three weeks, dated counts stay where they are.
    assert shown == [
        (1, "2026-06-29", "2026-07-12", None, "pending", "Lunch"),
        (2, "2026-06-22", "2026-07-19", {"2026-06-26": 3}, "pending", "Automatic"),
        (3, "2026-05-22", "2026-08-21", None, "pending", "Automatic"),
    ]
    assert made["dropped_lines"] == [3]
    assert [(one["name"], one["start_on"]) for one in made["rotations"]] == [("Lunch", "2026-06-22")]
    assert made["rotations"][0]["id"] != lunch
    assert await sales.traffic.spots(contract_id=made["id"]) == []
    told = await sales.traffic.told("contracts.contract.drafted.v1")
    assert [one["contract_no"] for one in told] == [1, 2]
    assert [one["action"] for one in await history(sales, made)][-1] == "contract.duplicated"
    assert await sales.traffic.show(live["id"]) == live, "the original is as it was"


@pytest.mark.rule("CT-LIF-27")
async def test_what_can_be_no_duplicate(sales: Sales) -> None:
    live = await sales.live(code="TAKEN")
    path = at(live, "duplicates")
    for status, code, body in (
        (422, "date_order", {"start_on": "2026-07-01", "end_on": "2026-06-30"}),
        (422, "start_in_past", {"start_on": "2026-01-01"}),
        (422, "invalid_date", {"start_on": "tomorrow"}),
        (422, "invalid_value", {}),
        (422, "unknown_field", {"start_on": "2026-07-01", "notes": "Copy them"}),
        (409, "duplicate_code", {"start_on": "2026-07-01", "code": "TAKEN"}),
    ):
        await sales.refused(status, code, "POST", path, body)
    await sales.refused(
        404, "not_found", "POST", at({"id": sales.station_id}, "duplicates"), {"start_on": "2026-07-01"}
    )
    short = {"start_on": "2026-07-01", "end_on": "2026-07-07"}
    kept = await sales.traffic.ask("POST", path, short, 201)
    assert [(one["end_on"], one["quantity"]) for one in kept["lines"]] == [("2026-07-07", 7)]
    await sales.amend("clients", live["client_id"], blocked=True)
    await sales.refused(422, "customer_inactive", "POST", path, {"start_on": "2026-07-01"})


@pytest.mark.rule("CT-LIF-27")
async def test_a_duplicate_at_the_end_of_the_calendar_keeps_what_lies_within(sales: Sales) -> None:
    client_id = await sales.direct()
    copy = await sales.traffic.copy(client_id, "Elm 1")
    later = sales.line(start_on="2026-06-03")
    drafted = await sales.draft(sales.line(), later, client_id=client_id)
    always = rotation("Always", [copy], start_on="1990-01-01", end_on="2199-12-31")
    await sales.traffic.rotations(drafted["id"], always)
    made = await sales.traffic.ask("POST", at(drafted, "duplicates"), {"start_on": "2199-12-30"}, 201)
    assert [(one["start_on"], one["end_on"]) for one in made["lines"]] == [("2199-12-30", "2199-12-31")]
    assert (made["dropped_lines"], [one["end_on"] for one in made["rotations"]]) == ([2], ["2199-12-31"])
    earlier = await sales.traffic.ask("POST", at(drafted, "duplicates"), {"start_on": "2026-01-05"}, 201)
    assert [one["start_on"] for one in earlier["rotations"]] == ["1990-01-01"]


def _as_saved(contract: Body) -> list[Body]:
    """A contract's lines as its own answer has them, in the words of a save."""
    spots, banner = contract["lines"]
    names = ("id", "station_id", "start_on", "end_on", "rate_amount")
    kept = ("avail_type", "start_time", "end_time", "length_seconds", "counts")
    return [
        {name: spots[name] for name in (*names, *kept)},
        {**{name: banner[name] for name in (*names, "kind", "frequency")}},
    ]


def _turned(contract: Body) -> list[Body]:
    """The same of its rotations."""
    names = ("id", "name", "length_seconds", "start_on", "end_on")
    return [
        {**{name: one[name] for name in names}, "copies": [{"copy_id": copy["copy_id"]} for copy in one["copies"]]}
        for one in contract["rotations"]
    ]
