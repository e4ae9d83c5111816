"""The list of discrepancies at the door: what it shows, hides, adds up, and how it agrees with the ledger."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from services.reconciliation.application.register_invoice import Keyed
from shared.events.contracts import InsertionState
from shared.kernel.ids import new_id
from tests.reconciliation.words import amount, october
from tests.reconciliation.world import World

ALL = "999999999"


async def listed(api: httpx.AsyncClient, path: str = "/v1/discrepancies", **query: Any) -> list[dict[str, Any]]:
    """The rows of a list; a dot in a parameter's name is written as two underscores."""
    asked = {name.replace("__", "."): value for name, value in query.items()}
    answer = await api.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def shown(api: httpx.AsyncClient, **query: Any) -> set[str]:
    """The insertions a list shows."""
    return {row["insertion_id"] for row in await listed(api, **query)}


def ids(*insertions: InsertionState) -> set[str]:
    """Their ids as the list writes them."""
    return {str(one.id) for one in insertions}


async def billed(world: World, insertion: InsertionState, net_net: str, no: str, **changes: Any) -> None:
    """The medium bills an insertion."""
    written = {"net_net_amount": amount(net_net)}
    await world.saved(world.header(net_net, "0.00", invoice_no=no, **changes), Keyed(insertion.id, written=written))


@pytest.mark.rule("MA-REC-01", "MA-REC-03", "MA-REC-04", "MA-REC-05", "MA-REC-15", "MA-REC-16")
async def test_ex_19(world: World, api: httpx.AsyncClient) -> None:
    commission, surplus, agrees = world.insertion(), world.insertion(day=13), world.insertion(day=14)
    await world.bill((commission, "20 000.00", "17 000.00"), invoice_no="N1")
    await world.bill((surplus, "20 000.00", "17 000.00"), invoice_no="N2")
    await world.bill((agrees, "20 000.00", "17 000.00"), invoice_no="N3")
    written = {"commission_amount": amount("2 000.00")}
    await world.saved(world.header("18 000.00", "0.00"), Keyed(commission.id, written=written))
    await billed(world, surplus, "16 269.60", "AP-2")
    await billed(world, agrees, "17 000.00", "AP-3")
    one_to_all = {"gte": "1", "lte": ALL}
    net = {f"discrepancy_net__{end}": value for end, value in one_to_all.items()}
    net_net = {f"discrepancy_net_net__{end}": value for end, value in one_to_all.items()}
    assert await shown(api, **net) == set()
    assert await shown(api, **net_net) == ids(commission, surplus)
    assert await shown(api, discrepancy_net_net__lte="0.99") == ids(agrees)
    assert await shown(api) == ids(commission, surplus, agrees)

    await world.write_off(surplus, amount="250.00")
    (row,) = [row for row in await listed(api, **net_net) if row["insertion_id"] == str(surplus.id)]
    assert (row["discrepancy_net_net_amount"], row["written_off_amount"]) == ("480.40", "250.00")
    await world.write_off(surplus, amount="480.40", account="media_cost")
    assert await shown(api) == ids(commission, agrees)
    assert await shown(api, discrepancy_net_net__gte="0", discrepancy_net_net__lte=ALL) == ids(commission, agrees)
    everything = {f"{name}__{end}": value for name in ("discrepancy_net", "discrepancy_net_net")
                  for end, value in (("gte", "0"), ("lte", ALL))}  # fmt: skip
    assert await shown(api, **everything) == ids(commission, surplus, agrees)
    assert await world.broken() == {}


@pytest.mark.rule("MA-REC-06", "MA-REC-07")
async def test_ex_21_the_list_agrees_with_the_account_on_every_date(world: World, api: httpx.AsyncClient) -> None:
    a, b = world.insertion(), world.insertion("10 000.00", "1 500.00", day=2)
    c, d = world.insertion("5 000.00", "1 000.00", day=3), world.insertion("8 000.00", "1 200.00", day=4)
    march, april = (lambda day: october(day).replace(month=3)), (lambda day: october(day).replace(month=4))
    await world.tell(a, b, c, d)
    for one, net, net_net, on, no in (
        (a, "20 000.00", "17 000.00", march(31), "N1"),
        (b, "10 000.00", "8 500.00", april(2), "N2"),
        (d, "8 000.00", "6 800.00", april(15), "N3"),
    ):
        await world.hear(world.invoice((one, net, net_net), accounting_on=on, invoice_no=no))
    await billed(world, c, "4 000.00", "AP-C", accounting_on=march(20))
    await billed(world, a, "16 500.00", "AP-A", accounting_on=april(10))
    await billed(world, d, "6 800.00", "AP-D", accounting_on=april(28))
    await world.write_off(a, on=april(30))
    for date, rows, total in (
        (march(31), {"17000.00", "-4000.00"}, "13000.00"),
        (april(15), {"500.00", "8500.00", "-4000.00", "6800.00"}, "11800.00"),
        (april(30), {"8500.00", "-4000.00", "0.00"}, "4500.00"),
    ):
        found = await listed(api, accounting_on__lte=date)
        assert {row["discrepancy_net_net_amount"] for row in found} == rows
        (sums,) = await listed(api, "/v1/discrepancy-totals", accounting_on__lte=date)
        assert (sums["discrepancy_net_net_amount"], sums["ledger_amount"], sums["difference_amount"]) == (
            total,
            total,
            "0.00",
        )
        assert sums["comparable_with_ledger"] is True
    (narrowed,) = await listed(api, "/v1/discrepancy-totals", accounting_on__lte=april(30), owner="maria")
    assert (narrowed["comparable_with_ledger"], narrowed["ledger_amount"]) == (False, None)
    assert await world.broken() == {}


@pytest.mark.rule("MA-REC-07")
async def test_what_stands_on_the_account_and_not_in_the_list_is_an_alarm(world: World, api: httpx.AsyncClient) -> None:
    unknown = world.insertion()
    await world.hear(world.invoice((unknown, "20 000.00", "17 000.00")))
    (sums,) = await listed(api, "/v1/discrepancy-totals")
    assert (sums["row_count"], sums["ledger_amount"], sums["difference_amount"]) == (0, "17000.00", "-17000.00")
    await world.tell(unknown)
    (sums,) = await listed(api, "/v1/discrepancy-totals")
    assert (sums["row_count"], sums["difference_amount"]) == (1, "0.00")


@pytest.mark.rule("MA-REC-02")
async def test_every_criterion_narrows_the_list(world: World, api: httpx.AsyncClient) -> None:
    outdoor = new_id()
    await world.hear(world.media(id=outdoor, code="SKYLT-O", media_type="ooh"))
    mine = world.insertion(campaign="Autumn")
    theirs = world.insertion(
        client_id=new_id(), media_id=outdoor, order_no=777, plan_no="P-2", owner="jonas", day=20, supplier_id=None,
        order_id=new_id(), legal_entity_id=world.legal_entity_id,
    )  # fmt: skip
    await world.bill((mine, "20 000.00", "17 000.00"), invoice_no="N1")
    await world.tell(theirs)
    await billed(world, theirs, "4 000.00", "AP-9", supplier_id=world.supplier_id)
    for query in (
        {"client_id": str(world.client_id)},
        {"owner": "maria"},
        {"reconciliation_code": 3},
        {"plan_no": "P-1"},
        {"order_no": 501},
        {"campaign": "Autumn"},
        {"media_id": str(world.media_id)},
        {"media_type": "print"},
        {"supplier_id": str(world.supplier_id)},
        {"insertion_on__lte": "2026-10-12"},
        {"sign": "positive"},
    ):
        assert await shown(api, **query) == ids(mine), query
    for query in (
        {"client_id": str(theirs.client_id)},
        {"media_type": "ooh"},
        {"reconciliation_code": 4},
        {"insertion_on__gte": "2026-10-13"},
        {"media_invoice_no": "AP-9"},
        {"sign": "negative"},
        {"order_no": [777, 778]},
    ):
        assert await shown(api, **query) == ids(theirs), query
    assert await shown(api, owner=["maria", "jonas"]) == ids(mine, theirs)
    assert await shown(api, legal_entity_id=str(new_id())) == set()
    assert await shown(api, owner="maria", sign="negative") == set()


@pytest.mark.rule("MA-REC-01", "MA-REC-03")
async def test_bounds_are_in_base_currency_of_the_row(world: World, api: httpx.AsyncClient) -> None:
    yen = world.entity(id=new_id(), code="TOKYO", currency="JPY")
    await world.hear(yen)
    krona = world.insertion("1.00", "0.50")
    tokyo = world.insertion("900", "0", currency="JPY", legal_entity_id=yen.id)
    await world.bill((krona, "1.00", "0.50"))
    await world.bill((tokyo, "900", "900"), currency="JPY", legal_entity_id=yen.id, invoice_no="T1")
    assert await shown(api, discrepancy_net_net__gte="0.51") == ids(tokyo)
    assert await shown(api, discrepancy_net_net__gte="0.50") == ids(krona, tokyo)
    assert await shown(api, discrepancy_net_net__gte="900.5") == set()
    sums = await listed(api, "/v1/discrepancy-totals")
    assert {row["currency"]: row["discrepancy_net_net_amount"] for row in sums} == {"SEK": "0.50", "JPY": "900"}
    assert {row["difference_amount"] for row in sums} == {"0.00", "0"}
    assert await world.broken() == {}


@pytest.mark.rule("MA-REC-02")
async def test_totals_per_order_follow_the_list(world: World, api: httpx.AsyncClient) -> None:
    first, second = world.insertion(), world.insertion(day=13)
    other = world.insertion(order_no=777, order_id=new_id())
    await world.bill((first, "20 000.00", "17 000.00"), (second, "20 000.00", "17 000.00"), invoice_no="N1")
    await world.bill((other, "20 000.00", "17 000.00"), invoice_no="N2")
    await billed(world, second, "18 000.00", "AP-1")
    await billed(world, other, "17 000.00", "AP-2")
    orders = await listed(api, "/v1/discrepancy-totals/orders", discrepancy_net_net__gte="0.01")
    assert [(one["order_no"], one["row_count"], one["discrepancy_net_net_amount"]) for one in orders] == [
        (501, 2, "16000.00")
    ]
    page = (await api.get("/v1/discrepancy-totals/orders", params={"limit": 1})).json()
    rest = await listed(api, "/v1/discrepancy-totals/orders", limit=1, cursor=page["next_cursor"])
    assert [one["order_no"] for one in [*page["items"], *rest]] == [501, 777]


@pytest.mark.rule("MA-REC-01", "MA-REC-10")
async def test_one_row_shows_the_movements_it_is_made_of(world: World, api: httpx.AsyncClient) -> None:
    insertion = world.insertion()
    await world.bill((insertion, "20 000.00", "17 000.00"), invoice_no="N1")
    await billed(world, insertion, "16 500.00", "AP-1")
    await world.write_off(insertion)
    answer = await api.get(f"/v1/discrepancies/{insertion.id}")
    found = answer.json()
    assert [(one["kind"], one["document_no"], one["net_net_amount"]) for one in found["entries"]] == [
        ("client", "N1", "17000.00"),
        ("media", "AP-1", "-16500.00"),
        ("write_off", "", "-500.00"),
    ]
    assert (found["discrepancy_net_net_amount"], answer.headers["ETag"]) == ("0.00", '"3"')
    assert (await api.get(f"/v1/discrepancies/{new_id()}")).status_code == 404


@pytest.mark.rule("MA-REC-03")
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"discrepancy_net.gte": "2", "discrepancy_net.lte": "1"}, "bad_interval"),
        ({"discrepancy_net_net.gte": "2", "discrepancy_net_net.lte": "1"}, "bad_interval"),
        ({"discrepancy_net_net.gte": "1e3"}, "invalid_value"),
        ({"discrepancy_net_net.gt": "1"}, "unknown_parameter"),
        ({"accounting_on.lte": "31 October"}, "invalid_date"),
        ({"sign": "both"}, "invalid_value"),
        ({"order_no": "x"}, "invalid_value"),
        ({"limit": "0"}, "invalid_value"),
        ({"cursor": "AAAA"}, "invalid_value"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/discrepancies", "/v1/discrepancy-totals/orders"])
async def test_bad_criteria_are_refused(
    api: httpx.AsyncClient, world: World, path: str, query: dict[str, str], code: str
) -> None:
    answer = await api.get(path, params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.rule("MA-REC-01")
async def test_what_was_told_is_what_the_list_shows(world: World, api: httpx.AsyncClient) -> None:
    insertion = world.insertion("5 000.00", "800.00", currency="EUR", exchange_rate=Decimal("11.20"))
    await world.bill((insertion, "5 000.00", "4 200.00"), currency="EUR", deduction="47 040.00")
    (row,) = await listed(api)
    (told,) = await world.told_of("reconciliation.discrepancy.changed.v1")
    (item,) = told["items"]
    for name in ("discrepancy_net_amount", "discrepancy_net_net_amount", "version", "reconciliation_code"):
        assert item[name] == row[name], name
    assert (item["client_id"], row["currency"]) == (str(world.client_id), "SEK")
