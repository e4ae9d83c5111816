"""Internal notes: written by users in every state, printed nowhere, sent to nobody (CT-NOT)."""

from pathlib import Path
from uuid import UUID

import pytest

from shared.events.invoicing import CorrectionHoldPlaced
from tests.contracts.rich import rich_contract
from tests.contracts.sales import Sales, at, codes
from tests.contracts.traffic import rotation

SCHEMAS = Path(__file__).parents[2] / "shared" / "events" / "schemas"
SECRET = "never tell the customer"


@pytest.mark.rule("CT-NOT-01")
async def test_one_free_text_of_ten_thousand_characters(sales: Sales) -> None:
    text = "Ring Ann first.\nShe decides – <b>not</b> Bo 😀\t" + "n" * 9_000
    drafted = await sales.draft(notes=text)
    assert drafted["notes"] == text
    assert (await sales.save(drafted, notes=""))["notes"] == ""
    assert (await sales.save(drafted, notes="n" * 10_000))["notes"] == "n" * 10_000
    for bad in ("n" * 10_001, None, 7, ["a"], "nul\x00"):
        for method, path in (("POST", "/v1/contracts"), ("PATCH", at(drafted))):
            body = {"client_id": sales.client_id, "notes": bad}
            assert codes(await sales.refused(422, "invalid_value", method, path, body)) == [("/notes", "invalid_value")]


@pytest.mark.rule("CT-NOT-02")
@pytest.mark.parametrize("columns", ["confirmation_columns", "invoice_columns"])
async def test_a_template_that_asks_for_them_is_refused(sales: Sales, columns: str) -> None:
    group = await sales.record("station-groups", "COAST")
    body = {"code": "OTHER", "name": "Other", columns: ["station" if columns[0] == "c" else "line", "notes"]}
    problem = await sales.refused(422, "field_not_printable", "POST", "/v1/station-groups", body)
    assert codes(problem) == [(f"/{columns}/1", "field_not_printable")]
    await sales.refused(422, "field_not_printable", "PATCH", f"/v1/station-groups/{group}", {columns: ["notes"]})


@pytest.mark.rule("CT-NOT-03", "CT-NOT-02")
async def test_no_event_history_or_list_of_a_whole_life_holds_them(sales: Sales) -> None:
    drafted = await rich_contract(sales, approve=False)
    copy = await sales.traffic.copy(drafted["client_id"], "Oak 1")
    await sales.save(drafted, notes=SECRET, product="Rims")
    await sales.traffic.rotations(drafted["id"], rotation("All Day", [copy]))
    await sales.traffic.show(drafted["id"])
    live = await sales.traffic.approve(drafted["id"])
    assert live["notes"] == SECRET
    await sales.save(live, invoice_type="summary", notes=f"{SECRET} again")
    await sales.traffic.ask("POST", at(live, "duplicates"), {"start_on": "2026-07-06"}, 201)
    await sales.traffic.show(live["id"])
    wish = {"acknowledge_impact": True, "reason": "Wrong rate"}
    correction = await sales.traffic.ask("POST", at(live, "corrections"), wish, 202)
    await sales.traffic.hear(
        CorrectionHoldPlaced(id=UUID(correction["id"]), version=1, contract_id=UUID(live["id"]), state="placed")
    )
    path = at(live, "corrections", correction["id"])
    changed = await sales.traffic.ask("PATCH", path, {"header": {"product": "Tyres"}}, version=2)
    await sales.traffic.ask("POST", f"{path}/transitions", {"to": "saved"}, version=changed["version"])
    await sales.traffic.air(live["lines"][2]["station_id"], "2026-06-01")
    await sales.traffic.show(live["id"])
    assert (await sales.cancel(live))["notes"] == f"{SECRET} again"
    kept_at = {
        table: await sales.traffic.rows(f"SELECT 1 FROM {table} t WHERE strpos(t::text, :secret) > 0", secret=SECRET)
        for table in ("outbox", "audit", "confirmation", "correction", "job", "spot", "rotation", "contract")
    }
    assert {table: len(rows) for table, rows in kept_at.items() if rows} == {"contract": 1}
    listed = await sales.traffic.ask("GET", "/v1/contracts")
    assert "notes" not in listed["items"][0]


@pytest.mark.rule("CT-NOT-03")
def test_no_event_has_a_place_for_them() -> None:
    told = {path.name: path.read_text(encoding="utf-8") for path in SCHEMAS.glob("contracts.*.json")}
    assert '"comment"' in told["contracts.contract.approved.v1.json"]
    assert [name for name, text in told.items() if '"notes"' in text] == []
