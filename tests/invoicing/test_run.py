"""Invoice runs on PostgreSQL: what they issue, what they leave, and what races do to them."""

from datetime import date
from typing import Any

import pytest

from services.invoicing import jobs
from services.invoicing.application.hear_registers import keep_records
from shared.events.contracts import PlanChanged
from shared.events.invoicing import InvoiceIssued
from shared.runtime.db import Context, Database
from tests.invoicing.door import door
from tests.invoicing.world import World


@pytest.mark.rule("MA-INV-24", "MA-GEN-04", "MA-GEN-05", "MA-INV-29")
async def test_a_live_run_issues_numbers_posts_and_tells(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    client = await world.client()
    await world.tell(world.insertion(client, "120.00"), world.insertion(client, "80.00"))
    done = await world.run()
    assert (done["invoice_count"], done["item_count"], done["total_amounts"]) == (1, 2, {"EUR": 25000})
    (invoice,) = await world.rows("SELECT * FROM invoice")
    assert (invoice["invoice_no"], invoice["state"], invoice["net_amount"], invoice["total_amount"]) == (
        "N2026-00001",
        "issued",
        20000,
        25000,
    )
    assert invoice["media_deduction_amount"] == 17000
    lines = await world.rows(
        "SELECT role, sum(debit) AS debit, sum(credit) AS credit FROM voucher_line GROUP BY role ORDER BY min(line_no)"
    )
    assert [tuple(line.values()) for line in lines] == [
        ("accounts_receivable", 25000, 0),
        ("output_vat", 0, 5000),
        ("media_sales", 0, 20000),
        ("media_cost", 17000, 0),
        ("media_deduction", 0, 17000),
    ]
    (told,) = await world.rows(
        "SELECT envelope -> 'data' AS data FROM outbox WHERE routing_key LIKE '%invoice.issued%'"
    )
    data = told["data"]
    assert (data["invoice_no"], data["total_amount"], data["media_deduction_amount"]) == (
        "N2026-00001",
        "250.00",
        "170.00",
    )
    assert {line["net_net_amount"] for line in data["lines"]} == {"102.00", "68.00"}
    again = await world.run()
    assert again["invoice_count"] == 0
    assert await world.broken() == {}


async def test_the_lines_of_an_event_are_written_as_their_model_writes_them(
    database: Database, context: Context
) -> None:
    world = await World(database, context).open()
    client = await world.client()
    await world.tell(world.insertion(client, "120.05"), world.insertion(client, "-0.07", credit=True))
    await world.run()
    (told,) = await world.rows("SELECT envelope -> 'data' AS data FROM outbox WHERE routing_key LIKE '%issued%'")
    assert InvoiceIssued.model_validate(told["data"]).model_dump(mode="json") == told["data"]
    assert sorted(line["amount"] for line in told["data"]["lines"]) == ["-0.07", "120.05"]


@pytest.mark.rule("MA-INV-24")
async def test_an_item_that_changes_between_weighing_and_issuing_is_billed_as_it_became(
    database: Database, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await World(database, context).open()
    client = await world.client()
    first = world.insertion(client, "120.00")
    await world.tell(first)
    changed = world.insertion(client, "80.00", id=first.id, version=2)
    issue_block = jobs.issue_block

    async def change_first(*arguments: Any, **named: Any) -> Any:
        await world.tell(changed)
        return await issue_block(*arguments, **named)

    monkeypatch.setattr(jobs, "issue_block", change_first)
    done = await world.run()
    assert (done["invoice_count"], done["total_amounts"]) == (1, {"EUR": 10000})
    (line,) = await world.rows("SELECT amount, text, media_name FROM invoice_line")
    assert (line["amount"], line["text"], line["media_name"]) == (8000, "Half page", "Dagbladet")
    assert await world.broken() == {}


@pytest.mark.rule("MA-INV-09", "MA-INV-24")
@pytest.mark.parametrize(("given", "accounting_on"), [(None, date(2027, 1, 31)), ("2026-11-02", date(2026, 11, 2))])
async def test_a_plans_own_invoice_date_is_its_accounting_date_too_unless_one_is_given(
    world: World, given: str | None, accounting_on: date
) -> None:
    client = await world.client()
    plan = PlanChanged(
        id=world.plan_id, code="P1", name="Spring", version=2, client_id=client, agreement_id=world.agreement_id,
        invoice_on=date(2027, 1, 31),
    )  # fmt: skip
    async with world.database.transaction(world.context) as session:
        await keep_records(session, [plan])
    await world.tell(world.insertion(client))
    body = {"mode": "live", "invoice_on": "2026-10-31", "criteria": {"client_ids": [str(client)]}}
    async with door(world.database, world.context, "invoice_run:write") as api:
        run = (await api.post("/v1/invoice-runs", json=body | ({"accounting_on": given} if given else {}))).json()
    await world.work_off(run["id"])
    dates = await world.rows("SELECT invoice_on, accounting_on, due_on FROM invoice")
    assert [tuple(row.values()) for row in dates] == [(date(2027, 1, 31), accounting_on, date(2027, 3, 2))]
    (voucher,) = await world.rows("SELECT voucher_no, accounting_on FROM voucher")
    assert voucher["accounting_on"] == accounting_on
    assert str(accounting_on.year) in voucher["voucher_no"]
