"""Correction mode at the door: asked for, opened by invoicing's hold, prepared, saved or abandoned (CT-LIF-13 ff.)."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.contracts.ticks import corrections_unanswered
from services.gateway.roles import PERMISSIONS
from shared.events.invoicing import CorrectionHoldPlaced, CorrectionHoldRefused, LiveInvoice
from shared.kernel.ids import new_id
from tests.contracts.sales import Sales, at, codes
from tests.contracts.traffic import Body
from tests.tokens import bearer

WISH = {"acknowledge_impact": True, "reason": "Wrong agency"}


async def asked(sales: Sales, contract: Body) -> Body:
    """Correction mode asked for."""
    await sales.traffic.show(contract["id"])
    return await sales.traffic.ask("POST", at(contract, "corrections"), WISH, 202)


async def opened(sales: Sales, contract: Body) -> Body:
    """Correction mode, open: invoicing holds the contract's invoices."""
    wish = await asked(sales, contract)
    hold = CorrectionHoldPlaced(id=UUID(wish["id"]), version=1, contract_id=UUID(contract["id"]), state="placed")
    await sales.traffic.hear(hold)
    return await shown(sales, wish)


async def shown(sales: Sales, correction: Body) -> Body:
    """A correction as it stands."""
    return await sales.traffic.ask("GET", _path(correction))


async def prepare(sales: Sales, correction: Body, **changes: Any) -> Body:
    """Add changes to an open correction."""
    version = (await shown(sales, correction))["version"]
    return await sales.traffic.ask("PATCH", _path(correction), changes, version=version)


async def end(sales: Sales, correction: Body, to: str, status: int = 200) -> Body:
    """Save or abandon a correction."""
    version = (await shown(sales, correction))["version"]
    return await sales.traffic.ask("POST", f"{_path(correction)}/transitions", {"to": to}, status, version=version)


async def actions(sales: Sales, contract: Body) -> list[Body]:
    """The history of a contract."""
    return (await sales.traffic.ask("GET", at(contract, "history")))["items"]  # type: ignore[no-any-return]


def _path(correction: Body) -> str:
    return f"/v1/contracts/{correction['contract_id']}/corrections/{correction['id']}"


@pytest.mark.rule("CT-LIF-13", "CT-LIF-14")
async def test_asking_needs_the_flag_and_a_reason_and_opens_with_the_hold(sales: Sales) -> None:
    live = await sales.live()
    for body, field in (
        ({}, "acknowledge_impact"), ({"reason": "Because"}, "acknowledge_impact"),
        ({"acknowledge_impact": False, "reason": "Because"}, "acknowledge_impact"),
        ({"acknowledge_impact": True}, "reason"), ({"acknowledge_impact": True, "reason": "  "}, "reason"),
    ):  # fmt: skip
        problem = await sales.refused(422, "acknowledgement_required", "POST", at(live, "corrections"), body)
        assert codes(problem) == [(f"/{field}", "acknowledgement_required")]
    for flag in ("true", 1):
        await sales.refused(422, "invalid_value", "POST", at(live, "corrections"), {**WISH, "acknowledge_impact": flag})
    await sales.refused(412, "stale_version", "POST", at(live, "corrections"), WISH, version=1)
    wish = await asked(sales, live)
    assert (wish["state"], wish["reason"], wish["requested_by"]) == ("requested", "Wrong agency", "clerk")
    assert (await sales.traffic.show(live["id"]))["correction"] == "requested"
    version = wish["version"]
    await sales.refused(409, "correction_not_open", "PATCH", _path(wish), {"header": {"product": "X"}}, version=version)
    await sales.refused(
        409, "correction_not_open", "POST", f"{_path(wish)}/transitions", {"to": "saved"}, version=version
    )
    hold = CorrectionHoldPlaced(id=UUID(wish["id"]), version=1, contract_id=UUID(live["id"]), state="placed")
    await sales.traffic.hear(hold)
    await sales.traffic.hear(hold)
    assert (await shown(sales, wish))["state"] == "open"
    contract = await sales.traffic.show(live["id"])
    assert (contract["state"], contract["correction"], contract["correction_id"]) == ("active", "open", wish["id"])
    (told,) = await sales.traffic.told("contracts.contract.correction_opened.v1")
    assert (told["correction_by"], told["correction_reason"]) == ("clerk", "Wrong agency")
    await sales.refused(409, "correction_open", "POST", at(live, "corrections"), WISH)


@pytest.mark.rule("CT-LIF-13", "CT-LIF-01")
async def test_neither_draft_nor_cancelled_contract_is_corrected_a_completed_one_is(sales: Sales) -> None:
    drafted = await sales.draft(sales.line())
    await sales.refused(409, "not_approved", "POST", at(drafted, "corrections"), WISH)
    await sales.cancel(drafted)
    await sales.refused(409, "state", "POST", at(drafted, "corrections"), WISH)
    await sales.refused(404, "not_found", "POST", at({"id": sales.station_id}, "corrections"), WISH, version=1)
    done = await sales.live(sales.off_air(start_on="2026-01-02", end_on="2026-01-02", frequency="single"))
    correction = await opened(sales, done)
    await prepare(sales, correction, header={"po_no": "7"})
    await end(sales, correction, "saved")
    contract = await sales.traffic.show(done["id"])
    assert (contract["state"], contract["revision"], contract["po_no"]) == ("completed", 2, "7")


@pytest.mark.rule("CT-LIF-14")
async def test_approved_invoices_stand_in_the_way_by_number(sales: Sales) -> None:
    live = await sales.live()
    await sales.traffic.air(sales.station_id, "2026-06-01", "2026-06-02")
    units = await sales.traffic.spots(contract_id=live["id"])
    issued = [await sales.traffic.issue(f"100{n}", [units[n]], "2026-06-30") for n in (1, 2)]
    await sales.traffic.show(live["id"])
    problem = await sales.refused(409, "invoices_not_reversed", "POST", at(live, "corrections"), WISH)
    assert "1001, 1002" in problem["detail"]
    assert [one["message"] for one in problem["blockers"]] == ["Invoice 1001", "Invoice 1002"]
    assert problem["blockers"][0]["link"] == f"/v1/invoicing/invoices/{issued[0].id}"
    await sales.traffic.reverse(issued[0])
    problem = await sales.refused(409, "invoices_not_reversed", "POST", at(live, "corrections"), WISH)
    assert [one["message"] for one in problem["blockers"]] == ["Invoice 1002"]
    await sales.traffic.reverse(issued[1])
    assert (await asked(sales, live))["state"] == "requested"


@pytest.mark.rule("CT-LIF-14", "CT-LIF-25")
async def test_a_hold_that_invoicing_refuses_ends_the_wish(sales: Sales) -> None:
    live = await sales.live()
    wish = await asked(sales, live)
    standing = [LiveInvoice(id=new_id(), invoice_no=number) for number in ("1001", "1002")]
    await sales.traffic.hear(
        CorrectionHoldRefused(
            id=UUID(wish["id"]), version=1, contract_id=UUID(live["id"]), state="refused", invoices=standing
        )
    )
    refused = await shown(sales, wish)
    assert (refused["state"], refused["blocked_by"]) == ("refused", ["1001", "1002"])
    assert (await sales.traffic.show(live["id"]))["correction"] == "none"
    assert [one["action"] for one in await actions(sales, live)][-2:] == [
        "contract.correction_requested", "contract.correction_refused",
    ]  # fmt: skip


@pytest.mark.rule("CT-LIF-14")
async def test_a_wish_nobody_answers_is_given_up(sales: Sales) -> None:
    live = await sales.live()
    wish = await asked(sales, live)
    later = sales.traffic.now.replace(hour=10)
    await corrections_unanswered(sales.traffic.database, later)
    assert (await shown(sales, wish))["state"] == "abandoned"
    await sales.traffic.hear(
        CorrectionHoldPlaced(id=UUID(wish["id"]), version=1, contract_id=UUID(live["id"]), state="placed")
    )
    assert (await sales.traffic.show(live["id"]))["correction"] == "none", "an answer too late opens nothing"


@pytest.mark.rule("CT-LIF-17", "CT-LIF-20", "CT-LIF-25", "CT-HDR-20", "CT-DOC-05")
async def test_everything_that_may_change_changes_in_place(sales: Sales) -> None:
    live = await sales.live(sales.line(), sales.off_air(), product="Tyres", notes="Ours")
    east = await sales.record("agencies", "EAST", commission_percent="10")
    sam = await sales.record("salespeople", "SAM", commission_percent="7")
    header: Body = {
        "agency_id": east, "salesperson_id": sam, "estimate_no": "882", "po_no": "P-9", "pre_pay": True,
        "product": "Rims", "discount_percent": "2.5", "agency_commission_percent": "12.5",
        "sales_commission_percent": "8", "tax_id": await sales.record("taxes", "MOMS", percent="6"),
        "revenue_source_id": await sales.record("revenue-sources", "WEB"),
        "revenue_type_id": await sales.record("revenue-types", "LOCAL"),
        "primary_conflict_id": await sales.record("conflicts", "CARS"), "comment": "Service for <month>",
    }  # fmt: skip
    spots, banner = live["lines"]
    lines = [
        {"id": spots["id"], "rate_amount": "60.00", "comment": "Morning"},
        {"id": banner["id"], "rate_amount": "300.00", "income_account": "3056"},
    ]
    correction = await opened(sales, live)
    await prepare(sales, correction, header={"product": "First try"}, lines=lines[:1])
    prepared = await prepare(sales, correction, header=header, lines=lines[1:])
    assert prepared["changes"]["header"]["product"] == "Rims"
    before = await sales.traffic.show(live["id"])
    assert (before["product"], before["lines"][0]["rate_amount"]) == ("Tyres", "55.00"), "nothing before it is saved"
    sales.traffic.now = sales.traffic.now.replace(day=9)
    saved = await end(sales, correction, "saved")
    assert (saved["state"], saved["closed_by"]) == ("saved", "clerk")
    after = await sales.traffic.show(live["id"])
    assert {name: after[name] for name in header} == header
    assert (after["revision"], after["correction"], after["correction_id"], after["notes"]) == (2, "none", None, "Ours")
    assert [(one["rate_amount"], one["total_amount"], one["comment"]) for one in after["lines"]] == [
        ("60.00", "1680.00", "Morning"), ("300.00", "900.00", ""),
    ]  # fmt: skip
    units = await sales.traffic.spots(contract_id=live["id"])
    assert {(one["off_air"], one["rate_amount"]) for one in units} == {(False, "60.00"), (True, "300.00")}
    (told,) = await sales.traffic.told("contracts.contract.corrected.v1")
    fields = {(one["field"], one["line_no"]): (one["old"], one["new"]) for one in told["corrected_fields"]}
    assert fields.keys() == {(name, None) for name in header} | {
        ("rate_amount", 1), ("comment", 1), ("rate_amount", 2), ("income_account", 2),
    }  # fmt: skip
    assert fields["product", None] == ("Tyres", "Rims")
    assert fields["agency_commission_percent", None] == ("0", "12.5")
    assert fields["pre_pay", None] == ("false", "true")
    assert fields["rate_amount", 1] == ("55.00", "60.00")
    assert told["revision"] == 2
    kept = (await actions(sales, live))[-1]
    assert (kept["action"], kept["reason"], kept["actor"]) == ("contract.corrected", "Wrong agency", "clerk")
    assert {(one["field"], one["line_no"]): one["value"] for one in kept["after"]["fields"]} == {
        name: new for name, (_, new) in fields.items()
    }
    confirmation = await sales.traffic.ask("GET", at(live, "confirmation"), format="json")
    assert (confirmation["revision"], confirmation["standing"], confirmation["dated_on"]) == (
        2,
        "corrected",
        "2026-01-09",
    )
    assert confirmation["lines"][0]["rate"] == "60.00"
    first = await sales.traffic.ask("GET", at(live, "confirmation"), format="json", revision=1)
    assert first["lines"][0]["rate"] == "55.00"


@pytest.mark.rule("CT-LIF-17")
async def test_what_no_correction_changes(sales: Sales) -> None:
    live = await sales.live(sales.line(), sales.off_air())
    correction = await opened(sales, live)
    line = live["lines"][0]["id"]
    version = correction["version"]
    other = await sales.direct("OTHER")
    for header in (
        {"client_id": other}, {"notes": "x"}, {"tfn": True}, {"secondary_conflict_id": None},
        {"invoice_type": "summary"}, {"client_id": other, "product": "X"},
    ):  # fmt: skip
        await sales.refused(409, "not_correctable", "PATCH", _path(correction), {"header": header}, version=version)
    for change in (
        {"station_id": sales.station_id}, {"start_on": "2026-06-02"}, {"end_on": "2026-06-27"}, {"counts": [2] * 7},
        {"start_time": "01:00"}, {"end_time": "23:00"}, {"length_seconds": 60}, {"skip_weeks": 1},
        {"spots_per_week": 7}, {"dates": {"2026-06-02": 1}}, {"avail_type": "B"}, {"frequency": "daily"},
        {"month_day": 1}, {"kind": "off_air"}, {"placement": 1}, {"rate_amount": "1.00", "end_on": "2026-06-27"},
    ):  # fmt: skip
        body = {"lines": [{"id": line, **change}]}
        await sales.refused(409, "not_correctable", "PATCH", _path(correction), body, version=version)
    assert (await shown(sales, correction))["changes"] == {}


@pytest.mark.rule("CT-LIF-17", "CT-LIF-24", "CT-HDR-14", "CT-HDR-16", "CT-HDR-22", "CT-CMN-06")
async def test_what_no_corrected_contract_may_hold(sales: Sales) -> None:
    live = await sales.live(invoice_type="none")
    correction = await opened(sales, live)
    pending = (await sales.traffic.ask("POST", at(live, "lines"), {"lines": [sales.line()]}, 201))["lines"][1]["id"]
    gone = await sales.record("taxes", "GONE", percent="5", blocked=True)
    line = live["lines"][0]["id"]
    for status, code, body in (
        (422, "billing_cycle", {"header": {"billing_cycle": "monthly"}}),
        (422, "cycle_conflicts_with_invoice_type", {"header": {"billing_cycle": "calendar"}}),
        (422, "discount_range", {"header": {"discount_percent": "100.5"}}),
        (422, "commission_range", {"header": {"sales_commission_percent": "12.345"}}),
        (422, "no_agency", {"header": {"agency_commission_percent": "15"}}),
        (422, "salesperson_required", {"header": {"salesperson_id": None}}),
        (422, "po_number", {"header": {"po_no": "A|B|C"}}),
        (422, "comment_length", {"header": {"comment": "x" * 501}}),
        (422, "edi_codes_incomplete", {"header": {"agency_id": sales.agency_id}}),
        (422, "tax_inactive", {"header": {"tax_id": gone}}),
        (404, "not_found", {"header": {"tax_id": line}}),
        (422, "unknown_reference", {"header": {"primary_conflict_id": line}}),
        (422, "number_is_assigned", {"header": {"contract_no": 9}}),
        (422, "unknown_field", {"header": {"margin": "1"}}),
        (422, "rate", {"lines": [{"id": line, "rate_amount": "-1.00"}]}),
        (422, "invalid_value", {"lines": [{"id": line, "rate_amount": "9999999999999.00"}]}),
        (422, "amount_precision", {"lines": [{"id": line, "rate_amount": "1.005"}]}),
        (422, "comment_length", {"lines": [{"id": line, "comment": "x" * 501}]}),
        (422, "unknown_reference", {"lines": [{"id": pending, "rate_amount": "1.00"}]}),
        (422, "unknown_reference", {"lines": [{"id": sales.station_id, "rate_amount": "1.00"}]}),
        (422, "invalid_value", {"lines": [{"rate_amount": "1.00"}]}),
    ):  # fmt: skip
        problem = await sales.refused(status, code, "PATCH", _path(correction), body, version=correction["version"])
        assert {one["pointer"].split("/")[1] for one in problem["errors"]} == set(body), "it says where"
    stale = {"header": {"product": "X"}}
    await sales.refused(412, "stale_version", "PATCH", _path(correction), stale, version=correction["version"] + 1)
    await sales.refused(404, "not_found", "GET", at(live, "corrections", sales.station_id))


@pytest.mark.rule("CT-LIF-17")
async def test_a_line_is_refused_at_its_place_in_the_request_whatever_was_prepared_before(sales: Sales) -> None:
    live = await sales.live(sales.line(), sales.line())
    correction = await opened(sales, live)
    first, second = (one["id"] for one in live["lines"])
    await prepare(sales, correction, lines=[{"id": first, "rate_amount": "60.00"}])
    version = (await shown(sales, correction))["version"]
    body = {"lines": [{"id": second, "rate_amount": "1.005"}]}
    problem = await sales.refused(422, "amount_precision", "PATCH", _path(correction), body, version=version)
    assert codes(problem) == [("/lines/0/rate_amount", "amount_precision")]


@pytest.mark.rule("CT-LIF-17")
async def test_a_customer_or_tax_closed_since_does_not_stand_in_the_way_of_a_correction(sales: Sales) -> None:
    tax = await sales.record("taxes", "MOMS", percent="6")
    live = await sales.live(tax_id=tax)
    await sales.amend("taxes", tax, blocked=True)
    await sales.amend("clients", live["client_id"], blocked=True)
    correction = await opened(sales, live)
    await prepare(sales, correction, header={"product": "Rims"})
    assert (await end(sales, correction, "saved"))["state"] == "saved"


@pytest.mark.rule("CT-LIF-19", "CT-LIF-08", "CT-LIF-18")
async def test_while_it_is_open_nobody_cancels_and_logs_go_on(sales: Sales) -> None:
    live = await sales.live()
    wish = await asked(sales, live)
    await sales.traffic.show(live["id"])
    await sales.refused(409, "correction_open", "POST", at(live, "transitions"), {"to": "cancelled"})
    await end(sales, wish, "abandoned")
    correction = await opened(sales, live)
    await sales.traffic.show(live["id"])
    await sales.refused(409, "correction_open", "POST", at(live, "transitions"), {"to": "cancelled"})
    await sales.traffic.air(sales.station_id, "2026-06-01")
    assert [one["state"] for one in await sales.traffic.spots(state="aired")] == ["aired"]
    await sales.save(live, notes="Ours", invoice_type="summary")
    await end(sales, correction, "abandoned")
    await sales.traffic.show(live["id"])
    assert (await sales.cancel(live))["state"] == "cancelled"


@pytest.mark.rule("CT-LIF-20")
async def test_abandoning_leaves_no_trace_but_the_audit_entry(sales: Sales) -> None:
    live = await sales.live()
    correction = await opened(sales, live)
    await prepare(sales, correction, header={"product": "Rims"})
    ended = await end(sales, correction, "abandoned")
    assert (ended["state"], ended["changes"]) == ("abandoned", {})
    after = await sales.traffic.show(live["id"])
    own = {"version"}
    assert {name: value for name, value in after.items() if name not in own} == {
        name: value for name, value in live.items() if name not in own
    }
    assert await sales.traffic.told("contracts.contract.corrected.v1") == []
    assert len(await sales.traffic.told("contracts.contract.correction_abandoned.v1")) == 1
    kept = (await actions(sales, live))[-1]
    assert (kept["action"], kept["reason"]) == ("contract.correction_abandoned", "Wrong agency")
    version = ended["version"]
    await sales.refused(
        409, "correction_not_open", "POST", f"{_path(correction)}/transitions", {"to": "saved"}, version=version
    )
    listed = (await sales.traffic.ask("GET", at(live, "corrections")))["items"]
    assert [one["state"] for one in listed] == ["abandoned"]


@pytest.mark.rule("CT-LIF-20", "CT-LIF-06")
@pytest.mark.parametrize(("limit", "own_hands"), [("1540.01", True), ("1540.00", False), (None, True)])
async def test_above_the_limit_another_than_the_opener_saves(sales: Sales, limit: str | None, own_hands: bool) -> None:
    await sales.amend("legal-entities", sales.traffic.legal_entity_id, four_eyes_amount=limit)
    live = await sales.live()
    correction = await opened(sales, live)
    prepared = await prepare(sales, correction, header={"product": "Rims"})
    path = f"{_path(correction)}/transitions"
    if not own_hands:
        await sales.refused(403, "four_eyes", "POST", path, {"to": "saved"}, version=prepared["version"])
        other = bearer(*PERMISSIONS["approver"], tenant_id=sales.traffic.tenant_id, subject="second")
        headers = {**other, "If-Match": f'"{prepared["version"]}"'}
        saved = await sales.traffic.http.post(path, json={"to": "saved"}, headers=headers)
        assert (saved.json()["state"], saved.json()["closed_by"]) == ("saved", "second")
    else:
        assert (await end(sales, correction, "saved"))["state"] == "saved"


@pytest.mark.rule("CT-LIF-21", "CT-LIF-24", "CT-HDR-22")
async def test_another_cycle_is_told_on_its_own_the_same_is_none(sales: Sales) -> None:
    live = await sales.live()
    same = await opened(sales, live)
    await prepare(sales, same, header={"billing_cycle": "calendar"})
    ended = await end(sales, same, "saved")
    assert ended["state"] == "abandoned", "nothing differs"
    assert (await sales.traffic.show(live["id"]))["revision"] == 1
    assert await sales.traffic.told("contracts.contract.billing_cycle_changed.v1") == []
    both = await opened(sales, live)
    await prepare(sales, both, header={"billing_cycle": "calendar", "product": "Rims"})
    await end(sales, both, "saved")
    assert await sales.traffic.told("contracts.contract.billing_cycle_changed.v1") == []
    other = await opened(sales, live)
    await prepare(sales, other, header={"billing_cycle": "broadcast"})
    await end(sales, other, "saved")
    (told,) = await sales.traffic.told("contracts.contract.billing_cycle_changed.v1")
    (field,) = told["corrected_fields"]
    assert (told["billing_cycle"], field["old"], field["new"]) == ("broadcast", "calendar", "broadcast")
    assert (await sales.traffic.show(live["id"]))["revision"] == 3


@pytest.mark.rule("CT-ITY-11", "CT-LIF-17", "CT-LIF-24")
async def test_type_none_on_a_live_contract_comes_with_the_correction(sales: Sales) -> None:
    live = await sales.live(affidavit="notarized")
    correction = await opened(sales, live)
    await prepare(sales, correction, header={"invoice_type": "none"})
    await end(sales, correction, "saved")
    after = await sales.traffic.show(live["id"])
    assert (after["invoice_type"], after["billing_cycle"], after["affidavit"]) == ("none", "none", "none")
    (told,) = await sales.traffic.told("contracts.contract.billing_cycle_changed.v1")
    assert Decimal(told["discount_percent"]) == 0
    assert told["billing_cycle"] == "none"
