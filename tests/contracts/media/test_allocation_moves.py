"""A client's share moved to another client, step by step, none of them forgotten (MA-CRD-14 to MA-CRD-18)."""

import asyncio
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from tests.contracts.media.world import Json, World, reversal_of


class Norge:
    """EX-12: 100 000.00 with a net-net of 85 000.00, 40 per cent Norge and 60 per cent Sverige, both invoiced."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.norge, self.sverige = "", world.client_id
        self.original: Json = {}
        self.invoice_id = ""

    async def open(self) -> "Norge":
        self.norge = (await self.world.client(vat_percent="0"))["id"]
        allocation = [{"client_id": self.norge, "percent": "40"}, {"client_id": self.sverige, "percent": "60"}]
        row = {"received_percents": ["15"]}
        self.original = await self.world.insertion("100000.00", allocation=allocation, row=row)
        issued = await self.world.invoice(self.original, client_id=self.norge, no="1001")
        self.issued, self.invoice_id = issued, str(issued.id)
        await self.world.invoice(self.original, client_id=self.sverige, no="1002")
        return self

    async def credit(self, **wanted: Any) -> Json:
        path = f"/insertions/{self.original['id']}/allocation-credits"
        return await self.world.ok("POST", path, {"invoice_id": self.invoice_id, **wanted})

    async def debit(self) -> Json:
        path = f"/insertions/{self.original['id']}/allocation-debits"
        return await self.world.ok("POST", path, {"client_id": self.norge})

    async def refused(self, what: str, body: Json, insertion_id: str = "") -> tuple[int, str]:
        path = f"/insertions/{insertion_id or self.original['id']}/allocation-{what}"
        answer = await self.world.send("POST", path, body)
        return answer.status_code, answer.json()["code"]

    async def waiting(self) -> list[tuple[str, str]]:
        found = await self.world.get("/allocation-moves?open=true")
        return [(one["step"], one["open"]) for one in found["items"]]


@pytest.mark.rule("MA-CRD-14", "MA-CRD-15", "MA-CRD-16", "MA-CRD-18")
async def test_a_share_is_credited_debited_and_given_to_the_client_that_pays(world: World) -> None:
    """EX-12."""
    case = await Norge(world).open()
    moved = await case.credit(with_invoice_no=True)
    credit = await world.get(f"/insertions/{moved['credit_id']}")
    assert (credit["price_amount"], credit["net_net_amount"]) == ("-40000.00", "-34000.00")
    assert (credit["client_id"], credit["status"], credit["credit"]) == (case.norge, "definitive", True)
    assert (credit["correction_kind"], credit["invoice_comment"]) == ("external", "Credits invoice 1001")
    assert await case.waiting() == [("credited", "debit_allocation")]

    debited = await case.debit()
    debit = await world.get(f"/insertions/{debited['debit_id']}")
    assert (debit["price_amount"], debit["net_net_amount"], debit["status"]) == ("40000.00", "34000.00", "preliminary")
    assert (debit["client_id"], debit["credit"], debit["original_id"]) == (case.norge, False, case.original["id"])
    assert await world.told_insertions(debit["id"]) == [], "nothing to bill while the credited client stands on it"
    assert await case.waiting() == [("debited", "change_client")]

    saved = {"client_id": case.sverige, "invoice_comment": "Moved from Norge"}
    saved_debit = await world.changed(f"/insertions/{debit['id']}", saved)
    assert (saved_debit["status"], saved_debit["client_id"]) == ("definitive", case.sverige)
    (told,) = await world.told_insertions(debit["id"])
    assert (told.status, str(told.client_id), told.invoice_comment) == ("definitive", case.sverige, "Moved from Norge")
    assert told.shares[0].net_net_amount + Decimal(credit["net_net_amount"]) == 0, "neutral on the deduction account"
    done = await world.get(f"/allocation-moves/{moved['id']}")
    assert (done["step"], done["open"], done["to_client_id"]) == ("finished", None, case.sverige)
    assert await case.waiting() == []
    assert await world.status(case.original["id"]) == "invoiced"
    paid = sum(
        Decimal(share["price_amount"]) for share in case.original["shares"] if share["client_id"] == case.sverige
    )
    assert paid + told.shares[0].price_amount == Decimal("100000.00")


@pytest.mark.rule("MA-CRD-14")
async def test_only_an_invoice_of_the_allocation_is_picked_and_once(world: World) -> None:
    case = await Norge(world).open()
    single = await world.insertion()
    await world.invoice(single, no="1003")
    body = {"invoice_id": case.invoice_id}
    assert await case.refused("credits", body, single["id"]) == (422, "not_allocated")
    assert await case.refused("credits", {"invoice_id": world.order_id}) == (422, "invoice_not_of_allocation")
    moved = await case.credit()
    assert await case.refused("credits", body) == (409, "already_credited")
    assert await case.refused("credits", body, moved["credit_id"]) == (422, "not_allocated")
    whole = await world.send("POST", f"/insertions/{case.original['id']}/credits", {})
    assert whole.json()["code"] == "already_credited", "a part of it is credited"


@pytest.mark.rule("MA-CRD-14", "MA-CRD-08")
async def test_a_reversed_invoice_is_not_picked_nor_one_that_was_credited_whole(world: World) -> None:
    case = await Norge(world).open()
    await world.ok("POST", f"/insertions/{case.original['id']}/credits", {})
    assert await case.refused("credits", {"invoice_id": case.invoice_id}) == (409, "already_credited")
    other = await Norge(world).open()
    await world.hear(reversal_of(other.issued, no="1009"))
    assert await other.refused("credits", {"invoice_id": other.invoice_id}) == (422, "invoice_not_of_allocation")


@pytest.mark.rule("MA-CRD-15", "MA-CRD-17")
async def test_a_debit_needs_the_original_and_its_credit_and_is_made_once(world: World) -> None:
    case = await Norge(world).open()
    body = {"client_id": case.norge}
    assert await case.refused("debits", body) == (409, "nothing_credited")
    moved = await case.credit()
    assert await case.refused("debits", body, moved["credit_id"]) == (422, "debit_needs_original")
    assert await case.refused("debits", {"client_id": case.sverige}) == (409, "nothing_credited")
    await case.debit()
    assert await case.refused("debits", body) == (409, "already_debited")


@pytest.mark.rule("MA-CRD-16")
@pytest.mark.parametrize("body", [{"invoice_comment": "Moved"}, "the credited client"])
async def test_a_debit_is_not_saved_with_the_credited_client(world: World, body: Any) -> None:
    case = await Norge(world).open()
    await case.credit()
    debit_id = (await case.debit())["debit_id"]
    change = {"client_id": case.norge} if isinstance(body, str) else body
    refused = await world.change(f"/insertions/{debit_id}", change)
    assert (refused.status_code, refused.json()["code"]) == (422, "client_unchanged")
    by_hand = await world.move(debit_id, "definitive")
    assert (by_hand.status_code, by_hand.json()["code"]) == (422, "client_unchanged")
    assert await case.waiting() == [("debited", "change_client")]
    assert await world.status(debit_id) == "preliminary"


@pytest.mark.rule("MA-CRD-16")
async def test_an_order_made_definitive_leaves_a_waiting_debit_alone(world: World) -> None:
    case = await Norge(world).open()
    await case.credit()
    debit_id = (await case.debit())["debit_id"]
    await world.insertion()
    assert await world.status(debit_id) == "preliminary"


@pytest.mark.rule("MA-CRD-14", "MA-CRD-16")
async def test_the_steps_are_taken_back_one_by_one(world: World) -> None:
    case = await Norge(world).open()
    moved = await case.credit()
    debit_id = (await case.debit())["debit_id"]
    stands = await world.move(moved["credit_id"], "cancelled")
    assert (stands.status_code, stands.json()["code"]) == (409, "debit_stands")
    fees = await world.change(f"/insertions/{moved['credit_id']}", {"exclude_fee": True})
    assert (fees.status_code, fees.json()["code"]) == (409, "debit_stands"), "the debit mirrors the credit"
    assert (await world.move(debit_id, "cancelled")).status_code == 200
    assert await case.waiting() == [("credited", "debit_allocation")]
    assert (await world.move(moved["credit_id"], "cancelled")).status_code == 200
    assert await case.waiting() == []
    assert (await world.get(f"/allocation-moves/{moved['id']}"))["step"] == "abandoned"
    again = await case.credit()
    assert again["id"] != moved["id"]


@pytest.mark.rule("MA-CRD-16", "MA-CRD-12")
async def test_the_debit_is_the_credited_share(world: World) -> None:
    case = await Norge(world).open()
    row = {"fees": [{"amount": "65.01"}]}
    allocation = [{"client_id": case.norge, "percent": "33.33"}, {"client_id": case.sverige, "percent": "66.67"}]
    case.original = await world.insertion("1000.01", allocation=allocation, row=row)
    case.invoice_id = str((await world.invoice(case.original, client_id=case.norge, no="1005")).id)
    moved = await case.credit(exclude_fee=True)
    debit_id = (await case.debit())["debit_id"]
    credit, debit = [await world.get(f"/insertions/{one}") for one in (moved["credit_id"], debit_id)]
    assert credit["price_amount"] == "-333.30"
    names = [name for name in credit if name.endswith("_amount")]
    assert all(Decimal(debit[name]) == -Decimal(credit[name]) for name in names)


@pytest.mark.rule("MA-CRD-14", "MA-CRD-17")
@pytest.mark.parametrize("what", ["credits", "debits"])
async def test_two_at_once_are_one(world: World, what: str) -> None:
    case = await Norge(world).open()
    if what == "debits":
        await case.credit()
    body = {"invoice_id": case.invoice_id} if what == "credits" else {"client_id": case.norge}
    path = f"/insertions/{case.original['id']}/allocation-{what}"
    answers = await asyncio.gather(*(world.send("POST", path, body) for _ in range(6)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 5}
    found = await world.get(f"/insertions?original_id={case.original['id']}")
    assert len(found["items"]) == (1 if what == "credits" else 2)


@pytest.mark.rule("MA-CRD-14")
async def test_an_invoice_of_fees_alone_is_none_of_the_allocation(world: World) -> None:
    other = (await world.client())["id"]
    halves = [{"client_id": one, "percent": "50"} for one in (world.client_id, other)]
    insertion = await world.insertion("100.00", allocation=halves)
    fees = await world.invoice(insertion, kind="fee")
    path = f"/insertions/{insertion['id']}/allocation-credits"
    answer = await world.send("POST", path, {"invoice_id": str(fees.id)})
    assert (answer.status_code, answer.json()["code"]) == (422, "invoice_not_of_allocation")
