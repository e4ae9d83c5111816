"""What the registers of radio contracts refuse at once, rather than leave to who uses the record later."""

import pytest

from shared.kernel.ids import new_id
from tests.contracts.sales import Sales, codes
from tests.contracts.traffic import rotation


@pytest.mark.rule("CT-ROT-08", "CT-ROT-19")
async def test_a_copy_ends_no_sooner_than_it_begins(sales: Sales) -> None:
    spot = {"code": "A", "name": "A", "client_id": sales.client_id, "length_seconds": 30, "start_on": "2026-06-10"}
    problem = await sales.refused(422, "date_order", "POST", "/v1/copies", {**spot, "end_on": "2026-06-09"})
    assert codes(problem) == [("/end_on", "date_order")]
    copy_id = await sales.traffic.copy(sales.client_id, "One day", start_on="2026-06-10", end_on="2026-06-10")
    await sales.refused(422, "date_order", "PATCH", f"/v1/copies/{copy_id}", {"start_on": "2026-06-11"})
    drafted = await sales.draft(sales.line())
    listed = await sales.traffic.rotations(drafted["id"], rotation("All Day", [copy_id]))
    assert listed["may_add"] is True


@pytest.mark.rule("CT-ROT-08")
async def test_a_copy_names_stations_that_exist(sales: Sales) -> None:
    spot = {"code": "A", "name": "A", "client_id": sales.client_id, "length_seconds": 30}
    unknown = {**spot, "station_ids": [sales.station_id, str(new_id())]}
    problem = await sales.refused(422, "unknown_reference", "POST", "/v1/copies", unknown)
    assert codes(problem) == [("/station_ids", "unknown_reference")]
    copy_id = await sales.traffic.copy(sales.client_id, "Here", station_ids=[sales.station_id, sales.station_id])
    assert (await sales.amend("copies", copy_id, name="Renamed"))["name"] == "Renamed"


@pytest.mark.rule("CT-CMN-01", "CT-CMN-04", "CT-CMN-06", "CT-HDR-03")
@pytest.mark.parametrize(
    ("register", "field", "code"),
    [
        ("agencies", "commission_percent", "commission_range"),
        ("salespeople", "commission_percent", "commission_range"),
        ("clients", "discount_percent", "discount_range"),
    ],
)
async def test_a_default_is_as_fine_as_the_contract_it_fills(
    sales: Sales, register: str, field: str, code: str
) -> None:
    entity = {"legal_entity_id": sales.traffic.legal_entity_id, "vat_percent": "25", "currency": "EUR"}
    body = {"code": "FINE", "name": "Fine"} | (entity if register == "clients" else {})
    for value in ("16.125", "100.01", "-1"):
        problem = await sales.refused(422, code, "POST", f"/v1/{register}", {**body, field: value})
        assert codes(problem) == [(f"/{field}", code)]
    made = await sales.traffic.ask("POST", f"/v1/{register}", {**body, field: "16.50"}, 201)
    assert float(made[field]) == 16.5


@pytest.mark.rule("CT-LOG-01")
async def test_a_break_at_24_00_would_be_the_next_logs(sales: Sales) -> None:
    late = [{"time": "24:00", "avail_type": "A", "avails": 1, "seconds": 30}]
    path = f"/v1/stations/{sales.station_id}"
    problem = await sales.refused(422, "invalid_value", "PATCH", path, {"breaks": late})
    assert codes(problem) == [("/breaks/0/time", "invalid_value")]


@pytest.mark.rule("CT-LIN-04")
@pytest.mark.parametrize(("named", "sound"), [("MID-DAY|Ä.1", True), ("A", True), ("A|", False), ("A||B", False)])
async def test_a_composite_avail_joins_any_types_that_lines_name(sales: Sales, named: str, *, sound: bool) -> None:
    path = f"/v1/stations/{sales.station_id}"
    breaks = [{"time": "06:00", "avail_type": named, "avails": 1, "seconds": 30}]
    if not sound:
        problem = await sales.refused(422, "invalid_value", "PATCH", path, {"breaks": breaks})
        assert codes(problem) == [("/breaks/0/avail_type", "invalid_value")]
        return
    await sales.amend("stations", sales.station_id, breaks=breaks)
    await sales.live(sales.line(avail_type=named.rsplit("|", maxsplit=1)[-1]))
    assert len((await sales.traffic.log(sales.station_id, "2026-06-01"))["units"]) == 1
