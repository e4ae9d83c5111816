"""Bills of advance invoices get their numbers and their credit notes, or the code that says why not."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.invoicing.documents import document
from shared.events.preinvoice import AdvanceScopeChanged
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from shared.runtime.paper.words import amount
from tests.invoicing.ahead import advance_state, bill_state, bill_wish, hear, posted, told
from tests.invoicing.door import door
from tests.invoicing.world import World


@pytest.mark.rule("MA-PRE-10", "MA-PRE-08")
async def test_a_bill_draws_a_number_and_posts_to_client_advances(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    client = await world.client()
    wish = bill_wish(world, client, [bill_state("50000.00", "-10000.00")], heading="Spring", product="Coffee")
    for _ in range(10):
        await hear(world, wish)
    (invoice,) = await world.rows("SELECT * FROM invoice")
    assert (invoice["kind"], invoice["invoice_no"], invoice["due_on"]) == (
        "advance", "N2026-00001", date(2026, 10, 31),
    )  # fmt: skip
    assert (invoice["net_amount"], invoice["vat_amount"], invoice["total_amount"]) == (4000000, 1000000, 5000000)
    assert await posted(world, "N2026-00001") == [
        ("accounts_receivable", 5000000, 0),
        ("client_advances", 0, 4000000),
        ("output_vat", 0, 1000000),
    ]
    (fact,) = await told(world, "invoice.issued.v1")
    assert (fact["advance_invoice_id"], fact["advance_bill_id"], fact["wish_id"]) == (
        str(wish.id), str(wish.bills[0].id), str(wish.bills[0].wish_id),
    )  # fmt: skip
    assert {line["origin"] for line in fact["lines"]} == {"advance_row"}
    paper = document(invoice, await world.rows("SELECT * FROM invoice_line ORDER BY line_no"))
    assert paper["table"]["groups"][0]["rows"] == [
        ["Row 1", amount(5000000, "EUR")],
        ["Row 2", amount(-1000000, "EUR")],
    ]
    assert (paper["note"], ["Pre-invoice", "101"] in paper["facts"], paper["total"]) == (
        "Spring", True, amount(5000000, "EUR"),
    )  # fmt: skip
    assert await world.broken() == {}


@pytest.mark.rule("MA-PRE-10")
async def test_any_news_of_the_advance_invoice_has_its_bill_numbered(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    client = await world.client()
    state = advance_state(world, client, bills=[bill_state("100.00")], version=3)
    await hear(world, AdvanceScopeChanged(**state))
    assert len(await told(world, "invoice.issued.v1")) == 1


@pytest.mark.rule("MA-PRE-08", "MA-PRE-10")
async def test_a_non_taxable_bill_has_no_vat(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    bill = bill_state("400.00", taxable=False, vat_percent=Decimal(0))
    await hear(world, bill_wish(world, await world.client(), [bill], taxable=False, vat_percent=Decimal(0)))
    assert await posted(world, "N2026-00001") == [
        ("accounts_receivable", 40000, 0),
        ("client_advances", 0, 40000),
    ]


@pytest.mark.rule("MA-PRE-27", "MA-GEN-10")
async def test_a_foreign_bill_is_posted_at_its_rate(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    bill = bill_state("1000.00", exchange_rate=Decimal("0.0875"))
    await hear(world, bill_wish(world, await world.client(), [bill], currency="SEK"))
    assert await posted(world, "N2026-00001") == [
        ("accounts_receivable", 10938, 0),
        ("client_advances", 0, 8750),
        ("output_vat", 0, 2188),
    ]


@pytest.mark.rule("MA-PRE-10", "MA-GEN-07")
async def test_a_bill_that_cannot_be_numbered_is_refused_for_good(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    client = await world.client()
    async with database.transaction(context) as session:
        await world.account(session, accounts_receivable="1510", output_vat="2610")
    wish = bill_wish(world, client, [bill_state("100.00")])
    await hear(world, wish, wish)
    async with database.transaction(context) as session:
        await world.account(session, accounts_receivable="1510", output_vat="2610", client_advances="2420")
    await hear(world, AdvanceScopeChanged(**(dict(wish) | {"version": 2})))
    (refused,) = await told(world, "invoice.refused.v1")
    assert (refused["kind"], refused["refusal_code"], refused["wish_id"]) == (
        "advance", "account_not_configured", str(wish.bills[0].wish_id),
    )  # fmt: skip
    assert await world.rows("SELECT id FROM invoice") == []
    assert await world.rows("SELECT id FROM series") == []
    # Another wish for the same bill is another matter.
    again = wish.bills[0].model_copy(update={"wish_id": new_id()})
    await hear(world, bill_wish(world, client, [again], version=3))
    assert len(await told(world, "invoice.issued.v1")) == 1
    unknown = bill_wish(world, new_id(), [bill_state("100.00")], no=102)
    await hear(world, unknown)
    assert (await told(world, "invoice.refused.v1"))[-1]["refusal_code"] == "unknown_reference"
    assert await world.broken() == {}


@pytest.mark.rule("MA-PRE-10", "MA-CRD-01")
async def test_a_bill_is_reversed_at_the_wish_of_its_advance_invoice_only(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    client = await world.client()
    printing = bill_state("400.00")
    await hear(world, bill_wish(world, client, [printing]))
    (invoice,) = await world.rows("SELECT id FROM invoice")
    body = {"invoice_id": str(invoice["id"]), "reason": "wrong", "invoice_on": "2026-10-05"}
    async with door(database, context, "credit_note:write") as api:
        refused = await api.post("/v1/credit-notes", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "advance_bill")
    assert "/v1/preinvoice/advance-invoices/" in refused.json()["blockers"][0]["link"]
    reversing: dict[str, Any] = {
        "state": "reversing", "wish_id": new_id(), "invoice_id": invoice["id"], "reversal_on": date(2026, 10, 5),
        "reversal_reason": "wrong",
    }  # fmt: skip
    wish = bill_wish(world, client, [printing.model_copy(update=reversing)], version=2)
    for _ in range(10):
        await hear(world, wish)
    (fact,) = await told(world, "invoice.reversed.v1")
    assert (fact["reverses_id"], fact["advance_bill_id"], fact["wish_id"], fact["total_amount"]) == (
        str(invoice["id"]), str(printing.id), str(reversing["wish_id"]), "-500.00",
    )  # fmt: skip
    assert await posted(world, "N2026-00002") == [
        ("accounts_receivable", 0, 50000),
        ("client_advances", 40000, 0),
        ("output_vat", 10000, 0),
    ]
    early = reversing | {"wish_id": new_id(), "reversal_on": date(2026, 9, 1)}
    other = bill_state("7.00")
    await hear(world, bill_wish(world, client, [other], no=102))
    (second,) = await world.rows("SELECT id FROM invoice WHERE advance_bill_id = $1", other.id)
    early["invoice_id"] = second["id"]
    await hear(world, bill_wish(world, client, [other.model_copy(update=early)], no=102, version=2))
    assert (await told(world, "invoice.refused.v1"))[-1]["refusal_code"] == "pi_e_25"
    assert len(await told(world, "invoice.reversed.v1")) == 1
    assert await world.broken() == {}
