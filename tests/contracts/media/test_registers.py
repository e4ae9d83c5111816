"""The registers of the buy side: what each record holds, refuses and tells (MA-REG)."""

from typing import Any

import pytest

from services.contracts.application import media_registers
from services.contracts.application.registers import Register
from tests.contracts.media.world import World

REGISTERS: list[tuple[str, Register, dict[str, Any]]] = [
    ("vat-codes", media_registers.VAT_CODE, {"percent": "12.5"}),
    (
        "payment-terms", media_registers.PAYMENT_TERMS,
        {"days": 20, "from_month_end": True, "cash_discount_percent": "2.5", "cash_discount_days": 8},
    ),
    (
        "ad-agencies",
        media_registers.AD_AGENCY,
        {
            "address": "Storgatan 1", "language": "sv", "vat_on_settlement": True, "cost_centre": "10",
            "cost_object": "P7",
        },
    ),
    ("suppliers", media_registers.SUPPLIER, {"currency": "EUR", "payment_days": 14}),
    (
        "media-types",
        media_registers.MEDIA_TYPE,
        {
            "ad_check_required": True, "default_status": "do_not_invoice", "look_ahead_days": 5,
            "sales_account": "3010", "cost_account": "4010",
        },
    ),
    ("media", media_registers.MEDIA, {"currency": "EUR", "default_status": "pre_inv"}),
    (
        "agreements",
        media_registers.AGREEMENT,
        {
            "current_invoicing": True, "current_deduction": True, "timing": "plan_last",
            "default_status": "pre_inv", "allocation_invoicing": "head_only", "received_percents": ["15", "3"],
            "passed_on_percents": ["12"], "fees": [{"percent": "2.5", "base": "gross"}],
            "capital_cost": {"percent": "0.6"}, "fee_share": {"form": "part", "percent": "25"},
            "commission_share": {"form": "points", "percent": "2"},
            "capital_cost_share": {"form": "part", "percent": "50"}, "fee_payment_days": 10,
        },
    ),
    (
        "price-codes",
        media_registers.PRICE_CODE,
        {
            "kind": "surcharge", "fixed_amount": "125.00", "currency": "SEK", "base": "gross", "by_media": False,
            "bears_commission": False, "do_not_invoice": True, "vat_percent": "6",
        },
    ),
    (
        "reconciliation-codes",
        media_registers.RECONCILIATION_CODE,
        {
            "code": "2", "evaluation_order": 20, "sides": "client_only", "negative_from": "1",
            "negative_to": "100", "positive_from": "2", "positive_to": "200",
        },
    ),
    ("claim-texts", media_registers.CLAIM_TEXT, {"text": "The ad did not appear.", "automatic": True}),
    ("plans", media_registers.PLAN, {"owner": "maria", "campaign": "Spring", "invoice_on": "2026-11-05"}),
]  # fmt: skip


@pytest.mark.rule(
    "MA-REG-02", "MA-REG-04", "MA-REG-05", "MA-REG-07", "MA-REG-10", "MA-REG-12", "MA-REG-13", "MA-REG-15", "MA-REG-20"
)
@pytest.mark.parametrize(("path", "register", "values"), REGISTERS, ids=[path for path, _, _ in REGISTERS])
async def test_a_record_is_kept_changed_and_told_whole(
    world: World, path: str, register: Register, values: dict[str, Any]
) -> None:
    if path == "plans":
        values = {**values, "client_id": world.client_id, "agreement_id": world.agreement_id}
    made = await world.register(path, **values)
    assert {name: value for name, value in made.items() if name in values} == _full(values, made)
    renamed = await world.changed(f"/{path}/{made['id']}", {"name": "Another name"})
    assert (renamed["version"], renamed["name"], renamed["code"]) == (2, "Another name", made["code"])
    assert {name: renamed[name] for name in values} == _full(values, made)
    told = await world.told(register.told.TYPE)
    assert [one["version"] for one in told if one["id"] == made["id"]] == [1, 2]
    assert {name: told[-1][name] for name in renamed} == renamed, "the event carries the whole record"


def _full(values: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    """The stated values; parts are answered with the fields nobody stated."""
    parts = {name for name, value in values.items() if isinstance(value, dict) or name == "fees"}
    return {name: made[name] if name in parts else value for name, value in values.items()}


@pytest.mark.rule("MA-REG-13")
async def test_a_code_is_taken_once(world: World) -> None:
    first = await world.register("ad-agencies", code="LYNX")
    again = await world.send("POST", "/ad-agencies", {"code": "LYNX", "name": "Another"})
    assert (again.status_code, again.json()["code"]) == (409, "duplicate_code")
    other = await world.register("ad-agencies")
    renamed = await world.change(f"/ad-agencies/{other['id']}", {"code": first["code"]})
    assert (renamed.status_code, renamed.json()["code"]) == (409, "duplicate_code")


@pytest.mark.rule("MA-REG-01", "MA-REG-02", "MA-REG-07", "MA-INS-16", "MA-REG-20")
async def test_what_nobody_states_has_its_default(world: World) -> None:
    client = await world.client()
    assert (client["reference_required"], client["minimum_amount"], client["separate_by"]) == (False, "0.00", "plan")
    assert (client["blocked"], client["ad_agency_id"], client["credit_limit_amount"]) == (False, None, None)
    agreement = await world.register("agreements")
    assert (agreement["current_invoicing"], agreement["current_deduction"]) == (False, False)
    assert (agreement["timing"], agreement["allocation_invoicing"]) == ("insertion", "per_client")
    code = await world.register("price-codes", kind="discount", percent="5")
    assert (code["base"], code["by_media"], code["bears_commission"]) == ("remaining", True, True)


@pytest.mark.parametrize(
    ("path", "values", "code", "pointer"),
    [
        pytest.param("clients", {"minimum_amount": "-0.01"}, "negative_minimum", "/minimum_amount",
                     marks=pytest.mark.rule("MA-REG-03")),
        pytest.param("clients", {"minimum_amount": "0.001"}, "amount_precision", None,
                     marks=pytest.mark.rule("MA-REG-03", "MA-GEN-01")),
        pytest.param("clients", {"currency": "JPY", "minimum_amount": "0.50"}, "amount_precision", None,
                     marks=pytest.mark.rule("MA-REG-03", "MA-GEN-01")),
        pytest.param("clients", {"separate_by": "estimate"}, "unknown_split", "/separate_by",
                     marks=pytest.mark.rule("MA-REG-02")),
        pytest.param("clients", {"vat_percent": None}, "invalid_value", "/vat_percent",
                     marks=pytest.mark.rule("MA-REG-02")),
        pytest.param("agreements", {"timing": "sometimes"}, "invalid_value", "/timing",
                     marks=pytest.mark.rule("MA-REG-07")),
        pytest.param("agreements", {"allocation_invoicing": "nobody"}, "invalid_value", "/allocation_invoicing",
                     marks=pytest.mark.rule("MA-INS-16")),
        pytest.param("agreements", {"fees": [{"percent": "1", "base": "margin"}]}, "unknown_fee_base",
                     "/fees/0/base", marks=pytest.mark.rule("MA-INS-05")),
        pytest.param("agreements", {"fees": [{"percent": "1"}] * 5}, "invalid_value", "/fees",
                     marks=pytest.mark.rule("MA-INS-05")),
        pytest.param("agreements", {"fees": [{"amount": "65.00"}]}, "invalid_value", "/fees",
                     marks=pytest.mark.rule("MA-INS-09")),
        pytest.param("agreements", {"received_percents": ["60", "40.0001"]}, "commission_exceeds_net",
                     "/received_percents", marks=pytest.mark.rule("MA-INS-03")),
        pytest.param("price-codes", {"kind": "discount", "percent": "100.01"}, "bad_percent", "/percent",
                     marks=pytest.mark.rule("MA-REG-20")),
        pytest.param("price-codes", {"kind": "discount", "percent": "-1"}, "bad_percent", "/percent",
                     marks=pytest.mark.rule("MA-REG-20")),
        pytest.param("price-codes", {"kind": "discount"}, "invalid_value", None,
                     marks=pytest.mark.rule("MA-REG-20")),
        pytest.param("price-codes", {"kind": "discount", "percent": "1", "fixed_amount": "1", "currency": "SEK"},
                     "invalid_value", None, marks=pytest.mark.rule("MA-REG-20")),
        pytest.param("reconciliation-codes", {"code": "3", "evaluation_order": 1, "negative_from": "2",
                     "negative_to": "1"}, "bad_interval", "/negative_from", marks=pytest.mark.rule("MA-REG-19")),
        pytest.param("reconciliation-codes", {"code": "3", "evaluation_order": 1, "positive_from": "100.01",
                     "positive_to": "100"}, "bad_interval", "/positive_from", marks=pytest.mark.rule("MA-REG-19")),
        pytest.param("plans", {"agreement_id": None}, "agreement_required", "/agreement_id",
                     marks=pytest.mark.rule("MA-REG-05")),
        pytest.param("media-types", {"look_ahead_days": -1}, "invalid_value", "/look_ahead_days",
                     marks=pytest.mark.rule("MA-REG-10")),
    ],
)  # fmt: skip
async def test_what_no_record_may_hold(
    world: World, path: str, values: dict[str, Any], code: str, pointer: str | None
) -> None:
    usual: dict[str, dict[str, Any]] = {
        "clients": {"legal_entity_id": world.entity_id, "currency": "SEK", "vat_percent": "25"},
        "plans": {"client_id": world.client_id, "agreement_id": world.agreement_id},
    }
    body = {"code": "X", "name": "X", **usual.get(path, {}), **values}
    answer = await world.send("POST", f"/{path}", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    if pointer:
        assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.rule("MA-REG-03")
async def test_a_minimum_is_changed_under_the_same_rule(world: World) -> None:
    answer = await world.change(f"/clients/{world.client_id}", {"minimum_amount": "-1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "negative_minimum")
    assert (await world.changed(f"/clients/{world.client_id}", {"minimum_amount": "500.00"}))["version"] == 2


@pytest.mark.rule("MA-REG-14")
async def test_an_agency_is_in_the_register_and_open_when_it_is_named(world: World) -> None:
    path = f"/clients/{world.client_id}"
    agency = await world.register("ad-agencies")
    unknown = await world.change(path, {"ad_agency_id": world.plan_id})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "agency_not_found")
    assert (await world.changed(path, {"ad_agency_id": agency["id"]}))["ad_agency_id"] == agency["id"]
    await world.changed(f"/ad-agencies/{agency['id']}", {"blocked": True})
    stays = await world.changed(path, {"category": "retail"})
    assert stays["ad_agency_id"] == agency["id"], "an agency that is blocked later stays named"
    other = await world.client()
    blocked = await world.change(f"/clients/{other['id']}", {"ad_agency_id": agency["id"]})
    assert (blocked.status_code, blocked.json()["code"]) == (422, "agency_blocked")
    assert (await world.get(f"/clients/{other['id']}"))["version"] == 1, "a refusal changes nothing"


@pytest.mark.rule("MA-REG-02", "MA-REG-09", "MA-REG-21")
async def test_what_a_named_record_says_holds_and_follows_it(world: World) -> None:
    vat = await world.register("vat-codes", percent="6")
    discount = {"cash_discount_percent": "2", "cash_discount_days": 8}
    terms = await world.register("payment-terms", days=10, from_month_end=True, **discount)
    client = await world.client(vat_percent=None, vat_code_id=vat["id"], payment_terms_id=terms["id"])
    assert {name: client[name] for name in discount} == discount
    assert (client["vat_percent"], client["payment_days"], client["from_month_end"]) == ("6", 10, True)
    agreement = await world.register("agreements", fee_terms_id=terms["id"])
    assert (agreement["fee_payment_days"], agreement["fee_from_month_end"]) == (10, True)
    await world.changed(f"/vat-codes/{vat['id']}", {"percent": "12"})
    await world.changed(f"/payment-terms/{terms['id']}", {"days": 20})
    followed = await world.get(f"/clients/{client['id']}")
    assert (followed["vat_percent"], followed["payment_days"], followed["version"]) == ("12", 20, 3)
    told = [one for one in await world.told("contracts.client.changed.v1") if one["id"] == client["id"]]
    assert [(one["vat_percent"], one["payment_days"]) for one in told] == [("6", 10), ("12", 10), ("12", 20)]
    assert (await world.told("contracts.agreement.changed.v1"))[-1]["fee_payment_days"] == 20
    stated = await world.change(f"/clients/{client['id']}", {"vat_percent": "25"})
    assert (stated.status_code, stated.json()["errors"][0]["pointer"]) == (422, "/vat_percent")
    assert told[-1]["cash_discount_percent"] == "2"


@pytest.mark.rule("MA-REG-10", "MA-REG-12")
async def test_a_medium_says_what_its_type_says(world: World) -> None:
    kind = await world.register("media-types", ad_check_required=True, look_ahead_days=5)
    supplier = await world.register("suppliers", currency="EUR")
    medium = await world.register("media", currency="EUR", media_type_id=kind["id"], supplier_id=supplier["id"])
    assert (medium["ad_check_required"], medium["look_ahead_days"], medium["media_type"]) == (True, 5, kind["code"])
    await world.changed(f"/media-types/{kind['id']}", {"look_ahead_days": 7})
    told = (await world.told("contracts.media.changed.v1"))[-1]
    assert (told["id"], told["look_ahead_days"], told["supplier_id"]) == (medium["id"], 7, supplier["id"])
    order = await world.order(media_id=medium["id"], exchange_rate="11.345")
    assert order["currency"] == "EUR", "orders inherit the medium's currency"


@pytest.mark.rule("MA-REG-13")
async def test_an_ad_agency_tells_the_number_of_its_supplier(world: World) -> None:
    supplier = await world.register("suppliers", currency="SEK", code="L-4711")
    agency = await world.register("ad-agencies", supplier_id=supplier["id"])
    assert agency["supplier_no"] == "L-4711"
    await world.changed(f"/suppliers/{supplier['id']}", {"code": "L-4712"})
    assert (await world.told("contracts.ad_agency.changed.v1"))[-1]["supplier_no"] == "L-4712"


@pytest.mark.rule("MA-REG-15")
async def test_one_claim_text_comes_automatically(world: World) -> None:
    first = await world.register("claim-texts", text="Missing.", automatic=True)
    second = await world.register("claim-texts", text="Wrong size.")
    taken = await world.change(f"/claim-texts/{second['id']}", {"automatic": True})
    assert (taken.status_code, taken.json()["code"]) == (409, "automatic_text_exists")
    await world.changed(f"/claim-texts/{first['id']}", {"automatic": False})
    assert (await world.changed(f"/claim-texts/{second['id']}", {"automatic": True}))["automatic"] is True


@pytest.mark.rule("MA-REG-04", "MA-SET-03")
@pytest.mark.parametrize(
    ("terms", "shares", "code"),
    [
        ({"received_percents": ["15"], "passed_on_percents": ["10"]}, {"commission_share": ("points", "5")}, None),
        ({"received_percents": ["15"], "passed_on_percents": ["10"]}, {"commission_share": ("points", "5.5")},
         "share_exceeds_earned"),
        ({"fees": [{"percent": "4"}]}, {"fee_share": ("points", "4.0001")}, "share_exceeds_earned"),
        ({"capital_cost": {"percent": "0.5"}}, {"capital_cost_share": ("points", "0.6")}, "share_exceeds_earned"),
        ({"fees": [{"amount": "65", "currency": "SEK"}]}, {"fee_share": ("points", "1")}, "points_on_fixed"),
        ({"fees": [{"amount": "65", "currency": "SEK"}]}, {"fee_share": ("part", "100")}, None),
        ({}, {"fee_share": ("part", "100.01")}, "bad_percent"),
    ],
)  # fmt: skip
async def test_an_agency_gets_no_more_than_is_earned(
    world: World, terms: dict[str, Any], shares: dict[str, Any], code: str | None
) -> None:
    stated = {name: {"form": form, "percent": percent} for name, (form, percent) in shares.items()}
    answer = await world.send("POST", "/agreements", {"code": "A", "name": "A", **terms, **stated})
    assert (answer.status_code, answer.json().get("code")) == ((201, "A") if code is None else (422, code))


@pytest.mark.rule("MA-REG-13", "MA-REG-04")
async def test_a_change_names_the_version_it_saw(world: World) -> None:
    path = f"/agreements/{world.agreement_id}"
    missing = await world.send("PATCH", path, {"name": "B"})
    assert (missing.status_code, missing.json()["code"]) == (428, "if_match_required")
    await world.changed(path, {"name": "B"})
    stale = await world.send("PATCH", path, {"name": "C"}, **{"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
