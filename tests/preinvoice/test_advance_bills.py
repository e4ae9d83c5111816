"""The bills of advance invoices at the door, and what invoicing's answers make of them."""

from typing import Any

import pytest

from shared.events.contracts import ClientChanged
from shared.kernel.ids import new_id
from tests.preinvoice.advances import PATH, Advances, at, bill, key, problem


@pytest.mark.rule("MA-PRE-08", "MA-PRE-02", "MA-PRE-01")
async def test_a_bill_counts_once_it_is_printed(advances: Advances) -> None:
    rows = [{"text": "First", "amount": "50000.00"}, {"text": "Discount", "amount": "-10000.00"}]
    advance = await advances.billed(await advances.opened(), rows=rows)
    (one,) = advance["bills"]
    assert (one["state"], one["amount"], one["bill_no"], one["rows"]) == ("registered", "40000.00", 1, rows)
    assert (advance["status"], advance["printed_amount"], advance["taxable"]) == ("registered", "0.00", True)
    advance = await advances.asked(advance)
    assert (advance["bills"][0]["state"], advance["bills"][0]["vat_percent"]) == ("printing", "19")
    assert advance["status"] == "registered"
    (told,) = await advances.world.told("advance_invoice.bill_requested.v1")
    assert (told["bills"][0]["state"], told["bills"][0]["amount"], told["bills"][0]["vat_percent"]) == (
        "printing", "40000.00", "19",
    )  # fmt: skip
    await advances.world.hear(await advances.issue(advance))
    advance = await advances.shown(advance)
    assert (advance["bills"][0]["state"], advance["bills"][0]["invoice_no"]) == ("printed", "N2026-00001")
    assert (advance["status"], advance["printed_amount"], advance["remaining_amount"]) == (
        "printed", "40000.00", "40000.00",
    )  # fmt: skip
    (told,) = await advances.world.told("advance_invoice.bill_printed.v1")
    assert (told["aged_on"], told["printed_amount"], told["status"]) == ("2026-01-10", "40000.00", "printed")
    advance = await advances.billed(advance, "25000.00")
    assert (advance["status"], advance["printed_amount"]) == ("registered", "40000.00")
    assert await advances.world.broken() == {}


@pytest.mark.rule("MA-PRE-08", "MA-PRE-10", "MA-PRE-27")
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"due_on": "2026-01-09"}, (422, "bad_due_date", "/due_on")),
        ({"rows": []}, (422, "amount_required", "/rows")),
        ({"rows": [{"text": "Media"}]}, (422, "amount_required", "/rows/0/amount")),
        ({"rows": [{"text": "Media", "amount": "0.00"}]}, (422, "amount_not_positive", "/rows")),
        (
            {"rows": [{"text": "Media", "amount": "5.00"}, {"text": "Off", "amount": "-5.00"}]},
            (422, "amount_not_positive", "/rows"),
        ),
        ({"rows": [{"text": "Media", "amount": "1.005"}]}, (422, "amount_precision", "/rows/0/amount")),
        ({"rows": [{"text": "Media", "amount": 5.0}]}, (422, "invalid_value", "/rows/0/amount")),
        ({"currency": "SEK"}, (422, "rate_missing", "/exchange_rate")),
        ({"currency": "SEK", "exchange_rate": "0"}, (422, "rate_missing", "/exchange_rate")),
        ({"currency": "XXQ"}, (422, "currency", "/currency")),
        ({"taxable": None}, (422, "invalid_value", "/taxable")),
    ],
)
async def test_a_bad_bill_is_refused(
    advances: Advances, changes: dict[str, Any], refusal: tuple[int, str, str]
) -> None:
    opened = await advances.opened()
    path = f"{PATH}/{opened['id']}/bills"
    assert problem(await advances.api.post(path, json=bill() | changes)) == refusal
    advance = await advances.billed(opened)
    changed = await advances.api.put(f"{path}/{advance['bills'][0]['id']}", json=bill() | changes, headers=at(advance))
    assert problem(changed) == refusal
    assert (await advances.shown(opened))["bills"] == advance["bills"]


@pytest.mark.rule("MA-PRE-09")
async def test_the_bills_of_an_advance_invoice_share_taxability_and_currency(advances: Advances) -> None:
    advance = await advances.billed(await advances.opened())
    path = f"{PATH}/{advance['id']}/bills"
    untaxed = await advances.api.post(path, json=bill(taxable=False))
    assert problem(untaxed) == (422, "mixed_taxability", "/taxable")
    foreign = await advances.api.post(path, json=bill(currency="SEK", exchange_rate="0.09"))
    assert problem(foreign) == (422, "mixed_currency", "/currency")
    # Alone it may change to either.
    (one,) = advance["bills"]
    changed = await advances.api.put(
        f"{path}/{one['id']}", json=bill(taxable=False, currency="SEK", exchange_rate="0.09"), headers=at(advance)
    )
    assert (changed.json()["currency"], changed.json()["taxable"]) == ("SEK", False)


@pytest.mark.rule("MA-PRE-09")
async def test_bills_of_two_vat_rates_are_not_printed(advances: Advances) -> None:
    advance = await advances.billed(await advances.printed(), "100.00")
    world = advances.world
    await world.hear((await _client(advances)).model_copy(update={"version": 2, "vat_percent": "7"}))
    path = f"{PATH}/{advance['id']}/bills/{advance['bills'][1]['id']}/prints"
    assert problem(await advances.api.post(path, headers=key()))[:2] == (422, "mixed_taxability")


async def _client(advances: Advances) -> Any:
    world = advances.world
    return ClientChanged(
        id=world.client_id, code="ACME", name="ACME AG", version=1, legal_entity_id=world.legal_entity_id,
        vat_percent="19", currency="EUR", minimum_amount="0",
    )  # fmt: skip


@pytest.mark.rule("MA-PRE-10")
async def test_a_printed_bill_does_not_change(advances: Advances) -> None:
    asked = await advances.asked(await advances.billed(await advances.opened()))
    printed = await advances.printed()
    for advance in (asked, printed):
        path = f"{PATH}/{advance['id']}/bills/{advance['bills'][0]['id']}"
        assert problem(await advances.api.put(path, json=bill("1.00"), headers=at(advance)))[:2] == (
            409, "bill_printed",
        )  # fmt: skip
        assert problem(await advances.api.delete(path, headers=at(advance)))[:2] == (409, "bill_printed")
        assert problem(await advances.api.post(f"{path}/prints", headers=key()))[:2] == (409, "bill_printed")
        assert (await advances.shown(advance))["bills"][0]["amount"] == "40000.00"
    unknown = f"{PATH}/{printed['id']}/bills/{new_id()}/prints"
    assert problem(await advances.api.post(unknown, headers=key()))[:2] == (404, "bill_not_found")
    nowhere = f"{PATH}/{new_id()}/bills/{new_id()}/prints"
    assert problem(await advances.api.post(nowhere, headers=key()))[:2] == (404, "advance_invoice_not_found")


@pytest.mark.rule("MA-PRE-08", "MA-PRE-10")
async def test_a_bill_that_invoicing_refused_may_be_mended_and_printed_again(advances: Advances) -> None:
    advance = await advances.asked(await advances.billed(await advances.opened()))
    refusal = await advances.refuse(advance, "period_closed")
    await advances.world.hear(refusal)
    advance = await advances.shown(advance)
    assert (advance["bills"][0]["state"], advance["bills"][0]["refusal_code"]) == ("registered", "period_closed")
    path = f"{PATH}/{advance['id']}/bills/{advance['bills'][0]['id']}"
    changed = await advances.api.put(path, json=bill("50.00", invoice_on="2026-02-01"), headers=at(advance))
    advance = await advances.asked(changed.json())
    assert (advance["bills"][0]["state"], advance["bills"][0]["refusal_code"]) == ("printing", "")
    # The answer to the older wish says nothing about the newer one.
    await advances.world.hear(refusal)
    answer = await advances.issue(advance)
    for _ in range(10):
        await advances.world.hear(answer)
    advance = await advances.shown(advance)
    assert (advance["bills"][0]["state"], advance["printed_amount"]) == ("printed", "50.00")
    assert len(await advances.world.told("bill_printed.v1")) == 2


@pytest.mark.rule("MA-PRE-10")
async def test_a_printed_bill_is_reversed_while_what_remains_covers_it(advances: Advances) -> None:
    advance = await advances.printed("40000.00")
    path = f"{PATH}/{advance['id']}/bills/{advance['bills'][0]['id']}/reversals"
    body = {"invoice_on": "2026-02-01", "reason": "Cancelled"}
    early = await advances.api.post(path, json=body | {"invoice_on": "2026-01-09"}, headers=key())
    assert problem(early) == (422, "bad_date_range", "/invoice_on")
    assert problem(await advances.api.post(path, json=body))[:2] == (400, "idempotency_key_required")
    asked = (await advances.api.post(path, json=body, headers=key())).json()
    assert (asked["bills"][0]["state"], asked["remaining_amount"], asked["reserved_amount"]) == (
        "reversing", "40000.00", "40000.00",
    )  # fmt: skip
    told = (await advances.world.told("bill_requested.v1"))[-1]
    assert (told["bills"][0]["state"], told["bills"][0]["reversal_on"], told["bills"][0]["reversal_reason"]) == (
        "reversing", "2026-02-01", "Cancelled",
    )  # fmt: skip
    assert problem(await advances.api.post(path, json=body, headers=key()))[:2] == (409, "already_reversed")
    await advances.world.hear(await advances.refuse(asked, "period_closed"))
    free = await advances.shown(advance)
    assert (free["bills"][0]["state"], free["reserved_amount"]) == ("printed", "0.00")
    asked = (await advances.api.post(path, json=body, headers=key())).json()
    note = await advances.reverse(asked)
    for _ in range(10):
        await advances.world.hear(note)
    gone = await advances.shown(advance)
    assert (gone["bills"][0]["state"], gone["printed_amount"], gone["reserved_amount"], gone["status"]) == (
        "reversed", "0.00", "0.00", "registered",
    )  # fmt: skip
    # A reversed bill binds no other to its taxability.
    assert (await advances.billed(gone, "5.00", taxable=False))["taxable"] is False
    unprinted = await advances.billed(await advances.opened())
    path = f"{PATH}/{unprinted['id']}/bills/{unprinted['bills'][0]['id']}/reversals"
    assert problem(await advances.api.post(path, json=body, headers=key()))[:2] == (409, "bill_not_printed")
    assert await advances.world.broken() == {}


@pytest.mark.rule("MA-PRE-27")
async def test_a_bill_in_foreign_currency_keeps_its_rate(advances: Advances) -> None:
    advance = await advances.billed(await advances.opened(), "1000.00", currency="SEK", exchange_rate="0.0875")
    assert (advance["bills"][0]["exchange_rate"], advance["bills"][0]["currency"]) == ("0.0875", "SEK")
    await advances.world.hear(await advances.issue(await advances.asked(advance)))
    (row,) = await advances.world.rows("SELECT printed_amount, printed_base_amount FROM advance_invoice")
    assert (row["printed_amount"], row["printed_base_amount"]) == (100000, 8750)


@pytest.mark.rule("MA-PRE-28")
async def test_a_bill_is_printed_with_nothing_to_deduct_from(advances: Advances) -> None:
    advance = await advances.printed()
    assert (advance["scopes"], advance["deduct_all"], advance["status"]) == ([], False, "printed")


async def test_a_bill_is_removed_while_it_is_not_printed(advances: Advances) -> None:
    advance = await advances.billed(await advances.opened(), taxable=False)
    path = f"{PATH}/{advance['id']}/bills/{advance['bills'][0]['id']}"
    assert (await advances.api.delete(path, headers=at(advance))).status_code == 204
    gone = await advances.shown(advance)
    assert (gone["bills"], gone["taxable"], gone["version"]) == ([], None, 3)
