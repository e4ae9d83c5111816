"""Media invoices through the HTTP door, the way a clerk enters them."""

from typing import Any

import httpx
import pytest

from services.gateway.roles import PERMISSIONS
from shared.events.contracts import InsertionState
from shared.kernel.ids import new_id
from tests.reconciliation.world import World
from tests.tokens import bearer

BASE = "/v1/media-invoices"
SAID = {
    "invoice_no": "AP-1", "invoice_on": "2026-10-30", "accounting_on": "2026-10-31", "currency": "SEK",
    "amount": "17000.00", "vat": [{"percent": "25", "base_amount": "17000.00", "vat_amount": "4250.00"}],
    "total_amount": "21250.00",
}  # fmt: skip


async def register(api: httpx.AsyncClient, *lines: dict[str, Any], **changes: Any) -> httpx.Response:
    """Begin a registration."""
    body = SAID | {"lines": list(lines)} | changes
    return await api.post(BASE, json=body, headers={"Idempotency-Key": str(new_id())})


async def begun(api: httpx.AsyncClient, *insertions: InsertionState, **changes: Any) -> dict[str, Any]:
    """A registration with these insertions, marked."""
    answer = await register(api, *({"insertion_id": str(one.id), "marked": True} for one in insertions), **changes)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def transition(api: httpx.AsyncClient, found: dict[str, Any], **body: Any) -> httpx.Response:
    """Move an invoice, naming the version it was read at."""
    headers = {"Idempotency-Key": str(new_id()), "If-Match": f'"{found["version"]}"'}
    return await api.post(f"{BASE}/{found['id']}/transitions", json=body, headers=headers)


async def patch(api: httpx.AsyncClient, path: str, version: int, **body: Any) -> httpx.Response:
    """Change a resource."""
    return await api.patch(f"{BASE}/{path}", json=body, headers={"If-Match": f'"{version}"'})


@pytest.mark.rule("MA-MIN-01", "MA-MIN-02", "MA-MIN-03")
async def test_the_search_brings_what_a_medium_may_bill(world: World, api: httpx.AsyncClient) -> None:
    open_, covered, cancelled = world.insertion(), world.insertion(day=13), world.insertion(day=14, status="cancelled")
    unlinked = world.insertion(day=15, supplier_id=None, order_no=502)
    elsewhere = world.insertion(day=16, supplier_id=new_id(), order_no=503, client_id=new_id())
    credit = world.insertion("-20 000.00", "-3 000.00", original_id=covered.id, credit=True)
    await world.tell(open_, covered, cancelled, unlinked, elsewhere, credit)
    await transition(api, await begun(api, covered), to="saved")

    async def found(**query: Any) -> list[str]:
        asked = {name.replace("__", "."): value for name, value in query.items()}
        answer = await api.get("/v1/media-invoice-candidates", params=asked)
        assert answer.status_code == 200, answer.text
        return [row["id"] for row in answer.json()["items"]]

    everything = [str(one.id) for one in (open_, unlinked, elsewhere)]
    assert await found(insertion_on__gte="2026-10-01", insertion_on__lte="2026-10-31") == everything
    assert await found(supplier_id=str(world.supplier_id)) == everything[:2]
    assert await found(client_id=str(elsewhere.client_id)) == everything[2:]
    assert await found(media_id=str(world.media_id), insertion_on__lte="2026-10-12") == everything[:1]
    assert await found(order_no=501) == [str(open_.id), str(covered.id)]
    rows = (await api.get("/v1/media-invoice-candidates", params={"order_no": 501})).json()["items"]
    assert [(row["matched"], row["billed_amount"]) for row in rows] == [(False, "0.00"), (True, "17000.00")]
    refused = await api.get("/v1/media-invoice-candidates", params={"limit": 10})
    assert (refused.status_code, refused.json()["code"]) == (422, "search_empty")


@pytest.mark.rule("MA-MIN-12", "MA-MIN-18", "MA-MIN-10", "MA-MIN-03")
async def test_an_invoice_is_registered_completed_and_saved(world: World, api: httpx.AsyncClient) -> None:
    insertion = world.insertion()
    await world.tell(insertion)
    answer = await register(api, {"insertion_id": str(insertion.id)}, invoice_no="", amount="0.00", vat=[])
    found = answer.json()
    assert (answer.headers["Location"], answer.headers["ETag"]) == (f"{BASE}/{found['id']}", '"1"')
    assert (found["state"], found["supplier_id"], found["marked_net_net_amount"]) == (
        "pending",
        str(world.supplier_id),
        "0.00",
    )
    line = found["lines"][0]
    marked = await patch(api, f"{found['id']}/lines/{line['id']}", 1, marked=True)
    assert (marked.json()["marked_net_net_amount"], marked.json()["version"]) == ("17000.00", 2)
    keyed = await patch(api, found["id"], 2, invoice_no="AP-1", amount="17000.00", vat=SAID["vat"], due_on="2026-12-24")
    assert (keyed.json()["amount"], keyed.json()["vat_amount"]) == ("17000.00", "4250.00")
    listed = (await api.get(BASE, params={"state": "pending"})).json()["items"]
    assert [one["id"] for one in listed] == [found["id"]]
    saved = await transition(api, keyed.json(), to="saved")
    assert saved.status_code == 200, saved.text
    body = saved.json()
    assert (body["state"], body["voucher_no"], body["due_on"], body["warnings"]) == (
        "saved",
        "NP2026-00001",
        "2026-12-24",
        [],
    )
    assert (await api.get(BASE, params={"state": "pending"})).json()["items"] == []
    whole = (await api.get(f"{BASE}/{found['id']}", params={"expand": "lines"})).json()
    assert [one["insertion_id"] for one in whole["lines"]] == [str(insertion.id)]
    vouchers = (await api.get("/v1/vouchers", params={"source_id": found["id"]})).json()["items"]
    assert [one["voucher_no"] for one in vouchers] == ["NP2026-00001"]
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-20", "MA-MIN-06")
async def test_billing_more_than_ordered_is_allowed_with_a_warning(world: World, api: httpx.AsyncClient) -> None:
    insertion = world.insertion()
    await world.tell(insertion)
    line = {"insertion_id": str(insertion.id), "net_net_amount": "17000.50"}
    found = (await register(api, line)).json()
    saved = (await transition(api, found, to="saved")).json()
    assert [warning["code"] for warning in saved["warnings"]] == ["over_ordered"]
    assert (saved["rounding_amount"], found["lines"][0]["other_amount"]) == ("-0.50", "0.50")


@pytest.mark.rule("MA-MIN-17", "MA-MIN-16")
async def test_an_order_is_found_among_the_lines_or_offered_to_be_inserted(
    world: World, api: httpx.AsyncClient
) -> None:
    insertion, missing = world.insertion(), world.insertion(order_no=502)
    await world.tell(insertion, missing)
    found = await begun(api, insertion)
    lines = f"{BASE}/{found['id']}/lines"
    there = (await api.get(lines, params={"order_no": 501})).json()
    assert (len(there["items"]), there["insert_url"]) == (1, None)
    absent = (await api.get(lines, params={"order_no": 502})).json()
    assert (absent["items"], absent["insert_url"]) == ([], f"/v1/reconciliation{lines.removeprefix('/v1')}")
    added = await api.post(lines, json={"order_no": 502, "insertion_on": "2026-10-12"}, headers={"If-Match": '"1"'})
    assert (added.status_code, [line["order_no"] for line in added.json()["lines"]]) == (201, [501, 502])
    line_id = added.json()["lines"][1]["id"]
    dropped = await api.delete(f"{lines}/{line_id}", headers={"If-Match": '"2"'})
    assert (dropped.status_code, dropped.content) == (204, b"")
    again = await api.delete(f"{lines}/{line_id}", headers={"If-Match": '"3"'})
    assert again.status_code == 404


@pytest.mark.rule("MA-MIN-13", "MA-MIN-19")
async def test_a_pending_invoice_can_be_deleted_and_a_saved_one_cannot(world: World, api: httpx.AsyncClient) -> None:
    first, second = world.insertion(), world.insertion(day=13)
    await world.tell(first, second)
    pending, saved = await begun(api, first), await begun(api, second, invoice_no="AP-2")
    gone = await api.delete(f"{BASE}/{pending['id']}", headers={"If-Match": '"1"'})
    assert (gone.status_code, (await api.get(f"{BASE}/{pending['id']}")).status_code) == (204, 404)
    await transition(api, saved, to="saved")
    for refused in (
        await api.delete(f"{BASE}/{saved['id']}", headers={"If-Match": '"2"'}),
        await patch(api, saved["id"], 2, invoice_no="AP-3"),
        await transition(api, saved | {"version": 2}, to="saved"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "already_saved")
        assert refused.json()["blockers"][0]["link"] == f"/v1/reconciliation/media-invoices/{saved['id']}"


@pytest.mark.rule("MA-MIN-21")
async def test_a_saved_invoice_is_cancelled_with_date_and_reason(world: World, api: httpx.AsyncClient) -> None:
    insertion = world.insertion()
    await world.tell(insertion)
    saved = (await transition(api, await begun(api, insertion), to="saved")).json()
    undated = await transition(api, saved, to="cancelled", reason="Wrong agency")
    assert (undated.status_code, undated.json()["code"]) == (422, "accounting_date_required")
    cancelled = await transition(api, saved, to="cancelled", accounting_on="2026-11-02", reason="Wrong agency")
    body = cancelled.json()
    assert (cancelled.status_code, body["state"], body["cancelled_on"]) == (200, "cancelled", "2026-11-02")
    voucher = (await api.get(f"/v1/vouchers/{body['cancelled_voucher_id']}")).json()
    assert (voucher["voucher_no"], voucher["accounting_on"]) == ("NP2026-00002", "2026-11-02")
    (audit,) = await world.rows("SELECT action, reason FROM audit WHERE action LIKE '%cancelled'")
    assert tuple(audit.values()) == ("media_invoice.cancelled", "Wrong agency")


@pytest.mark.rule("MA-MIN-03", "MA-MIN-04", "MA-MIN-16", "MA-GEN-01")
@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"currency": "EUR"}, 422, "mixed_currency"),
        ({"currency": "XXQ"}, 422, "currency"),
        ({"amount": "17000.001"}, 422, "amount_precision"),
        ({"amount": 17000}, 422, "invalid_value"),
        ({"amount": "NaN"}, 422, "invalid_value"),
        ({"invoice_on": "2026-02-30"}, 422, "invalid_date"),
        ({"supplier_id": "01990000-0000-7000-8000-00000000000f"}, 422, "unknown_reference"),
        ({"lines": [{"insertion_id": "01990000-0000-7000-8000-00000000000f"}]}, 422, "unknown_reference"),
        ({"lines": [{"insertion_id": "here", "marked": "yes"}]}, 422, "invalid_value"),
        ({"invoice_no": "a" * 81}, 422, "invalid_value"),
        ({"invoice_no": "\u0000"}, 422, "invalid_value"),
        ({"voucher_no": "1"}, 422, "unknown_field"),
    ],
)
async def test_bad_input_is_refused(
    world: World, api: httpx.AsyncClient, changes: dict[str, Any], status: int, code: str
) -> None:
    insertion = world.insertion()
    await world.tell(insertion)
    answer = await register(api, {"insertion_id": str(insertion.id)}, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await world.rows("SELECT 1 FROM media_invoice") == []


@pytest.mark.rule("MA-MIN-16")
async def test_an_insertion_is_listed_once(world: World, api: httpx.AsyncClient) -> None:
    insertion = world.insertion()
    await world.tell(insertion)
    line = {"insertion_id": str(insertion.id)}
    twice = await register(api, line, line)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_listed")


@pytest.mark.rule("MA-GEN-08")
async def test_versions_and_keys_are_asked_for(world: World, api: httpx.AsyncClient) -> None:
    found = await begun(api)
    path = f"{BASE}/{found['id']}"
    assert (await api.post(BASE, json=SAID)).json()["code"] == "idempotency_key_required"
    assert (await api.patch(path, json={})).json()["code"] == "if_match_required"
    assert (await patch(api, found["id"], 9)).json()["code"] == "stale_version"
    assert (await api.post(f"{path}/transitions", json={"to": "saved"})).status_code == 400
    assert (await patch(api, str(new_id()), 1)).status_code == 404
    first = await api.post(BASE, json=SAID, headers={"Idempotency-Key": "begin"})
    second = await api.post(BASE, json=SAID, headers={"Idempotency-Key": "begin"})
    assert (first.json()["id"], second.headers["Idempotency-Replayed"]) == (second.json()["id"], "true")


@pytest.mark.rule("MA-GEN-09")
@pytest.mark.parametrize(
    ("role", "reads", "registers", "writes_off"),
    [
        ("clerk", True, True, False),
        ("buyer", True, False, False),
        ("finance", True, True, True),
        ("partner", False, False, False),
        ("auditor", True, False, False),
    ],
)
async def test_roles(
    world: World, api: httpx.AsyncClient, role: Any, reads: bool, registers: bool, writes_off: bool
) -> None:
    caller = bearer(*PERMISSIONS[role], tenant_id=world.context.tenant_id)
    keyed = {**caller, "Idempotency-Key": role}
    assert ((await api.get(BASE, headers=caller)).status_code == 200) is reads
    assert ((await api.post(BASE, json=SAID, headers=keyed)).status_code == 201) is registers
    body = {"rows": [{"insertion_id": str(new_id())}], "accounting_on": "2026-10-31"}
    refused = await api.post("/v1/write-offs", json=body, headers={**caller, "Idempotency-Key": f"{role} off"})
    assert (refused.status_code != 403) is writes_off


async def test_another_tenant_finds_nothing(world: World, api: httpx.AsyncClient) -> None:
    insertion = world.insertion()
    await world.bill((insertion, "20 000.00", "18 000.00"))
    saved = (await transition(api, await begun(api, insertion), to="saved")).json()
    stranger = bearer(*PERMISSIONS["operator"], tenant_id=new_id())
    for path in (f"{BASE}/{saved['id']}", f"/v1/discrepancies/{insertion.id}", f"/v1/vouchers/{saved['voucher_id']}"):
        assert (await api.get(path, headers=stranger)).status_code == 404
    for path in (BASE, "/v1/discrepancies", "/v1/vouchers", "/v1/discrepancy-totals"):
        assert (await api.get(path, headers=stranger)).json()["items"] == []
