"""Lines of a contract at the door: numbered, prefilled, bound, edited, and every input that can be no line (CT-LIN)."""

import pytest

from shared.kernel.ids import new_id
from tests.contracts.sales import Sales, at, codes
from tests.contracts.traffic import Body

_NO_SCHEDULE = {"counts": None}


@pytest.mark.rule("CT-LIN-02")
async def test_line_numbers_count_from_one_and_are_not_given_again(sales: Sales) -> None:
    client_id = await sales.direct()
    drafted = await sales.draft(sales.line(), sales.line(), sales.off_air(), client_id=client_id)
    assert [one["line_no"] for one in drafted["lines"]] == [1, 2, 3]
    last = drafted["lines"][2]
    deleted = await sales.traffic.ask("DELETE", at(drafted, "lines", last["id"]))
    assert [one["line_no"] for one in deleted["lines"]] == [1, 2]
    added = await sales.traffic.ask("POST", at(drafted, "lines"), {"lines": [sales.line()]}, 201)
    assert [one["line_no"] for one in added["lines"]] == [1, 2, 4]
    saved = await sales.save(drafted, lines=[{**sales.line(), "id": added["lines"][1]["id"]}, sales.off_air()])
    assert [(one["line_no"], one["kind"]) for one in saved["lines"]] == [(2, "spots"), (5, "off_air")]
    kept = {**sales.line(), "id": added["lines"][1]["id"]}
    fewer = await sales.save(drafted, lines=[kept])
    assert [one["line_no"] for one in fewer["lines"]] == [2]
    saved = await sales.save(drafted, lines=[kept, sales.off_air()])
    assert [one["line_no"] for one in saved["lines"]] == [2, 6], "nor where the last was left out of the list"
    other = await sales.draft(sales.line())
    assert other["lines"][0]["line_no"] == 1, "each contract counts its own"
    await sales.traffic.approve(drafted["id"])
    (told,) = await sales.traffic.told("contracts.contract.approved.v1")
    assert [one["line_no"] for one in told["lines"]] == [2, 6]


@pytest.mark.rule("CT-LIN-02", "CT-LIN-14", "CT-LIN-15", "CT-LIN-16", "CT-LIN-21", "CT-LIN-22", "CT-LIN-23")
@pytest.mark.parametrize(
    "field", ["line_no", "quantity", "total_amount", "status", "trashed_count", "repeated", "rotation", "approved_at"]
)
async def test_what_is_worked_out_is_not_written(sales: Sales, field: str) -> None:
    drafted = await sales.draft(sales.line())
    value = {"line_no": 7, "quantity": 1, "total_amount": "1.00", "trashed_count": 0}.get(field, "approved")
    bad = sales.line(**{field: value})
    line = drafted["lines"][0]
    for method, path, body in (
        ("POST", "/v1/contracts", {"client_id": sales.client_id, "lines": [bad]}),
        ("POST", at(drafted, "lines"), {"lines": [bad]}),
        ("PATCH", at(drafted), {"lines": [{**bad, "id": line["id"]}]}),
        ("PATCH", at(drafted, "lines", line["id"]), {field: value}),
    ):
        await sales.refused(422, "unknown_field", method, path, body)


@pytest.mark.rule("CT-LIN-03")
async def test_each_line_names_one_active_station(sales: Sales) -> None:
    other = await sales.traffic.station("KBBB")
    web = await sales.traffic.station("WEB", no_logs=True, breaks=[])
    gone = await sales.traffic.station("GONE", blocked=True)
    drafted = await sales.draft(sales.line(), sales.line(station_id=other), sales.off_air(station_id=web))
    assert [one["station_id"] for one in drafted["lines"]] == [sales.station_id, other, web]
    line = drafted["lines"][0]
    for station_id, code in (
        (gone, "station_inactive"),
        (web, "station_has_no_logs"),
        (sales.client_id, "unknown_reference"),
        (None, "unknown_reference"),
    ):
        await _refused_everywhere(sales, drafted, line, {"station_id": station_id}, code, "station_id")
    await sales.refused(
        422, "station_inactive", "POST", at(drafted, "lines"), {"lines": [sales.off_air(station_id=gone)]}
    )
    await sales.amend("stations", other, blocked=True)
    problem = await sales.refused(422, "edi_codes_incomplete", "POST", at(drafted, "transitions"), {"to": "approved"})
    assert ("/lines/1/station_id", "station_inactive") in codes(problem), "a station is looked at again at approval"


@pytest.mark.rule(
    "CT-LIN-04", "CT-LIN-05", "CT-LIN-06", "CT-LIN-07", "CT-LIN-08", "CT-LIN-09", "CT-LIN-10", "CT-LIN-11", "CT-LIN-12",
    "CT-LIN-13", "CT-LIN-17", "CT-LIN-18", "CT-LIN-19", "CT-LIN-20",
)  # fmt: skip
@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"avail_type": None}, "avail_type_required", "avail_type"),
        ({"end_on": "2026-05-31"}, "date_order", "end_on"),
        ({"end_on": "2036-06-30"}, "flight", "end_on"),
        ({"start_on": "2026-01-01"}, "start_in_past", "start_on"),
        ({"start_on": "2026-02-30"}, "invalid_date", "start_on"),
        ({"start_time": "10:00", "end_time": "10:00"}, "time_order", "end_time"),
        ({"start_time": "22:00", "end_time": "02:00"}, "time_order", "end_time"),
        ({"start_time": "24:00"}, "time_order", "end_time"),
        ({"end_time": "24:01"}, "invalid_value", "end_time"),
        *(({"length_seconds": value}, "length", "length_seconds") for value in (0, 3601, 29.5, "30", -30, True)),
        *(({"counts": [value] * 7}, "schedule", "counts") for value in (0, -1, 100)),
        ({"counts": [1, 1, 1, 1, 1, 1, 0.5]}, "schedule", "counts"),
        ({"counts": [1, 1, 1, 1, 1, 1]}, "schedule", "counts"),
        ({"counts": None}, "schedule", "counts"),
        ({"spots_per_week": 5, "days": [0], "dates": {"2026-06-03": 1}}, "schedule", "counts"),
        ({**_NO_SCHEDULE, "spots_per_week": 5}, "schedule", "days"),
        ({**_NO_SCHEDULE, "spots_per_week": 5, "days": [7]}, "schedule", "days"),
        ({**_NO_SCHEDULE, "days": [0], "spots_per_week": 0}, "schedule", "spots_per_week"),
        ({**_NO_SCHEDULE, "days": [0], "spots_per_week": 100}, "schedule", "spots_per_week"),
        ({**_NO_SCHEDULE, "dates": {"2026-05-31": 1}}, "date_outside_flight", "dates"),
        ({**_NO_SCHEDULE, "dates": {"2026-06-29": 1}}, "date_outside_flight", "dates"),
        ({**_NO_SCHEDULE, "dates": {"2026-06-03": 0}}, "schedule", "dates"),
        ({**_NO_SCHEDULE, "dates": {"2026-06-03": -1}}, "schedule", "dates"),
        ({**_NO_SCHEDULE, "dates": {"2026-06-03": 1.5}}, "schedule", "dates"),
        *(({"skip_weeks": value}, "skip_weeks", "skip_weeks") for value in (-1, 53, 1.5)),
        ({"rate_amount": "-0.01"}, "rate", "rate_amount"),
        ({"rate_amount": "55.005"}, "amount_precision", "rate_amount"),
        ({"rate_amount": 55}, "invalid_value", "rate_amount"),
        ({"comment": "x" * 501}, "comment_length", "comment"),
        *(({name: "no"}, "invalid_value", name) for name in ("override_advertiser", "override_conflict")),
        *(({name: 1}, "invalid_value", name) for name in ("override_advertiser", "override_start_date")),
        *(({"placement": value}, "placement", "placement") for value in (0, 11, 2.5, "1")),
        ({"frequency": "daily"}, "frequency", "frequency"),
    ],
)
async def test_what_can_be_no_spot_line(sales: Sales, changes: Body, code: str, field: str) -> None:
    drafted = await sales.draft(sales.line())
    await _refused_everywhere(sales, drafted, drafted["lines"][0], changes, code, field)


@pytest.mark.rule("CT-LIN-25", "CT-LIN-26")
@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"length_seconds": 30}, "not_a_spot_line", "length_seconds"),
        ({"start_time": "00:00"}, "not_a_spot_line", "start_time"),
        ({"end_time": "10:00"}, "not_a_spot_line", "end_time"),
        ({"avail_type": "A"}, "not_a_spot_line", "avail_type"),
        ({"counts": [0] * 6 + [1]}, "not_a_spot_line", "counts"),
        ({"spots_per_week": 5}, "not_a_spot_line", "spots_per_week"),
        ({"days": [0]}, "not_a_spot_line", "days"),
        ({"dates": {}}, "not_a_spot_line", "dates"),
        ({"dates": {"2026-05-04": 1}}, "not_a_spot_line", "dates"),
        ({"skip_weeks": 1}, "not_a_spot_line", "skip_weeks"),
        ({"direct_rotation_id": "01990000-0000-7000-8000-000000000001"}, "not_a_spot_line", "direct_rotation_id"),
        ({"frequency": "hourly"}, "frequency", "frequency"),
        ({"frequency": None}, "frequency", "frequency"),
        *(({"month_day": value}, "frequency", "month_day") for value in (0, 29, 1.5)),
        ({"weekday": 7}, "frequency", "weekday"),
        ({"rate_amount": "-1.00"}, "rate", "rate_amount"),
        ({"start_on": "2026-01-01"}, "start_in_past", "start_on"),
        ({"end_on": "2026-04-30"}, "date_order", "end_on"),
        ({"income_account": "x" * 41}, "invalid_value", "income_account"),
    ],
)
async def test_what_can_be_no_off_air_line(sales: Sales, changes: Body, code: str, field: str | None) -> None:
    drafted = await sales.draft(sales.off_air())
    await _refused_everywhere(sales, drafted, drafted["lines"][0], changes, code, field, sales.off_air())


@pytest.mark.rule("CT-LIN-25", "CT-LIN-26", "CT-LIN-17")
async def test_an_off_air_line_bills_money_without_spots(sales: Sales) -> None:
    account = {"income_account": "3055", "comment": "Web banner <month>"}
    live = await sales.live(sales.off_air(**account))
    (line,) = live["lines"]
    said = {
        "kind": "off_air", "frequency": "monthly", "month_day": 24, "rate_amount": "350.00", "quantity": 3,
        "total_amount": "1050.00", "avail_type": None, "start_time": None, "length_seconds": None, "counts": None,
        "placement": None, "start_on": "2026-05-01", "end_on": "2026-07-31", **account,
    }  # fmt: skip
    assert {name: line[name] for name in said} == said
    found = await sales.traffic.spots(contract_id=live["id"])
    assert [(one["off_air"], one["target_on"], one["state"]) for one in found] == [
        (True, "2026-05-24", "scheduled"), (True, "2026-06-24", "scheduled"), (True, "2026-07-24", "scheduled"),
    ]  # fmt: skip
    (told,) = await sales.traffic.told("contracts.contract.approved.v1")
    assert {name: told["lines"][0][name] for name in ("kind", *account)} == {"kind": "off_air", **account}


@pytest.mark.rule("CT-LIN-24")
async def test_a_new_line_begins_with_what_the_customer_usually_buys(sales: Sales) -> None:
    usual = {
        "line_station_id": sales.station_id, "line_avail_type": "B", "line_start_time": "00:00",
        "line_end_time": "10:00",
    }  # fmt: skip
    client_id = await sales.direct("USUAL", **usual)
    bare = {name: value for name, value in sales.line().items() if name not in _PREFILLED}
    own = {**bare, "avail_type": "A", "start_time": "15:00", "end_time": "19:00"}
    drafted = await sales.draft(bare, own, client_id=client_id)
    assert [tuple(line[name] for name in _PREFILLED) for line in drafted["lines"]] == [
        (sales.station_id, "B", "00:00", "10:00"), (sales.station_id, "A", "15:00", "19:00"),
    ]  # fmt: skip
    banner = {name: value for name, value in sales.off_air().items() if name != "station_id"}
    added = await sales.traffic.ask("POST", at(drafted, "lines"), {"lines": [banner]}, 201)
    assert [added["lines"][2][name] for name in _PREFILLED] == [sales.station_id, None, None, None]
    no_defaults = await sales.draft()
    await sales.refused(422, "unknown_reference", "POST", at(no_defaults, "lines"), {"lines": [bare]})


_PREFILLED = ("station_id", "avail_type", "start_time", "end_time")


@pytest.mark.rule("CT-LIN-24", "CT-LIF-01")
@pytest.mark.parametrize("state", ["cancelled", "completed"])
async def test_a_closed_contract_takes_no_line(sales: Sales, state: str) -> None:
    first = sales.off_air(start_on="2026-01-02", end_on="2026-01-02", frequency="single")
    live = await sales.live(*([first] if state == "completed" else []))
    if state == "cancelled":
        await sales.cancel(live)
    closed = await sales.traffic.show(live["id"])
    assert closed["state"] == state
    line = closed["lines"][0]
    for method, path, body in (
        ("POST", at(live, "lines"), {"lines": [sales.line()]}),
        ("PATCH", at(live), {"lines": [{**sales.line(), "id": line["id"]}, sales.line()]}),
        ("PATCH", at(live), {"lines": []}),
        ("PATCH", at(live, "lines", line["id"]), {"comment": "More"}),
        ("DELETE", at(live, "lines", line["id"]), None),
    ):
        await sales.refused(409, "contract_closed", method, path, body)


@pytest.mark.rule("CT-LIN-28", "CT-LIN-33", "CT-LIN-21", "CT-LIN-25")
async def test_ex_ct_05_the_summary_under_the_lines(sales: Sales) -> None:
    may = {"start_on": "2026-05-04", "end_on": "2026-05-31"}
    drafted = await sales.draft(
        sales.line(**may, counts=[4, 4, 4, 4, 4, 0, 0], rate_amount="40.00"),
        sales.line(start_on="2026-05-09", end_on="2026-05-31", counts=[0, 0, 0, 0, 0, 6, 6], rate_amount="22.50"),
        sales.line(**may, rate_amount="0.00", skip_weeks=0),
        sales.off_air(frequency="daily", start_on="2026-05-04", end_on="2026-05-08", rate_amount="75.00"),
        sales.off_air(frequency="weekly", **may, rate_amount="120.00"),
        sales.off_air(),
        sales.off_air(frequency="single", **may, rate_amount="1500.00"),
    )
    assert [(one["quantity"], one["total_amount"]) for one in drafted["lines"]] == [
        (80, "3200.00"), (48, "1080.00"), (28, "0.00"), (5, "375.00"), (4, "480.00"), (3, "1050.00"), (1, "1500.00"),
    ]  # fmt: skip
    assert drafted["summary"] == "169 item(s), total 7,685.00"
    assert (drafted["item_count"], drafted["gross_amount"]) == (169, "7685.00")


@pytest.mark.rule("CT-LIN-06")
async def test_a_back_dated_line_needs_its_flag_at_entry_and_at_approval(sales: Sales) -> None:
    past = sales.line(start_on="2025-12-30", end_on="2026-01-05")
    drafted = await sales.draft(client_id=await sales.direct())
    await sales.refused(422, "start_in_past", "POST", at(drafted, "lines"), {"lines": [past]})
    added = await sales.traffic.ask(
        "POST", at(drafted, "lines"), {"lines": [{**past, "override_start_date": True}]}, 201
    )
    assert added["lines"][0]["quantity"] == 7
    line = added["lines"][0]["id"]
    await sales.refused(422, "start_in_past", "PATCH", at(drafted, "lines", line), {"override_start_date": False})
    await sales.traffic.ask(
        "PATCH", at(drafted, "lines", line), {"start_on": "2026-01-02", "override_start_date": False}
    )
    sales.traffic.now = sales.traffic.now.replace(day=3)
    problem = await sales.refused(422, "start_in_past", "POST", at(drafted, "transitions"), {"to": "approved"})
    assert codes(problem) == [("/lines/0/start_on", "start_in_past")]


@pytest.mark.rule("CT-LIN-13", "CT-LIN-15")
async def test_a_gross_that_no_document_could_state_is_refused(sales: Sales) -> None:
    half = {"rate_amount": "499999999999.00", "start_on": "2026-06-01", "end_on": "2026-06-01"}
    drafted = await sales.draft(sales.line(**half), sales.line(**half))
    assert drafted["gross_amount"] == "999999999998.00"
    line = drafted["lines"][0]
    one_more = sales.line(rate_amount="2.00", end_on="2026-06-01")
    endless = sales.line(rate_amount="9999999999999.00", counts=[99] * 7, end_on="2035-06-28")
    for more in (one_more, sales.line(rate_amount="9999999999999.00"), endless):
        new = {"client_id": sales.client_id, "lines": [sales.line(**half), sales.line(**half), more]}
        whole = [{**sales.line(**half), "id": one["id"]} for one in drafted["lines"]]
        for method, path, body in (
            ("POST", "/v1/contracts", new),
            ("POST", at(drafted, "lines"), {"lines": [more]}),
            ("PATCH", at(drafted), {"lines": [*whole, more]}),
        ):
            await sales.refused(422, "invalid_value", method, path, body)
    path = at(drafted, "lines", line["id"])
    problem = await sales.refused(422, "invalid_value", "PATCH", path, {"rate_amount": "500000000001.00"})
    assert codes(problem) == [("/lines", "invalid_value")]


@pytest.mark.rule("CT-LIN-13")
async def test_a_file_says_which_line_brings_a_contract_to_too_much(sales: Sales) -> None:
    drafted = await sales.draft(sales.line(rate_amount="499999999999.00", end_on=sales.line()["start_on"]))
    assert drafted["gross_amount"] == "499999999999.00"
    station = await sales.traffic.ask("GET", f"/v1/stations/{sales.station_id}")
    columns = "contract_external_id,line_no,kind,station_code,start_on,end_on,frequency,rate,override_start_date"
    rows = [
        f"{drafted['code']},{number},off_air,{station['code']},2026-06-01,2026-06-01,single,{rate},true"
        for number, rate in enumerate(("500000000000.00", "1.00", "1.00"), 2)
    ]
    headers = {"Content-Type": "text/csv", "Idempotency-Key": str(new_id())}
    body = "\n".join([columns, *rows]).encode()
    answer = await sales.traffic.http.post(
        "/v1/imports", params={"kind": "contract_lines"}, content=body, headers=headers
    )
    assert answer.status_code == 201, answer.text
    lines = await sales.traffic.ask("GET", f"/v1/imports/{answer.json()['id']}/lines")
    assert [[(fault["column"], fault["code"]) for fault in line["faults"]] for line in lines["items"]] == [
        [(None, "record_refused")],
        [("rate", "invalid_value")],
        [("rate", "invalid_value")],
    ]


async def _refused_everywhere(
    sales: Sales, drafted: Body, line: Body, changes: Body, code: str, field: str | None, base: Body | None = None
) -> None:
    """A line with these changes is refused at each of the four doors that take lines, and says where it is wrong."""
    bad = {**(base or sales.line()), **changes}
    new = {"client_id": sales.client_id, "lines": [sales.line(), bad]}
    for method, path, body, pointer in (
        ("POST", "/v1/contracts", new, "/lines/1"),
        ("POST", at(drafted, "lines"), {"lines": [bad]}, "/lines/0"),
        ("PATCH", at(drafted), {"lines": [sales.line(), {**bad, "id": line["id"]}]}, "/lines/1"),
        ("PATCH", at(drafted, "lines", line["id"]), changes, ""),
    ):
        problem = await sales.refused(422, code, method, path, body)
        where, found = codes(problem)[0]
        assert found == code
        assert where.startswith(f"{pointer}/{field}" if field else pointer), problem
