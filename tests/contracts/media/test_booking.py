"""Insertions booked through the door: what they cost, what is refused, what is told (MA-INS-01 to MA-INS-09)."""

from typing import Any

import pytest

from tests.contracts.media.world import EX_09, World

EX_01 = {
    "discounts": [{"percent": "12"}, {"percent": "5"}],
    "received_percents": ["15", "3"],
    "passed_on_percents": ["12"],
    "fees": [{"percent": "2.5", "base": "net"}],
    "capital_cost": {"percent": "0.6"},
}
EX_01_AMOUNTS = {
    "gross_amount": "48000.00",
    "discount_amount": "7872.00",
    "net_amount": "40128.00",
    "commission_amount": "7223.04",
    "net_net_amount": "32904.96",
    "client_net_amount": "35312.64",
    "fee_amount": "1003.20",
    "capital_cost_amount": "211.88",
    "surcharge_amount": "0.00",
    "price_amount": "36527.72",
}


def amounts(insertion: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in insertion.items() if name.endswith("_amount")}


@pytest.mark.rule(
    "MA-INS-01", "MA-INS-02", "MA-INS-03", "MA-INS-04", "MA-INS-05", "MA-INS-06", "MA-INS-07", "MA-REG-05"
)
@pytest.mark.parametrize(
    "stated_by", ["the row", "the plan's agreement", "the order's agreement", "the row's agreement"]
)
async def test_the_price_row_of_the_catalogue_wherever_its_terms_stand(world: World, stated_by: str) -> None:
    """EX-01; the nearest agreement wins for money."""
    agreed = {name: terms for name, terms in EX_01.items() if name != "discounts"}
    agreement = await world.register("agreements", **agreed)
    row: dict[str, Any] = {"discounts": EX_01["discounts"]}
    order: dict[str, Any] = {}
    if stated_by == "the row":
        row = EX_01
    elif stated_by == "the plan's agreement":
        order = {"plan_id": (await world.plan(agreement_id=agreement["id"]))["id"]}
    elif stated_by == "the order's agreement":
        order = {"agreement_id": agreement["id"]}
    else:
        row = {**row, "agreement_id": agreement["id"]}
    booked = await world.order(**order)
    made = await world.insertion("48000.00", order_id=booked["id"], row=row)
    assert amounts(made) == EX_01_AMOUNTS
    (told,) = await world.told_insertions(made["id"])
    assert {name: str(getattr(told.shares[0], name)) for name in EX_01_AMOUNTS} == EX_01_AMOUNTS
    nearest = agreement["id"] if order else world.agreement_id
    assert str(told.agreement_id) == nearest, "flags never come from a price row"


@pytest.mark.rule("MA-INS-05", "MA-INS-07")
async def test_rows_add_up_and_a_fixed_fee_of_the_agreement_is_charged_once(world: World) -> None:
    fees = [{"amount": "65.00", "currency": "SEK"}, {"percent": "1", "base": "net"}]
    agreement = await world.register("agreements", fees=fees, capital_cost={"amount": "10.00", "currency": "SEK"})
    order = await world.order(agreement_id=agreement["id"])
    rows = [{"unit_price": "100.00"}, {"unit_price": "200.00"}]
    made = await world.insertion(order_id=order["id"], price_rows=rows)
    assert (made["gross_amount"], made["fee_amount"], made["capital_cost_amount"]) == ("300.00", "68.00", "10.00")
    assert made["price_amount"] == "378.00"


@pytest.mark.rule("MA-INS-08", "MA-INS-18")
async def test_a_zero_insertion_bears_its_fee_unless_it_is_excluded(world: World) -> None:
    """EX-11."""
    row = {"fees": [{"amount": "65.00"}]}
    made = await world.insertion("0.00", row=row)
    assert (made["gross_amount"], made["price_amount"], made["credit"]) == ("0.00", "65.00", False)
    without = await world.changed(f"/insertions/{made['id']}", {"exclude_fee": True})
    assert (without["fee_amount"], without["price_amount"]) == ("0.00", "0.00")
    again = await world.changed(f"/insertions/{made['id']}", {"exclude_fee": False})
    assert again["price_amount"] == "65.00"


@pytest.mark.rule("MA-INS-18")
async def test_fee_and_capital_cost_are_left_out_each_on_its_own(world: World) -> None:
    made = await world.insertion("20000.00", row=EX_09, exclude_capital_cost=True)
    assert (made["fee_amount"], made["capital_cost_amount"], made["price_amount"]) == ("600.00", "0.00", "18600.00")
    without_fee = {"exclude_fee": True, "exclude_capital_cost": False}
    changed = await world.changed(f"/insertions/{made['id']}", without_fee)
    assert (changed["fee_amount"], changed["capital_cost_amount"], changed["price_amount"]) == (
        "0.00",
        "90.00",
        "18090.00",
    )


@pytest.mark.rule("MA-INS-09", "MA-GEN-10")
async def test_a_fixed_fee_goes_through_base_currency_rounded_at_each_step(world: World) -> None:
    """10.00 NOK at 0.9731 are 9.73 SEK; at 11.345 these are 0.857… EUR."""
    medium = await world.register("media", currency="EUR")
    rate = {"legal_entity_id": world.entity_id, "currency": "NOK", "rate_on": "2026-10-01", "rate": "0.9731"}
    agreement = await world.register("agreements", fees=[{"amount": "10.00", "currency": "NOK"}])
    order = await world.order(media_id=medium["id"], exchange_rate="11.345", agreement_id=agreement["id"])
    wanted = {"insertions": [{"insertion_on": "2026-10-12", "price_rows": [{"unit_price": "100.00"}]}]}
    without = await world.send("POST", f"/orders/{order['id']}/insertions", wanted)
    assert (without.status_code, without.json()["code"]) == (422, "rate_missing")
    await world.ok("POST", "/exchange-rates", rate)
    made = await world.insertion(order_id=order["id"])
    assert (made["currency"], made["fee_amount"], made["price_amount"]) == ("EUR", "0.86", "100.86")


@pytest.mark.rule("MA-INS-02", "MA-INS-03", "MA-INS-07", "MA-REG-20")
async def test_codes_say_how_discounts_and_surcharges_are_taken(world: World) -> None:
    discount = await world.register("price-codes", kind="discount", percent="10", bears_commission=False)
    by_media = await world.register("price-codes", kind="surcharge", percent="5", base="gross")
    only_client = await world.register(
        "price-codes", kind="surcharge", fixed_amount="30.00", currency="SEK", by_media=False
    )
    surcharges = [{"code": by_media["code"]}, {"code": only_client["code"]}]
    row = {
        "discounts": [{"code": discount["code"]}],
        "surcharges": surcharges,
        "received_percents": ["15"],
    }
    made = await world.insertion("1000.00", row=row)
    assert (made["discount_amount"], made["net_amount"]) == ("100.00", "950.00")
    assert made["commission_amount"] == "157.50", "of 950.00 and the discount that bears none"
    assert (made["surcharge_amount"], made["price_amount"]) == ("30.00", "980.00")
    stated = {"discounts": [{"code": discount["code"], "percent": "20"}]}
    assert (await world.insertion("1000.00", row=stated))["discount_amount"] == "200.00"


@pytest.mark.rule("MA-INS-04")
async def test_passing_on_more_than_is_received_is_warned_of(world: World) -> None:
    made = await world.insertion(row={"received_percents": ["5"], "passed_on_percents": ["8"]})
    assert [one["code"] for one in made["warnings"]] == ["margin_negative"]
    assert (await world.insertion(row={"received_percents": ["8"], "passed_on_percents": ["8"]}))["warnings"] == []


@pytest.mark.parametrize(
    ("row", "code"),
    [
        pytest.param({"unit_price": "-1"}, "negative_gross", marks=pytest.mark.rule("MA-INS-01")),
        pytest.param({"unit_price": "0.0000001"}, "invalid_value", marks=pytest.mark.rule("MA-GEN-01")),
        pytest.param({"unit_price": 10.5}, "invalid_value", marks=pytest.mark.rule("MA-GEN-01")),
        pytest.param({"quantity": "2"}, "invalid_value", marks=pytest.mark.rule("MA-INS-01")),
        pytest.param({"discounts": [{"amount": "90"}, {"amount": "10.01"}]}, "discount_exceeds_price",
                     marks=pytest.mark.rule("MA-INS-02")),
        pytest.param({"discounts": [{"percent": "60"}, {"percent": "50", "of_gross": True}]},
                     "discount_exceeds_price", marks=pytest.mark.rule("MA-INS-02")),
        pytest.param({"discounts": [{"percent": "101"}]}, "bad_percent", marks=pytest.mark.rule("MA-REG-20")),
        pytest.param({"discounts": [{"amount": "-1"}]}, "invalid_value", marks=pytest.mark.rule("MA-INS-02")),
        pytest.param({"discounts": [{"amount": "0.001"}]}, "amount_precision", marks=pytest.mark.rule("MA-GEN-01")),
        pytest.param({"discounts": [{}]}, "invalid_value", marks=pytest.mark.rule("MA-INS-02")),
        pytest.param({"surcharges": [{"percent": "1", "amount": "1"}]}, "invalid_value",
                     marks=pytest.mark.rule("MA-INS-02")),
        pytest.param({"surcharges": [{"code": "NONE"}]}, "unknown_reference", marks=pytest.mark.rule("MA-REG-20")),
        pytest.param({"received_percents": ["60", "40.0001"]}, "commission_exceeds_net",
                     marks=pytest.mark.rule("MA-INS-03")),
        pytest.param({"received_percents": ["101"]}, "commission_exceeds_net", marks=pytest.mark.rule("MA-INS-03")),
        pytest.param({"received_percents": ["-1"]}, "bad_percent", marks=pytest.mark.rule("MA-INS-03")),
        pytest.param({"fees": [{"percent": "1", "base": "margin"}]}, "unknown_fee_base",
                     marks=pytest.mark.rule("MA-INS-05")),
        pytest.param({"fees": [{"amount": "1"}] * 5}, "invalid_value", marks=pytest.mark.rule("MA-INS-05")),
        pytest.param({"fees": [{"percent": "1", "amount": "1"}]}, "invalid_value",
                     marks=pytest.mark.rule("MA-INS-05")),
        pytest.param({"capital_cost": {"percent": "1", "base": "fee"}}, "unknown_fee_base",
                     marks=pytest.mark.rule("MA-INS-06")),
    ],
)  # fmt: skip
async def test_what_no_price_row_may_say(world: World, row: dict[str, Any], code: str) -> None:
    wanted = {"insertion_on": "2026-10-12", "price_rows": [{"unit_price": "100.00", **row}]}
    answer = await world.send("POST", f"/orders/{world.order_id}/insertions", {"insertions": [wanted]})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await world.get(f"/insertions?order_id={world.order_id}"))["items"] == []


@pytest.mark.rule("MA-REG-20")
async def test_a_code_is_used_for_what_it_is_and_while_it_is_open(world: World) -> None:
    code = await world.register("price-codes", kind="surcharge", percent="5")
    path = f"/orders/{world.order_id}/insertions"

    async def refusal(row: dict[str, Any]) -> str:
        wanted = {"insertion_on": "2026-10-12", "price_rows": [{"unit_price": "100.00", **row}]}
        return str((await world.send("POST", path, {"insertions": [wanted]})).json()["code"])

    assert await refusal({"discounts": [{"code": code["code"]}]}) == "code_not_usable"
    assert await refusal({"surcharges": [{"code": code["code"], "by_media": False}]}) == "invalid_value"
    await world.changed(f"/price-codes/{code['id']}", {"blocked": True})
    assert await refusal({"surcharges": [{"code": code["code"]}]}) == "code_not_usable"


@pytest.mark.rule("MA-REG-06")
@pytest.mark.parametrize("what", ["client", "credit limit", "agreement", "row's agreement"])
async def test_who_is_blocked_takes_no_new_bookings(world: World, what: str) -> None:
    before = await world.insertion()
    row: dict[str, Any] = {"unit_price": "1"}
    if what == "client":
        await world.changed(f"/clients/{world.client_id}", {"blocked": True})
    elif what == "credit limit":
        await world.changed(f"/clients/{world.client_id}", {"credit_limit_amount": "10", "credit_used_amount": "10"})
        await world.insertion()
        await world.changed(f"/clients/{world.client_id}", {"credit_used_amount": "10.01"})
    elif what == "agreement":
        await world.changed(f"/agreements/{world.agreement_id}", {"blocked": True})
    else:
        row["agreement_id"] = (await world.register("agreements", blocked=True))["id"]
    code = "agreement_blocked" if "agreement" in what else "client_blocked"
    wanted = {"insertions": [{"insertion_on": "2026-10-12", "price_rows": [row]}]}
    insertion = await world.send("POST", f"/orders/{world.order_id}/insertions", wanted)
    assert (insertion.status_code, insertion.json()["code"]) == (422, code)
    if what != "row's agreement":
        order = await world.send("POST", "/orders", {"plan_id": world.plan_id, "media_id": world.media_id})
        assert (order.status_code, order.json()["code"]) == (422, code)
    await world.invoice(before)
    credited = await world.send("POST", f"/insertions/{before['id']}/credits", {})
    assert credited.status_code == 201, "what exists is still invoiced and credited"


@pytest.mark.rule("MA-REG-11", "MA-REG-10", "MA-REG-20")
@pytest.mark.parametrize(
    ("agreement", "medium", "media_type", "code", "status"),
    [
        ("", "", "", False, "definitive"),
        ("pre_inv", "", "", False, "pre_inv"),
        ("", "pre_inv", "", False, "pre_inv"),
        ("", "", "do_not_invoice", False, "do_not_invoice"),
        ("pre_inv", "do_not_invoice", "pre_inv", False, "do_not_invoice"),
        ("pre_inv", "", "", True, "do_not_invoice"),
    ],
)
async def test_what_an_order_made_definitive_makes_of_its_insertions(
    world: World, agreement: str, medium: str, media_type: str, code: bool, status: str
) -> None:
    kind = await world.register("media-types", default_status=media_type)
    booked = await world.order(
        agreement_id=(await world.register("agreements", default_status=agreement))["id"],
        media_id=(await world.register("media", currency="SEK", default_status=medium, media_type_id=kind["id"]))["id"],
    )
    surcharge = await world.register("price-codes", kind="surcharge", percent="1", do_not_invoice=code)
    made = await world.insertion(order_id=booked["id"], row={"surcharges": [{"code": surcharge["code"]}]})
    assert made["status"] == status
    key = "definitive" if status == "definitive" else "changed"
    (told,) = await world.told(f"contracts.insertion.{key}.v1")
    assert [item["status"] for item in told["items"]] == [status]


@pytest.mark.rule("MA-INS-15")
async def test_an_allocation_splits_every_amount_and_the_head_client_takes_the_remainder(world: World) -> None:
    """EX-05."""
    clients = [world.client_id, (await world.client())["id"], (await world.client())["id"]]
    percents = ("34", "33", "33")
    allocation = [{"client_id": one, "percent": percent} for one, percent in zip(clients, percents, strict=True)]
    made = await world.insertion("10000.01", allocation=allocation, row=EX_09)
    assert [one["net_amount"] for one in made["shares"]] == ["3400.01", "3300.00", "3300.00"]
    for name in ("net_net_amount", "client_net_amount", "fee_amount", "capital_cost_amount", "price_amount"):
        assert sum(int(one[name].replace(".", "")) for one in made["shares"]) == int(made[name].replace(".", ""))
    (told,) = await world.told_insertions(made["id"])
    assert [(str(one.client_id), str(one.net_amount)) for one in told.shares] == list(
        zip(clients, ["3400.01", "3300.00", "3300.00"], strict=True)
    )
    assert made["client_id"] == world.client_id


@pytest.mark.rule("MA-INS-15")
@pytest.mark.parametrize(
    ("percents", "same_client", "code"),
    [
        (("50", "49.9999"), False, "allocation_not_100"),
        (("110", "-10"), False, "allocation_not_100"),
        (("100",), False, "duplicate_client"),
        (("50", "50"), True, "duplicate_client"),
    ],
)
async def test_an_allocation_is_refused(world: World, percents: tuple[str, ...], same_client: bool, code: str) -> None:
    others = [world.client_id if same_client else (await world.client())["id"] for _ in percents[1:]]
    pairs = zip([world.client_id, *others], percents, strict=True)
    allocation = [{"client_id": one, "percent": percent} for one, percent in pairs]
    wanted = {"insertion_on": "2026-10-12", "price_rows": [{"unit_price": "1"}], "allocation": allocation}
    answer = await world.send("POST", f"/orders/{world.order_id}/insertions", {"insertions": [wanted]})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == "/insertions/0/allocation"


@pytest.mark.rule("MA-INS-14", "MA-REG-10")
async def test_ad_check_is_needed_only_where_the_media_type_says_so(world: World) -> None:
    assert (await world.insertion())["ad_check_required"] is False
    kind = await world.register("media-types", ad_check_required=True)
    medium = await world.register("media", currency="SEK", media_type_id=kind["id"])
    order = await world.order(media_id=medium["id"])
    made = await world.insertion(order_id=order["id"])
    assert (made["ad_check_required"], made["ad_checked"]) == (True, False)
    checked = await world.changed(f"/insertions/{made['id']}", {"ad_checked": True})
    told = (await world.told_insertions(made["id"]))[-1]
    assert (told.ad_check_required, told.ad_checked) == (True, True)
    await world.invoice(checked)
    unchecked = await world.change(f"/insertions/{made['id']}", {"ad_checked": False})
    assert (unchecked.status_code, unchecked.json()["code"]) == (409, "insertion_invoiced")


@pytest.mark.rule("MA-INS-14")
async def test_an_invoiced_insertion_may_still_be_checked(world: World) -> None:
    made = await world.insertion()
    await world.invoice(made)
    checked = await world.changed(f"/insertions/{made['id']}", {"ad_checked": True})
    assert (checked["ad_checked"], checked["status"], checked["changed_in_run"]) == (True, "invoiced", False)


@pytest.mark.rule("MA-GEN-08")
async def test_a_repeated_request_books_once(world: World) -> None:
    wanted = {"insertions": [{"insertion_on": "2026-10-12", "price_rows": [{"unit_price": "1"}]}]}
    key = {"Idempotency-Key": "booking-1"}
    path = f"/orders/{world.order_id}/insertions"
    first = await world.send("POST", path, wanted, **key)
    again = await world.send("POST", path, wanted, **key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    other = await world.send("POST", path, {"insertions": wanted["insertions"] * 2}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")
    assert len((await world.get(f"/insertions?order_id={world.order_id}"))["items"]) == 1
