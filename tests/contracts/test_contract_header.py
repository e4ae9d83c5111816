"""The header of a contract at the door: filled from its customer, what each field takes, what is refused (CT-HDR)."""

import pytest

from tests.contracts.sales import Sales, at, codes
from tests.contracts.traffic import Body, rotation, spot_line

PERCENTS = ("discount_percent", "agency_commission_percent", "sales_commission_percent")


@pytest.mark.rule("CT-HDR-01")
async def test_numbers_rise_and_are_never_given_again(sales: Sales) -> None:
    first = await sales.draft(sales.line())
    await sales.cancel(first)
    second, third = await sales.draft(), await sales.draft()
    assert [one["contract_no"] for one in (first, second, third)] == [1, 2, 3]
    told = await sales.traffic.told("contracts.contract.drafted.v1")
    assert [(one["contract_no"], one["client_id"]) for one in told] == [(n, sales.client_id) for n in (1, 2, 3)]
    for method, path in (("POST", "/v1/contracts"), ("PATCH", at(third))):
        for number in (9, 3, "4", None):
            body = {"client_id": sales.client_id, "contract_no": number}
            problem = await sales.refused(422, "number_is_assigned", method, path, body)
            assert codes(problem) == [("/contract_no", "number_is_assigned")]
    assert (await sales.draft())["contract_no"] == 4, "a refusal draws no number"


@pytest.mark.rule("CT-HDR-03", "CT-HDR-05", "CT-HDR-06", "CT-HDR-07", "CT-CMN-01", "CT-CMN-04")
async def test_ex_ct_22_a_header_begins_with_the_customers_defaults(sales: Sales) -> None:
    tax = await sales.record("taxes", "VAT6", percent="6")
    tyres, cars = await sales.record("conflicts", "TYRES"), await sales.record("conflicts", "CARS")
    client_id = await sales.customer(
        "RICH", tax_id=tax, primary_conflict_id=cars, secondary_conflict_id=tyres, pre_pay=True, discount_percent="2.5"
    )
    drafted = await sales.draft(client_id=client_id)
    expected = {
        "agency_id": sales.agency_id, "edi_no": "4711", "agency_commission_percent": "15",
        "salesperson_id": sales.traffic.salesperson_id, "sales_commission_percent": "12", "billing_cycle": "broadcast",
        "invoice_type": "time", "tax_id": tax, "primary_conflict_id": cars, "secondary_conflict_id": tyres,
        "pre_pay": True, "discount_percent": "2.5", "currency": "EUR", "state": "draft",
    }  # fmt: skip
    assert {name: drafted[name] for name in expected} == expected
    # Editable for this contract, without touching the customer.
    bonus = await sales.save(drafted, sales_commission_percent="20", billing_cycle="weekly", pre_pay=False)
    assert (bonus["sales_commission_percent"], bonus["billing_cycle"], bonus["pre_pay"]) == ("20", "weekly", False)
    client = await sales.traffic.ask("GET", f"/v1/clients/{client_id}")
    assert (client["version"], client["billing_cycle"], client["pre_pay"]) == (1, "broadcast", True)
    # Copied: what becomes of customer, agency and salesperson leaves the contract alone.
    await sales.amend("clients", client_id, billing_cycle="calendar", discount_percent="9", tax_id=None)
    await sales.amend("agencies", sales.agency_id, commission_percent="17", edi_no="")
    await sales.amend("salespeople", sales.traffic.salesperson_id, commission_percent="1")
    later = await sales.traffic.show(drafted["id"])
    changed = {"version", "sales_commission_percent", "billing_cycle", "pre_pay", "rotations", "lines"}
    assert {name: later[name] for name in later if name not in changed} == {
        name: drafted[name] for name in drafted if name not in changed
    }
    assert later["sales_commission_percent"] == "20"


@pytest.mark.rule("CT-HDR-03")
async def test_what_is_stated_goes_before_the_default(sales: Sales) -> None:
    stated = {"agency_id": None, "billing_cycle": "weekly", "invoice_type": "detail", "discount_percent": "3"}
    drafted = await sales.draft(**stated)
    assert {name: drafted[name] for name in stated} == stated
    assert (drafted["agency_commission_percent"], drafted["edi_no"]) == ("0", "")


@pytest.mark.rule("CT-HDR-04")
async def test_what_the_customer_has_no_default_for(sales: Sales) -> None:
    entity = sales.traffic.legal_entity_id
    bare = {"code": "BARE", "name": "Bare", "legal_entity_id": entity, "vat_percent": "25", "currency": "EUR"}
    client = await sales.traffic.ask("POST", "/v1/clients", bare, 201)
    drafted = await sales.draft(client_id=client["id"])
    expected = {
        "agency_id": None, "salesperson_id": None, "tax_id": None, "discount_percent": "0", "pre_pay": False,
        "agency_commission_percent": "0", "sales_commission_percent": "0", "primary_conflict_id": None,
        "secondary_conflict_id": None, "billing_cycle": "calendar", "invoice_type": "detail", "affidavit": "none",
        "revenue_source_id": None, "revenue_type_id": None, "tfn": False, "comment": "", "notes": "", "estimate": "",
    }  # fmt: skip
    assert {name: drafted[name] for name in expected} == expected


@pytest.mark.rule("CT-ITY-02", "CT-HDR-03")
async def test_a_customer_without_invoices_brings_no_billing_cycle_either(sales: Sales) -> None:
    charity = await sales.direct("AID", invoice_type="none", billing_cycle="weekly")
    drafted = await sales.draft(client_id=charity)
    assert (drafted["invoice_type"], drafted["billing_cycle"]) == ("none", "none")
    billed = await sales.draft(client_id=charity, invoice_type="detail")
    assert (billed["invoice_type"], billed["billing_cycle"]) == ("detail", "weekly")


@pytest.mark.rule("CT-HDR-05")
async def test_another_customer_of_a_draft_brings_its_own_defaults(sales: Sales) -> None:
    copy = await sales.traffic.copy(sales.client_id, "Oak 1")
    drafted = await sales.draft(
        sales.line(), sales.off_air(), notes="Call Ann", product="Tyres", po_no="7", discount_percent="5"
    )
    saved = await sales.traffic.rotations(drafted["id"], rotation("Oak", [copy]))
    line = drafted["lines"][0]
    await sales.traffic.ask("GET", at(drafted))
    bound = {"direct_rotation_id": saved["items"][0]["id"]}
    await sales.traffic.ask("PATCH", at(drafted, "lines", line["id"]), bound)
    elm = await sales.direct(billing_cycle="weekly", discount_percent="1", pre_pay=True)
    swapped = await sales.save(drafted, client_id=elm)
    assert (swapped["client_id"], swapped["agency_id"], swapped["edi_no"]) == (elm, None, "")
    assert (swapped["billing_cycle"], swapped["invoice_type"], swapped["pre_pay"]) == ("weekly", "detail", True)
    assert (swapped["discount_percent"], swapped["product"], swapped["po_no"]) == ("1", "", "")
    assert swapped["notes"] == "Call Ann"
    shown = await sales.traffic.show(drafted["id"])
    kept = [(one["line_no"], one["quantity"], one["total_amount"], one["rotation"]) for one in shown["lines"]]
    assert kept == [(1, 28, "1540.00", "Automatic"), (2, 3, "1050.00", "Automatic")]
    assert shown["rotations"] == [], "the other customer's copy stays with it"
    stated = await sales.save(drafted, client_id=sales.client_id, billing_cycle="none", invoice_type="none")
    assert (stated["billing_cycle"], stated["invoice_type"], stated["agency_id"]) == ("none", "none", sales.agency_id)


@pytest.mark.rule("CT-HDR-05")
async def test_rates_read_the_same_in_another_customers_currency_or_the_swap_is_refused(sales: Sales) -> None:
    yen = await sales.direct("YEN", currency="JPY")
    drafted = await sales.draft(sales.line(), sales.off_air())
    swapped = await sales.save(drafted, client_id=yen)
    assert (swapped["currency"], swapped["gross_amount"]) == ("JPY", "2590")
    lines = (await sales.traffic.show(drafted["id"]))["lines"]
    assert [(one["rate_amount"], one["total_amount"]) for one in lines] == [("55", "1540"), ("350", "1050")]
    odd = await sales.draft(sales.line(rate_amount="55.50"))
    problem = await sales.refused(422, "amount_precision", "PATCH", at(odd), {"client_id": yen})
    assert codes(problem) == [("/client_id", "amount_precision")]


@pytest.mark.rule("CT-HDR-05")
async def test_the_customer_is_one_active_record_and_fixed_by_approval(sales: Sales) -> None:
    blocked = await sales.direct("GONE", blocked=True)
    body = {"client_id": blocked}
    problem = await sales.refused(422, "customer_inactive", "POST", "/v1/contracts", body)
    assert codes(problem) == [("/client_id", "customer_inactive")]
    drafted = await sales.draft()
    await sales.refused(422, "customer_inactive", "PATCH", at(drafted), body)
    for path, method in (("/v1/contracts", "POST"), (at(drafted), "PATCH")):
        unknown = {"client_id": drafted["id"]}
        assert codes(await sales.refused(422, "unknown_reference", method, path, unknown)) == [
            ("/client_id", "unknown_reference")
        ]
        await sales.refused(422, "invalid_value", method, path, {"client_id": None})
    await sales.refused(422, "invalid_value", "POST", "/v1/contracts", {})
    live = await sales.live()
    other = await sales.direct("OTHER")
    await sales.refused(409, "customer_is_fixed", "PATCH", at(live), {"client_id": other})
    same = await sales.save(live, client_id=live["client_id"])
    assert same["version"] == live["version"], "naming the same customer changes nothing"


@pytest.mark.rule("CT-HDR-06", "CT-HDR-07", "CT-HDR-10", "CT-CMN-01", "CT-CMN-04")
async def test_another_agency_or_salesperson_resets_its_commission(sales: Sales) -> None:
    east = await sales.record("agencies", "EAST", commission_percent="10.5")
    sam = await sales.record("salespeople", "SAM", commission_percent="7.25")
    drafted = await sales.draft(
        agency_commission_percent="20", agency_estimate_code="881", agency_advertiser_code="OAK",
        agency_product_code="SPR",
    )  # fmt: skip
    moved = await sales.save(drafted, agency_id=east, salesperson_id=sam)
    assert (moved["agency_commission_percent"], moved["sales_commission_percent"]) == ("10.5", "7.25")
    assert (moved["estimate_no"], moved["agency_estimate_code"], moved["agency_advertiser_code"]) == ("881", "", "")
    assert (moved["agency_product_code"], moved["edi_no"], moved["estimate"]) == ("", "", "881")
    back = await sales.save(drafted, agency_id=sales.agency_id, agency_commission_percent="18")
    assert (back["agency_commission_percent"], back["estimate_no"], back["estimate"]) == ("18", "", "881//")
    direct = await sales.save(drafted, agency_id=None)
    assert (direct["agency_commission_percent"], direct["estimate_no"], direct["estimate"]) == ("0", "881", "881")
    nobody = await sales.save(drafted, salesperson_id=None)
    assert (nobody["salesperson_id"], nobody["sales_commission_percent"]) == (None, "0")


@pytest.mark.rule("CT-HDR-06", "CT-HDR-17", "CT-HDR-18", "CT-HDR-19")
@pytest.mark.parametrize(
    ("register", "field", "unknown", "inactive"),
    [
        ("agencies", "agency_id", (422, "unknown_reference"), "agency_inactive"),
        ("taxes", "tax_id", (404, "not_found"), "tax_inactive"),
        ("revenue-sources", "revenue_source_id", (404, "not_found"), None),
        ("revenue-types", "revenue_type_id", (404, "not_found"), None),
    ],
)
async def test_a_record_the_header_names(
    sales: Sales, register: str, field: str, unknown: tuple[int, str], inactive: str | None
) -> None:
    values: Body = {"percent": "6"} if register == "taxes" else {}
    chosen = await sales.record(register, "CHOSEN", **values)
    drafted = await sales.draft(**{field: chosen})
    assert drafted[field] == chosen
    for method, path in (("POST", "/v1/contracts"), ("PATCH", at(drafted))):
        body = {"client_id": sales.client_id, field: drafted["id"]}
        assert codes(await sales.refused(*unknown, method, path, body)) == [(f"/{field}", unknown[1])]
        for wrong in ("x", 1, [chosen], [chosen, chosen]):
            await sales.refused(422, "invalid_value", method, path, {**body, field: wrong})
    await sales.amend(register, chosen, blocked=True)
    if inactive:
        other = await sales.draft()
        body = {"client_id": sales.client_id, field: chosen}
        for method, path in (("POST", "/v1/contracts"), ("PATCH", at(other))):
            assert codes(await sales.refused(422, inactive, method, path, body)) == [(f"/{field}", inactive)]
    assert (await sales.save(drafted, product="Still saved"))[field] == chosen
    assert (await sales.save(drafted, **{field: None}))[field] is None


@pytest.mark.rule("CT-TAX-01")
async def test_a_contract_has_one_tax_or_none(sales: Sales) -> None:
    one, two = await sales.record("taxes", "A", percent="5"), await sales.record("taxes", "B", percent="6")
    body = {"client_id": sales.client_id, "tax_id": [one, two]}
    await sales.refused(422, "invalid_value", "POST", "/v1/contracts", body)
    await sales.refused(422, "unknown_field", "POST", "/v1/contracts", {**body, "tax_id": one, "tax_ids": [two]})


@pytest.mark.rule(
    "CT-HDR-08", "CT-HDR-11", "CT-HDR-12", "CT-HDR-14", "CT-HDR-15", "CT-HDR-16", "CT-HDR-21", "CT-HDR-22", "CT-HDR-23",
    "CT-HDR-24", "CT-HDR-25", "CT-CMN-06", "CT-ITY-01",
)  # fmt: skip
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        *(({name: value}, "commission_range") for name in PERCENTS[1:] for value in ("100.01", "-1", "12.345", 5)),
        *(({"discount_percent": value}, "discount_range") for value in ("100.01", "-0.01", "2.125", 5, "abc")),
        ({"estimate_no": "881"}, "estimate_mode"),
        ({"agency_id": None, "agency_estimate_code": "881"}, "estimate_mode"),
        ({"agency_id": None, "agency_product_code": "SPR"}, "estimate_mode"),
        ({"agency_id": None, "agency_commission_percent": "15"}, "no_agency"),
        ({"po_no": "A|B|C"}, "po_number"),
        ({"po_no": "x" * 51}, "po_number"),
        ({"pre_pay": "yes"}, "invalid_value"),
        ({"pre_pay": 1}, "invalid_value"),
        ({"tfn": "true"}, "invalid_value"),
        ({"tfn": 0}, "invalid_value"),
        ({"billing_cycle": "monthly"}, "billing_cycle"),
        ({"billing_cycle": "Calendar"}, "billing_cycle"),
        ({"billing_cycle": None}, "billing_cycle"),
        ({"invoice_type": "co_op"}, "invoice_type"),
        ({"invoice_type": 1}, "invoice_type"),
        ({"comment": "x" * 501}, "comment_length"),
        ({"notes": "x" * 10_001}, "invalid_value"),
        ({"product": "x" * 201}, "invalid_value"),
        ({"product": None}, "invalid_value"),
    ],
)
async def test_what_a_field_does_not_take(sales: Sales, changes: Body, code: str) -> None:
    field = list(changes)[-1]
    drafted = await sales.draft()
    for method, path in (("POST", "/v1/contracts"), ("PATCH", at(drafted))):
        problem = await sales.refused(422, code, method, path, {"client_id": sales.client_id, **changes})
        assert codes(problem) == [(f"/{field}", code)]


@pytest.mark.rule("CT-HDR-11", "CT-HDR-14", "CT-HDR-16", "CT-HDR-25", "CT-NOT-01", "CT-CMN-06")
async def test_the_longest_and_largest_that_a_field_takes(sales: Sales) -> None:
    most = {
        "po_no": "R" * 30 + "|" + "S" * 19, "comment": "c" * 500, "notes": "n" * 10_000, "discount_percent": "100",
        "agency_commission_percent": "16.50", "sales_commission_percent": "0.01",
    }  # fmt: skip
    drafted = await sales.draft(**most)
    assert {name: drafted[name] for name in ("po_no", "comment", "notes")} == {
        name: most[name] for name in ("po_no", "comment", "notes")
    }
    assert (drafted["rep_order_no"], drafted["station_order_no"]) == ("R" * 30, "S" * 19)
    assert [float(drafted[name]) for name in PERCENTS] == [100, 16.5, 0.01]
    whole = await sales.save(drafted, po_no="4711")
    assert (whole["rep_order_no"], whole["station_order_no"]) == ("4711", "4711")


@pytest.mark.rule("CT-HDR-26")
async def test_one_resource_holds_header_lines_ordered_rotations_and_notes(sales: Sales) -> None:
    copies = [await sales.traffic.copy(sales.client_id, name) for name in ("A1", "L1")]
    entries = [rotation("Lunch", [copies[1]], start_time="11:30", end_time="13:30"), rotation("All Day", [copies[0]])]
    body = {"client_id": sales.client_id, "product": "Tyres", "notes": "Ann decides", "lines": [sales.line()]}
    drafted = await sales.traffic.ask("POST", "/v1/contracts", {**body, "rotations": entries}, 201)
    shown = await sales.traffic.show(drafted["id"])
    assert shown == drafted
    assert (shown["product"], shown["notes"]) == ("Tyres", "Ann decides")
    assert [one["line_no"] for one in shown["lines"]] == [1]
    assert [(one["position"], one["name"]) for one in shown["rotations"]] == [(1, "Lunch"), (2, "All Day")]
    brief = await sales.traffic.ask("GET", at(drafted))
    assert (brief["lines"], brief["rotations"]) == (None, None)
    line = spot_line(sales.station_id)
    for extra in (
        {"margin": "1"}, {"state": "active"}, {"version": 1}, {"revision": 9}, {"edi_no": "1"}, {"correction": "open"},
        {"lines": [{**line, "quantity": 5}]}, {"lines": [line], "rotations": [{**entries[0], "items": 3}]},
    ):  # fmt: skip
        for method, path in (("POST", "/v1/contracts"), ("PATCH", at(drafted))):
            await sales.refused(422, "unknown_field", method, path, {"client_id": sales.client_id, **extra})


@pytest.mark.rule("CT-HDR-12", "CT-LOG-17")
async def test_pre_pay_marks_the_clients_units_on_the_log_and_blocks_nothing(sales: Sales) -> None:
    ahead = await sales.live(client_id=await sales.direct("AHEAD", pre_pay=True))
    await sales.live(client_id=await sales.direct("LATER"))
    log = await sales.traffic.log(sales.station_id, "2026-06-01")
    assert {unit["contract_no"]: unit["pre_pay"] for unit in log["units"]} == {1: True, 2: False}
    assert (await sales.traffic.move(log, "locked"))["state"] == "locked"
    told = await sales.traffic.told("contracts.contract.approved.v1")
    assert [one["pre_pay"] for one in told] == [True, False]
    assert ahead["pre_pay"] is True
