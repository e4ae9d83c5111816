"""Current deduction in a run, from the printed bill to the invoice and the books of both services."""

from typing import Any

import pytest

from services.invoicing.application.credit_invoice import credit_invoice
from services.invoicing.documents import document
from shared.runtime.paper.words import amount
from tests.advances.pair import Pair
from tests.invoicing.world import RUN_DAY
from tests.preinvoice.advances import PATH, at


@pytest.mark.rule(
    "MA-INV-27", "MA-PRE-14", "MA-PRE-17", "MA-PRE-18", "MA-PRE-19", "MA-PRE-24", "MA-PRE-01", "MA-PRE-02"
)
async def test_ex_13_a_run_deducts_the_oldest_money_first(pair: Pair) -> None:
    p101 = await pair.printed("40000.00", "2026-01-10")
    p102 = await pair.printed("25000.00", "2026-02-05")
    p103 = await pair.printed("30000.00", "2026-02-20")
    await pair.insertion("82500.00")
    done = await pair.run()
    assert (done["invoice_count"], done["total_amounts"]) == (1, {"EUR": 0})
    assert await pair.standing(p101, p102, p103) == [
        ("deducted", "40000.00", "0.00", "0.00"),
        ("deducted", "25000.00", "0.00", "0.00"),
        ("partly_deducted", "17500.00", "12500.00", "0.00"),
    ]
    (invoice,) = await pair.invoices()
    assert (invoice["net_amount"], invoice["vat_amount"], invoice["total_amount"]) == (0, 0, 0)
    assert (invoice["document"], invoice["state"]) == ("invoice", "issued")
    assert await pair.voucher(invoice["invoice_no"]) == [
        ("client_advances", 8250000, 0),
        ("media_sales", 0, 8250000),
        ("media_cost", 7012500, 0),
        ("media_deduction", 0, 7012500),
    ]
    (by,) = (await pair.advances.shown(p103))["deducted_by"]
    assert (by["invoice_no"], by["amount"]) == (invoice["invoice_no"], "17500.00")
    told = await pair.preinvoice.told("advance_invoice.deducted.v1")
    assert {(one["advance_no"], one["remaining_amount"]) for one in told} == {(1, "0.00"), (2, "0.00"), (3, "12500.00")}
    assert await pair.broken() == {}


@pytest.mark.rule("MA-PRE-15", "MA-PRE-17", "MA-PRE-06", "MA-PRE-07")
async def test_ex_13_money_for_other_plans_and_blocked_money_is_passed_over(pair: Pair) -> None:
    plan = await pair.advances.plan("9999")
    p101 = await pair.printed("40000.00", "2026-01-10", blocked=True)
    p102 = await pair.printed("25000.00", "2026-02-05", scopes=[{"plan_id": str(plan)}])
    p103 = await pair.printed("30000.00", "2026-02-20")
    await pair.insertion("82500.00")
    done = await pair.run()
    assert done["total_amounts"] == {"EUR": 6562500}
    assert [one[1] for one in await pair.standing(p101, p102, p103)] == ["0.00", "0.00", "30000.00"]
    assert await pair.broken() == {}


@pytest.mark.rule("MA-PRE-18", "MA-PRE-24", "MA-GEN-05")
async def test_ex_14_non_taxable_money_leaves_the_vat(pair: Pair) -> None:
    advance = await pair.printed("100000.00", taxable=False)
    await pair.insertion("64000.00")
    await pair.run()
    assert await pair.standing(advance) == [("partly_deducted", "80000.00", "20000.00", "0.00")]
    (invoice,) = await pair.invoices()
    assert (invoice["vat_amount"], invoice["total_amount"]) == (1600000, 0)
    assert await pair.voucher(invoice["invoice_no"]) == [
        ("output_vat", 0, 1600000),
        ("client_advances", 8000000, 0),
        ("media_sales", 0, 6400000),
        ("media_cost", 5440000, 0),
        ("media_deduction", 0, 5440000),
    ]
    lines = await pair.invoicing.rows(
        "SELECT * FROM invoice_line WHERE invoice_id = $1 ORDER BY line_no", invoice["id"]
    )
    paper = document(invoice, lines)
    assert paper["sums"] == [
        ["Net", amount(6400000, "EUR")],
        [f"VAT 25\u00a0% on {amount(6400000, 'EUR')}", amount(1600000, "EUR")],
        ["Deducted from pre-invoice no 1", amount(-8000000, "EUR")],
    ]
    assert sum(len(group["rows"]) for group in paper["table"]["groups"]) == 1
    assert await pair.broken() == {}


@pytest.mark.rule("MA-INV-27", "MA-INV-24", "MA-PRE-24", "MA-GEN-03")
async def test_the_invoice_says_what_it_deducted_from_which_pre_invoice(pair: Pair) -> None:
    advance = await pair.printed("14000.00")
    await pair.insertion("10000.00")
    await pair.insertion("6000.00")
    await pair.run()
    (invoice,) = await pair.invoices()
    lines = await pair.invoicing.rows(
        "SELECT * FROM invoice_line WHERE invoice_id = $1 ORDER BY line_no", invoice["id"]
    )
    paper = document(invoice, lines)
    assert paper["sums"] == [
        ["Media", amount(1600000, "EUR")],
        ["Deducted from pre-invoice no 1", amount(-1400000, "EUR")],
        ["Net", amount(200000, "EUR")],
        [f"VAT 25\u00a0% on {amount(200000, 'EUR')}", amount(50000, "EUR")],
    ]
    assert paper["total"] == amount(250000, "EUR")
    assert await pair.voucher(invoice["invoice_no"]) == [
        ("accounts_receivable", 250000, 0),
        ("output_vat", 0, 50000),
        ("client_advances", 1400000, 0),
        ("media_sales", 0, 1600000),
        ("media_cost", 1360000, 0),
        ("media_deduction", 0, 1360000),
    ]
    (told,) = [
        row["data"]
        for row in await pair.invoicing.rows(
            "SELECT envelope -> 'data' AS data FROM outbox WHERE routing_key = 'invoicing.invoice.issued.v1' "
            "AND tenant_id = $1 AND aggregate_id = $2", pair.preinvoice.tenant, invoice["id"],
        )
    ]  # fmt: skip
    (deduction,) = told["deductions"]
    assert (deduction["advance_invoice_id"], deduction["amount"], deduction["advance_no"]) == (
        advance["id"], "14000.00", 1,
    )  # fmt: skip
    assert [line["origin"] for line in told["lines"]] == ["insertion", "insertion", "deduction"]


@pytest.mark.rule("MA-PRE-20", "MA-REG-18")
async def test_ex_16_row_by_row_where_the_parameter_says_so(pair: Pair) -> None:
    plan = await pair.advances.plan("7001")
    async with pair.invoicing.database.transaction(pair.invoicing.context) as session:
        await pair.invoicing.parameters(session, deduction_per_row=True)
    advance = await pair.printed("14000.00", scopes=[{"plan_id": str(plan)}])
    await pair.insertion("10000.00", plan_id=plan)
    await pair.insertion("6000.00")
    done = await pair.run()
    assert done["total_amounts"] == {"EUR": 750000}
    assert await pair.standing(advance) == [("partly_deducted", "10000.00", "4000.00", "0.00")]
    assert await pair.broken() == {}


@pytest.mark.rule("MA-PRE-27", "MA-GEN-10")
async def test_foreign_money_clears_at_what_it_was_booked_with(pair: Pair) -> None:
    advance = await pair.printed("1000.00", currency="SEK", exchange_rate="0.0875")
    sek: dict[str, Any] = {"currency": "SEK", "exchange_rate": "0.0900"}
    await pair.insertion("600.00", **sek)
    await pair.run()
    assert await pair.standing(advance) == [("partly_deducted", "600.00", "400.00", "0.00")]
    await pair.insertion("500.00", **sek)
    await pair.run()
    assert await pair.standing(advance) == [("deducted", "1000.00", "0.00", "0.00")]
    first, second = await pair.invoices()
    # Worth 54.00 at the day's rate, booked with 52.50; nothing is to pay.
    assert [row for row in await pair.voucher(first["invoice_no"]) if not row[0].startswith("media")] == [
        ("client_advances", 5250, 0),
        ("exchange_difference", 150, 0),
    ]
    # 100.00 of the second stay to pay: 9.00 and 2.25 of VAT.
    assert [row for row in await pair.voucher(second["invoice_no"]) if not row[0].startswith("media")] == [
        ("accounts_receivable", 1125, 0),
        ("output_vat", 0, 225),
        ("client_advances", 3500, 0),
        ("exchange_difference", 100, 0),
    ]
    assert await pair.cleared() == 0
    assert await pair.broken() == {}


@pytest.mark.rule("MA-PRE-18", "MA-INV-15")
async def test_credit_invoices_and_other_agreements_are_not_deducted(pair: Pair) -> None:
    advance = await pair.printed("40000.00")
    await pair.insertion("-100.00", credit=True)
    await pair.run()
    await pair.insertion("300.00", agreement_id=pair.invoicing.plan_id)
    await pair.run()
    assert await pair.standing(advance) == [("printed", "0.00", "40000.00", "0.00")]
    assert [one["total_amount"] for one in await pair.invoices()] == [-12500, 37500]


@pytest.mark.rule("MA-INV-05", "MA-PRE-14", "MA-PRE-26")
async def test_a_test_print_deducts_nothing_and_shows_what_the_live_run_deducts(pair: Pair) -> None:
    advance = await pair.printed("100.00")
    await pair.insertion("300.00")
    trial = await pair.run("test")
    (shown,) = await pair.invoicing.rows("SELECT net_amount, total_amount, deductions FROM invoice_run_preview")
    assert (shown["net_amount"], shown["total_amount"]) == (20000, 25000)
    assert [(one["advance_invoice_id"], one["amount"]) for one in shown["deductions"]] == [(advance["id"], 10000)]
    assert await pair.standing(advance) == [("printed", "0.00", "100.00", "0.00")]
    assert await pair.invoicing.rows("SELECT * FROM deduction") == []
    live = await pair.run(digest=trial["digest"])
    assert live["total_amounts"] == trial["total_amounts"] == {"EUR": 25000}
    assert await pair.standing(advance) == [("deducted", "100.00", "0.00", "0.00")]


@pytest.mark.rule("MA-INV-28", "MA-PRE-04")
async def test_without_current_deduction_a_named_plan_waits_for_the_controlled_one(pair: Pair) -> None:
    other = pair.invoicing.plan_id
    agreement = {"agreement_id": other}
    kept = await pair.insertion("100.00", **agreement)
    deducted = await pair.insertion("50.00")
    free = await pair.insertion("25.00", plan_id=await pair.advances.plan("7002"), **agreement)
    advance = await pair.advances.opened(scopes=[{"plan_id": str(other)}])
    await pair.deliver()
    await pair.run()
    left_out = await pair.invoicing.rows("SELECT billable_item_id, reason FROM invoice_run_left_out")
    assert [(row["billable_item_id"], row["reason"]) for row in left_out] == [(kept.id, "reserved_for_advance")]
    billed = await pair.invoicing.rows("SELECT billable_item_id FROM invoice_line")
    assert {row["billable_item_id"] for row in billed} == {deducted.id, free.id}
    # It waits only while the scope says so.
    body = {"scopes": [], "deduct_all": True}
    changed = await pair.api.patch(f"{PATH}/{advance['id']}", json=body, headers=at(await pair.advances.shown(advance)))
    assert changed.status_code == 200, changed.text
    await pair.deliver()
    assert (await pair.run())["item_count"] == 1
    assert await pair.broken() == {}


@pytest.mark.rule("MA-CRD-05", "MA-CRD-01", "MA-PRE-01")
async def test_a_reversal_gives_the_money_back(pair: Pair) -> None:
    p101, p102 = await pair.printed("100.00"), await pair.printed("50.00", "2026-02-01", taxable=False)
    await pair.insertion("120.00")
    await pair.run()
    assert await pair.standing(p101, p102) == [
        ("deducted", "100.00", "0.00", "0.00"),
        ("partly_deducted", "25.00", "25.00", "0.00"),
    ]
    (invoice,) = await pair.invoices()
    async with pair.invoicing.database.transaction(pair.invoicing.context) as session:
        await credit_invoice(session, invoice["id"], block=False, reason="wrong", on=RUN_DAY)
    await pair.deliver()
    assert await pair.standing(p101, p102) == [
        ("printed", "0.00", "100.00", "0.00"),
        ("printed", "0.00", "50.00", "0.00"),
    ]
    assert [one["amount"] for one in (await pair.advances.shown(p102))["deducted_by"]] == ["25.00", "-25.00"]
    assert await pair.cleared() == 15000
    assert (await pair.run())["invoice_count"] == 1
    assert [one[1] for one in await pair.standing(p101, p102)] == ["100.00", "25.00"]
    assert await pair.broken() == {}
