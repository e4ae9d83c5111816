"""The door of preinvoice: what each rule answers to bad input, versions, rights and other tenants."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.kernel.ids import new_id
from tests.preinvoice.world import World
from tests.tokens import bearer


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def at(version: int) -> dict[str, str]:
    """The version a change is based on."""
    return {"If-Match": f'"{version}"'}


def key() -> dict[str, str]:
    """A new idempotency key."""
    return {"Idempotency-Key": str(new_id())}


async def generated(api: httpx.AsyncClient, world: World, *items: dict[str, Any], **changes: Any) -> list[Any]:
    """The drafts of a new campaign."""
    campaign_id = await world.book(*items, **changes)
    answer = await api.post(f"/v1/campaigns/{campaign_id}/draft-pre-invoices", json={})
    assert answer.status_code == 201, answer.text
    drafts: list[Any] = answer.json()["items"]
    return drafts


@pytest.mark.rule("PI-GEN-01", "PI-GEN-08", "PI-REQ-22")
async def test_the_first_generation_is_201_with_the_list_a_later_one_200_with_counts(
    api: httpx.AsyncClient, world: World
) -> None:
    item = world.item(distribution_unit="quantity", booked_quantity=10)
    campaign_id = await world.book(item)
    path = f"/v1/campaigns/{campaign_id}/draft-pre-invoices"
    first = await api.post(path, json={"campaign_version": 1})
    assert first.status_code == 201
    body = first.json()
    assert [(one["accounting_on"], one["total_amount"], one["client_code"]) for one in body["items"]] == [
        ("2019-12-01", "7200.00", "ACME"),
        ("2019-12-08", "1800.00", "ACME"),
    ]
    assert [(one["code"], one["entity_id"]) for one in body["warnings"]] == [("pi_w_01", str(item["id"]))]
    again = await api.post(path, json={})
    assert (again.status_code, again.json()["unchanged_count"]) == (200, 2)
    assert again.json()["items"] == body["items"]


@pytest.mark.rule("PI-REQ-01", "PI-REQ-02")
async def test_every_failed_prerequisite_comes_back_at_once(api: httpx.AsyncClient, world: World) -> None:
    campaign_id = await world.book(world.item(currency="USD", vat_percent=None), bill_me=False, due_at=None)
    path = f"/v1/campaigns/{campaign_id}/draft-pre-invoices"
    answer = await api.post(path, json={}, headers=key())
    assert problem(answer) == (422, "pi_e_01")
    assert [(one["code"], one["field"]) for one in answer.json()["errors"]] == [
        ("pi_e_01", "campaign.bill_me"),
        ("pi_e_05", "campaign.due_at"),
        ("pi_e_20", "item.currency"),
    ]
    assert [len(one["faults"]) for one in await world.told("draft_generation.rejected.v1")] == [3]
    assert (await api.get("/v1/draft-pre-invoices")).json()["items"] == []


@pytest.mark.rule("PI-GEN-02")
async def test_a_version_that_was_not_heard_of_is_awaited_and_then_given_up(
    api: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.preinvoice.api.drafts._WAIT_SECONDS", 0.2)
    campaign_id = await world.book()
    answer = await api.post(f"/v1/campaigns/{campaign_id}/draft-pre-invoices", json={"campaign_version": 2})
    assert problem(answer) == (503, "pi_e_39")
    assert answer.headers["Retry-After"] == "1"
    unknown = await api.post(f"/v1/campaigns/{new_id()}/draft-pre-invoices", json={"campaign_version": 1})
    assert problem(unknown) == (404, "not_found")
    monkeypatch.undo()
    waiting = asyncio.create_task(
        api.post(f"/v1/campaigns/{campaign_id}/draft-pre-invoices", json={"campaign_version": 2})
    )
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await world.book(version=2)
    assert (await waiting).status_code == 201


@pytest.mark.rule("PI-GEN-01")
async def test_an_unknown_or_foreign_campaign_is_404(api: httpx.AsyncClient, world: World) -> None:
    campaign_id = await world.book()
    unknown = await api.post(f"/v1/campaigns/{new_id()}/draft-pre-invoices", json={})
    assert problem(unknown) == (404, "not_found")
    stranger = bearer("draft_pre_invoice:write", tenant_id=new_id())
    foreign = await api.post(f"/v1/campaigns/{campaign_id}/draft-pre-invoices", json={}, headers=stranger)
    assert problem(foreign) == (404, "not_found")


@pytest.mark.rule("PI-GEN-24")
async def test_generating_and_billing_are_separate_rights(
    api: httpx.AsyncClient, world: World, tenant_id: UUID
) -> None:
    (first, _) = await generated(api, world)
    drafter = bearer("draft_pre_invoice:write", "draft_pre_invoice:read", tenant_id=tenant_id)
    biller = bearer("billing_run:write", "billing_run:read", tenant_id=tenant_id)
    body = {"draft_ids": [first["id"]]}
    assert problem(await api.post("/v1/billing-runs", json=body, headers={**drafter, **key()})) == (403, "forbidden")
    path = f"/v1/campaigns/{first['campaign_id']}/draft-pre-invoices"
    assert problem(await api.post(path, json={}, headers=biller)) == (403, "forbidden")
    assert (await api.post("/v1/billing-runs", json=body, headers={**biller, **key()})).status_code == 202


@pytest.mark.rule("PI-GEN-12", "PI-GEN-11", "PI-GEN-13")
async def test_typed_values_show_and_null_takes_them_back(api: httpx.AsyncClient, world: World) -> None:
    (first, _) = await generated(api, world)
    path = f"/v1/draft-pre-invoices/{first['id']}"
    typed = {"manual_invoice_on": "2019-12-05", "text": "Hello", "payment_days": 10, "dispatch": "print"}
    answer = await api.patch(path, json=typed, headers=at(1))
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert {name: answer.json()[name] for name in typed} == typed
    cleared = await api.patch(path, json=dict.fromkeys(typed), headers=at(2))
    plain = {"manual_invoice_on": None, "text": "", "payment_days": 30, "dispatch": "email"}
    assert {name: cleared.json()[name] for name in typed} == plain
    same = await api.patch(path, json={"text": ""}, headers=at(3))
    assert same.headers["ETag"] == '"3"'


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        pytest.param({"total_amount": "1.00"}, 422, "pi_e_37", "/total_amount", marks=pytest.mark.rule("PI-GEN-12")),
        pytest.param({"status": "created"}, 422, "pi_e_37", "/status", marks=pytest.mark.rule("PI-GEN-12")),
        ({"colour": "red"}, 422, "unknown_field", "/colour"),
        ({"payment_days": -1}, 422, "pi_e_25", "/payment_days"),
        pytest.param(
            {"manual_invoice_on": "01/12/2019"}, 422, "invalid_date", "/manual_invoice_on",
            marks=pytest.mark.rule("PI-REQ-26"),
        ),
        ({"dispatch": "pigeon"}, 422, "invalid_value", "/dispatch"),
        ({"text": "x" * 2001}, 422, "invalid_value", "/text"),
    ],
)  # fmt: skip
async def test_bad_values_are_refused(
    api: httpx.AsyncClient, world: World, body: Any, status: int, code: str, pointer: str
) -> None:
    (first, _) = await generated(api, world)
    answer = await api.patch(f"/v1/draft-pre-invoices/{first['id']}", json=body, headers=at(1))
    assert problem(answer) == (status, code)
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.rule("PI-GEN-13")
@pytest.mark.parametrize("method", ["patch", "delete", "transition"])
async def test_every_write_names_its_version(api: httpx.AsyncClient, world: World, method: str) -> None:
    (first, _) = await generated(api, world)
    path = f"/v1/draft-pre-invoices/{first['id']}"

    async def write(headers: dict[str, str]) -> httpx.Response:
        if method == "patch":
            return await api.patch(path, json={"text": "a"}, headers=headers)
        if method == "delete":
            return await api.delete(path, headers=headers)
        return await api.post(f"{path}/transitions", json={"to": "reviewed"}, headers=headers)

    assert problem(await write({})) == (428, "if_match_required")
    stale = await write(at(9))
    assert problem(stale) == (412, "pi_e_32")
    assert "version 1" in stale.json()["detail"]
    assert (await write(at(1))).status_code in (200, 204)


@pytest.mark.rule("PI-GEN-17", "PI-GEN-12", "PI-GEN-14")
async def test_a_reviewed_draft_is_set_back_before_it_is_edited_and_may_be_deleted(
    api: httpx.AsyncClient, world: World
) -> None:
    (first, _) = await generated(api, world)
    path = f"/v1/draft-pre-invoices/{first['id']}"
    assert (await api.post(f"{path}/transitions", json={"to": "reviewed"}, headers=at(1))).json()[
        "status"
    ] == "reviewed"
    assert problem(await api.patch(path, json={"text": "a"}, headers=at(2))) == (409, "pi_e_31")
    assert problem(await api.post(f"{path}/transitions", json={"to": "draft"}, headers=at(2))) == (409, "pi_e_48")
    assert problem(await api.post(f"{path}/transitions", json={"to": "sent"}, headers=at(2))) == (422, "invalid_value")
    assert (await api.delete(path, headers=at(2))).status_code == 204
    assert problem(await api.get(path)) == (404, "not_found")


@pytest.mark.rule("PI-GEN-25", "PI-DST-15")
async def test_drafts_are_listed_filtered_and_shown_with_lines(api: httpx.AsyncClient, world: World) -> None:
    first, second = await generated(api, world, world.item(booked_quantity=900))
    found = await api.get(
        "/v1/draft-pre-invoices", params={"planned_invoice_on.lte": "2019-12-07", "status": "created"}
    )
    assert [one["id"] for one in found.json()["items"]] == [first["id"]]
    page = await api.get("/v1/draft-pre-invoices", params={"limit": 1})
    rest = await api.get("/v1/draft-pre-invoices", params={"cursor": page.json()["next_cursor"]})
    assert [one["id"] for one in rest.json()["items"]] == [second["id"]]
    assert (await api.get("/v1/draft-pre-invoices", params={"accounting_on.gte": "2020-01-01"})).json()["items"] == []
    shown = (await api.get(f"/v1/draft-pre-invoices/{first['id']}", params={"expand": "lines"})).json()
    (line,) = shown["lines"]
    assert (line["net_amount"], line["vat_percent"], line["basis"]) == ("7000.00", "19", "linear")
    assert (line["quantity"], line["delivered_quantity"], line["note"] != "") == (900, 700, True)
    assert (line["slice_start_on"], line["slice_end_on"]) == ("2019-12-01", "2019-12-07")
    bad = await api.get("/v1/draft-pre-invoices", params={"planned_on": "2019-12-07"})
    assert problem(bad) == (422, "unknown_parameter")


@pytest.mark.rule("PI-RUN-01", "PI-RUN-03")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"draft_ids": []}, "pi_e_40"),
        ({"filter": {}}, "pi_e_40"),
        ({"filter": {"planned_from": "2031-01-01"}}, "pi_e_40"),
        ({"draft_ids": [str(new_id()) for _ in range(2001)]}, "pi_e_46"),
        ({"draft_ids": [str(new_id())]}, "unknown_reference"),
        ({"draft_ids": [str(new_id())], "filter": {"planned_from": "2019-01-01"}}, "invalid_value"),
        ({"filter": {"payment_intervals": ["hourly"]}}, "invalid_value"),
        ({"filter": {"everything": True}}, "unknown_field"),
    ],
)
async def test_a_run_without_a_sound_selection_is_refused(
    api: httpx.AsyncClient, world: World, body: Any, code: str
) -> None:
    await generated(api, world)
    assert problem(await api.post("/v1/billing-runs", json=body, headers=key())) == (422, code)


@pytest.mark.rule("PI-RUN-01")
@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"planned_from": "2019-12-01", "planned_to": "2019-12-07"}, 1),
        ({"planned_to": "2019-12-31"}, 2),
        ({"payment_intervals": ["weekly"], "payment_starts": ["before_during"], "due_at": ["interval_start"]}, 2),
        ({"payment_starts": ["after"]}, 0),
        ({"runs_from": "2019-12-09", "runs_to": "2019-12-01"}, 2),
        ({"runs_from": "2019-12-10"}, 0),
    ],
)
async def test_a_filter_chooses_the_drafts_of_a_run(
    api: httpx.AsyncClient, world: World, wanted: dict[str, Any], count: int
) -> None:
    await generated(api, world)
    answer = await api.post("/v1/billing-runs", json={"filter": wanted}, headers=key())
    assert (answer.json().get("draft_count", 0), answer.status_code) == (count, 202 if count else 422)


@pytest.mark.rule("PI-RUN-13", "PI-RUN-14")
async def test_the_same_request_again_is_the_same_run(api: httpx.AsyncClient, world: World) -> None:
    drafts = await generated(api, world)
    body, same = {"draft_ids": [one["id"] for one in drafts]}, key()
    assert problem(await api.post("/v1/billing-runs", json=body)) == (400, "idempotency_key_required")
    started = await api.post("/v1/billing-runs", json=body, headers=same)
    again = await api.post("/v1/billing-runs", json=body, headers=same)
    assert (started.status_code, again.json()["id"]) == (202, started.json()["id"])
    assert started.headers["Location"] == f"/v1/jobs/{started.json()['id']}"
    await world.work(UUID(started.json()["id"]))
    run = (await api.get(f"/v1/billing-runs/{started.json()['id']}")).json()
    assert (run["state"], run["draft_count"], run["created_by"]) == ("running", 2, "clerk")
    assert run["phases"] == [
        {"phase": "lock", "processed_count": 2, "successful_count": 2},
        {"phase": "issue", "processed_count": 0, "successful_count": 0},
    ]
    await world.hear(*(world.invoice(one) for one in await world.drafts(UUID(drafts[0]["campaign_id"]))))
    items = (await api.get(f"/v1/billing-runs/{run['id']}/items", params={"outcome": "invoiced"})).json()["items"]
    assert [(one["draft_no"], one["invoice_no"], one["late"]) for one in items] == [
        (1, "2019-0001", False),
        (2, "2019-0002", False),
    ]
    (listed,) = (await api.get("/v1/billing-runs", params={"state": "completed"})).json()["items"]
    assert (listed["run_no"], listed["invoiced_count"]) == (1, 2)
    assert problem(await api.post(f"/v1/billing-runs/{run['id']}/retries", headers=key())) == (422, "pi_e_40")
    assert problem(await api.get(f"/v1/billing-runs/{new_id()}/items")) == (404, "not_found")


@pytest.mark.rule("PI-GEN-09", "PI-GEN-12", "PI-GEN-14")
async def test_an_invoiced_draft_is_final(api: httpx.AsyncClient, world: World) -> None:
    drafts = await generated(api, world)
    await world.run([UUID(drafts[0]["id"])])
    locked, _ = await world.drafts(UUID(drafts[0]["campaign_id"]))
    path = f"/v1/draft-pre-invoices/{drafts[0]['id']}"
    assert problem(await api.delete(path, headers=at(2))) == (409, "pi_e_45")
    await world.hear(world.invoice(locked))
    assert problem(await api.patch(path, json={"text": "a"}, headers=at(3))) == (409, "pi_e_30")
    assert problem(await api.delete(path, headers=at(3))) == (409, "pi_e_30")
    assert problem(await api.post(f"{path}/transitions", json={"to": "created"}, headers=at(3))) == (409, "pi_e_48")
