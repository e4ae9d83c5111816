"""Contracts as a front end reaches them: every way in, who may do what, and what nobody is told (CT-HDR-02, CT-LIF)."""

from typing import Any
from urllib.parse import quote

import pytest

from services.contracts.settings import ContractsSettings
from services.gateway.roles import PERMISSIONS, Role
from services.gateway.settings import GatewaySettings
from tests.contracts.sales import PUBLIC, Public, Sales
from tests.contracts.traffic import Body
from tests.tokens import bearer

# A machine's token: it may read contracts, and carries none of a user's rights.
MACHINE = "contract:read"


async def seen(public: Public, path: str, role: Role = "clerk") -> Body:
    """What a role finds at a path."""
    answer = await public.send(role, "GET", path)
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


def refusal(answer: Any) -> tuple[int, str]:
    """Status and code."""
    return answer.status_code, answer.json()["code"]


@pytest.mark.rule("CT-HDR-02")
async def test_the_same_contract_opens_by_number_customer_invoice_and_unit(sales: Sales, public: Public) -> None:
    live, other = await sales.live(), await sales.draft()
    (log,) = await sales.traffic.air(sales.station_id, "2026-06-01")
    units = await sales.traffic.spots(contract_id=live["id"])
    await sales.traffic.issue("N2026-00001", units[:1], "2026-06-30")
    unit = (await seen(public, f"/logs/{log['id']}"))["units"][0]
    ways = (
        f"/contracts/by-number/{live['contract_no']}",
        "/contracts/by-invoice-no/N2026-00001",
        f"/contracts/by-spot/{unit['id']}",
        f"/contracts/{live['id']}",
    )
    found = [await seen(public, way) for way in ways]
    assert {one["id"] for one in found} == {live["id"]}
    assert all(one == found[0] for one in found), "the same resource whichever way it is opened"
    for client_id, wanted in ((live["client_id"], live), (sales.client_id, other)):
        listed = (await seen(public, f"/contracts/by-client/{client_id}"))["items"]
        assert [one["id"] for one in listed] == [wanted["id"]]
    nobody = await sales.direct("NOBODY")
    assert (await seen(public, f"/contracts/by-client/{nobody}"))["items"] == []


@pytest.mark.rule("CT-HDR-02")
@pytest.mark.parametrize(
    "key",
    [
        "by-number/999", "by-number/0", "by-number/-1", "by-number/99999999999999999999", "by-number/one",
        "by-invoice-no/N2026-99999", "by-spot/01990000-0000-7000-8000-000000000001", "by-spot/unit",
        "by-client/01990000-0000-7000-8000-000000000001", "by-client/oak", "01990000-0000-7000-8000-000000000001",
    ],
)  # fmt: skip
async def test_an_unknown_key_opens_nothing(sales: Sales, public: Public, key: str) -> None:
    await sales.draft()
    assert refusal(await public.send("clerk", "GET", f"/contracts/{key}")) == (404, "not_found")


@pytest.mark.rule("CT-HDR-02")
@pytest.mark.parametrize("number", ["N/2026-00001", "N/A/2026-00001", "Rör 2026-00001"])
async def test_a_contract_opens_by_a_number_whatever_its_prefix(sales: Sales, public: Public, number: str) -> None:
    live = await sales.live()
    await sales.traffic.air(sales.station_id, "2026-06-01")
    units = await sales.traffic.spots(contract_id=live["id"])
    await sales.traffic.issue(number, units[:1], "2026-06-30")
    assert (await seen(public, f"/contracts/by-invoice-no/{quote(number)}"))["id"] == live["id"]


@pytest.mark.rule("CT-HDR-02")
async def test_another_tenants_contract_is_unknown(sales: Sales, public: Public) -> None:
    live = await sales.live()
    unit = (await sales.traffic.spots())[0]["id"]
    stranger = bearer(*PERMISSIONS["operator"])
    for way in (live["id"], f"by-number/{live['contract_no']}", f"by-spot/{unit}", f"by-client/{live['client_id']}"):
        answer = await public.http.get(f"{PUBLIC}/contracts/{way}", headers=stranger)
        assert refusal(answer) == (404, "not_found")


@pytest.mark.rule("CT-LIF-03")
async def test_opening_and_closing_changes_nothing_and_keeps_nobody_out(sales: Sales, public: Public) -> None:
    drafted = await sales.draft(sales.line())
    before = await sales.written()
    path = f"/contracts/{drafted['id']}"
    opened = await public.send("clerk", "GET", path, expand="lines", subject="ann")
    # Closing is the client's: no door takes it. That edits are unsaved a client sees by the version it opened.
    assert refusal(await public.send("clerk", "POST", f"{path}/close", {}, subject="ann"))[0] in (404, 405)
    assert await sales.written() == before
    again = await public.send("clerk", "GET", path, expand="lines", subject="bob")
    assert (again.headers["etag"], again.json()) == (opened.headers["etag"], opened.json())
    saved = await public.send("clerk", "PATCH", path, {"product": "Bob's"}, version=drafted["version"], subject="bob")
    assert saved.status_code == 200, "an open window locks nobody out"
    late = await public.send("clerk", "PATCH", path, {"product": "Ann's"}, version=drafted["version"], subject="ann")
    assert refusal(late) == (412, "stale_version")


@pytest.mark.rule("CT-LIF-06")
@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("clerk", {"write"}), ("approver", {"write", "approve", "cancel", "correct"}), ("buyer", set()),
        ("finance", set()), ("auditor", set()), ("operator", {"write", "approve", "cancel", "correct"}),
    ],
)  # fmt: skip
async def test_who_may_write_approve_cancel_and_correct(
    sales: Sales, public: Public, role: Role, may: set[str]
) -> None:
    drafted, doomed, live = await sales.draft(sales.line(), agency_id=None), await sales.draft(), await sales.live()
    waiting = await sales.draft(sales.line(), agency_id=None)

    def steps(id_: str) -> str:
        return f"/contracts/{id_}/transitions"

    wish = {"acknowledge_impact": True, "reason": "Wrong agency"}
    ways: list[tuple[str, str, str, Any, Any, int]] = [
        ("write", "POST", "/contracts", {"client_id": sales.client_id}, None, 201),
        ("write", "PATCH", f"/contracts/{live['id']}", {"tfn": True}, live["version"], 200),
        ("write", "POST", f"/contracts/{live['id']}/lines", {"lines": [sales.line()]}, None, 201),
        ("write", "POST", f"/contracts/{live['id']}/duplicates", {"start_on": "2026-07-01"}, None, 201),
        ("approve", "POST", steps(drafted["id"]), {"to": "approved"}, drafted["version"], 200),
        ("approve", "POST", "/contracts/bulk", {"contract_ids": [waiting["id"]], "to": "approved"}, None, 207),
        ("cancel", "POST", steps(doomed["id"]), {"to": "cancelled"}, doomed["version"], 200),
        ("correct", "POST", f"/contracts/{live['id']}/corrections", wish, "newest", 202),
    ]
    for right, method, path, body, given, status in ways:
        newest = (await seen(public, f"/contracts/{live['id']}", "operator"))["version"]
        before = await sales.written()
        answer = await public.send(role, method, path, body, version=newest if given == "newest" else given)
        if right in may:
            assert answer.status_code == status, answer.text
        else:
            assert refusal(answer) == (403, "forbidden"), (role, right)
            assert await sales.written() == before
    assert (await public.send(role, "GET", f"/contracts/{live['id']}")).status_code == 200


@pytest.mark.rule("CT-LIF-06")
async def test_partners_and_strangers_open_no_contract(sales: Sales, public: Public) -> None:
    drafted = await sales.draft()
    path = f"/contracts/{drafted['id']}"
    assert refusal(await public.send("partner", "GET", path)) == (403, "forbidden")
    nobody = await public.http.get(f"{PUBLIC}{path}")
    assert refusal(nobody) == (401, "unauthenticated")
    only_reads = bearer("contract:read", tenant_id=sales.traffic.tenant_id)
    headers = {**only_reads, "If-Match": f'"{drafted["version"]}"'}
    for to in ("approved", "cancelled"):
        refused = await public.http.post(f"{PUBLIC}{path}/transitions", json={"to": to}, headers=headers)
        assert refusal(refused) == (403, "forbidden")


@pytest.mark.rule("CT-LIF-26", "CT-LOG-16")
async def test_there_is_one_edition_and_one_placement_view(sales: Sales, public: Public) -> None:
    live = await sales.live()
    for role in ("clerk", "approver", "buyer", "finance", "auditor", "operator"):
        listed = await public.send(role, "GET", "/spots", contract_id=live["id"], limit=500)
        assert len(listed.json()["items"]) == 28
        sheet = await public.send(role, "GET", f"/contracts/{live['id']}/spot-detail", format="csv")
        assert len(sheet.text.splitlines()) == 1 + 28
    for older in ("placement-summary", "placements", "placement"):
        assert refusal(await public.send("operator", "GET", f"/contracts/{live['id']}/{older}")) == (404, "not_found")
    settings = {*ContractsSettings.model_fields, *GatewaySettings.model_fields}
    assert not {name for name in settings if "edition" in name or "feature" in name or "licen" in name}


@pytest.mark.rule("CT-NOT-03")
async def test_notes_are_answered_to_users_and_to_no_machine(sales: Sales, public: Public) -> None:
    drafted = await sales.draft(sales.line(), notes="Ann decides")
    ways = (
        f"/contracts/{drafted['id']}", f"/contracts/{drafted['id']}?expand=lines",
        f"/contracts/by-number/{drafted['contract_no']}",
    )  # fmt: skip
    for role in ("clerk", "approver", "buyer", "finance", "auditor", "operator"):
        assert [(await seen(public, way, role))["notes"] for way in ways] == ["Ann decides"] * 3
    machine = bearer(MACHINE, tenant_id=sales.traffic.tenant_id, subject="erp")
    readable = (
        *ways, "/contracts", f"/contracts/by-client/{drafted['client_id']}", f"/contracts/{drafted['id']}/history",
        f"/contracts/{drafted['id']}/lines", f"/contracts/{drafted['id']}/confirmation?format=json", "/spots",
        f"/contracts/{drafted['id']}/rotations", f"/contracts/{drafted['id']}/spot-detail?format=csv",
        "/confirmation-queue",
    )  # fmt: skip
    for way in readable:
        answer = await public.http.get(f"{PUBLIC}{way}", headers=machine)
        assert answer.status_code == 200, way
        assert "Ann decides" not in answer.text, way
    assert (await public.http.get(f"{PUBLIC}{ways[0]}", headers=machine)).json()["notes"] is None
    listed = await public.send("clerk", "GET", "/contracts")
    assert "Ann decides" not in listed.text, "no list holds them"
