"""Prerequisites: the ordered list of failures (EX-15, EX-18) and each check on its own."""

from dataclasses import replace
from typing import Any

import pytest

from services.preinvoice.domain.campaign import CampaignItem, Recipient
from services.preinvoice.domain.intervals import terms_of
from services.preinvoice.domain.prerequisites import failures, vat_percent, warnings
from shared.kernel.errors import Fault
from tests.preinvoice.builders import ENTITY, RECIPIENT, amounts, campaign, days, item, item_id, percents
from tests.words import cents


def found(*items: CampaignItem, **changes: Any) -> list[Fault]:
    return failures(campaign(*items, **changes), ENTITY, {})


@pytest.mark.rule("PI-REQ-01", "PI-REQ-02", "PI-REQ-12")
def test_all_errors_at_once_in_order_as_in_ex_18() -> None:
    c_100 = campaign(
        item(1, distribution_period="even"),
        item(2, bill_me=False, currency="USD"),
        item(3, currency="USD"),
        item(4, payment_plan=percents("60", "30")),
        stage="proposal",
        bill_me=False,
        payment_start=None,
        recipient=Recipient("ACME", "Hauptstr. 1", "", "", "billing@acme.example"),
    )
    errors = failures(c_100, replace(ENTITY, start_of_week=None), {})
    assert [(error.code, error.entity_id) for error in errors] == [
        ("pi_e_01", str(c_100.id)),
        ("pi_e_02", str(c_100.id)),
        ("pi_e_04", str(c_100.id)),
        ("pi_e_08", str(ENTITY.id)),
        ("pi_e_10", str(c_100.id)),
        ("pi_e_16", str(item_id(1))),
        ("pi_e_20", str(item_id(3))),
        ("pi_e_17", str(item_id(4))),
    ]
    assert errors[4].message == "Campaign 100: recipient lacks city, country."
    assert all(error.entity and error.field and error.message for error in errors)


@pytest.mark.rule("PI-REQ-02")
def test_the_same_fault_on_two_items_gives_two_entries_by_line_number() -> None:
    errors = found(item(2, vat_percent=None), item(1, vat_percent=None))
    assert [error.entity_id for error in errors] == [str(item_id(1)), str(item_id(2))]


@pytest.mark.rule("PI-REQ-02")
def test_a_check_without_its_own_input_is_left_out() -> None:
    assert [error.code for error in found(item(1, vat_percent=None), billing_end_on=None)] == ["pi_e_06"]


@pytest.mark.parametrize(
    ("changes", "code", "field", "message"),
    [
        pytest.param(
            {"bill_me": False}, "pi_e_01", "campaign.bill_me", "Bill me is off.", marks=pytest.mark.rule("PI-REQ-03")
        ),
        pytest.param(
            {"stage": "cancelled"}, "pi_e_02", "campaign.stage", "not booked", marks=pytest.mark.rule("PI-REQ-04")
        ),
        pytest.param(
            {"payment_interval": None}, "pi_e_03", "campaign.payment_interval", "", marks=pytest.mark.rule("PI-REQ-05")
        ),
        pytest.param(
            {"payment_start": None}, "pi_e_04", "campaign.payment_start", "", marks=pytest.mark.rule("PI-REQ-06")
        ),
        pytest.param({"due_at": None}, "pi_e_05", "campaign.due_at", "", marks=pytest.mark.rule("PI-REQ-07")),
        pytest.param(
            {"billing_start_on": None}, "pi_e_06", "campaign.billing_period", "", marks=pytest.mark.rule("PI-REQ-07")
        ),
        pytest.param(
            {"billing_end_on": days("2019-11-01..2019-11-01").start_on},
            "pi_e_06",
            "campaign.billing_period",
            "",
            marks=pytest.mark.rule("PI-REQ-07"),
        ),
        pytest.param(
            {"recipient": replace(RECIPIENT, email=" ")},
            "pi_e_10",
            "campaign.recipient",
            "lacks email",
            marks=pytest.mark.rule("PI-REQ-11"),
        ),
        pytest.param(
            {"items": (item(bill_me=False), item(2, cancelled=True))},
            "pi_e_11",
            "campaign.items",
            "",
            marks=pytest.mark.rule("PI-REQ-12"),
        ),
    ],
)
def test_each_check_of_the_campaign(changes: dict[str, Any], code: str, field: str, message: str) -> None:
    (error,) = found(**changes)
    assert (error.code, error.field) == (code, field)
    assert message in error.message


@pytest.mark.rule("PI-REQ-08")
def test_a_campaign_without_legal_entity_is_refused() -> None:
    assert [error.code for error in failures(campaign(payment_interval="monthly"), None, {})] == ["pi_e_07"]


@pytest.mark.rule("PI-REQ-09")
@pytest.mark.parametrize(("interval", "codes"), [("weekly", ["pi_e_08"]), ("monthly", []), ("total", [])])
def test_only_weekly_billing_needs_a_start_of_week(interval: str, codes: list[str]) -> None:
    entity = replace(ENTITY, start_of_week=None)
    assert [error.code for error in failures(campaign(payment_interval=interval), entity, {})] == codes


@pytest.mark.rule("PI-REQ-11")
@pytest.mark.parametrize(("dispatch", "codes"), [("print", []), ("none", []), ("email", ["pi_e_10"])])
def test_an_address_for_mail_is_needed_only_when_mail_is_sent(dispatch: str, codes: list[str]) -> None:
    assert [error.code for error in found(dispatch=dispatch, recipient=replace(RECIPIENT, email=""))] == codes


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        pytest.param({"vat_percent": None}, "pi_e_09", "on 2019-12-01.", marks=pytest.mark.rule("PI-REQ-10")),
        pytest.param({"start_on": None}, "pi_e_12", "2019-12-01..2019-12-09", marks=pytest.mark.rule("PI-REQ-13")),
        pytest.param(
            {"end_on": days("2019-12-10..2019-12-10").start_on}, "pi_e_12", "", marks=pytest.mark.rule("PI-REQ-13")
        ),
        pytest.param(
            {"end_on": days("2019-11-30..2019-11-30").start_on}, "pi_e_12", "", marks=pytest.mark.rule("PI-REQ-13")
        ),
        pytest.param({"amount": None}, "pi_e_13", "", marks=pytest.mark.rule("PI-REQ-14")),
        pytest.param({"amount": -1}, "pi_e_13", "", marks=pytest.mark.rule("PI-REQ-14")),
        pytest.param(
            {"distribution_unit": "quantity", "booked_quantity": 0}, "pi_e_13", "", marks=pytest.mark.rule("PI-REQ-14")
        ),
        pytest.param(
            {"billing_basis": "delivery", "billing_category": "CPM"}, "pi_e_13", "", marks=pytest.mark.rule("PI-REQ-14")
        ),
        pytest.param(
            {"distribution_period": "even"},
            "pi_e_16",
            "day-based",
            marks=pytest.mark.rule("PI-REQ-17", "PI-DST-08"),
        ),
        pytest.param({"payment_start": "after"}, "pi_e_18", "monthly", marks=pytest.mark.rule("PI-REQ-19")),
        pytest.param(
            {"billing_basis": "delivery", "booked_quantity": 1},
            "pi_e_19",
            "fixed has nothing to count",
            marks=pytest.mark.rule("PI-REQ-20", "PI-DEL-02"),
        ),
        pytest.param(
            {"currency": "USD"},
            "pi_e_20",
            "USD differs from campaign currency EUR",
            marks=pytest.mark.rule("PI-REQ-21"),
        ),
        pytest.param(
            {"payment_plan": percents("60", "30")},
            "pi_e_17",
            "adds up to 90.00 %, expected 100.00 %.",
            marks=pytest.mark.rule("PI-REQ-18", "PI-FPP-02"),
        ),
        pytest.param(
            {"payment_plan": amounts("500.00", "8.25"), "amount": cents("8.25")},
            "pi_e_17",
            "adds up to 508.25, expected 8.25.",
            marks=pytest.mark.rule("PI-REQ-18", "PI-FPP-02"),
        ),
        pytest.param(
            {"payment_plan": (replace(percents("100")[0], invoice_on=None),)},
            "pi_e_24",
            "entry 1 lacks invoice_on.",
            marks=pytest.mark.rule("PI-FPP-01"),
        ),
    ],
)
def test_each_check_of_an_item(changes: dict[str, Any], code: str, message: str) -> None:
    (error,) = found(replace(item(7), **changes))
    assert (error.code, error.entity_id) == (code, str(item_id(7)))
    assert error.message.startswith("Item 7: ")
    assert message in error.message


@pytest.mark.rule("PI-REQ-10")
@pytest.mark.parametrize(("treatment", "rate"), [("reverse_charge", 0), ("exempt", 0), ("standard", 19)])
def test_reverse_charge_and_exempt_campaigns_bill_without_vat(treatment: str, rate: int) -> None:
    billed = campaign(item(1, vat_percent=None if rate == 0 else item().vat_percent), vat_treatment=treatment)
    assert failures(billed, ENTITY, {}) == []
    assert vat_percent(billed, billed.items[0]) == rate


@pytest.mark.rule("PI-REQ-14")
def test_an_item_may_cost_nothing() -> None:
    assert found(item(amount="0.00")) == []


@pytest.mark.rule("PI-REQ-18")
def test_an_item_with_a_plan_is_not_asked_for_day_based_distribution() -> None:
    assert found(item(distribution_period="even", payment_plan=percents("50", "50"))) == []


@pytest.mark.rule("PI-REQ-15")
def test_a_past_slice_without_a_complete_report_is_named() -> None:
    counted = item(billing_basis="delivery", billing_category="CPM", booked_quantity=1000)
    (error,) = failures(campaign(counted), ENTITY, {counted.id: [days("2019-12-01..2019-12-07")]})
    assert error.message == "Item 1: no complete delivery report for 2019-12-01..2019-12-07."
    assert error.code == "pi_e_14"


@pytest.mark.rule("PI-REQ-22", "PI-DST-10", "PI-DEL-18")
def test_warnings_name_small_quantities_and_delivery_billed_ahead_without_failing() -> None:
    few = item(1, distribution_unit="quantity", booked_quantity=10)
    counted = item(2, billing_basis="delivery", billing_category="CPC", booked_quantity=5)
    billed = campaign(few, counted, item(3))
    agreed = terms_of(billed, ENTITY)
    assert agreed is not None
    assert [(one.code, one.entity_id) for one in warnings(billed, agreed, {})] == [
        ("pi_w_01", str(item_id(1))),
        ("pi_w_02", str(item_id(2))),
    ]
    assert failures(billed, ENTITY, {}) == []
