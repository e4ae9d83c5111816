"""Parameters of a legal entity and exchange rates (MA-REG-09, MA-REG-16 to MA-REG-23, MA-GEN-07, MA-GEN-10)."""

from typing import Any

import pytest

from shared.events.invoicing import InvoiceRunCompleted, InvoiceRunStarted
from shared.kernel.ids import new_id
from tests.contracts.media.world import World

DEFAULTS = {
    "fee_on_own_invoice": False,
    "joint_billing": False,
    "change_client_in_reconciliation": False,
    "deduction_per_row": False,
    "keep_general_text": True,
    "email_zero_invoices": False,
    "invoice_fee_amount": "0",
    "invoice_fee_on_zero": False,
    "vat_on_commission_without_vat": False,
    "rate_of_insertion_date": False,
}


def path_of(world: World) -> str:
    return f"/legal-entities/{world.entity_id}/parameters"


@pytest.mark.rule("MA-REG-09", "MA-REG-16", "MA-REG-17", "MA-REG-18", "MA-REG-21", "MA-REG-23")
async def test_parameters_have_defaults_until_somebody_states_them(world: World) -> None:
    found = await world.get(path_of(world))
    assert found["version"] == 0
    assert {name: found[name] for name in DEFAULTS} == DEFAULTS
    assert await world.told("contracts.parameter.changed.v1") == []


@pytest.mark.rule("MA-REG-09", "MA-REG-16", "MA-REG-17", "MA-REG-18", "MA-REG-21", "MA-REG-23", "MA-GEN-07")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, not value) for name, value in DEFAULTS.items() if isinstance(value, bool)),
        ("cash_discount_with_vat", False),
        ("invoice_fee_amount", "29.00"),
        ("rounding_tolerance_amount", "2.50"),
        ("temporary_account", "2999"),
        ("rate_days_max", 3),
        ("closed_through", "2026-09-30"),
        ("accounts", {"media_sales": "3010", "accounts_receivable": "1510"}),
    ],
)
async def test_a_parameter_is_stated_kept_and_told(world: World, name: str, value: Any) -> None:
    changed = await world.changed(path_of(world), {name: value})
    again = await world.changed(path_of(world), {"keep_general_text": value if name == "keep_general_text" else True})
    assert (changed["version"], again["version"], again[name]) == (1, 2, value)
    told = await world.told("contracts.parameter.changed.v1")
    assert [(one["id"], one["version"], one[name]) for one in told] == [
        (world.entity_id, 1, value),
        (world.entity_id, 2, value),
    ]


@pytest.mark.rule("MA-REG-16", "MA-GEN-01")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"joint_billing": "yes"}, "invalid_value"),
        ({"joint_billing": None}, "invalid_value"),
        ({"deduct_per_row": True}, "unknown_field"),
        ({"invoice_fee_amount": "-1"}, "invalid_value"),
        ({"invoice_fee_amount": "0.001"}, "amount_precision"),
        ({"accounts": {"Media sales": "3010"}}, "invalid_value"),
        ({"accounts": {"media_sales": ""}}, "invalid_value"),
    ],
)
async def test_a_parameter_is_refused(world: World, body: dict[str, Any], code: str) -> None:
    answer = await world.change(path_of(world), body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await world.get(path_of(world)))["version"] == 0


@pytest.mark.rule("MA-REG-16")
async def test_parameters_are_those_of_a_legal_entity_and_of_a_version(world: World) -> None:
    foreign = await world.send("GET", f"/legal-entities/{new_id()}/parameters")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    await world.changed(path_of(world), {"joint_billing": True})
    stale = await world.send("PATCH", path_of(world), {"joint_billing": False}, **{"If-Match": '"0"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")


@pytest.mark.rule("MA-REG-18", "MA-PRE-21")
async def test_the_deduction_method_stays_while_a_run_is_open(world: World) -> None:
    run = {"id": new_id(), "run_no": 7, "mode": "live"}
    started = InvoiceRunStarted(version=1, state="queued", **run)
    await world.hear(started)
    refused = await world.change(path_of(world), {"deduction_per_row": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "run_in_progress")
    assert (await world.changed(path_of(world), {"joint_billing": True}))["version"] == 1, "others may change"
    await world.hear(InvoiceRunCompleted(version=2, state="completed", **run))
    assert (await world.changed(path_of(world), {"deduction_per_row": True}))["deduction_per_row"] is True


@pytest.mark.rule("MA-REG-22")
async def test_a_legal_entity_may_give_credit_notes_a_series_of_their_own(world: World) -> None:
    found = await world.get(f"/legal-entities/{world.entity_id}")
    assert found["credit_series"] is False
    await world.changed(f"/legal-entities/{world.entity_id}", {"credit_series": True})
    assert (await world.told("contracts.legal_entity.changed.v1"))[-1]["credit_series"] is True


@pytest.mark.rule("MA-GEN-10")
async def test_a_rate_is_kept_corrected_and_told(world: World) -> None:
    stated = {"legal_entity_id": world.entity_id, "currency": "EUR", "rate_on": "2026-10-01", "rate": "11.345"}
    made = await world.ok("POST", "/exchange-rates", {**stated, "source": "ECB"})
    twice = await world.send("POST", "/exchange-rates", {**stated, "rate": "11.4"})
    assert (twice.status_code, twice.json()["code"]) == (409, "rate_exists")
    corrected = await world.changed(f"/exchange-rates/{made['id']}", {"rate": "11.2"})
    assert (corrected["rate"], corrected["version"]) == ("11.2", 2)
    told = await world.told("contracts.exchange_rate.changed.v1")
    assert [(one["rate"], one["currency"], one["rate_on"]) for one in told] == [
        ("11.345", "EUR", "2026-10-01"),
        ("11.2", "EUR", "2026-10-01"),
    ]
    found = await world.get("/exchange-rates?currency=EUR&rate_on.gte=2026-10-01&rate_on.lte=2026-10-01")
    assert [one["id"] for one in found["items"]] == [made["id"]]


@pytest.mark.rule("MA-GEN-10")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"rate": "0"}, "rate_missing"),
        ({"rate": "-1"}, "rate_missing"),
        ({"rate": "1.1234567"}, "invalid_value"),
        ({"currency": "SEK"}, "invalid_value"),
        ({"currency": "XQQ"}, "currency"),
        ({"legal_entity_id": "01990000-0000-7000-8000-00000000000c"}, "unknown_reference"),
    ],
)
async def test_a_rate_is_refused(world: World, body: dict[str, Any], code: str) -> None:
    stated = {"legal_entity_id": world.entity_id, "currency": "EUR", "rate_on": "2026-10-01", "rate": "11"}
    answer = await world.send("POST", "/exchange-rates", stated | body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.rule("MA-GEN-10")
async def test_an_order_in_foreign_currency_has_a_rate(world: World) -> None:
    medium = await world.register("media", currency="EUR")
    without = await world.send("POST", "/orders", {"plan_id": world.plan_id, "media_id": medium["id"]})
    assert (without.status_code, without.json()["code"]) == (422, "rate_missing")
    zero = {"plan_id": world.plan_id, "media_id": medium["id"], "exchange_rate": "0"}
    assert (await world.send("POST", "/orders", zero)).json()["code"] == "rate_missing"
    rate = {"legal_entity_id": world.entity_id, "currency": "EUR", "rate_on": "2000-01-01", "rate": "11.2"}
    await world.ok("POST", "/exchange-rates", rate)
    assert (await world.order(media_id=medium["id"]))["exchange_rate"] == "11.2"
    assert (await world.order(media_id=medium["id"], exchange_rate="11.345"))["exchange_rate"] == "11.345"
    assert (await world.order())["exchange_rate"] == "1"


@pytest.mark.rule("MA-GEN-10")
async def test_a_parameter_converts_an_insertion_at_the_rate_of_its_day(world: World) -> None:
    medium = await world.register("media", currency="EUR")
    for rate_on, rate in (("2026-10-01", "11.2"), ("2026-10-12", "11.3"), ("2026-10-13", "11.4")):
        stated = {"legal_entity_id": world.entity_id, "currency": "EUR", "rate_on": rate_on, "rate": rate}
        await world.ok("POST", "/exchange-rates", stated)
    order = await world.order(media_id=medium["id"], exchange_rate="11")
    at_order_rate = await world.insertion(order_id=order["id"])
    await world.changed(path_of(world), {"rate_of_insertion_date": True})
    of_the_day = await world.insertion(order_id=order["id"])
    assert (at_order_rate["exchange_rate"], of_the_day["exchange_rate"]) == ("11", "11.3")
    assert [str(one.exchange_rate) for one in await world.told_insertions(of_the_day["id"])] == ["11.3"]
    early = {"insertion_on": "2026-09-30", "price_rows": [{"unit_price": "1"}]}
    refused = await world.send("POST", f"/orders/{order['id']}/insertions", {"insertions": [early]})
    assert (refused.status_code, refused.json()["code"]) == (422, "rate_missing")
