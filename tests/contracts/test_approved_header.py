"""The header of a contract once approved: what may still change, what approval asks for and tells (CT-HDR)."""

from typing import Any

import pytest

from tests.contracts.sales import Sales, at, codes
from tests.contracts.traffic import Body, Traffic


@pytest.mark.rule("CT-HDR-20", "CT-HDR-22", "CT-HDR-15", "CT-HDR-16", "CT-LIF-18")
@pytest.mark.parametrize(
    "changes",
    [
        {"billing_cycle": "weekly"}, {"discount_percent": "1"}, {"sales_commission_percent": "1"}, {"comment": "Hello"},
        {"po_no": "7"}, {"product": "Tyres"}, {"pre_pay": True}, {"estimate_no": "9"}, {"salesperson_id": None},
        {"primary_conflict_id": "made"}, {"invoice_type": "none"}, {"revenue_source_id": "made"},
        {"revenue_type_id": "made"}, {"tax_id": "made"}, {"agency_id": "made"},
        {"notes": "Both or neither", "comment": "Hello"},
    ],
    ids="-".join,
)  # fmt: skip
async def test_what_an_approved_contract_changes_in_correction_mode_only(sales: Sales, changes: Body) -> None:
    paths = {
        "primary_conflict_id": "conflicts", "revenue_source_id": "revenue-sources", "revenue_type_id": "revenue-types",
        "tax_id": "taxes", "agency_id": "agencies",
    }  # fmt: skip
    values: Body = {}
    for name, value in changes.items():
        more = {"percent": "6"} if name == "tax_id" else {}
        values[name] = await sales.record(paths[name], "MADE", **more) if value == "made" else value
    live = await sales.live()
    await sales.refused(409, "requires_correction_mode", "PATCH", at(live), values)


@pytest.mark.rule("CT-HDR-21", "CT-HDR-20", "CT-LIF-18")
async def test_a_second_conflict_may_come_at_any_time_and_keeps_units_not_yet_placed_apart(sales: Sales) -> None:
    cars = await sales.record("conflicts", "CARS", method="minutes", distance=120)
    rival = await sales.live(
        sales.line(start_time="08:00", end_time="08:30"), client_id=await sales.direct("R", primary_conflict_id=cars)
    )
    live = await sales.live(
        sales.line(start_time="08:00", end_time="11:00"), client_id=await sales.direct("L"), comment="As ordered"
    )
    before = await sales.traffic.log(sales.station_id, "2026-06-01")
    changed = await sales.save(live, secondary_conflict_id=cars)
    assert (changed["secondary_conflict_id"], changed["revision"]) == (cars, 1)
    after = await sales.traffic.log(sales.station_id, "2026-06-02")

    def times(log: Body) -> dict[int, int]:
        return {unit["contract_no"]: unit["scheduled_minute"] // 60 for unit in log["units"]}

    assert times(before) == {rival["contract_no"]: 8, live["contract_no"]: 8}
    assert times(after) == {rival["contract_no"]: 8, live["contract_no"]: 10}
    assert times(await sales.traffic.show_log(before["id"])) == times(before), "what is placed stays"
    (told,) = await sales.traffic.told("contracts.contract.conflicts_changed.v1")
    assert (told["id"], told["secondary_conflict_id"], told["version"]) == (live["id"], cars, changed["version"])
    await sales.save(live, secondary_conflict_id=None)
    await sales.refused(409, "requires_correction_mode", "PATCH", at(live), {"primary_conflict_id": cars})
    await sales.refused(422, "conflicts_equal", "PATCH", at(rival), {"secondary_conflict_id": cars})
    body = {"client_id": sales.client_id, "primary_conflict_id": cars, "secondary_conflict_id": cars}
    problem = await sales.refused(422, "conflicts_equal", "POST", "/v1/contracts", body)
    assert codes(problem) == [("/secondary_conflict_id", "conflicts_equal")]


@pytest.mark.rule("CT-HDR-22")
@pytest.mark.parametrize("cycle", ["none", "calendar", "broadcast", "weekly", "end_of_schedule", "begin_of_schedule"])
async def test_a_cycle_is_told_at_approval(sales: Sales, cycle: str) -> None:
    live = await sales.live(billing_cycle=cycle)
    (told,) = await sales.traffic.told("contracts.contract.approved.v1")
    assert (live["billing_cycle"], told["billing_cycle"]) == (cycle, cycle)


@pytest.mark.rule("CT-HDR-23", "CT-ITY-01", "CT-ITY-07", "CT-ITY-11", "CT-LIF-18")
async def test_the_invoice_type_changes_on_a_live_contract(sales: Sales) -> None:
    live = await sales.live(affidavit="affidavit")
    seen = []
    for invoice_type in ("summary", "time", "time_rates", "co_op_notarized_affidavit", "detail"):
        changed = await sales.save(live, invoice_type=invoice_type)
        seen.append((changed["invoice_type"], changed["affidavit"]))
    assert seen == [
        ("summary", "none"), ("time", "none"), ("time_rates", "none"), ("co_op_notarized_affidavit", "notarized"),
        ("detail", "notarized"),
    ]  # fmt: skip
    told = await sales.traffic.told("contracts.contract.presentation_changed.v1")
    assert [(one["invoice_type"], one["affidavit"]) for one in told] == seen
    assert [one["version"] for one in told] == [live["version"] + step for step in range(1, 6)]
    await sales.refused(409, "requires_correction_mode", "PATCH", at(live), {"invoice_type": "none"})
    not_carried = {"invoice_type": "summary", "affidavit": "notarized"}
    await sales.refused(422, "affidavit_not_available", "PATCH", at(live), not_carried)


@pytest.mark.rule("CT-ITY-02", "CT-HDR-22", "CT-HDR-23")
async def test_ex_ct_23_type_none_takes_the_cycle_along(sales: Sales) -> None:
    drafted = await sales.draft(client_id=await sales.direct())
    none = await sales.save(drafted, invoice_type="none")
    assert (none["invoice_type"], none["billing_cycle"]) == ("none", "none")
    weekly = {"billing_cycle": "weekly"}
    await sales.refused(422, "cycle_conflicts_with_invoice_type", "PATCH", at(drafted), weekly)
    again = await sales.save(drafted, invoice_type="detail")
    assert (again["invoice_type"], again["billing_cycle"]) == ("detail", "none")
    made = await sales.draft(client_id=await sales.direct("PROMO", invoice_type="none"))
    assert (made["invoice_type"], made["billing_cycle"]) == ("none", "none")
    both = {"client_id": sales.client_id, "invoice_type": "none", **weekly}
    await sales.refused(422, "cycle_conflicts_with_invoice_type", "POST", "/v1/contracts", both)


@pytest.mark.rule("CT-HDR-24", "CT-LIF-18")
async def test_tfn_is_a_reminder_in_the_report_and_nothing_else(sales: Sales) -> None:
    plain, live = await sales.live(), await sales.live()
    events = len(await sales.traffic.rows("SELECT 1 FROM outbox WHERE tenant_id = :t", t=sales.traffic.tenant_id))
    marked = await sales.save(live, tfn=True)
    assert (marked["tfn"], marked["state"]) == (True, "active")
    assert [(one["quantity"], one["end_on"]) for one in (await sales.traffic.show(live["id"]))["lines"]] == [
        (one["quantity"], one["end_on"]) for one in live["lines"]
    ]
    after = len(await sales.traffic.rows("SELECT 1 FROM outbox WHERE tenant_id = :t", t=sales.traffic.tenant_id))
    assert after == events, "nobody is told"
    for wanted, found in ((True, live), (False, plain)):
        listed = await sales.traffic.ask("GET", "/v1/contracts", tfn=wanted)
        assert [(one["id"], one["tfn"]) for one in listed["items"]] == [(found["id"], wanted)]


@pytest.mark.rule("CT-HDR-25", "CT-HDR-18", "CT-HDR-19", "CT-HDR-11", "CT-HDR-13")
async def test_approval_tells_what_the_header_says(sales: Sales) -> None:
    source, kind = await sales.record("revenue-sources", "WEB"), await sales.record("revenue-types", "LOCAL")
    said: dict[str, Any] = {
        "revenue_source_id": source, "revenue_type_id": kind, "comment": "Service for <month>", "po_no": "R-7|S-9",
        "product": "Tyres", "estimate_no": "881",
    }  # fmt: skip
    await sales.live(**said)
    (told,) = await sales.traffic.told("contracts.contract.approved.v1")
    assert {name: told[name] for name in said} == said
    assert (told["rep_order_no"], told["station_order_no"], told["estimate"]) == ("R-7", "S-9", "881")
    for field, wanted in (("revenue_source_id", source), ("revenue_type_id", kind)):
        listed = await sales.traffic.ask("GET", "/v1/contracts", **{field: wanted})
        assert [one["id"] for one in listed["items"]] == [told["id"]]


@pytest.mark.rule("CT-HDR-07", "CT-HDR-09", "CT-HDR-13", "CT-LIF-04")
async def test_ex_ct_22_approval_names_what_is_missing(sales: Sales, traffic: Traffic) -> None:
    drafted = await sales.draft(sales.line(), agency_estimate_code="881", agency_advertiser_code="OAK")
    approve = at(drafted, "transitions"), {"to": "approved"}
    problem = await sales.refused(422, "edi_codes_incomplete", "POST", *approve)
    assert codes(problem) == [("/agency_product_code", "edi_codes_incomplete"), ("/product", "product_required")]
    await sales.save(drafted, agency_product_code="SPR", salesperson_id=None)
    problem = await sales.refused(422, "salesperson_required", "POST", *approve)
    assert codes(problem) == [("/salesperson_id", "salesperson_required"), ("/product", "product_required")]
    saved = await sales.save(drafted, salesperson_id=traffic.salesperson_id, product="Tyres")
    assert saved["estimate"] == "881/OAK/SPR"
    cleared = await sales.save(drafted, agency_id=None)
    assert (cleared["estimate"], cleared["agency_commission_percent"]) == ("881", "0")
    await sales.save(drafted, agency_id=sales.agency_id)
    await sales.refused(422, "edi_codes_incomplete", "POST", *approve)
    await sales.amend("agencies", sales.agency_id, edi_requires_all_codes=False)
    assert (await traffic.approve(drafted["id"]))["state"] == "active"
