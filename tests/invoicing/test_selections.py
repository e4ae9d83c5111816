"""Saved selections: a user's own, exactly as saved, and what a run may be asked (MA-INV-01, MA-INV-04, MA-INV-23)."""

from typing import Any

import pytest

from shared.runtime.db import Context, Database
from tests.invoicing.door import door
from tests.invoicing.world import RUN_DAY, World

RIGHTS = ("invoice_run:read", "invoice_run:write", "job:read")
SELECTION: dict[str, Any] = {
    "name": "Nord, the month's corrections",
    "criteria": {"from_on": "2026-10-01", "to_on": "2026-10-31", "campaigns": ["Spring"], "currencies": ["EUR"]},
    "switches": {"corrections": "separate", "sign": "credit", "no_reference_number": False},
    "text": "Thank you.",
}


@pytest.mark.rule("MA-INV-04")
async def test_a_selection_comes_back_exactly_as_it_was_saved(database: Database, context: Context) -> None:
    async with door(database, context, *RIGHTS) as api:
        saved = await api.post("/v1/selections", json=SELECTION)
        assert saved.status_code == 201, saved.text
        loaded = (await api.get(saved.headers["Location"])).json()
        for part in ("criteria", "switches"):
            assert SELECTION[part].items() <= loaded[part].items()
        assert (loaded["name"], loaded["text"]) == (SELECTION["name"], SELECTION["text"])
        # What comes back can be saved and run as it is.
        again = {name: loaded[name] for name in SELECTION}
        assert (await api.post("/v1/selections", json=again | {"overwrite": True})).status_code == 201
        assert (await api.get(saved.headers["Location"])).json()["criteria"] == loaded["criteria"]
        (listed,) = (await api.get("/v1/selections")).json()["items"]
        assert (listed["id"], listed["version"]) == (loaded["id"], 2)


@pytest.mark.rule("MA-INV-04")
async def test_a_taken_name_needs_overwrite(database: Database, context: Context) -> None:
    async with door(database, context, *RIGHTS) as api:
        first = (await api.post("/v1/selections", json=SELECTION)).json()
        refused = await api.post("/v1/selections", json=SELECTION | {"text": "Another"})
        assert (refused.status_code, refused.json()["code"]) == (409, "selection_exists")
        assert (await api.get(f"/v1/selections/{first['id']}")).json()["text"] == "Thank you."
        replaced = await api.post("/v1/selections", json=SELECTION | {"text": "Another", "overwrite": True})
        assert (replaced.json()["id"], replaced.json()["text"]) == (first["id"], "Another")


@pytest.mark.rule("MA-INV-04")
async def test_a_selection_is_its_owners_alone(database: Database, context: Context) -> None:
    async with door(database, context, *RIGHTS) as api:
        saved = (await api.post("/v1/selections", json=SELECTION)).json()
    path = f"/v1/selections/{saved['id']}"
    async with door(database, context, *RIGHTS, subject="somebody-else") as other:
        assert (await other.get("/v1/selections")).json()["items"] == []
        assert (await other.delete(path, headers={"If-Match": '"1"'})).status_code == 403
        assert (await other.get(path)).status_code == 403
        # The same name is free for somebody else.
        assert (await other.post("/v1/selections", json=SELECTION)).status_code == 201
    async with door(database, context, *RIGHTS) as api:
        assert (await api.delete(path, headers={"If-Match": '"1"'})).status_code == 204
        assert (await api.get(path)).status_code == 404


@pytest.mark.rule("MA-INV-01", "MA-INV-23", "MA-INV-02")
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"mode": "rehearsal"}, 422, "invalid_value"),
        ({"text": "x" * 2_001}, 422, "text_too_long"),
        ({"criteria": {}}, 422, "selection_empty"),
        ({"criteria": {"from_on": "2026-11-01", "to_on": "2026-10-01"}}, 422, "bad_date_range"),
        ({"criteria": {"client_ids": ["01900000-0000-7000-8000-000000000000"]}}, 404, "not_found"),
        ({"switches": {"current_invoicing": "perhaps"}}, 422, "bad_switch"),
    ],
)
async def test_what_no_run_can_be_is_refused_and_nothing_is_queued(
    database: Database, context: Context, change: dict[str, Any], status: int, code: str
) -> None:
    world = await World(database, context).open()
    asked = {"mode": "live", "invoice_on": RUN_DAY.isoformat(), "criteria": {"owners": ["ann"]}} | change
    async with door(database, context, *RIGHTS) as api:
        answer = await api.post("/v1/invoice-runs", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await world.rows("SELECT FROM job") == []
    assert await world.rows("SELECT FROM invoice_run") == []
    assert await world.rows("SELECT FROM outbox WHERE routing_key LIKE '%invoice_run%'") == []


@pytest.mark.rule("MA-INV-23")
async def test_the_general_text_stands_on_the_runs_invoices_and_on_no_others(
    database: Database, context: Context
) -> None:
    world = await World(database, context).open()
    client = await world.client()
    first, second = world.insertion(client), world.insertion(client, order_no=502)
    await world.tell(first)
    asked = {"mode": "live", "invoice_on": RUN_DAY.isoformat(), "criteria": {"client_ids": [str(client)]}}
    async with door(database, context, *RIGHTS) as api:
        with_text = await api.post("/v1/invoice-runs", json=asked | {"text": "x" * 2_000})
        assert with_text.status_code == 202, with_text.text
        await world.work_off(with_text.json()["id"])
        await world.tell(second)
        without = await api.post("/v1/invoice-runs", json=asked)
        await world.work_off(without.json()["id"])
    texts = await world.rows("SELECT text FROM invoice ORDER BY no")
    assert [row["text"] for row in texts] == ["x" * 2_000, ""]


@pytest.mark.rule("MA-INV-05")
async def test_a_test_run_shows_what_a_live_one_gives_and_leaves_no_trace(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    client = await world.client()
    await world.tell(world.insertion(client, "120.00"), world.insertion(client, "80.05"))
    counted = (
        "SELECT (SELECT count(*) FROM series) AS series, (SELECT count(*) FROM invoice) AS invoices, "
        "(SELECT count(*) FROM voucher) AS vouchers, (SELECT count(*) FROM invoice_line) AS lines, "
        "(SELECT count(*) FROM outbox WHERE routing_key NOT LIKE '%invoice_run.%') AS told"
    )
    before = await world.rows(counted)
    shown = await world.run("test")
    assert await world.rows(counted) == before
    (preview,) = await world.rows("SELECT net_amount, vat_amount, total_amount FROM invoice_run_preview")
    done = await world.run("live")
    (invoice,) = await world.rows("SELECT net_amount, vat_amount, total_amount FROM invoice")
    assert invoice == preview == {"net_amount": 20005, "vat_amount": 5001, "total_amount": 25006}
    assert (shown["digest"], shown["total_amounts"]) == (done["digest"], done["total_amounts"])


@pytest.mark.rule("MA-REG-21", "MA-INV-23")
@pytest.mark.parametrize("named", [True, False])
async def test_a_selection_keeps_its_text_unless_the_parameter_says_no(world: World, named: bool) -> None:
    criteria = SELECTION["criteria"] | ({"legal_entity_ids": [str(world.legal_entity_id)]} if named else {})
    async with door(world.database, world.context, *RIGHTS) as api:

        async def kept() -> str:
            body = SELECTION | {"criteria": criteria, "overwrite": True}
            return str((await api.post("/v1/selections", json=body)).json()["text"])

        assert await kept() == "Thank you."
        async with world.database.transaction(world.context) as session:
            await world.parameters(session, keep_general_text=False)
        assert await kept() == ""
        (listed,) = (await api.get("/v1/selections")).json()["items"]
        assert (listed["text"], listed["switches"]["corrections"]) == ("", "separate")
