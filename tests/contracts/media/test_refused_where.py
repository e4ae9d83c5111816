"""Where in a request a refused amount, currency or client stands (MA-GEN-01)."""

from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.contracts.media.world import World

Json = dict[str, Any]
NOBODY = "01900000-0000-7000-8000-000000000000"
ROW: Json = {"unit_price": "100.00"}


async def refusal(world: World, method: str, path: str, body: Json) -> tuple[int, list[tuple[str, str]]]:
    """Status, and pointer and code of each fault."""
    answer = await world.send(method, path, body)
    return answer.status_code, [(one["pointer"], one["code"]) for one in answer.json()["errors"]]


@pytest.mark.rule("MA-GEN-01", "MA-REG-03", "MA-REG-14", "MA-INS-05", "MA-INS-06", "MA-INS-09")
@pytest.mark.parametrize(
    ("path", "values", "pointer", "code"),
    [
        ("clients", {"currency": "SEK", "minimum_amount": "1.001"}, "/minimum_amount", "amount_precision"),
        ("clients", {"currency": "JPY", "minimum_amount": "1.5"}, "/minimum_amount", "amount_precision"),
        ("clients", {"currency": "KWD", "minimum_amount": "1.0001"}, "/minimum_amount", "amount_precision"),
        ("clients", {"currency": "XYZ"}, "/currency", "currency"),
        ("clients", {"ad_agency_id": NOBODY}, "/ad_agency_id", "agency_not_found"),
        ("media", {"currency": "XYZ"}, "/currency", "currency"),
        ("agreements", {"fees": [{"percent": "1"}, {"amount": "1.001", "currency": "SEK"}]}, "/fees/1/amount",
         "amount_precision"),
        ("agreements", {"capital_cost": {"amount": "1.5", "currency": "JPY"}}, "/capital_cost/amount",
         "amount_precision"),
        ("agreements", {"fees": [{"amount": "1", "currency": "XYZ"}]}, "/fees/0/currency", "currency"),
        ("price-codes", {"kind": "discount", "fixed_amount": "1.5", "currency": "JPY"}, "/fixed_amount",
         "amount_precision"),
    ],
)  # fmt: skip
async def test_a_register_says_which_field_is_wrong(
    world: World, path: str, values: Json, pointer: str, code: str
) -> None:
    usual: Json = {"code": "NEW", "name": "New"}
    if path == "clients":
        usual |= {"legal_entity_id": world.entity_id, "currency": "SEK", "vat_percent": "25"}
    status, faults = await refusal(world, "POST", f"/{path}", usual | values)
    assert (status, faults) == (404 if code.endswith("not_found") else 422, [(pointer, code)])
    assert (await world.get(f"/{path}?code=NEW"))["items"] == []


@pytest.mark.rule("MA-GEN-01", "MA-INS-15", "MA-INS-17")
async def test_bookings_and_corrections_say_which_row_is_wrong(world: World) -> None:
    fine: Json = {"insertion_on": "2026-10-12", "price_rows": [ROW]}
    halves = [{"client_id": one, "percent": "50"} for one in (world.client_id, NOBODY)]
    body = {"insertions": [fine, {**fine, "allocation": halves}]}
    path = f"/orders/{world.order_id}/insertions"
    expected = [("/insertions/1/allocation", "unknown_reference")]
    assert await refusal(world, "POST", path, body) == (422, expected)
    one, other = await world.insertion("100.00"), await world.insertion("50.00")

    async def correct(kind: str, amount: str, **more: Any) -> tuple[int, list[tuple[str, str]]]:
        rows = [{"insertion_id": other["id"], "amount": "1"}, {"insertion_id": one["id"], "amount": amount, **more}]
        return await refusal(world, "POST", "/corrections", {"kind": kind, "reason": "Rebate", "corrections": rows})

    assert await correct("external", "1.001") == (422, [("/corrections/1/amount", "amount_precision")])
    assert await correct("external", "0") == (422, [("/corrections/1/amount", "amount_required")])
    somebody = {"client_id": str(new_id())}
    assert await correct("external", "1", **somebody) == (422, [("/corrections/1/client_id", "unknown_reference")])
    assert await correct("internal", "1") == (422, [("/corrections", "internal_not_zero")])
    assert (await world.get(f"/insertions?original_id={one['id']}"))["items"] == []


@pytest.mark.rule("MA-INS-17")
async def test_internal_corrections_of_two_currencies_do_not_cancel_out(world: World) -> None:
    medium = await world.register("media", currency="EUR")
    abroad = await world.order(media_id=medium["id"], exchange_rate="11.2")
    home, away = await world.insertion("100.00"), await world.insertion("100.00", order_id=abroad["id"])
    rows = [{"insertion_id": home["id"], "amount": "10"}, {"insertion_id": away["id"], "amount": "-10"}]
    wanted = {"kind": "internal", "reason": "Moved", "corrections": rows}
    assert await refusal(world, "POST", "/corrections", wanted) == (422, [("/corrections", "internal_not_zero")])


@pytest.mark.rule("MA-REG-05", "MA-INS-05", "MA-INS-06")
async def test_each_agreements_fixed_charges_are_charged_once_an_insertion(world: World) -> None:
    def fixed(amount: str) -> Json:
        return {"amount": amount, "currency": "SEK"}

    ours = await world.register("agreements", fees=[fixed("50.00")], capital_cost=fixed("7.00"))
    theirs = await world.register("agreements", fees=[fixed("30.00")])
    order = await world.order(agreement_id=ours["id"])

    async def charged(*rows: Json) -> tuple[str, str]:
        wanted = {"insertions": [{"insertion_on": "2026-10-12", "price_rows": [ROW | row for row in rows]}]}
        (made,) = (await world.ok("POST", f"/orders/{order['id']}/insertions", wanted))["items"]
        return made["fee_amount"], made["capital_cost_amount"]

    assert await charged({}, {}) == ("50.00", "7.00")
    assert await charged({}, {"agreement_id": theirs["id"]}, {}) == ("80.00", "7.00")
    assert await charged({"fees": []}, {}) == ("50.00", "7.00")
    assert await charged({"fees": [], "capital_cost": {"amount": "1.00"}}, {}, {}) == ("50.00", "8.00")
