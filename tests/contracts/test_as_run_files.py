"""As-run files of other systems: mapped by the caller, matched, decided on line by line, never half applied."""

from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.contracts.traffic import Body, Traffic, breaks_at, rotation, spot_line

OURS = "station_code,air_on,air_time,cart_no,length_seconds\n"


class Desk:
    """A locked log of 1 June with units at 06:00 (C1), 07:00 (C2) and 08:00 (C3)."""

    def __init__(self, traffic: Traffic, log: Body) -> None:
        self.traffic = traffic
        self.log = log
        self.units = [unit["id"] for unit in log["units"]]

    async def read(self, body: str, status: int = 201, **params: Any) -> Body:
        """Validate a file."""
        headers = {"Content-Type": "text/csv", "Idempotency-Key": str(new_id())}
        answer = await self.traffic.http.post(
            "/v1/imports", params={"kind": "as_run", **params}, content=body.encode(), headers=headers
        )
        assert answer.status_code == status, answer.text
        found: Body = answer.json()
        return found

    async def apply(self, found: Body, status: int = 200, **more: bool) -> Body:
        """Apply a validated file."""
        headers = {"If-Match": f'"{found["version"]}"'}
        path = f"/v1/imports/{found['id']}/transitions"
        answer = await self.traffic.http.post(path, json={"to": "applied", **more}, headers=headers)
        assert answer.status_code == status, answer.text
        applied: Body = answer.json()
        return applied

    async def lines(self, *states: str) -> list[Body]:
        """The lines in these states, by time."""
        params = {"log_id": self.log["id"], **({"state": states} if states else {})}
        found: list[Body] = (await self.traffic.ask("GET", "/v1/as-run-lines", **params))["items"]
        return found

    async def decide(self, line: Body, to: str, spot_id: str | None = None, status: int = 201) -> Body:
        """Decide on a line."""
        body = {"to": to} | ({"spot_id": spot_id} if spot_id else {})
        return await self.traffic.ask("POST", f"/v1/as-run-lines/{line['id']}/decisions", body, status)

    async def proposed(self) -> list[tuple[bool, bool]]:
        """Ticked and doubtful, unit by unit."""
        shown = await self.traffic.ask("GET", f"/v1/logs/{self.log['id']}/reconciliation")
        return [(one["aired"], one["doubtful"]) for one in shown["units"]]


@pytest.fixture
async def desk(traffic: Traffic) -> Desk:
    """The desk with its log."""
    station_id = await traffic.station(breaks=breaks_at("06:00", "07:00", "08:00", avails=1, seconds=30))
    client_id = await traffic.client()
    contract = await traffic.contract(client_id, spot_line(station_id, end_on="2026-06-01", counts=[3] * 7))
    copies = [await traffic.copy(client_id, name) for name in ("C1", "C2", "C3")]
    await traffic.rotations(contract["id"], rotation("All", copies))
    return Desk(traffic, await traffic.move(await traffic.log(station_id, "2026-06-01"), "locked"))


def lines(*rows: str) -> str:
    """A file in our own format: time, cart."""
    return OURS + "".join(f"KAAA,2026-06-01,{row},30\n" for row in rows)


@pytest.mark.rule("CT-LOG-10")
async def test_a_file_ticks_what_it_names_and_unticks_the_rest(desk: Desk) -> None:
    found = await desk.read(lines("06:00:41,C1", "08:10:00,C3", "12:00:00,JINGLE"))
    assert found["counts"] == {"create": 3, "update": 0, "unchanged": 0, "error": 0}
    assert await desk.lines() == [], "validating changes nothing"
    await desk.apply(found)
    assert [(one["state"], one["spot_id"]) for one in await desk.lines()] == [
        ("matched", desk.units[0]), ("matched", desk.units[2]), ("unknown", None),
    ]  # fmt: skip
    assert await desk.proposed() == [(True, False), (False, False), (True, False)]
    same = await desk.read(lines("06:00:41,C1", "08:10:00,C3"))
    assert same["counts"]["unchanged"] == 2, "the same file again changes nothing"
    done = await desk.traffic.move(desk.log, "reconciled")
    assert [(unit["state"], unit["air_minute"]) for unit in done["units"]] == [
        ("aired", 360), ("missed", None), ("aired", 490),
    ]  # fmt: skip


@pytest.mark.rule("CT-LOG-10", "CT-LOG-19")
async def test_doubtful_lines_are_listed_and_a_person_decides(desk: Desk) -> None:
    other = await desk.traffic.copy((await desk.traffic.spots())[0]["client_id"], "X9")
    await desk.apply(await desk.read(lines("06:00:30,C1", "07:00:20,X9", "09:30:00,C3", "07:01:00,NEWS")))
    doubtful = await desk.lines("doubtful")
    assert [line["cart_no"] for line in doubtful] == ["X9", "NEWS", "C3"]
    assert await desk.proposed() == [(True, False), (True, True), (True, True)]
    in_place, news, far = doubtful
    accepted = await desk.decide(in_place, "accepted", desk.units[1])
    assert (accepted["state"], accepted["spot_id"]) == ("accepted", desk.units[1])
    assert [line["cart_no"] for line in await desk.lines("doubtful")] == ["C3"], "NEWS means nothing any more"
    problem = await desk.decide(news, "accepted", desk.units[1], 409)
    assert problem["code"] == "unit_taken"
    problem = await desk.decide(news, "accepted", desk.log["id"], 422)
    assert problem["code"] == "unknown_reference"
    await desk.decide(far, "ignored")
    assert await desk.proposed() == [(True, False), (True, False), (False, False)]
    await desk.decide(far, "open")
    assert (await desk.proposed())[2] == (True, True)
    await desk.decide(far, "ignored")
    done = await desk.traffic.move(desk.log, "reconciled")
    assert [unit["state"] for unit in done["units"]] == ["aired", "aired", "missed"]
    (told,) = await desk.traffic.told("contracts.log.reconciled.v1")
    assert [one["cart_no"] for one in told["spots"]][:2] == ["C1", "X9"], "what aired counts, not the plan"
    assert told["spots"][1]["copy_id"] == other
    problem = await desk.decide(news, "ignored", None, 409)
    assert problem["code"] == "log_not_locked"
    problem = await desk.decide({"id": desk.log["id"]}, "ignored", None, 404)
    assert problem["code"] == "not_found"


@pytest.mark.rule("CT-LOG-10")
async def test_a_persons_word_stands_above_the_file(desk: Desk) -> None:
    await desk.apply(await desk.read(lines("06:00:30,C1")))
    word = {"missed_ids": [desk.units[0]], "air_times": {desk.units[2]: "08:05"}}
    done = await desk.traffic.move(desk.log, "reconciled", **word)
    assert [unit["state"] for unit in done["units"]] == ["missed", "missed", "aired"]


@pytest.mark.rule("CT-LOG-09", "CT-LOG-10")
async def test_unlocking_forgets_the_matches_and_locking_finds_them_again(desk: Desk) -> None:
    await desk.apply(await desk.read(lines("06:00:30,C1", "07:00:20,X9")))
    await desk.decide((await desk.lines("doubtful"))[0], "ignored")
    opened = await desk.traffic.move(desk.log, "open")
    assert {(line["state"], line["spot_id"]) for line in await desk.lines()} == {("unknown", None)}
    await desk.traffic.move(opened, "locked")
    assert [line["state"] for line in await desk.lines()] == ["matched", "doubtful"]


@pytest.mark.rule("CT-LOG-10")
async def test_the_caller_says_how_another_systems_file_names_its_columns(desk: Desk) -> None:
    theirs = (
        "Event;Play Time;Cut;Dur;Category\n"
        "1;6:00:41.250 AM;C1;00:30;SPOT\n"
        "2;07:00:02;C2;30.0;SPOT\n"
        "3;8:00:00 PM;C3;0:00:30;SPOT\n"
    )
    asked = {
        "column": ["air_time=play time", "cart_no=Cut", "length_seconds=Dur"],
        "constant": ["station_code=KAAA", "air_on=2026-06-01"],
    }
    await desk.apply(await desk.read(theirs, **asked))
    found = [
        (line["cart_no"], line["air_second"], line["length_seconds"], line["state"]) for line in await desk.lines()
    ]
    assert found == [("C1", 21641, 30, "matched"), ("C2", 25202, 30, "matched"), ("C3", 72000, 30, "doubtful")]
    tabs = theirs.replace(";", "\t")
    assert (await desk.read(tabs, **asked))["counts"]["unchanged"] == 3


@pytest.mark.rule("CT-LOG-10")
@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"column": ["air_time=Clock"]}, "missing_column", "air_time"),
        ({"column": ["artist=Cut"]}, "unknown_column", "artist"),
        ({"constant": ["artist=Abba"]}, "unknown_column", "artist"),
        ({"constant": ["cart_no=C1"]}, "duplicate_column", "cart_no"),
        ({"column": ["air_time"]}, "invalid_value", "column"),
        ({"constant": ["station_code=KAAA", "station_code=KBBB"]}, "invalid_value", "constant"),
    ],
)
async def test_a_mapping_that_does_not_fit_the_file_is_refused(
    desk: Desk, asked: dict[str, Any], code: str, field: str
) -> None:
    problem = await desk.read(lines("06:00:00,C1"), 422, **asked)
    assert (code, field) in [(one["code"], one.get("field")) for one in problem["errors"]]


@pytest.mark.rule("CT-LOG-10", "CT-LOG-18")
async def test_bad_lines_are_told_line_by_line_and_nothing_is_half_applied(desk: Desk) -> None:
    body = OURS + (
        "KAAA,2026-06-01,06:00:10,C1,30\n"
        "KZZZ,2026-06-01,06:00:10,C1,30\n"
        "KAAA,2026-06-02,06:00:10,C1,30\n"
        "KAAA,2026-06-01,25:00:00,C1,30\n"
        "KAAA,2026-13-01,06:00:00,C1,30\n"
        "KAAA,2026-06-01,07:00:00,C2,half a minute\n"
        "KAAA,2026-06-01,08:00:00\n"
        "KAAA,2026-06-01,09:00:00,C3,30\n"
        "KAAA,2026-06-01,09:00:00,C3,30\n"
    )
    found = await desk.read(body)
    assert [(one["line"], one["column"], one["code"]) for one in found["faults"]] == [
        (3, "station_code", "unknown_reference"),
        (4, "air_on", "not_found"),
        (5, "air_time", "invalid_value"),
        (6, "air_on", "invalid_date"),
        (7, "length_seconds", "invalid_value"),
        (8, None, "column_count"),
        (9, None, "duplicate_key"),
        (10, None, "duplicate_key"),
    ]
    problem = await desk.apply(found, 409)
    assert problem["code"] == "import_has_errors"
    assert await desk.lines() == []
    await desk.apply(found, skip_errors=True)
    assert [line["cart_no"] for line in await desk.lines()] == ["C1"]
    await desk.traffic.move(desk.log, "open")
    late = await desk.read(lines("10:00:00,C1"))
    assert [one["code"] for one in late["faults"]] == ["log_not_locked"]


@pytest.mark.rule("CT-LOG-18")
async def test_a_file_names_no_time_that_the_clock_skips_and_may_name_the_second_pass(traffic: Traffic) -> None:
    night = breaks_at("01:30", "02:30", avails=2, seconds=60)
    station_id = await traffic.station(breaks=night, time_zone="Europe/Stockholm")
    client_id = await traffic.client()
    days = {"start_on": "2026-03-29", "end_on": "2026-10-25", "counts": None}
    contract = await traffic.contract(
        client_id, spot_line(station_id, **days, dates={"2026-10-25": 2}, start_time="02:00")
    )
    copy_id = await traffic.copy(client_id, "C1")
    await traffic.rotations(contract["id"], rotation("Year", [copy_id], start_on="2026-01-01", end_on="2026-12-31"))
    spring = Desk(traffic, await traffic.move(await traffic.log(station_id, "2026-03-29"), "locked"))
    autumn = Desk(traffic, await traffic.move(await traffic.log(station_id, "2026-10-25"), "locked"))
    body = "station_code,air_on,air_time,cart_no,length_seconds,second_pass\n" + (
        "KAAA,2026-03-29,02:30:00,C1,30,\n"
        "KAAA,2026-03-29,01:30:00,C1,30,true\n"
        "KAAA,2026-10-25,02:30:10,C1,30,false\n"
        "KAAA,2026-10-25,02:30:10,C1,30,true\n"
    )
    found = await spring.read(body)
    assert [(one["line"], one["code"]) for one in found["faults"]] == [(2, "no_such_time"), (3, "no_such_time")]
    await spring.apply(found, skip_errors=True)
    assert len(await autumn.lines("matched")) == 2
    await traffic.move(spring.log, "reconciled")
    await traffic.move(autumn.log, "reconciled")
    aired = sorted(spot["aired_at"] for spot in await traffic.spots(state="aired") if spot["log_on"] == "2026-10-25")
    assert aired == ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]
