"""Advance invoices at the door: whose they are, what they may be deducted from, and how they are listed."""

from typing import Any
from uuid import UUID

import pytest

from shared.events.contracts import ClientChanged
from shared.kernel.ids import derived_id, new_id
from tests.preinvoice.advances import PATH, Advances, at, problem


async def _other_client(advances: Advances) -> UUID:
    world, id_ = advances.world, new_id()
    await world.hear(
        ClientChanged(
            id=id_, code="BETA", name="Beta AG", version=1, legal_entity_id=world.legal_entity_id,
            vat_percent="7", currency="EUR", minimum_amount="0",
        )
    )  # fmt: skip
    return id_


@pytest.mark.rule("MA-PRE-05", "MA-PRE-02", "MA-PRE-13")
async def test_a_new_advance_invoice_has_a_number_and_is_registered(advances: Advances) -> None:
    first = await advances.opened(owner="maria", product="Coffee", heading="Spring", description="Agreed by phone.")
    assert (first["advance_no"], first["status"], first["client_code"]) == (1, "registered", "ACME")
    assert (first["owner"], first["product"], first["heading"], first["description"]) == (
        "maria", "Coffee", "Spring", "Agreed by phone.",
    )  # fmt: skip
    assert (first["printed_amount"], first["remaining_amount"], first["deductible_amount"]) == ("0.00", "0.00", None)
    assert (await advances.opened())["advance_no"] == 2
    (told, _) = await advances.world.told("advance_invoice.scope_changed.v1")
    assert (told["id"], told["advance_no"], told["status"], told["scopes"]) == (first["id"], 1, "registered", [])


@pytest.mark.rule("MA-PRE-05", "MA-PRE-06", "MA-PRE-12", "MA-PRE-13")
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"client_id": str(new_id())}, (404, "client_not_found", "")),
        ({"deduct_all": True, "scopes": [{"campaign": "Spring"}]}, (422, "deduct_all_excludes_scope", "/scopes")),
        ({"scopes": [{}]}, (422, "invalid_value", "/scopes/0")),
        ({"scopes": [{"from_on": "2026-02-02", "to_on": "2026-02-01"}]}, (422, "bad_date_range", "/scopes/0")),
        ({"scopes": [{"plan_id": str(new_id())}]}, (422, "unknown_reference", "/scopes/0/plan_id")),
        ({"scopes": [{"order_id": str(new_id())}]}, (422, "unknown_reference", "/scopes/0/order_id")),
        ({"scopes": [{"campaign": "Autumn"}]}, (422, "unknown_reference", "/scopes/0/campaign")),
        ({"description": "x" * 501}, (422, "invalid_value", "/description")),
        ({"scope": "all"}, (422, "unknown_field", "/scope")),
    ],
)
async def test_bad_input_opens_nothing(
    advances: Advances, changes: dict[str, Any], refusal: tuple[int, str, str]
) -> None:
    body = {"client_id": str(advances.world.client_id)} | changes
    assert problem(await advances.api.post(PATH, json=body)) == refusal
    assert (await advances.api.get(PATH)).json()["items"] == []
    assert await advances.world.told("scope_changed.v1") == []
    assert (await advances.opened())["advance_no"] == 1


@pytest.mark.rule("MA-PRE-06", "MA-PRE-11")
async def test_the_scope_names_only_what_the_client_has_part_in(advances: Advances) -> None:
    beta = await _other_client(advances)
    mine = await advances.plan("7001", campaign="Spring")
    theirs = await advances.plan("8001", beta, campaign="Autumn")
    shared = await advances.insertion("100.00", theirs, beta, advances.world.client_id, order="shared")
    alone = await advances.insertion("100.00", theirs, beta, order="alone")
    refused = {"plan_id": str(await advances.plan("8002", beta)), "order_id": str(alone.order_id)}
    for name, value in {**refused, "campaign": ""}.items():
        scopes = [{"plan_id": str(mine)}, {name: value}] if value else [{"plan_id": refused["plan_id"]}]
        answer = await advances.api.post(PATH, json={"client_id": str(advances.world.client_id), "scopes": scopes})
        assert problem(answer)[:2] == (422, "other_client")
    scopes = [
        {"plan_id": str(mine), "from_on": "2026-03-01"},
        # For an allocation the client of the share counts.
        {"order_id": str(shared.order_id)},
        {"plan_id": str(theirs)},
        {"campaign": "Spring"},
    ]
    opened = await advances.opened(scopes=scopes)
    assert [one["plan_id"] for one in opened["scopes"]] == [str(mine), None, str(theirs), None]
    moved = await advances.api.patch(f"{PATH}/{opened['id']}", json={"client_id": str(beta)}, headers=at(opened))
    assert problem(moved) == (422, "other_client", "/scopes/0/plan_id")


@pytest.mark.rule("MA-PRE-06")
async def test_a_campaign_of_another_client_is_refused(advances: Advances) -> None:
    await advances.plan("8001", await _other_client(advances), campaign="Autumn")
    body = {"client_id": str(advances.world.client_id), "scopes": [{"campaign": "Autumn"}]}
    assert problem(await advances.api.post(PATH, json=body)) == (422, "other_client", "/scopes/0/campaign")


@pytest.mark.rule("MA-PRE-11", "MA-PRE-12")
async def test_scope_and_deduct_all_exclude_each_other_in_whichever_order(advances: Advances) -> None:
    plan = str(await advances.plan())
    everything = await advances.opened(deduct_all=True)
    path = f"{PATH}/{everything['id']}"
    answer = await advances.api.patch(path, json={"scopes": [{"plan_id": plan}]}, headers=at(everything))
    assert problem(answer) == (422, "deduct_all_excludes_scope", "/scopes")
    some = await advances.opened(scopes=[{"plan_id": plan}])
    answer = await advances.api.patch(f"{PATH}/{some['id']}", json={"deduct_all": True}, headers=at(some))
    assert problem(answer) == (422, "deduct_all_excludes_scope", "/scopes")
    assert (await advances.shown(some))["scopes"] == some["scopes"]
    both = {"deduct_all": False, "scopes": [{"plan_id": plan}]}
    changed = (await advances.api.patch(path, json=both, headers=at(everything))).json()
    assert (changed["deduct_all"], [one["plan_id"] for one in changed["scopes"]]) == (False, [plan])
    told = (await advances.world.told("scope_changed.v1"))[-1]
    assert (told["id"], told["scope_version"], told["scopes"][0]["plan_id"]) == (everything["id"], 2, plan)


@pytest.mark.rule("MA-PRE-07")
async def test_current_deduction_is_blocked_and_unblocked_any_time(advances: Advances) -> None:
    advance = await advances.printed()
    for blocked in (True, False):
        answer = await advances.api.patch(f"{PATH}/{advance['id']}", json={"blocked": blocked}, headers=at(advance))
        advance = answer.json()
        assert advance["blocked"] is blocked
        told = (await advances.world.told("scope_changed.v1"))[-1]
        assert (told["blocked"], told["status"]) == (blocked, "printed")


@pytest.mark.rule("MA-PRE-05")
async def test_the_client_does_not_change_once_a_bill_is_printed(advances: Advances) -> None:
    beta = await _other_client(advances)
    open_ = await advances.billed(await advances.opened())
    moved = await advances.api.patch(f"{PATH}/{open_['id']}", json={"client_id": str(beta)}, headers=at(open_))
    assert moved.json()["client_code"] == "BETA"
    printed = await advances.printed()
    moved = await advances.api.patch(f"{PATH}/{printed['id']}", json={"client_id": str(beta)}, headers=at(printed))
    assert problem(moved)[:2] == (409, "bill_printed")
    nobody = await advances.api.patch(f"{PATH}/{open_['id']}", json={"client_id": str(new_id())}, headers=at(open_))
    assert problem(nobody)[:2] == (412, "stale_version")
    open_ = await advances.shown(open_)
    nobody = await advances.api.patch(f"{PATH}/{open_['id']}", json={"client_id": str(new_id())}, headers=at(open_))
    assert problem(nobody)[:2] == (404, "client_not_found")


@pytest.mark.rule("MA-PRE-01", "MA-PRE-03", "MA-PRE-12")
async def test_the_list_says_what_it_may_be_deducted_from(advances: Advances) -> None:
    first, second = await advances.plan("7001", campaign="Spring"), await advances.plan("7002")
    other = await _other_client(advances)
    await advances.insertion("10000.00", first, campaign="Spring")
    march = await advances.insertion("6000.00", second, order="b")
    await advances.insertion("3000.00", second, other, order="c")
    await advances.insertion("500.00", first, advances.world.client_id, other, order="d")
    await advances.insertion("70.00", first, order="e", status="preliminary")
    await advances.insertion("90.00", first, order="e", currency="SEK")
    cases: list[tuple[dict[str, Any], str | None]] = [
        ({}, None),
        ({"deduct_all": True}, "16250.00"),
        ({"scopes": [{"plan_id": str(first)}]}, "10250.00"),
        ({"scopes": [{"campaign": "Spring"}]}, "10000.00"),
        ({"scopes": [{"order_id": str(march.order_id)}]}, "6000.00"),
        # All fields of a scope must fit; several scopes are alternatives and count an insertion once.
        ({"scopes": [{"plan_id": str(first), "to_on": "2026-03-11"}]}, "0.00"),
        ({"scopes": [{"plan_id": str(first), "from_on": "2026-03-12", "to_on": "2026-03-12"}]}, "10250.00"),
        ({"scopes": [{"plan_id": str(first)}, {"campaign": "Spring"}, {"plan_id": str(second)}]}, "16250.00"),
    ]
    for changes, expected in cases:
        opened = await advances.opened(**changes)
        assert opened["deductible_amount"] == expected, changes
    listed = (await advances.api.get(PATH)).json()["items"]
    assert [one["deductible_amount"] for one in listed] == [expected for _, expected in cases]


async def test_older_news_of_an_insertion_bring_no_share_back(advances: Advances) -> None:
    other, plan = await _other_client(advances), await advances.plan()
    told = await advances.insertion("100.00", plan, other)
    newer = told.model_copy(update={"version": 3, "shares": [*told.shares]})
    older = await advances.insertion("100.00", plan, other, advances.world.client_id, id=new_id(), version=2)
    await advances.hear_batch(newer.model_copy(update={"id": older.id}), older)
    assert (await advances.opened(deduct_all=True))["deductible_amount"] == "0.00"
    late = await advances.insertion("80.00", plan, other, version=2)
    await advances.hear_batch(late.model_copy(update={"version": 1, "shares": older.shares}))
    assert (await advances.opened(deduct_all=True))["deductible_amount"] == "0.00"


@pytest.mark.rule("MA-PRE-01", "MA-PRE-05", "MA-PRE-13")
async def test_the_list_is_searched_and_sorted(advances: Advances) -> None:
    await advances.opened(owner="otto", description="Half of the 100% budget")
    await advances.opened(owner="maria", heading="Budget")
    await advances.opened(owner="maria", product="Tea")

    async def found(**params: Any) -> list[int]:
        answer = await advances.api.get(PATH, params=params)
        assert answer.status_code == 200, answer.text
        return [one["advance_no"] for one in answer.json()["items"]]

    assert await found(q="budget") == [1, 2]
    assert await found(q="0%") == [1]
    assert await found(owner="maria") == [2, 3]
    assert await found(sort="owner") == [2, 3, 1]
    assert await found(advance_no=3) == [3]
    assert await found(status="printed") == []
    assert await found(client_id=str(derived_id("nobody"))) == []
    page = (await advances.api.get(PATH, params={"sort": "owner", "limit": 1})).json()
    rest = (await advances.api.get(PATH, params={"sort": "owner", "cursor": page["next_cursor"]})).json()
    assert [one["advance_no"] for one in rest["items"]] == [3, 1]
    assert problem(await advances.api.get(PATH, params={"sort": "age"}))[:2] == (422, "invalid_value")


@pytest.mark.rule("MA-PRE-05")
async def test_an_unknown_advance_invoice_is_404_and_every_change_names_its_version(advances: Advances) -> None:
    assert problem(await advances.api.get(f"{PATH}/{new_id()}"))[:2] == (404, "advance_invoice_not_found")
    opened = await advances.opened()
    path = f"{PATH}/{opened['id']}"
    assert problem(await advances.api.patch(path, json={"heading": "a"}))[:2] == (428, "if_match_required")
    assert problem(await advances.api.patch(path, json={"scopes": None}, headers=at(opened)))[:2] == (
        422, "invalid_value",
    )  # fmt: skip
    changed = await advances.api.patch(path, json={"heading": "a"}, headers=at(opened))
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert problem(await advances.api.patch(path, json={"heading": "b"}, headers=at(opened)))[:2] == (
        412, "stale_version",
    )  # fmt: skip
