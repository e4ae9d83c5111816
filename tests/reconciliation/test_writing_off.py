"""Discrepancies booked away at the door, and taken back."""

import asyncio
from typing import Any

import httpx
import pytest

from shared.events.contracts import InsertionState
from shared.kernel.ids import new_id
from tests.reconciliation.words import cents
from tests.reconciliation.world import World
from tests.tokens import bearer


async def post(api: httpx.AsyncClient, path: str, **body: Any) -> httpx.Response:
    """A command with a key of its own."""
    return await api.post(path, json=body, headers={"Idempotency-Key": str(new_id())})


async def book_away(api: httpx.AsyncClient, *rows: tuple[InsertionState, str | None], **more: Any) -> httpx.Response:
    """Write off insertions, each whole or in part."""
    stated = [
        {"insertion_id": str(one.id)} | ({"amount": amount} if amount is not None else {}) for one, amount in rows
    ]
    return await post(api, "/v1/write-offs", **({"rows": stated, "accounting_on": "2026-10-31"} | more))


async def surplus(world: World, net_net: str = "730.40", day: int = 12, **changes: Any) -> InsertionState:
    """An insertion whose client paid so much that no medium has billed."""
    insertion = world.insertion(net_net, "0.00", day=day, **changes)
    await world.bill((insertion, net_net, net_net), invoice_no=f"N-{insertion.id}", **changes)
    return insertion


@pytest.mark.rule("MA-REC-15", "MA-REC-17", "MA-GEN-04")
async def test_several_rows_on_one_voucher_that_names_them_and_is_named(world: World, api: httpx.AsyncClient) -> None:
    positive, negative = await surplus(world), await surplus(world, "-1 000.00", day=13)
    answer = await book_away(api, (positive, None), (negative, None), reason="Agreed")
    assert answer.status_code == 201, answer.text
    booked = answer.json()
    assert {row["insertion_id"]: row["amount"] for row in booked["rows"]} == {
        str(positive.id): "730.40",
        str(negative.id): "-1000.00",
    }
    assert (booked["voucher_no"], booked["account"]) == ("NP2026-00001", "media_discrepancy")
    voucher = (await api.get(f"/v1/vouchers/{booked['voucher_id']}")).json()
    assert (voucher["source"], voucher["source_id"]) == ("write_off", booked["id"])
    sides = {(line["role"], line["insertion_id"], line["debit_amount"], line["credit_amount"]) for line in
             voucher["lines"]}  # fmt: skip
    assert sides == {
        ("media_deduction", str(positive.id), "730.40", "0.00"),
        ("media_deduction", str(negative.id), "0.00", "1000.00"),
        ("media_discrepancy", str(positive.id), "0.00", "730.40"),
        ("media_discrepancy", str(negative.id), "1000.00", "0.00"),
    }
    assert (await world.discrepancy(positive))[1] == (await world.discrepancy(negative))[1] == 0
    (told,) = await world.told_of("reconciliation.discrepancy.written_off.v1")
    assert {item["discrepancy_net_net_amount"] for item in told["items"]} == {"0.00"}
    assert {item["reconciliation_code"] for item in told["items"]} == {1}
    assert await world.broken() == {}


@pytest.mark.rule("MA-REC-16")
async def test_parts_add_up_and_no_more_than_is_open_is_taken_as_in_ex_19(world: World, api: httpx.AsyncClient) -> None:
    insertion = await surplus(world)
    assert (await book_away(api, (insertion, "250.00"))).status_code == 201
    assert (await world.discrepancy(insertion))[1] == cents("480.40")
    for amount, code in (
        ("500.00", "exceeds_discrepancy"),
        ("-100.00", "exceeds_discrepancy"),
        ("0.00", "amount_required"),
        ("1.001", "amount_precision"),
    ):
        refused = await book_away(api, (insertion, amount))
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    last = await book_away(api, (insertion, "480.40"), account="media_cost")
    assert last.status_code == 201
    assert (await world.discrepancy(insertion))[1] == 0
    assert await world.broken() == {}


@pytest.mark.rule("MA-REC-15", "MA-REC-16")
async def test_a_refusal_books_nothing_and_names_the_rows(world: World, api: httpx.AsyncClient) -> None:
    settled, other = await surplus(world), await surplus(world, day=13)
    await world.write_off(settled)
    vouchers = await world.rows("SELECT count(*) AS n FROM voucher")
    refused = await book_away(api, (other, None), (settled, None))
    assert (refused.status_code, refused.json()["code"]) == (422, "no_discrepancy")
    assert [fault["entity_id"] for fault in refused.json()["errors"]] == [str(settled.id)]
    for body, code in (
        ({"account": "media_deduction"}, "bad_account"),
        ({"account": "petty_cash"}, "bad_account"),
        ({"accounting_on": "2026-02-30"}, "invalid_date"),
        ({"rows": []}, "invalid_value"),
        ({"rows": [{"insertion_id": str(other.id)}] * 2}, "invalid_value"),
        ({"rows": [{"insertion_id": str(new_id())}]}, "unknown_reference"),
        ({"amount": "1.00"}, "unknown_field"),
    ):
        answer = await book_away(api, (other, None), **body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), body
    assert await world.rows("SELECT count(*) AS n FROM voucher") == vouchers
    assert (await world.discrepancy(other))[1] == cents("730.40")


@pytest.mark.rule("MA-REC-15")
async def test_rows_of_two_legal_entities_are_not_booked_together(world: World, api: httpx.AsyncClient) -> None:
    other = world.entity(id=new_id(), code="SYD")
    await world.hear(other)
    rows = [(await surplus(world), None), (await surplus(world, day=13, legal_entity_id=other.id), None)]
    refused = await book_away(api, *rows)
    assert (refused.status_code, refused.json()["code"]) == (422, "mixed_legal_entity")


@pytest.mark.rule("MA-REC-17")
async def test_a_write_off_is_undone_by_the_opposite_booking_on_its_own_date(
    world: World, api: httpx.AsyncClient
) -> None:
    first, second = await surplus(world), await surplus(world, "-1 000.00", day=13)
    booked = (await book_away(api, (first, None), (second, None))).json()
    part = {"rows": [{"insertion_id": str(second.id), "amount": "-400.00"}], "accounting_on": "2026-11-30"}
    undone = await post(api, "/v1/write-off-reversals", write_off_id=booked["id"], **part)
    assert undone.status_code == 201, undone.text
    assert (undone.json()["reverses_id"], undone.json()["accounting_on"]) == (booked["id"], "2026-11-30")
    assert [row["amount"] for row in undone.json()["rows"]] == ["400.00"]
    undone_id = undone.json()["id"]
    assert await world.postings(undone_id, "write_off") == [
        ("media_deduction", cents("400.00")),
        ("media_discrepancy", cents("-400.00")),
    ]
    assert (await world.discrepancy(second))[1] == cents("-400.00")
    beyond = await post(
        api,
        "/v1/write-off-reversals",
        write_off_id=booked["id"],
        rows=[{"insertion_id": str(second.id), "amount": "-600.01"}],
        accounting_on="2026-11-30",
    )
    assert (beyond.status_code, beyond.json()["code"]) == (422, "exceeds_write_off")
    rest = await post(api, "/v1/write-off-reversals", write_off_id=booked["id"], accounting_on="2026-12-31")
    assert {row["amount"] for row in rest.json()["rows"]} == {"-730.40", "600.00"}
    assert (await world.discrepancy(first))[1] == cents("730.40")
    assert (await world.discrepancy(second))[1] == cents("-1 000.00")
    for write_off_id, status, code in (
        (booked["id"], 409, "already_reversed"),
        (undone_id, 409, "is_reversal"),
        (str(new_id()), 422, "unknown_reference"),
    ):
        refused = await post(api, "/v1/write-off-reversals", write_off_id=write_off_id, accounting_on="2026-12-31")
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert await world.broken() == {}


@pytest.mark.rule("MA-REC-16", "MA-REC-17")
async def test_races_never_take_more_than_there_is(world: World, api: httpx.AsyncClient) -> None:
    insertion = await surplus(world, "1 000.00")
    answers = await asyncio.gather(*(book_away(api, (insertion, "300.00")) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [422] * 5
    assert (await world.discrepancy(insertion))[1] == cents("100.00")
    booked = next(answer.json() for answer in answers if answer.status_code == 201)
    undone = await asyncio.gather(
        *(post(api, "/v1/write-off-reversals", write_off_id=booked["id"], accounting_on="2026-11-30") for _ in range(4))
    )
    assert sorted(answer.status_code for answer in undone) == [201, 409, 409, 409]
    assert (await world.discrepancy(insertion))[1] == cents("400.00")
    assert await world.broken() == {}


@pytest.mark.rule("MA-GEN-08")
async def test_the_same_key_books_once(world: World, api: httpx.AsyncClient) -> None:
    insertion = await surplus(world)
    body = {"rows": [{"insertion_id": str(insertion.id), "amount": "100.00"}], "accounting_on": "2026-10-31"}
    headers = {"Idempotency-Key": "once"}
    answers = await asyncio.gather(*(api.post("/v1/write-offs", json=body, headers=headers) for _ in range(5)))
    assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
    assert (await world.discrepancy(insertion))[1] == cents("630.40")
    other = await api.post("/v1/write-offs", json=body | {"reason": "other"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")
    keyless = await api.post("/v1/write-offs", json=body)
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_required")


@pytest.mark.rule("MA-GEN-09")
async def test_writing_off_is_a_right_of_its_own(world: World, api: httpx.AsyncClient) -> None:
    insertion = await surplus(world)
    clerk = bearer("discrepancy:read", "discrepancy:write", tenant_id=world.context.tenant_id)
    body = {"rows": [{"insertion_id": str(insertion.id)}], "accounting_on": "2026-10-31"}
    refused = await api.post("/v1/write-offs", json=body, headers={**clerk, "Idempotency-Key": "clerk"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await api.get("/v1/write-offs", params={"insertion_id": str(insertion.id)})).json()["items"] == []
