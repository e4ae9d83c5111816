"""Controlled deduction: one invoice takes all that remains, and nothing of the advance invoice is left."""

from typing import Any

import pytest

from services.invoicing.application.credit_invoice import credit_invoice
from shared.kernel.ids import new_id
from tests.advances.pair import Pair
from tests.invoicing.door import door
from tests.invoicing.world import RUN_DAY
from tests.preinvoice.advances import PATH, key, problem


async def _refused(pair: Pair, advance_id: Any, **asked: Any) -> tuple[int, str]:
    body = {"invoice_on": "2026-10-31"} | asked
    answer = await pair.api.post(f"{PATH}/{advance_id}/settlements", json=body, headers=key())
    return problem(answer)[:2]


@pytest.mark.rule("MA-PRE-22", "MA-PRE-23", "MA-PRE-24", "MA-PRE-04")
@pytest.mark.parametrize(
    ("left", "taxable", "media", "net", "vat", "total", "document"),
    [
        ("90000.00", True, "96400.00", 640000, 160000, 800000, "invoice"),
        ("90000.00", True, "83250.00", -675000, -168750, -843750, "credit_note"),
        ("50000.00", False, "44000.00", -600000, 1100000, 500000, "invoice"),
        ("90000.00", True, "90000.00", 0, 0, 0, "invoice"),
    ],
    ids=["money short", "money over", "non-taxable", "neither"],
)
async def test_ex_15_a_controlled_deduction_leaves_nothing(
    pair: Pair, left: str, taxable: bool, media: str, net: int, vat: int, total: int, document: str
) -> None:
    advance = await pair.printed(left, taxable=taxable, deduct_all=True)
    await pair.insertion(media)
    shown = await pair.settle(advance)
    (invoice,) = await pair.invoices()
    assert (invoice["net_amount"], invoice["vat_amount"], invoice["total_amount"]) == (net, vat, total)
    assert (invoice["document"], invoice["kind"], invoice["reverses_id"]) == (document, "media", None)
    assert (shown["status"], shown["deducted_amount"], shown["remaining_amount"], shown["reserved_amount"]) == (
        "deducted", left, "0.00", "0.00",
    )  # fmt: skip
    assert (shown["settlement"]["state"], shown["settlement"]["invoice_no"]) == ("issued", invoice["invoice_no"])
    assert await pair.cleared() == 0
    (told,) = await pair.preinvoice.told("advance_invoice.settled.v1")
    assert (told["remaining_amount"], told["status"]) == ("0.00", "deducted")
    assert await pair.broken() == {}


@pytest.mark.rule("MA-PRE-23", "MA-INS-11", "MA-PRE-11", "MA-PRE-06", "MA-INV-28")
async def test_it_takes_what_the_scope_lists_on_one_invoice(pair: Pair) -> None:
    first, second = await pair.advances.plan("7001"), await pair.advances.plan("7002")
    other = new_id()
    await pair.tell_client(other, "BETA")
    taken = [
        # Whatever the agreement says, and also what only a controlled deduction bills.
        await pair.insertion("100.00", plan_id=first, order_no=3),
        await pair.insertion("200.00", plan_id=first, order_no=1, agreement_id=first),
        await pair.insertion("300.00", plan_id=first, order_no=2, status="pre_inv"),
    ]
    for changes in (
        {"plan_id": second},
        {"plan_id": first, "client_id": other},
        {"plan_id": first, "ad_check_required": True},
        {"plan_id": first, "status": "preliminary"},
        {"plan_id": first, "status": "do_not_invoice"},
        {"plan_id": first, "currency": "SEK"},
    ):
        await pair.insertion("1000.00", **changes)
    advance = await pair.printed("500.00", scopes=[{"plan_id": str(first)}], blocked=True)
    assert (await pair.settle(advance))["status"] == "deducted"
    (invoice,) = await pair.invoices()
    lines = await pair.invoicing.rows(
        "SELECT billable_item_id, order_no FROM invoice_line WHERE invoice_id = $1 ORDER BY line_no", invoice["id"]
    )
    assert {row["billable_item_id"] for row in lines[:-1]} == {one.id for one in taken}
    assert [row["order_no"] for row in lines] == ["1", "2", "3", ""]
    assert (invoice["net_amount"], invoice["total_amount"]) == (10000, 12500)
    assert await pair.broken() == {}


@pytest.mark.rule("MA-PRE-22", "MA-PRE-25", "MA-PRE-26")
async def test_what_cannot_be_settled_is_refused_at_the_door(pair: Pair) -> None:
    plan = await pair.advances.plan("7001")
    assert await _refused(pair, new_id()) == (404, "advance_invoice_not_found")
    unprinted = await pair.advances.billed(await pair.advances.opened(deduct_all=True))
    assert await _refused(pair, unprinted["id"]) == (409, "bill_not_printed")
    assert await _refused(pair, (await pair.advances.opened(deduct_all=True))["id"]) == (409, "bill_not_printed")
    nowhere = await pair.printed("100.00")
    nothing = await pair.printed("100.00", scopes=[{"plan_id": str(plan)}])
    await pair.insertion("100.00")
    for advance in (nowhere, nothing):
        assert await _refused(pair, advance["id"]) == (422, "nothing_to_deduct")
    half = await pair.advances.billed(await pair.printed("100.00", deduct_all=True), "5.00")
    assert await _refused(pair, half["id"]) == (409, "bill_not_printed")
    done = await pair.printed("100.00", deduct_all=True)
    await pair.settle(done)
    assert await _refused(pair, done["id"]) == (409, "already_settled")
    assert await _refused(pair, done["id"], without_deduction=True) == (409, "already_settled")
    assert problem(await pair.api.post(f"{PATH}/{done['id']}/bills", json={
        "invoice_on": "2026-01-01", "due_on": "2026-01-01", "taxable": True, "rows": [{"text": "a", "amount": "1.00"}],
    }))[:2] == (409, "already_settled")  # fmt: skip
    body = {"invoice_on": "2026-10-31"}
    answer = await pair.api.post(f"{PATH}/{nowhere['id']}/settlements", json=body)
    assert problem(answer)[:2] == (400, "idempotency_key_required")
    assert await pair.standing(nowhere, nothing) == [("printed", "0.00", "100.00", "0.00")] * 2
    assert len(await pair.invoices()) == 1


@pytest.mark.rule("MA-PRE-26")
async def test_two_settlements_at_once_never_take_more_than_there_is(pair: Pair) -> None:
    advance = await pair.printed("100.00", deduct_all=True)
    await pair.insertion("500.00")
    body = {"invoice_on": "2026-10-31"}
    path = f"{PATH}/{advance['id']}"
    assert (await pair.api.post(f"{path}/settlements", json=body, headers=key())).status_code == 202
    assert await _refused(pair, advance["id"]) == (409, "advance_invoice_locked")
    shown = await pair.advances.shown(advance)
    scope = await pair.api.patch(path, json={"deduct_all": False}, headers={"If-Match": f'"{shown["version"]}"'})
    assert problem(scope)[:2] == (409, "advance_invoice_locked")
    # A run finds nothing to deduct meanwhile; its invoice is made without.
    await pair.deliver()
    assert (await pair.run())["total_amounts"] == {"EUR": 62500}
    await pair.settle_jobs()
    await pair.deliver()
    shown = await pair.advances.shown(advance)
    assert (shown["settlement"]["state"], shown["settlement"]["code"]) == ("refused", "nothing_to_deduct")
    assert await pair.standing(advance) == [("printed", "0.00", "100.00", "0.00")]
    assert await pair.broken() == {}


@pytest.mark.rule("MA-PRE-25")
async def test_money_is_paid_back_without_use(pair: Pair) -> None:
    advance = await pair.printed("400.00")
    await pair.insertion("1000.00")
    shown = await pair.settle(advance, without_deduction=True)
    assert (shown["status"], shown["remaining_amount"]) == ("deducted", "0.00")
    (invoice,) = await pair.invoices()
    assert (invoice["document"], invoice["net_amount"], invoice["total_amount"]) == ("credit_note", -40000, -50000)
    assert await pair.voucher(invoice["invoice_no"]) == [
        ("accounts_receivable", 0, 50000),
        ("output_vat", 10000, 0),
        ("client_advances", 40000, 0),
    ]
    assert await pair.cleared() == 0
    assert await pair.broken() == {}


@pytest.mark.rule("MA-PRE-26", "MA-PRE-22")
async def test_a_test_print_shows_the_invoice_and_changes_nothing(pair: Pair) -> None:
    advance = await pair.printed("90.00", deduct_all=True)
    one = await pair.insertion("83.25")
    path = f"/v1/advance-invoices/{advance['id']}/settlement-preview"
    async with door(pair.invoicing.database, pair.invoicing.context, "advance_invoice:read") as api:
        shown = (await api.get(path, params={"invoice_on": "2026-10-31"})).json()
        back = (await api.get(path, params={"invoice_on": "2026-10-31", "without_deduction": True})).json()
        unknown = await api.get(
            f"/v1/advance-invoices/{new_id()}/settlement-preview", params={"invoice_on": "2026-10-31"}
        )
        undated = await api.get(path)
        assert (shown["document"], shown["net_amount"], shown["vat_amount"], shown["total_amount"]) == (
            "credit_note", "-6.75", "-1.69", "-8.44",
        )  # fmt: skip
        assert (shown["billable_item_ids"], shown["deductions"][0]["amount"]) == ([str(one.id)], "90.00")
        assert (back["billable_item_ids"], back["total_amount"]) == ([], "-112.50")
        assert problem(unknown)[:2] == (404, "advance_invoice_not_found")
        assert problem(undated)[0] == 422
        assert await pair.standing(advance) == [("printed", "0.00", "90.00", "0.00")]
        assert await pair.invoices() == []
        await pair.settle(advance)
        done = await api.get(path, params={"invoice_on": "2026-10-31"})
        assert problem(done)[:2] == (409, "already_settled")
    (invoice,) = await pair.invoices()
    assert invoice["total_amount"] == -844


@pytest.mark.rule("MA-PRE-22", "MA-GEN-07")
async def test_a_settlement_that_invoicing_refuses_lets_go_and_says_why(pair: Pair) -> None:
    advance = await pair.printed("100.00", deduct_all=True)
    await pair.insertion("300.00")
    async with pair.invoicing.database.transaction(pair.invoicing.context) as session:
        await pair.invoicing.parameters(session, closed_through="2026-12-31")
    shown = await pair.settle(advance)
    assert (shown["settlement"]["state"], shown["settlement"]["code"]) == ("refused", "period_closed")
    assert await pair.standing(advance) == [("printed", "0.00", "100.00", "0.00")]
    assert await pair.invoices() == []
    async with pair.invoicing.database.transaction(pair.invoicing.context) as session:
        await pair.invoicing.parameters(session, closed_through=None)
    assert (await pair.settle(advance))["status"] == "deducted"
    assert await pair.broken() == {}


@pytest.mark.rule("MA-CRD-05")
async def test_reversing_the_invoice_opens_what_it_settled(pair: Pair) -> None:
    advance = await pair.printed("100.00", deduct_all=True)
    await pair.insertion("300.00")
    await pair.settle(advance)
    (invoice,) = await pair.invoices()
    async with pair.invoicing.database.transaction(pair.invoicing.context) as session:
        await credit_invoice(session, invoice["id"], block=False, reason="wrong", on=RUN_DAY)
    await pair.deliver()
    assert await pair.standing(advance) == [("printed", "0.00", "100.00", "0.00")]
    assert (await pair.settle(advance))["status"] == "deducted"
    assert await pair.cleared() == 0
    assert await pair.broken() == {}


@pytest.mark.rule("MA-PRE-27", "MA-PRE-24")
async def test_foreign_money_clears_whole_when_it_is_settled(pair: Pair) -> None:
    advance = await pair.printed("1000.00", currency="SEK", exchange_rate="0.0875", deduct_all=True)
    await pair.insertion("600.00", currency="SEK", exchange_rate="0.0900")
    await pair.settle(advance)
    assert await pair.cleared() == 0
    back = await pair.printed("333.33", currency="SEK", exchange_rate="0.0875")
    await pair.settle(back, without_deduction=True)
    assert await pair.cleared() == 0
    assert await pair.broken() == {}


@pytest.mark.rule("MA-PRE-10", "MA-PRE-26")
async def test_a_bill_whose_money_is_used_is_not_reversed(pair: Pair) -> None:
    advance = await pair.printed("100.00")
    await pair.insertion("60.00")
    await pair.run()
    path = f"{PATH}/{advance['id']}/bills/{advance['bills'][0]['id']}/reversals"
    body = {"invoice_on": "2026-11-01", "reason": "wrong"}
    assert problem(await pair.api.post(path, json=body, headers=key()))[:2] == (409, "bill_deducted")
    other = await pair.printed("50.00")
    path = f"{PATH}/{other['id']}/bills/{other['bills'][0]['id']}/reversals"
    assert (await pair.api.post(path, json=body, headers=key())).status_code == 202
    # What is being reversed is nobody's to deduct.
    await pair.deliver()
    shown = await pair.advances.shown(other)
    assert (shown["bills"][0]["state"], shown["printed_amount"]) == ("reversed", "0.00")
    assert await pair.cleared() == 4000
    assert await pair.broken() == {}
