"""Which items are due, and why the others are not."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.invoicing.domain.advance import Scope
from services.invoicing.domain.criteria import Corrections, Criteria, Switches, check_selection
from services.invoicing.domain.item import Item
from services.invoicing.domain.selection import Agreement, Reason, check_references, reason_left_out
from shared.kernel.errors import Invalid
from tests.invoicing.builders import RUN_DAY, bill, client, item, named, payable, reasons

FLAGGED, UNFLAGGED = (Agreement(current_invoicing=flag, current_deduction=False) for flag in (True, False))


def reason(of: Any, switches: Switches, *, agreement: Agreement = UNFLAGGED, required: bool = False) -> Reason | None:
    """The first reason why an item is not due on the run's day."""
    return reason_left_out(of, agreement, switches, reference_required=required, invoice_on=RUN_DAY)


@pytest.mark.rule("MA-INV-06")
def test_the_first_reason_in_the_order_of_work_is_given() -> None:
    flaws: list[tuple[dict[str, Any], Reason]] = [
        ({"status": "preliminary"}, Reason.NOT_DEFINITIVE),
        ({"ad_check_missing": True}, Reason.NOT_AD_CHECKED),
        ({"agreement": UNFLAGGED}, Reason.NOT_CURRENT_INVOICING),
        ({"reference": ""}, Reason.REFERENCE_MISSING),
        ({"not_before_on": date(2026, 11, 1)}, Reason.NOT_BEFORE_DATE),
        ({"is_due": False}, Reason.NOT_DUE),
        ({"correction_kind": "external"}, Reason.IS_CORRECTION),
    ]
    switches = Switches(current_invoicing=True, no_reference_number=False, corrections=Corrections.NO)
    for first in range(len(flaws)):
        changes = {"reference": "PO 1"} | {k: v for flaw, _ in flaws[first:] for k, v in flaw.items()}
        agreement = changes.pop("agreement", FLAGGED)
        assert reason(item(**changes), switches, agreement=agreement, required=True) is flaws[first][1]
    assert reason(item(reference="PO 1"), switches, agreement=FLAGGED, required=True) is None


@pytest.mark.rule("MA-INV-09")
def test_an_order_is_invoiced_on_its_not_before_date() -> None:
    assert reason(item(not_before_on=RUN_DAY + timedelta(days=1)), Switches()) is Reason.NOT_BEFORE_DATE
    assert reason(item(not_before_on=RUN_DAY), Switches()) is None


@pytest.mark.rule("MA-INV-06", "MA-INV-28")
def test_what_an_advance_invoice_keeps_out_is_told_last_and_only_without_current_deduction() -> None:
    kept_out = [Scope(plan_id=named("plan 1"))]

    def why(of: Item, *, deducted: bool = False) -> Reason | None:
        agreement = Agreement(current_invoicing=False, current_deduction=deducted)
        switches = Switches(corrections=Corrections.NO)
        return reason_left_out(of, agreement, switches, reference_required=False, invoice_on=RUN_DAY, kept_out=kept_out)

    assert why(item()) is Reason.RESERVED_FOR_ADVANCE
    assert why(item(correction_kind="external")) is Reason.IS_CORRECTION
    assert why(item(plan_id=named("plan 2"))) is None
    assert why(item(), deducted=True) is None


@pytest.mark.rule("MA-INV-07")
@pytest.mark.parametrize(
    ("switch", "agreement", "expected"),
    [
        (None, FLAGGED, None),
        (None, UNFLAGGED, None),
        (True, FLAGGED, None),
        (True, UNFLAGGED, Reason.NOT_CURRENT_INVOICING),
        (False, FLAGGED, Reason.IS_CURRENT_INVOICING),
        (False, UNFLAGGED, None),
    ],
)
def test_current_invoicing(switch: bool | None, agreement: Agreement, expected: Reason | None) -> None:
    assert reason(item(), Switches(current_invoicing=switch), agreement=agreement) is expected


@pytest.mark.rule("MA-INV-08")
def test_an_unchecked_insertion_is_taken_only_when_asked_for_by_number() -> None:
    unchecked = item(ad_check_missing=True)
    assert reason(unchecked, Switches()) is Reason.NOT_AD_CHECKED
    also = Switches(also_not_checked=True)
    assert reason(unchecked, also) is None
    check_selection(Criteria(plan_ids=(named("plan 1"),)), also, live=True)
    check_selection(Criteria(order_ids=(named("order 1"),)), also, live=True)
    every_other = {
        name: (named("ALFA"),) if name.endswith("_ids") else ("SPRING",)
        for name in Criteria.__dataclass_fields__
        if name not in ("from_on", "to_on", "plan_ids", "order_ids")
    }
    with pytest.raises(Invalid) as refused:
        check_selection(Criteria(**every_other), also, live=True)
    assert refused.value.code == "also_not_checked_needs_number"


@pytest.mark.rule("MA-INV-02", "MA-INV-03")
def test_a_selection_that_cannot_be_meant_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        check_selection(Criteria(from_on=date(2026, 2, 2), to_on=date(2026, 2, 1)), Switches(), live=False)
    assert refused.value.code == "bad_date_range"
    with pytest.raises(Invalid) as refused:
        check_selection(Criteria(), Switches(), live=True)
    assert refused.value.code == "selection_empty"
    check_selection(Criteria(), Switches(), live=False)


ALFA, BETA = client("ALFA", reference_required=True), client("BETA")
REQUIRED = {ALFA.id: True, BETA.id: False}
ORDERS = {
    "501": item("12000.00", reference="PO 77", order_no="501"),
    "502": item("7000.00", reference="  ", order_no="502"),
    "601": item("5000.00", order_no="601", client_id=BETA.id),
    "602": item("3000.00", reference="PO 78", order_no="602", client_id=BETA.id),
}


def run_of_ex_04(no_reference: bool | None, orders: list[str]) -> tuple[set[str], dict[str, str]]:
    """The orders invoiced and the reasons of the others."""
    invoiced, left_out = set(), {}
    for terms in (ALFA, BETA):
        items = [ORDERS[no] for no in orders if ORDERS[no].client_id == terms.id]
        done = bill(items, terms, no_reference_number=no_reference)
        invoiced |= {one.order_no for invoice in done.invoices for one in invoice.items}
        left_out |= {one.order_no: why.value for one, why in done.left_out}
    return invoiced, left_out


@pytest.mark.rule("MA-INV-11", "MA-INV-12", "MA-INV-13", "MA-INV-14")
@pytest.mark.parametrize(
    ("no_reference", "orders", "invoiced", "left_out"),
    [
        (None, ["501", "502", "601", "602"], {"501", "502", "601", "602"}, {}),
        (None, ["601", "602"], {"601", "602"}, {}),
        (
            False,
            ["501", "502", "601", "602"],
            {"501"},
            {
                "502": "reference_missing",
                "601": "client_without_reference_rule",
                "602": "client_without_reference_rule",
            },
        ),
        (True, ["501", "502"], {"502"}, {"501": "has_reference"}),
    ],
)
def test_reference_numbers_as_in_ex_04(
    no_reference: bool | None, orders: list[str], invoiced: set[str], left_out: dict[str, str]
) -> None:
    assert run_of_ex_04(no_reference, orders) == (invoiced, left_out)


@pytest.mark.rule("MA-INV-12", "MA-INV-13", "MA-INV-14")
@pytest.mark.parametrize(
    ("no_reference", "live", "billable", "named_clients", "code", "clients"),
    [
        (None, False, REQUIRED, set(), None, []),
        (None, True, REQUIRED, set(), "reference_choice_required", [ALFA.id]),
        (None, True, {BETA.id: False}, {BETA.id}, None, []),
        (False, True, REQUIRED, set(), None, []),
        (True, True, {ALFA.id: True}, {ALFA.id}, None, []),
        (False, True, REQUIRED, {ALFA.id, BETA.id}, "reference_not_required_by_client", [BETA.id]),
        (True, False, REQUIRED, {BETA.id}, "reference_not_required_by_client", [BETA.id]),
        # A client with nothing billable never stops a run.
        (False, True, {ALFA.id: True}, {ALFA.id, BETA.id}, None, []),
    ],
)
def test_a_wrong_combination_stops_the_whole_run(
    *, no_reference: bool | None, live: bool, billable: dict, named_clients: set, code: str | None, clients: list
) -> None:
    switches = Switches(no_reference_number=no_reference)
    if code is None:
        check_references(switches, live=live, required_by_billable_client=billable, named=named_clients)
        return
    with pytest.raises(Invalid) as refused:
        check_references(switches, live=live, required_by_billable_client=billable, named=named_clients)
    assert refused.value.code == code
    assert [fault.entity_id for fault in refused.value.faults] == [str(one) for one in clients]


@pytest.mark.rule("MA-INV-17", "MA-INV-19")
def test_corrections_as_in_ex_08() -> None:
    items = [
        item("18000.00"),
        item("600.00", correction_kind="external"),
        item("750.00", correction_kind="internal"),
        item("-750.00", correction_kind="internal"),
    ]
    assert payable(bill(items)) == ["23250.00"]
    without = bill(items, corrections=Corrections.NO)
    assert (payable(without), reasons(without)) == (["22500.00"], ["is_correction"] * 3)
    assert payable(bill(items, corrections=Corrections.SEPARATE)) == ["22500.00", "750.00"]
    internal = bill(items, corrections=Corrections.INTERNAL)
    assert (payable(internal), reasons(internal)) == (["0.00"], ["not_internal_correction"] * 2)
    held = bill(items, client(minimum_amount=10000), corrections=Corrections.INTERNAL)
    assert (payable(held), reasons(held)[2:]) == ([], ["below_minimum"] * 2)
    forced = bill(items, client(minimum_amount=10000), corrections=Corrections.INTERNAL, one_invoice_per_client=True)
    assert payable(forced) == ["0.00"]
