"""Who pays in time keeps back the cash discount and has paid (MA-REG-21, MA-SET-10)."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.invoicing.ahead import told
from tests.invoicing.door import door
from tests.invoicing.world import World

MAY = ("payment:read", "payment:write", "invoice:read", "credit_note:write")
# 125.00 with VAT; 2 per cent until 10 November.
LESS, LAST = "122.50", "2026-11-10"


async def invoiced(world: World) -> tuple[str, str]:
    """A client and its invoice."""
    client = await world.client("ALFA", cash_discount_percent=Decimal(2), cash_discount_days=10)
    await world.tell(world.insertion(client))
    await world.run()
    (invoice,) = await world.rows("SELECT id FROM invoice")
    return str(client), str(invoice["id"])


async def pay(api: httpx.AsyncClient, world: World, client: str, invoice: str, amount: str, on: str) -> httpx.Response:
    """Money received on a day, all of it for the invoice."""
    money = {"legal_entity_id": str(world.legal_entity_id), "client_id": client, "currency": "EUR"}
    payment = (await api.post("/v1/payments", json=money | {"amount": amount, "received_on": on})).json()
    path = f"/v1/payments/{payment['id']}/applications"
    return await api.post(path, json={"invoice_id": invoice, "amount": amount})


@pytest.mark.rule("MA-REG-21", "MA-SET-10")
@pytest.mark.parametrize(
    ("parts", "paid_on", "kept", "balance"),
    [
        ([(LESS, LAST)], LAST, "2.50", "0.00"),
        ([("60.00", "2026-11-02"), ("62.50", LAST)], LAST, "2.50", "0.00"),
        ([("124.00", LAST)], LAST, "1.00", "0.00"),
        ([("125.00", LAST)], LAST, "0.00", "0.00"),
        ([("122.49", LAST)], None, "0.00", "2.51"),
        ([(LESS, "2026-11-11")], None, "0.00", "2.50"),
        ([("60.00", LAST), ("62.50", "2026-11-11")], None, "0.00", "2.50"),
        ([("60.00", LAST), ("65.00", "2026-11-11")], "2026-11-11", "0.00", "0.00"),
    ],
)
async def test_paid_in_time_is_paid(
    world: World, parts: list[tuple[str, str]], paid_on: str | None, kept: str, balance: str
) -> None:
    client, invoice = await invoiced(world)
    async with door(world.database, world.context, *MAY) as api:
        for amount, on in parts:
            assert (await pay(api, world, client, invoice, amount, on)).status_code == 201
        seen = (await api.get(f"/v1/invoices/{invoice}")).json()
        (owed,) = (await api.get(f"/v1/balances/{client}")).json()["items"]
    assert seen["paid_on"] == paid_on
    assert (owed["cash_discount_amount"], owed["balance_amount"]) == (kept, balance)
    assert [one["paid_on"] for one in await told(world, "invoice.paid.v1")] == ([paid_on] if paid_on else [])


@pytest.mark.rule("MA-REG-21")
async def test_nothing_is_due_after_the_discount_and_all_of_it_once_the_money_is_taken_off(world: World) -> None:
    client, invoice = await invoiced(world)
    async with door(world.database, world.context, *MAY) as api:
        applied = (await pay(api, world, client, invoice, LESS, LAST)).json()
        again = await pay(api, world, client, invoice, "2.50", LAST)
        assert (again.status_code, again.json()["code"]) == (409, "nothing_due")
        path = f"/v1/payments/{applied['id']}/applications/{applied['applications'][0]['id']}/transitions"
        off = await api.post(path, json={"to": "unapplied"}, headers={"If-Match": f'"{applied["version"]}"'})
        assert off.status_code == 200
        assert (await api.get(f"/v1/invoices/{invoice}")).json()["paid_on"] is None
    assert [one["paid_on"] for one in await told(world, "invoice.paid.v1")] == [LAST, None]


@pytest.mark.rule("MA-REG-21", "MA-CRD-01")
async def test_a_credit_note_offers_no_discount_and_owes_what_was_paid(world: World) -> None:
    client, invoice = await invoiced(world)
    async with door(world.database, world.context, *MAY) as api:
        await pay(api, world, client, invoice, LESS, LAST)
        wanted: dict[str, Any] = {"invoice_id": invoice, "reason": "Wrong", "invoice_on": "2026-11-12"}
        note = (await api.post("/v1/credit-notes", json=wanted)).json()
        (owed,) = (await api.get(f"/v1/balances/{client}")).json()["items"]
    assert (note["total_amount"], note["cash_discount"]) == ("-125.00", None)
    assert (owed["cash_discount_amount"], owed["balance_amount"], owed["unapplied_amount"]) == (
        "0.00", "-122.50", "122.50",
    )  # fmt: skip
    assert await world.broken() == {}
