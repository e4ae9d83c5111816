"""The CSV file of media invoices: judged line by line, matched, posted; what is left waits for a person."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.reconciliation.imports import IMPORTS
from services.reconciliation.imports.media_invoices import MEDIA_INVOICES
from shared.events.contracts import InsertionState
from shared.runtime.clock import now
from tests.reconciliation.words import cents
from tests.reconciliation.world import World

COLUMNS = (
    "supplier_code", "invoice_no", "line_no", "invoice_on", "accounting_on", "due_on", "currency", "exchange_rate",
    "amount", "vat_percent", "vat_amount", "total_amount", "order_no", "insertion_on", "net", "net_net", "text",
)  # fmt: skip
LINE = {
    "supplier_code": "AFTON", "invoice_no": "AP-1", "line_no": "1", "invoice_on": "2026-10-31",
    "accounting_on": "2026-10-31", "due_on": "2026-11-30", "currency": "SEK", "exchange_rate": "1",
    "amount": "17000.00", "vat_percent": "25", "vat_amount": "4250.00", "total_amount": "21250.00",
    "order_no": "501", "insertion_on": "2026-10-12", "net": "20000.00", "net_net": "17000.00", "text": "Half page",
}  # fmt: skip


def csv(*lines: dict[str, str]) -> str:
    """A file whose lines differ from the usual one as given."""
    rows = [",".join(COLUMNS)] + [",".join((LINE | line)[name] for name in COLUMNS) for line in lines]
    return "\n".join(rows) + "\n"


async def upload(api: httpx.AsyncClient, body: str, key: str) -> dict[str, Any]:
    """Validate a file."""
    headers = {"Content-Type": "text/csv", "Idempotency-Key": key}
    answer = await api.post("/v1/imports", params={"kind": "media_invoices"}, content=body, headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def apply(api: httpx.AsyncClient, found: dict[str, Any], *, skip_errors: bool = False) -> httpx.Response:
    """Apply a validated file."""
    return await api.post(
        f"/v1/imports/{found['id']}/transitions",
        json={"to": "applied", "skip_errors": skip_errors},
        headers={"If-Match": f'"{found["version"]}"'},
    )


async def take_in(api: httpx.AsyncClient, *lines: dict[str, str], key: str = "first") -> dict[str, Any]:
    """Validate and apply, passing over what is wrong."""
    found = await upload(api, csv(*lines), key)
    answer = await apply(api, found, skip_errors=True)
    assert answer.status_code == 200, answer.text
    applied: dict[str, Any] = answer.json()
    return applied


async def faults(api: httpx.AsyncClient, *lines: dict[str, str]) -> list[tuple[int, str | None, str]]:
    """The faults of a file: line, column, code."""
    found = await upload(api, csv(*lines), "faults")
    return [(one["line"], one["column"], one["code"]) for one in found["faults"]]


async def booked(world: World) -> InsertionState:
    """One insertion, billed to its client as ordered."""
    insertion = world.insertion()
    await world.bill((insertion, "20 000.00", "17 000.00"))
    return insertion


@pytest.mark.rule("MA-MIN-12", "MA-MIN-02", "MA-MIN-10")
async def test_a_file_is_matched_saved_and_the_same_again_changes_nothing(world: World, api: httpx.AsyncClient) -> None:
    insertion = await booked(world)
    applied = await take_in(api, {"amount": "17000.50", "vat_amount": "4250.13", "total_amount": "21250.63"})
    assert applied["counts"] == {"create": 1, "update": 0, "unchanged": 0, "error": 0}
    (stored,) = await world.rows("SELECT state, voucher_no, rounding_amount, due_on FROM media_invoice")
    assert (stored["state"], stored["voucher_no"], stored["rounding_amount"]) == ("saved", "NP2026-00001", 50)
    assert await world.discrepancy(insertion) == (0, 0)
    again = {"amount": "17000.50", "vat_amount": "4250.13", "total_amount": "21250.63"}
    assert (await take_in(api, again, key="again"))["counts"]["unchanged"] == 1
    assert await world.rows("SELECT count(*) AS n FROM media_invoice") == [{"n": 1}]
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-14", "MA-MIN-12")
async def test_an_unknown_order_refuses_its_invoice_line_by_line_and_the_others_are_saved(
    world: World, api: httpx.AsyncClient
) -> None:
    await booked(world)
    bad = {"invoice_no": "AP-2", "amount": "34000.00", "vat_amount": "8500.00", "total_amount": "42500.00"}
    lines = [{}, bad, bad | {"line_no": "2", "order_no": "599"}]
    found = await upload(api, csv(*lines), "unknown order")
    assert found["counts"] == {"create": 1, "update": 0, "unchanged": 0, "error": 2}
    assert [(one["line"], one["column"], one["code"]) for one in found["faults"]] == [
        (3, None, "record_refused"),
        (4, "order_no", "unknown_reference"),
    ]
    refused = await apply(api, found)
    assert (refused.status_code, refused.json()["code"]) == (409, "import_has_errors")
    assert await world.rows("SELECT 1 FROM media_invoice") == []
    assert (await apply(api, found, skip_errors=True)).status_code == 200
    assert await world.rows("SELECT invoice_no, state FROM media_invoice") == [{"invoice_no": "AP-1", "state": "saved"}]
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-03", "MA-MIN-04", "MA-MIN-05", "MA-MIN-10", "MA-MIN-11", "MA-GEN-01", "MA-GEN-10")
@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"supplier_code": "NOBODY"}, "supplier_code", "unknown_reference"),
        ({"order_no": "599"}, "order_no", "unknown_reference"),
        ({"currency": "EUR"}, "currency", "mixed_currency"),
        ({"exchange_rate": "1.2"}, None, "rate_missing"),
        ({"amount": "17001.01"}, None, "amount_mismatch"),
        ({"vat_amount": "4252.00", "total_amount": "21252.00"}, None, "vat_mismatch"),
        ({"total_amount": "21250.01"}, None, "total_mismatch"),
        ({"net_net": "17000.001"}, None, "amount_precision"),
        ({"invoice_on": "2026-02-30"}, "invoice_on", "invalid_date"),
        ({"amount": "1e3"}, "amount", "invalid_value"),
        ({"invoice_no": ""}, "invoice_no", "invalid_value"),
    ],
)
async def test_what_is_wrong_with_a_line(
    world: World, api: httpx.AsyncClient, changes: dict[str, str], column: str | None, code: str
) -> None:
    await booked(world)
    assert await faults(api, changes) == [(2, column, code)]


@pytest.mark.rule("MA-MIN-03")
async def test_blocked_suppliers_and_orders_of_others_are_refused(world: World, api: httpx.AsyncClient) -> None:
    await booked(world)
    stranger = world.supplier(id=UUID(int=7), code="SKYLT")
    await world.hear(stranger)
    assert await faults(api, {"supplier_code": "SKYLT"}) == [(2, "order_no", "unknown_reference")]
    await world.hear(world.supplier(version=2, blocked=True))
    found = await upload(api, csv({}), "blocked")
    assert [one["code"] for one in found["faults"]] == ["supplier_blocked"]


@pytest.mark.rule("MA-MIN-11")
async def test_the_lines_of_an_invoice_agree_about_it(world: World, api: httpx.AsyncClient) -> None:
    await booked(world)
    both = {"amount": "34000.00", "vat_amount": "8500.00", "total_amount": "42500.00"}
    differing = [both, both | {"line_no": "2", "invoice_on": "2026-10-30"}]
    assert [code for _, _, code in await faults(api, *differing)] == ["header_differs"] * 2
    found = await upload(api, csv(both, both), "same key")
    assert [one["code"] for one in found["faults"]] == ["duplicate_key"] * 2


@pytest.mark.rule("MA-MIN-05")
async def test_a_known_number_with_other_amounts_is_refused(world: World, api: httpx.AsyncClient) -> None:
    await booked(world)
    await take_in(api, {})
    other = {"amount": "17000.90", "vat_amount": "4250.00", "total_amount": "21250.90"}
    assert await faults(api, other) == [(2, "invoice_no", "duplicate_invoice")]


@pytest.mark.rule("MA-MIN-18", "MA-MIN-02")
async def test_an_invoice_that_cannot_be_matched_in_full_waits_for_a_person(
    world: World, api: httpx.AsyncClient
) -> None:
    insertion = await booked(world)
    lines = [
        {"amount": "17500.00", "vat_amount": "4375.00", "total_amount": "21875.00"},
        {"amount": "17500.00", "vat_amount": "4375.00", "total_amount": "21875.00", "line_no": "2",
         "insertion_on": "2026-10-25", "net": "600.00", "net_net": "500.00"},
    ]  # fmt: skip
    await take_in(api, *lines)
    (invoice,) = (await api.get("/v1/media-invoices", params={"state": "pending"})).json()["items"]
    path = f"/v1/media-invoices/{invoice['id']}"
    (unmatched,) = (await api.get(f"{path}/lines", params={"unmatched": "true"})).json()["items"]
    assert (unmatched["order_no"], unmatched["net_net_amount"], unmatched["match"]) == (501, "500.00", None)
    save = {"to": "saved"}
    headers = {"Idempotency-Key": "save", "If-Match": f'"{invoice["version"]}"'}
    refused = await api.post(f"{path}/transitions", json=save, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "line_without_insertion")
    named = await api.patch(
        f"{path}/lines/{unmatched['id']}", json={"insertion_id": str(insertion.id)}, headers={"If-Match": '"1"'}
    )
    assert (named.status_code, named.json()["marked_net_net_amount"]) == (200, "17500.00")
    headers = {"Idempotency-Key": "save again", "If-Match": '"2"'}
    saved = await api.post(f"{path}/transitions", json=save, headers=headers)
    assert (saved.status_code, saved.json()["state"]) == (200, "saved")
    assert saved.json()["warnings"][0]["code"] == "over_ordered"
    assert (await world.discrepancy(insertion))[1] == cents("-500.00")
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-23", "MA-GEN-10")
async def test_a_file_in_euro_is_posted_in_krona(world: World, api: httpx.AsyncClient) -> None:
    from decimal import Decimal

    insertion = world.insertion("5 000.00", "800.00", currency="EUR", exchange_rate=Decimal("11.20"))
    await world.bill((insertion, "5 000.00", "4 200.00"), currency="EUR", deduction="47 040.00")
    euro = {
        "currency": "EUR", "exchange_rate": "11.345", "amount": "4200.00", "vat_percent": "0", "vat_amount": "0.00",
        "total_amount": "4200.00", "net": "5000.00", "net_net": "4200.00",
    }  # fmt: skip
    await take_in(api, euro)
    (stored,) = await world.rows("SELECT id FROM media_invoice")
    assert await world.postings(stored["id"]) == [
        ("media_deduction", cents("47 040.00")),
        ("exchange_difference", cents("609.00")),
        ("accounts_payable", cents("-47 649.00")),
    ]
    assert await world.discrepancy(insertion) == (0, 0)


@pytest.mark.rule("MA-MIN-05")
async def test_one_file_applied_twice_at_once_is_saved_once(world: World, api: httpx.AsyncClient) -> None:
    await booked(world)
    first, second = await upload(api, csv({}), "one"), await upload(api, csv({}), "two")
    answers = await asyncio.gather(apply(api, first, skip_errors=True), apply(api, second, skip_errors=True))
    assert {answer.status_code for answer in answers} == {200}
    assert await world.rows("SELECT state FROM media_invoice") == [{"state": "saved"}]
    assert await world.broken() == {}


async def test_rows_are_compared_and_applied_in_sets(world: World) -> None:
    assert set(IMPORTS) == {"media_invoices"}
    assert MEDIA_INVOICES.record == ("supplier_code", "invoice_no")
    insertions = [world.insertion(day=1 + number % 28, order_no=501 + number) for number in range(300)]
    await world.tell(*insertions)
    rows = [
        MEDIA_INVOICES.row.model_validate_strings(
            LINE
            | {
                "invoice_no": f"AP-{number}",
                "order_no": str(501 + number),
                "insertion_on": str(one.insertion_on),
            }
        )
        for number, one in enumerate(insertions)
    ]
    async with world.database.transaction(world.context) as session:
        assert {one.verdict for one in await MEDIA_INVOICES.compare(session, rows)} == {"create"}
        await MEDIA_INVOICES.apply(session, rows, now())
    assert await world.rows("SELECT state, count(*) AS n FROM media_invoice GROUP BY state") == [
        {"state": "saved", "n": 300}
    ]
    assert await world.broken() == {}
