"""Spot detail of a contract: every unit and occurrence with where it stands, listed, printed, exported (CT-LOG-16)."""

import csv
import io

import pytest

from tests.contracts.papers import text_of
from tests.contracts.sales import Public, Sales, at
from tests.contracts.traffic import Body, rotation

STANDARD = ["station", "contract", "line", "target_date", "log_date", "invoice_date", "status", "off_air"]
OPTIONAL = [
    "air_time", "cart", "copy", "invoice_time", "log_avail_type", "original_target_date", "rate", "ordered_avail_type",
    "scheduled_time",
]  # fmt: skip


@pytest.fixture
async def contract(sales: Sales) -> Body:
    """Units of five days, the first aired and invoiced, the second missed, the third placed; and one banner."""
    client_id = await sales.direct("ELM", name="Elm & Söhne")
    copy = await sales.traffic.copy(client_id, "Elm 1")
    live = await sales.live(
        sales.line(end_on="2026-06-05", start_time="08:00", end_time="09:00"),
        sales.off_air(start_on="2026-06-24", end_on="2026-06-24"),
        client_id=client_id, product="=Rims",
    )  # fmt: skip
    await sales.traffic.rotations(live["id"], rotation("All Day", [copy]))
    (aired,) = await sales.traffic.air(sales.station_id, "2026-06-01")
    second = await sales.traffic.move(await sales.traffic.log(sales.station_id, "2026-06-02"), "locked")
    await sales.traffic.move(second, "reconciled", missed_ids=[second["units"][0]["id"]])
    await sales.traffic.log(sales.station_id, "2026-06-03")
    units = await sales.traffic.spots(contract_id=live["id"])
    await sales.traffic.issue(
        "2026-00017", [one for one in units if one["id"] == aired["units"][0]["id"]], "2026-06-30"
    )
    return live


@pytest.mark.rule("CT-LOG-16")
async def test_every_unit_and_occurrence_is_listed_with_where_it_stands(sales: Sales, contract: Body) -> None:
    rows = await sales.traffic.spots(contract_id=contract["id"])
    assert [(one["target_on"], one["state"], one["off_air"], one["station"]) for one in rows] == [
        ("2026-06-01", "aired", False, "KAAA"), ("2026-06-02", "missed", False, "KAAA"),
        ("2026-06-03", "placed", False, "KAAA"), ("2026-06-04", "scheduled", False, "KAAA"),
        ("2026-06-05", "scheduled", False, "KAAA"), ("2026-06-24", "scheduled", True, "KAAA"),
    ]  # fmt: skip
    first = rows[0]
    said = {
        "contract_no": 1, "line_no": 1, "log_on": "2026-06-01", "invoice_on": "2026-06-30", "invoice_no": "2026-00017",
        "invoice_at": "2026-06-30T12:00:00Z", "air_minute": 480, "scheduled_minute": 480, "cart_no": "Elm 1",
        "copy_name": "Elm 1", "log_avail_types": ["A"], "avail_type": "A", "original_target_on": "2026-06-01",
        "rate_amount": "55.00",
    }  # fmt: skip
    assert {name: first[name] for name in said} == said
    banner = rows[-1]
    assert (banner["rate_amount"], banner["line_no"], banner["log_on"], banner["avail_type"]) == (
        "350.00",
        2,
        None,
        None,
    )


@pytest.mark.rule("CT-LOG-16")
async def test_it_is_exported_with_its_default_columns_and_others_on_demand(sales: Sales, contract: Body) -> None:
    path = at(contract, "spot-detail")
    answer = await sales.traffic.http.get(path, params={"format": "csv", "download": True})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="spots-1.csv"'
    table = list(csv.reader(io.StringIO(answer.text)))
    assert table[0] == STANDARD
    assert table[1:3] == [
        ["KAAA", "1", "1", "2026-06-01", "2026-06-01", "2026-06-30", "aired", "false"],
        ["KAAA", "1", "1", "2026-06-02", "2026-06-02", "", "missed", "false"],
    ]
    assert table[-1] == ["KAAA", "1", "2", "2026-06-24", "", "", "scheduled", "true"]
    wanted = {"format": "json", "column": [*OPTIONAL, "status"], "state": "aired"}
    (row,) = (await sales.traffic.http.get(path, params=wanted)).json()["items"]
    assert list(row.items()) == [
        ("air_time", "08:00"), ("cart", "Elm 1"), ("copy", "Elm 1"), ("invoice_time", "2026-06-30T12:00:00Z"),
        ("log_avail_type", "A"), ("original_target_date", "2026-06-01"), ("rate", "55.00"), ("ordered_avail_type", "A"),
        ("scheduled_time", "08:00"), ("status", "aired"),
    ]  # fmt: skip
    days = {"format": "csv", "target_on.gte": "2026-06-03", "target_on.lte": "2026-06-04"}
    assert len((await sales.traffic.http.get(path, params=days)).text.splitlines()) == 1 + 2


@pytest.mark.rule("CT-LOG-16", "CT-NOT-02", "CT-NOT-03")
async def test_it_is_printed_and_previewed_without_the_notes(sales: Sales, contract: Body) -> None:
    await sales.save(contract, notes="Hands off")
    path = at(contract, "spot-detail")
    pdf = await sales.traffic.http.get(path)
    assert pdf.headers["content-type"] == "application/pdf"
    printed = text_of(pdf.content)
    page = (await sales.traffic.http.get(path, params={"format": "html"})).text
    for said in ("Spot detail", "Contract 1", "KAAA", "Target date", "missed"):
        assert said.lower() in printed.lower()
        assert said in page
    assert "Elm & Söhne" in printed
    assert "Elm &amp; Söhne" in page
    assert "Hands off" not in printed + page


@pytest.mark.rule("CT-LOG-16")
async def test_what_can_be_no_spot_detail(sales: Sales, public: Public, contract: Body) -> None:
    path = f"/contracts/{contract['id']}/spot-detail"
    for params, code in (
        ({"format": "xlsx"}, "format"),
        ({"column": "notes"}, "column"),
        ({"column": "x" * 41}, "column"),
        ({"columns": "station"}, "unknown_parameter"),
        ({"state": "lost"}, "invalid_value"),
        ({"target_on.gte": "June"}, "invalid_date"),
    ):
        answer = await public.send("clerk", "GET", path, **params)
        assert (answer.status_code, answer.json()["code"]) == (422, code), params
    assert (await public.send("clerk", "GET", path, format="csv")).status_code == 200
    unknown = await public.send("clerk", "GET", f"/contracts/{sales.station_id}/spot-detail")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
