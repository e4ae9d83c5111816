"""Credits of insertions and corrections: mirrored to the cent, once (MA-CRD-08 to MA-CRD-13, MA-INS-17)."""

import asyncio
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from tests.contracts.media.world import EX_09, World, reversal_of

MIRRORED = (
    "gross_amount", "discount_amount", "net_amount", "commission_amount", "net_net_amount", "client_net_amount",
    "fee_amount", "capital_cost_amount", "surcharge_amount", "price_amount",
)  # fmt: skip


async def invoiced(world: World, net: str = "20000.00", **more: Any) -> dict[str, Any]:
    """An insertion on the terms of EX-09, invoiced as number 1001."""
    made = await world.insertion(net, **({"row": EX_09} | more))
    await world.invoice(made)
    return await world.get(f"/insertions/{made['id']}")


async def credit(world: World, insertion_id: str, **wanted: Any) -> dict[str, Any]:
    """A credit that is not refused."""
    return await world.ok("POST", f"/insertions/{insertion_id}/credits", wanted)


@pytest.mark.rule("MA-CRD-08", "MA-CRD-11", "MA-CRD-10", "MA-CRD-13", "MA-GEN-02")
async def test_a_credit_mirrors_the_whole_insertion(world: World) -> None:
    """EX-09 and EX-10: 18 690.00 is credited with -18 690.00."""
    original = await invoiced(world, row=EX_09 | {"discounts": [{"percent": "7"}]})
    made = await credit(world, original["id"])
    for name in MIRRORED:
        assert Decimal(made[name]) == -Decimal(original[name])
    assert (made["status"], made["credit"], made["correction_kind"]) == ("definitive", True, "external")
    assert (made["original_id"], made["client_id"]) == (original["id"], original["client_id"])
    (told,) = await world.told_insertions(made["id"])
    assert (told.credit, told.correction_kind, str(told.original_id)) == (True, "external", original["id"])
    assert told.shares[0].net_net_amount == -Decimal(original["net_net_amount"])
    assert not (told.ad_check_required and not told.ad_checked)
    assert await world.status(original["id"]) == "invoiced", "the original stays"
    assert await world.broken() == {}


@pytest.mark.rule("MA-CRD-12", "MA-CRD-11")
@pytest.mark.parametrize(
    ("left_out", "price"),
    [
        ({}, "-18690.00"),
        ({"exclude_capital_cost": True}, "-18600.00"),
        ({"exclude_fee": True}, "-18090.00"),
        ({"exclude_fee": True, "exclude_capital_cost": True}, "-18000.00"),
    ],
)
async def test_fee_and_capital_cost_may_be_left_out_until_the_credit_is_invoiced(
    world: World, left_out: dict[str, bool], price: str
) -> None:
    """EX-10."""
    original = await invoiced(world)
    assert original["price_amount"] == "18690.00"
    at_once = await credit(world, original["id"], **left_out)
    assert (at_once["price_amount"], at_once["net_net_amount"]) == (price, "-17000.00")
    path = f"/insertions/{at_once['id']}"
    whole = await world.changed(path, {"exclude_fee": False, "exclude_capital_cost": False})
    assert whole["price_amount"] == "-18690.00"
    later = await world.changed(path, left_out or {"exclude_fee": False})
    assert (later["price_amount"], (await world.told_insertions(at_once["id"]))[-1].shares[0].price_amount) == (
        price,
        Decimal(price),
    )
    await world.invoice(later, no="1002")
    refused = await world.change(path, {"exclude_fee": not later["exclude_fee"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "insertion_invoiced")


@pytest.mark.rule("MA-CRD-11", "MA-INS-08")
async def test_the_credit_of_a_zero_insertion_turns_its_fee(world: World) -> None:
    """EX-11."""
    original = await invoiced(world, "0.00", row={"fees": [{"amount": "65.00"}]})
    assert (await credit(world, original["id"]))["price_amount"] == "-65.00"


@pytest.mark.rule("MA-CRD-09")
@pytest.mark.parametrize(("wanted", "comment"), [(True, "Credits invoice 1001"), (False, "")])
async def test_the_earlier_invoices_number_is_a_comment_if_the_user_wants_it(
    world: World, wanted: bool, comment: str
) -> None:
    original = await invoiced(world)
    made = await credit(world, original["id"], with_invoice_no=wanted)
    assert made["invoice_comment"] == comment
    assert (await world.told_insertions(made["id"]))[0].invoice_comment == comment


@pytest.mark.rule("MA-CRD-08")
async def test_what_is_not_credited(world: World) -> None:
    open_insertion = await world.insertion()

    async def refusal(insertion_id: str) -> tuple[int, str]:
        answer = await world.send("POST", f"/insertions/{insertion_id}/credits", {})
        return answer.status_code, answer.json()["code"]

    assert await refusal(open_insertion["id"]) == (409, "not_invoiced")
    original = await invoiced(world)
    made = await credit(world, original["id"])
    assert await refusal(original["id"]) == (409, "already_credited")
    await world.invoice(await world.get(f"/insertions/{made['id']}"), no="1002")
    assert await refusal(made["id"]) == (409, "is_credit")
    assert await refusal(world.order_id) == (404, "not_found")


@pytest.mark.rule("MA-CRD-08")
async def test_a_reversed_insertion_is_not_credited_and_a_cancelled_credit_may_be_made_again(world: World) -> None:
    made = await world.insertion()
    issued = await world.invoice(made)
    first = await credit(world, made["id"])
    assert (await world.move(first["id"], "cancelled")).status_code == 200
    again = await credit(world, made["id"])
    assert again["id"] != first["id"]
    assert (await world.move(again["id"], "cancelled")).status_code == 200
    await world.hear(reversal_of(issued))
    refused = await world.send("POST", f"/insertions/{made['id']}/credits", {})
    assert refused.json()["code"] == "not_invoiced"


@pytest.mark.rule("MA-CRD-08", "MA-GEN-08")
async def test_two_credits_at_once_are_one(world: World) -> None:
    original = await invoiced(world)
    path = f"/insertions/{original['id']}/credits"
    answers = await asyncio.gather(*(world.send("POST", path, {}) for _ in range(6)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 5}
    made = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    found = await world.get(f"/insertions?original_id={original['id']}")
    assert [one["id"] for one in found["items"]] == made


@pytest.mark.rule("MA-CRD-08", "MA-GEN-08")
async def test_a_credit_carries_a_key(world: World) -> None:
    original = await invoiced(world)
    path = f"/insertions/{original['id']}/credits"
    keyed = {"Idempotency-Key": "credit-1"}
    first, again = [await world.send("POST", path, {}, **keyed) for _ in range(2)]
    assert (first.status_code, again.json()) == (201, first.json())


@pytest.mark.rule("MA-CRD-11", "MA-INS-15")
async def test_the_credit_of_an_allocation_mirrors_every_share(world: World) -> None:
    """EX-05: 10 000.01 at 34, 33 and 33 per cent."""
    clients = [world.client_id, (await world.client())["id"], (await world.client())["id"]]
    percents = ("34", "33", "33")
    allocation = [{"client_id": one, "percent": percent} for one, percent in zip(clients, percents, strict=True)]
    original = await world.insertion("10000.01", allocation=allocation, row=EX_09)
    for number, client_id in enumerate(clients):
        assert (await world.send("POST", f"/insertions/{original['id']}/credits", {})).json()["code"] == "not_invoiced"
        await world.invoice(original, client_id=client_id, no=f"100{number}")
    made = await credit(world, original["id"], with_invoice_no=True)
    shown = await world.get(f"/insertions/{made['id']}")
    for name in ("net_amount", "net_net_amount", "client_net_amount", "fee_amount", "capital_cost_amount"):
        pairs = zip(shown["shares"], original["shares"], strict=True)
        assert all(Decimal(credited[name]) == -Decimal(share[name]) for credited, share in pairs)
    assert shown["invoice_comment"] == "Credits invoice 1000, 1001, 1002"


@pytest.mark.rule("MA-INS-17", "MA-REC-13")
async def test_an_external_correction_is_billable_at_once_and_names_the_invoice(world: World) -> None:
    """EX-20: +600.00 beside an invoiced insertion."""
    original = await invoiced(world)
    body = {"corrections": [{"insertion_id": original["id"], "amount": "600.00"}], "reason": "60 per cent"}
    (made,) = (await world.ok("POST", "/corrections", body))["items"]
    assert {made[name] for name in ("net_amount", "net_net_amount", "client_net_amount", "price_amount")} == {"600.00"}
    assert (made["commission_amount"], made["fee_amount"], made["capital_cost_amount"]) == ("0.00", "0.00", "0.00")
    assert (made["status"], made["correction_kind"], made["credit"]) == ("definitive", "external", False)
    assert (made["invoice_comment"], made["original_id"]) == ("Corrects invoice 1001", original["id"])
    (told,) = await world.told_insertions(made["id"])
    assert (told.status, told.correction_kind) == ("definitive", "external")
    again = await world.send("POST", "/corrections", body)
    assert (again.status_code, again.json()["code"]) == (409, "correction_open")
    await world.invoice(await world.get(f"/insertions/{made['id']}"), no="1002")
    negative = {"corrections": [{"insertion_id": original["id"], "amount": "-422.78"}]}
    assert (await world.ok("POST", "/corrections", negative))["items"][0]["price_amount"] == "-422.78"


@pytest.mark.rule("MA-INS-17")
@pytest.mark.parametrize(("amounts", "status"), [(("750.00", "-750.00"), 201), (("750.00", "-749.99"), 422)])
async def test_internal_corrections_sum_to_zero(world: World, amounts: tuple[str, str], status: int) -> None:
    """EX-08."""
    both = [await world.insertion(), await world.insertion()]
    items = [{"insertion_id": one["id"], "amount": amount} for one, amount in zip(both, amounts, strict=True)]
    answer = await world.send("POST", "/corrections", {"kind": "internal", "corrections": items})
    assert answer.status_code == status
    if status == 201:
        assert {one["correction_kind"] for one in answer.json()["items"]} == {"internal"}
    else:
        assert answer.json()["code"] == "internal_not_zero"
        assert len((await world.get("/insertions"))["items"]) == 2, "a refusal changes nothing"


@pytest.mark.rule("MA-INS-17")
async def test_internal_corrections_sum_to_zero_for_each_client(world: World) -> None:
    both = [await world.insertion(), await world.insertion()]
    other = (await world.client())["id"]
    items = [
        {"insertion_id": both[0]["id"], "amount": "750.00", "client_id": other},
        {"insertion_id": both[1]["id"], "amount": "-750.00"},
    ]
    answer = await world.send("POST", "/corrections", {"kind": "internal", "corrections": items})
    assert (answer.status_code, answer.json()["code"]) == (422, "internal_not_zero")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param({"amount": "0"}, 422, "amount_required", marks=pytest.mark.rule("MA-INS-17")),
        pytest.param({"amount": "0.001"}, 422, "amount_precision", marks=pytest.mark.rule("MA-GEN-01")),
        pytest.param({"amount": "1", "client_id": "01990000-0000-7000-8000-00000000000c"}, 422, "unknown_reference",
                     marks=pytest.mark.rule("MA-INS-17")),
        pytest.param({"amount": "1", "insertion_id": "01990000-0000-7000-8000-00000000000c"}, 422,
                     "unknown_reference", marks=pytest.mark.rule("MA-INS-17")),
    ],
)  # fmt: skip
async def test_a_correction_is_refused(world: World, body: dict[str, Any], status: int, code: str) -> None:
    made = await world.insertion()
    answer = await world.send("POST", "/corrections", {"corrections": [{"insertion_id": made["id"], **body}]})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.rule("MA-INS-17", "MA-INS-18")
async def test_a_correction_keeps_its_amounts_and_may_change_its_client(world: World) -> None:
    original, other = await invoiced(world), await world.client()
    body = {"corrections": [{"insertion_id": original["id"], "amount": "600.00"}]}
    (made,) = (await world.ok("POST", "/corrections", body))["items"]
    path = f"/insertions/{made['id']}"
    refused = await world.change(path, {"price_rows": [{"unit_price": "1"}]})
    assert (refused.status_code, refused.json()["code"]) == (422, "keeps_amounts")
    changed = await world.changed(path, {"client_id": other["id"], "invoice_comment": "As agreed"})
    assert (changed["client_id"], changed["invoice_comment"]) == (other["id"], "As agreed")
    on_correction = {"corrections": [{"insertion_id": made["id"], "amount": "1"}]}
    assert (await world.send("POST", "/corrections", on_correction)).json()["code"] == "is_correction"
