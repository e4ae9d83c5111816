"""Files of the buy side's registers and bookings (MA-REG, MA-INS), applied and applied again."""

from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.contracts.media.world import World
from tests.tokens import bearer

FILES = {
    "suppliers": "code,name,currency,payment_days\nAFTON,Aftonposten,SEK,30\n",
    "vat_codes": "code,name,percent\nV25,Full rate,25\nV6,Reduced,6\n",
    "payment_terms": "code,name,days,from_month_end\nM10,Ten days from month end,10,true\n",
    "ad_agencies": "code,name,supplier_code,vat_on_settlement,cost_centre\nLYNX,Lynx Reklam,AFTON,true,10\n",
    "media_types": "code,name,ad_check_required,look_ahead_days,sales_account\nPRINT,Print,true,5,3010\n",
    "media": "code,name,supplier_code,currency,media_type_code\nAFTON-P,Aftonposten print,AFTON,SEK,PRINT\n",
    "agreements": (
        "code,name,current_invoicing,received_percents,passed_on_percents,fee_percent,fee_base,fixed_fee_amount,"
        "fixed_fee_currency,capital_cost_percent,fee_share,commission_share,allocation_invoicing,fee_terms_code\n"
        "STD,Standard,true,15;3,12,2.5,net,65.00,SEK,0.6,part 25,points 2,total,M10\n"
    ),
    "clients": (
        "code,name,legal_entity_code,currency,vat_code,payment_terms_code,ad_agency_code,minimum_amount,separate_by\n"
        "ALFA,Alfa AB,{entity},SEK,V6,M10,LYNX,500.00,order\n"
    ),
    "plans": "code,name,client_code,agreement_code,invoice_on\nP1,Spring,ALFA,STD,2026-11-05\n",
    "orders": "order_no,plan_code,media_code,not_before_on\n5001,P1,AFTON-P,2026-10-20\n",
    "insertions": (
        "order_no,insertion_no,insertion_on,unit_price,discount_percent,exclude_fee\n"
        "5001,1,2026-10-12,48000.00,12,false\n5001,2,2026-10-13,48000.00,12,true\n"
    ),
}


CLIENT = "code,name,legal_entity_code,currency,vat_percent"


async def imported(world: World, kind: str, text: str) -> dict[str, Any]:
    """What a file comes to, applied if it is sound."""
    headers = {
        **bearer("import:read", "import:write", tenant_id=world.tenant_id),
        "Content-Type": "text/csv",
        "Idempotency-Key": str(new_id()),
    }
    answer = await world.api.post("/v1/imports", params={"kind": kind}, content=text.encode(), headers=headers)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    if not shown["counts"]["error"]:
        match = {"If-Match": f'"{shown["version"]}"'}
        return await world.ok("POST", f"/imports/{shown['id']}/transitions", {"to": "applied"}, **match)
    return shown


async def all_imported(world: World) -> list[dict[str, Any]]:
    entity = (await world.get(f"/legal-entities/{world.entity_id}"))["code"]
    return [await imported(world, kind, text.format(entity=entity)) for kind, text in FILES.items()]


async def by_code(world: World, path: str, code: str) -> dict[str, Any]:
    (found,) = (await world.get(f"/{path}?code={code}"))["items"]
    return dict(found)


@pytest.mark.rule("MA-REG-01", "MA-REG-02", "MA-REG-04", "MA-REG-10", "MA-REG-13", "MA-INS-16", "MA-INS-18")
async def test_files_bring_every_field_and_a_second_time_nothing(world: World) -> None:
    first = await all_imported(world)
    assert [one["counts"]["error"] for one in first] == [0] * len(FILES)
    assert all(one["counts"]["create"] for one in first)
    client = await by_code(world, "clients", "ALFA")
    assert (client["vat_percent"], client["payment_days"], client["from_month_end"]) == ("6", 10, True)
    assert (client["minimum_amount"], client["separate_by"]) == ("500.00", "order")
    assert client["ad_agency_id"] == (await by_code(world, "ad-agencies", "LYNX"))["id"]
    agreement = await by_code(world, "agreements", "STD")
    assert (agreement["received_percents"], agreement["fee_payment_days"]) == (["15", "3"], 10)
    assert [(fee["percent"], fee["amount"]) for fee in agreement["fees"]] == [("2.5", None), (None, "65.00")]
    assert (agreement["fee_share"], agreement["allocation_invoicing"]) == ({"form": "part", "percent": "25"}, "total")
    medium = await by_code(world, "media", "AFTON-P")
    assert (medium["ad_check_required"], medium["look_ahead_days"], medium["media_type"]) == (True, 5, "PRINT")
    order = await by_code(world, "orders", "5001")
    assert order["not_before_on"] == "2026-10-20"
    insertions = (await world.get(f"/insertions?order_id={order['id']}"))["items"]
    assert [(one["net_amount"], one["fee_amount"]) for one in insertions] == [
        ("42240.00", "1121.00"),
        ("42240.00", "0.00"),
    ]
    second = await all_imported(world)
    assert [one["counts"]["unchanged"] for one in second] == [one["counts"]["create"] for one in first]
    assert [one["counts"]["update"] for one in second] == [0] * len(FILES)


@pytest.mark.rule("MA-REG-14", "MA-REG-02")
async def test_a_file_changes_what_it_states_and_leaves_the_rest(world: World) -> None:
    await all_imported(world)
    client = await by_code(world, "clients", "ALFA")
    await world.changed(f"/clients/{client['id']}", {"blocked": True, "credit_used_amount": "100"})
    entity = (await world.get(f"/legal-entities/{world.entity_id}"))["code"]
    text = FILES["clients"].format(entity=entity).replace("500.00", "750.00")
    assert (await imported(world, "clients", text))["counts"]["update"] == 1
    after = await by_code(world, "clients", "ALFA")
    assert (after["minimum_amount"], after["blocked"], after["credit_used_amount"]) == ("750.00", True, "100.00")
    assert (await world.told("contracts.client.changed.v1"))[-1]["minimum_amount"] == "750.00"


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        pytest.param("clients", f"{CLIENT},minimum_amount\nX,X,{{entity}},SEK,25,-1\n",
                     "negative_minimum", marks=pytest.mark.rule("MA-REG-03")),
        pytest.param("clients", f"{CLIENT},separate_by\nX,X,{{entity}},SEK,25,week\n",
                     "unknown_split", marks=pytest.mark.rule("MA-REG-02")),
        pytest.param("clients", f"{CLIENT},ad_agency_code\nX,X,{{entity}},SEK,25,NO\n",
                     "unknown_reference", marks=pytest.mark.rule("MA-REG-14")),
        pytest.param("agreements", "code,name,fee_percent,fee_base\nX,X,3,margin\n", "unknown_fee_base",
                     marks=pytest.mark.rule("MA-INS-05")),
        pytest.param("agreements", "code,name,received_percents,commission_share\nX,X,15,points 16\n",
                     "share_exceeds_earned", marks=pytest.mark.rule("MA-REG-04")),
        pytest.param("agreements", "code,name,received_percents\nX,X,60;41\n", "commission_exceeds_net",
                     marks=pytest.mark.rule("MA-INS-03")),
    ],
)  # fmt: skip
async def test_a_line_is_refused_by_the_registers_own_rules(world: World, kind: str, text: str, code: str) -> None:
    entity = (await world.get(f"/legal-entities/{world.entity_id}"))["code"]
    shown = await imported(world, kind, text.format(entity=entity))
    assert shown["counts"]["error"] == 1
    lines = await world.get(f"/imports/{shown['id']}/lines?outcome=error")
    assert lines["items"][0]["faults"][0]["code"] == code


@pytest.mark.rule("MA-REG-14")
async def test_a_file_does_not_newly_name_a_blocked_agency(world: World) -> None:
    await all_imported(world)
    agency = await by_code(world, "ad-agencies", "LYNX")
    await world.changed(f"/ad-agencies/{agency['id']}", {"blocked": True})
    entity = (await world.get(f"/legal-entities/{world.entity_id}"))["code"]
    text = FILES["clients"].format(entity=entity)
    assert (await imported(world, "clients", text))["counts"]["unchanged"] == 1
    assert (await imported(world, "clients", text.replace("ALFA", "BETA")))["counts"]["error"] == 1


SHARED = "order_no,insertion_no,insertion_on,unit_price,allocation\n5001,7,2026-10-12,8457.35,{allocation}\n"


@pytest.mark.rule("MA-INS-15")
async def test_a_line_divides_its_insertion_between_clients(world: World) -> None:
    await all_imported(world)
    client = await by_code(world, "clients", "ALFA")
    shared = [client["id"], (await world.client(code="BETA"))["id"], (await world.client(code="C-3"))["id"]]
    text = SHARED.format(allocation="ALFA 50; BETA 25;C-3 25")
    assert (await imported(world, "insertions", text))["counts"]["create"] == 1
    (found,) = (await world.get(f"/insertions?client_id={client['id']}&insertion_on.lte=2026-10-12"))["items"][1:]
    shares = (await world.get(f"/insertions/{found['id']}"))["shares"]
    assert [(one["client_id"], one["net_amount"]) for one in shares] == list(
        zip(shared, ["4228.67", "2114.34", "2114.34"], strict=True)
    )
    assert (await imported(world, "insertions", text))["counts"]["unchanged"] == 1
    other = await imported(world, "insertions", SHARED.format(allocation="ALFA 50;BETA 50"))
    assert await _faults(world, other) == [(None, "exists_otherwise")]


@pytest.mark.parametrize(
    ("allocation", "code"),
    [
        pytest.param("ALFA 50;ALFA 50", "duplicate_client", marks=pytest.mark.rule("MA-INS-15")),
        pytest.param("ALFA 100", "duplicate_client", marks=pytest.mark.rule("MA-INS-15")),
        pytest.param("ALFA 60;BETA 39.9999", "allocation_not_100", marks=pytest.mark.rule("MA-INS-15")),
        pytest.param("ALFA 60;NOBODY 40", "unknown_reference", marks=pytest.mark.rule("MA-INS-15")),
        pytest.param("ALFA sixty;BETA 40", "invalid_value", marks=pytest.mark.rule("MA-INS-15")),
    ],
)
async def test_a_line_whose_shares_do_not_add_up_is_refused(world: World, allocation: str, code: str) -> None:
    await all_imported(world)
    await world.client(code="BETA")
    shown = await imported(world, "insertions", SHARED.format(allocation=allocation))
    assert (shown["counts"]["error"], await _faults(world, shown)) == (1, [("allocation", code)])
    assert (await world.get("/insertions?insertion_on.lte=2026-10-12"))["items"][1:] == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param({"unit_price": "2000000.00", "quantity": "1000000"}, (None, "invalid_value"), id="gross"),
        pytest.param({"unit_price": "-1.00"}, (None, "negative_gross"), marks=pytest.mark.rule("MA-INS-01")),
        pytest.param(
            {"surcharge_code": "NONE"}, ("surcharge_code", "unknown_reference"), marks=pytest.mark.rule("MA-REG-20")
        ),
    ],
)
async def test_a_line_that_could_not_be_booked_is_refused_before_anything_is_applied(
    world: World, changes: dict[str, str], fault: tuple[str | None, str]
) -> None:
    await all_imported(world)
    row = {"order_no": "5001", "insertion_no": "7", "insertion_on": "2026-10-12", "unit_price": "1.00"} | changes
    shown = await imported(world, "insertions", f"{','.join(row)}\n{','.join(row.values())}\n")
    assert await _faults(world, shown) == [fault]


@pytest.mark.rule("MA-REG-06")
async def test_a_line_of_a_blocked_client_is_refused_before_anything_is_applied(world: World) -> None:
    await all_imported(world)
    client = await by_code(world, "clients", "ALFA")
    await world.changed(f"/clients/{client['id']}", {"blocked": True})
    text = "order_no,insertion_no,insertion_on,unit_price\n5001,7,2026-10-12,1.00\n"
    shown = await imported(world, "insertions", text)
    assert await _faults(world, shown) == [(None, "client_blocked")]


async def _faults(world: World, shown: dict[str, Any]) -> list[tuple[str | None, str]]:
    lines = await world.get(f"/imports/{shown['id']}/lines?outcome=error")
    assert len(lines["items"]) == shown["counts"]["error"]
    return [(fault["column"], fault["code"]) for line in lines["items"] for fault in line["faults"]]
