"""What news of invoices make of insertions, in any order and repeated; what stays frozen (MA-INS-10 to MA-INS-15)."""

import asyncio
from itertools import permutations
from typing import Any

import pytest

from shared.events.envelope import Fact
from shared.events.invoicing import InvoiceIssued, InvoiceLineOf, InvoiceLinesIssued
from shared.events.reconciliation import (
    MediaInvoiceCancelled,
    MediaInvoiceLinesSaved,
    MediaInvoiceMoved,
    MediaInvoiceSaved,
)
from shared.kernel.ids import new_id
from tests.contracts.media.world import EX_09, World, invoice_of, reversal_of


async def stands(world: World, insertion_id: str) -> tuple[Any, ...]:
    """What is known of an insertion, apart from how often it was told."""
    found = await world.get(f"/insertions/{insertion_id}")
    shares = [(one["client_id"], one["status"], one["invoice_ids"]) for one in found["shares"]]
    told = (await world.told_insertions(insertion_id))[-1]
    assert (told.status, [one.status for one in told.shares]) == (found["status"], [one[1] for one in shares])
    assert told.version == found["version"]
    return found["status"], shares, found["changed_in_run"]


async def allocated(world: World, net: str = "100.00") -> dict[str, Any]:
    """An insertion of two clients, 40 and 60 per cent."""
    other = await world.client()
    allocation = [{"client_id": world.client_id, "percent": "40"}, {"client_id": other["id"], "percent": "60"}]
    return await world.insertion(net, allocation=allocation)


@pytest.mark.rule("MA-INS-10", "MA-CRD-04")
@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_invoice_reversal_and_new_invoice_converge(world: World, order: tuple[int, ...]) -> None:
    made = await world.insertion()
    first = invoice_of([made], world.client_id, world.entity_id, "1001")
    again = invoice_of([made], world.client_id, world.entity_id, "1003")
    news: list[Fact] = [first, reversal_of(first), again]
    await world.hear(*(news[index] for index in order))
    await world.hear(*(news[index] for index in order))
    status, ((_, share, invoices),), changed = await stands(world, made["id"])
    assert (status, share, invoices, changed) == ("invoiced", "invoiced", [str(again.id)], False)


@pytest.mark.rule("MA-CRD-03", "MA-CRD-04", "MA-INS-10")
@pytest.mark.parametrize(("block", "status"), [(True, "blocked"), (False, "definitive")])
@pytest.mark.parametrize("own", ["definitive", "pre_inv"])
@pytest.mark.parametrize("late", ["invoice", "reversal"])
async def test_a_reversal_blocks_or_reopens_whichever_news_comes_first(
    world: World, block: bool, status: str, own: str, late: str
) -> None:
    made = await world.insertion()
    if own == "pre_inv":
        await world.move(made["id"], "pre_inv")
    issued = invoice_of([made], world.client_id, world.entity_id)
    news: list[Fact] = [reversal_of(issued, block=block), issued]
    await world.hear(*(news if late == "invoice" else reversed(news)))
    assert await world.status(made["id"]) == status
    if block:
        assert (await world.move(made["id"], "definitive")).json()["status"] == "definitive"
    else:
        assert (await world.move(made["id"], "pre_inv")).json()["status"] == "pre_inv"
    await world.hear(*news)
    assert await world.status(made["id"]) == ("definitive" if block else "pre_inv"), "a person has decided since"


@pytest.mark.rule("MA-INS-15", "MA-CRD-04")
async def test_shares_are_invoiced_blocked_and_reopened_each_by_itself(world: World) -> None:
    made = await allocated(world)
    head, other = (one["client_id"] for one in made["shares"])
    of_head = await world.invoice(made, client_id=head)
    assert [one[1] for one in (await stands(world, made["id"]))[1]] == ["invoiced", "definitive"]
    assert await world.status(made["id"]) == "definitive"
    of_other = await world.invoice(made, client_id=other, no="1002")
    assert await world.status(made["id"]) == "invoiced"
    await world.hear(reversal_of(of_head, block=True, no="1003"))
    status, shares, _ = await stands(world, made["id"])
    assert (status, [one[1] for one in shares]) == ("blocked", ["blocked", "invoiced"])
    await world.hear(reversal_of(of_other, no="1004"))
    status, shares, _ = await stands(world, made["id"])
    assert (status, [one[1] for one in shares]) == ("definitive", ["blocked", "definitive"])
    wrong = await world.move(made["id"], "definitive", client_id=other)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "status_change_not_allowed")
    opened = await world.move(made["id"], "definitive", client_id=head)
    assert [one["status"] for one in opened.json()["shares"]] == ["definitive", "definitive"]


@pytest.mark.rule("MA-INS-15")
@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_shares_converge_in_any_order(world: World, order: tuple[int, ...]) -> None:
    made = await allocated(world)
    head, other = (one["client_id"] for one in made["shares"])
    first = invoice_of([made], head, world.entity_id, "1001")
    second = invoice_of([made], other, world.entity_id, "1002")
    news: list[Fact] = [first, second, reversal_of(first, block=True, no="1003"), reversal_of(second, no="1004")]
    await world.hear(*(news[index] for index in order))
    status, shares, changed = await stands(world, made["id"])
    assert (status, [one[1] for one in shares], changed) == ("definitive", ["blocked", "definitive"], False)


@pytest.mark.rule("MA-INS-10", "MA-CRD-04")
async def test_news_that_arrive_at_once_converge(world: World) -> None:
    made = [await world.insertion() for _ in range(4)]
    first = [invoice_of([one], world.client_id, world.entity_id, f"1{number}") for number, one in enumerate(made)]
    await asyncio.gather(*(world.hear(one) for issued in first for one in (issued, reversal_of(issued))))
    assert [(await stands(world, one["id"]))[0] for one in made] == ["definitive"] * 4
    again = invoice_of(made, world.client_id, world.entity_id, "2001")
    await asyncio.gather(*(world.hear(one) for one in (again, *map(reversal_of, first))))
    assert [(await stands(world, one["id"]))[0] for one in made] == ["invoiced"] * 4
    assert await world.broken() == {}


@pytest.mark.rule("MA-INS-16")
@pytest.mark.parametrize("mode", ["head_only", "total"])
async def test_the_head_clients_invoice_bills_an_allocation_that_is_not_invoiced_per_client(
    world: World, mode: str
) -> None:
    agreement = await world.register("agreements", allocation_invoicing=mode)
    order = await world.order(agreement_id=agreement["id"])
    other = await world.client()
    allocation = [{"client_id": world.client_id, "percent": "40"}, {"client_id": other["id"], "percent": "60"}]
    made = await world.insertion(order_id=order["id"], allocation=allocation)
    assert (await world.told("contracts.agreement.changed.v1"))[-1]["allocation_invoicing"] == mode
    await world.invoice(made)
    assert (await stands(world, made["id"]))[0] == "invoiced"


@pytest.mark.rule("MA-INS-10")
@pytest.mark.parametrize("header_first", [True, False])
@pytest.mark.parametrize("reversed_too", [True, False])
async def test_a_long_invoice_tells_its_lines_apart(world: World, header_first: bool, reversed_too: bool) -> None:
    made = await world.insertion()
    whole = invoice_of([made], world.client_id, world.entity_id)
    header = InvoiceIssued.model_validate({**whole.model_dump(), "lines": [], "line_count": 501})
    line = whole.lines[0].model_dump() | {"invoice_id": whole.id, "invoice_version": 1, "client_id": world.client_id}
    lines = InvoiceLinesIssued(items=[InvoiceLineOf(**line)])
    mirrored = InvoiceLinesIssued(items=[InvoiceLineOf(**(line | {"invoice_id": new_id(), "reversal": True}))])
    news: list[Fact] = [header, lines] if header_first else [lines, header]
    if reversed_too:
        credit = reversal_of(header)
        news = [credit, *news, mirrored] if header_first else [*news, mirrored, credit]
    await world.hear(*news)
    assert (await stands(world, made["id"]))[0] == ("definitive" if reversed_too else "invoiced")


@pytest.mark.rule("MA-INS-10", "MA-INV-26")
@pytest.mark.parametrize("by_hand", ["do_not_invoice", "cancelled"])
async def test_a_change_by_hand_before_the_news_stays_and_is_marked(world: World, by_hand: str) -> None:
    made = await world.insertion()
    issued = invoice_of([made], world.client_id, world.entity_id)
    await world.move(made["id"], by_hand)
    await world.hear(issued)
    status, _, changed = await stands(world, made["id"])
    assert (status, changed) == (by_hand, True)
    marked = await world.get("/insertions?changed_in_run=true")
    assert [one["id"] for one in marked["items"]] == [made["id"]]
    await world.hear(reversal_of(issued))
    assert (await stands(world, made["id"]))[::2] == (by_hand, False)


@pytest.mark.rule("MA-INV-26")
@pytest.mark.parametrize("states_version", [True, False])
@pytest.mark.parametrize("changed", [True, False])
async def test_an_amount_changed_before_the_news_is_marked_until_a_person_credits(
    world: World, states_version: bool, changed: bool
) -> None:
    made = await world.insertion()
    issued = invoice_of([made], world.client_id, world.entity_id)
    if not states_version:
        lines = [line.model_copy(update={"item_version": None}) for line in issued.lines]
        issued = issued.model_copy(update={"lines": lines})
    change = {"price_rows": [{"unit_price": "150.00"}]} if changed else {"text": "Back page", "ad_checked": True}
    await world.changed(f"/insertions/{made['id']}", change)
    await world.hear(issued)
    assert (await stands(world, made["id"]))[::2] == ("invoiced", changed)
    found = await world.get(f"/insertions/{made['id']}")
    assert ("changed_in_run" in [one["code"] for one in found["warnings"]]) is changed
    credit = await world.ok("POST", f"/insertions/{made['id']}/credits", {})
    assert (credit["price_amount"], credit["net_net_amount"]) == ("-100.00", "-100.00"), "what was billed, to the cent"
    assert (await stands(world, made["id"]))[::2] == ("invoiced", False)


@pytest.mark.rule("MA-INS-12", "MA-INS-18")
@pytest.mark.parametrize(
    "change",
    [
        {"price_rows": [{"unit_price": "1"}]},
        {"insertion_on": "2026-10-13"},
        {"allocation": []},
        {"exclude_fee": True},
        {"exclude_capital_cost": True},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_an_invoice_freezes_what_it_bills(world: World, change: dict[str, Any]) -> None:
    made = await allocated(world)
    path = f"/insertions/{made['id']}"
    await world.invoice(made)
    refused = await world.change(path, change)
    assert (refused.status_code, refused.json()["code"]) == (409, "insertion_invoiced"), "a share is invoiced"
    cancelled = await world.move(made["id"], "cancelled")
    assert (cancelled.status_code, cancelled.json()["code"]) == (409, "insertion_invoiced")
    assert (await world.changed(path, {"text": "Back page"}))["text"] == "Back page"


@pytest.mark.rule("MA-INS-10")
async def test_an_invoiced_insertion_is_not_moved_by_hand(world: World) -> None:
    made = await world.insertion()
    await world.invoice(made)
    for to in ("definitive", "do_not_invoice", "pre_inv", "cancelled"):
        refused = await world.move(made["id"], to)
        assert (refused.status_code, refused.json()["code"]) == (409, "status_change_not_allowed")
    assert await world.status(made["id"]) == "invoiced"


@pytest.mark.rule("MA-INS-11", "MA-INS-10")
async def test_what_is_not_to_be_invoiced_is_told_so(world: World) -> None:
    made = await world.insertion()
    for to in ("do_not_invoice", "definitive", "pre_inv", "definitive", "cancelled"):
        assert (await world.move(made["id"], to)).status_code == 200
        assert (await world.told_insertions(made["id"]))[-1].status == to
    assert len(await world.told("contracts.insertion.cancelled.v1")) == 1


@pytest.mark.rule("MA-INS-12", "MA-REG-05")
async def test_an_order_keeps_agreement_and_rate_while_an_insertion_is_invoiced(world: World) -> None:
    agreement = await world.register("agreements", fees=[{"percent": "10", "base": "net"}])
    made = await world.insertion("100.00")
    path = f"/orders/{world.order_id}"
    await world.changed(path, {"agreement_id": agreement["id"], "client_reference": "PO-1"})
    found = await world.get(f"/insertions/{made['id']}")
    assert (found["fee_amount"], found["price_amount"]) == ("10.00", "110.00"), "priced anew by the nearest agreement"
    told = (await world.told_insertions(made["id"]))[-1]
    assert (str(told.agreement_id), told.client_reference) == (agreement["id"], "PO-1")
    await world.invoice(found)
    for change in ({"agreement_id": None}, {"exchange_rate": "2"}):
        refused = await world.change(path, change)
        assert (refused.status_code, refused.json()["code"]) == (409, "insertion_invoiced")
    assert (await world.changed(path, {"client_reference": "PO-2"}))["client_reference"] == "PO-2"


@pytest.mark.rule("MA-INV-09", "MA-REG-05")
async def test_orders_and_plans_tell_their_changes_with_their_insertions(world: World) -> None:
    made = await world.insertion()
    await world.changed(f"/orders/{world.order_id}", {"not_before_on": "2026-11-01"})
    assert str((await world.told_insertions(made["id"]))[-1].not_before_on) == "2026-11-01"
    await world.changed(f"/plans/{world.plan_id}", {"owner": "maria", "campaign": "Autumn", "client_reference": "R"})
    told = (await world.told_insertions(made["id"]))[-1]
    assert (told.owner, told.campaign, told.client_reference) == ("maria", "Autumn", "R")
    own = await world.changed(f"/insertions/{made['id']}", {"not_before_on": "2026-12-01"})
    assert own["not_before_on"] == "2026-12-01"
    await world.changed(f"/plans/{world.plan_id}", {"invoice_on": "2026-11-15"})
    assert str((await world.told_insertions(made["id"]))[-1].not_before_on) == "2026-12-01"


@pytest.mark.rule("MA-REC-22", "MA-REG-17", "MA-INS-12")
async def test_a_plan_changes_its_client_when_a_parameter_allows_it(world: World) -> None:
    invoiced, still_open = await world.insertion(), await world.insertion()
    other = await world.client()
    path = f"/plans/{world.plan_id}"
    await world.invoice(invoiced)
    refused = await world.change(path, {"client_id": other["id"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "parameter_off")
    await world.changed(f"/legal-entities/{world.entity_id}/parameters", {"change_client_in_reconciliation": True})
    await world.changed(path, {"client_id": other["id"]})
    assert (await world.told("contracts.plan.changed.v1"))[-1]["client_id"] == other["id"]
    assert (await world.get(f"/insertions/{still_open['id']}"))["client_id"] == other["id"]
    assert (await world.get(f"/insertions/{invoiced['id']}"))["client_id"] == world.client_id, "posted invoices stay"


@pytest.mark.rule("MA-REC-22")
async def test_a_plan_without_invoices_changes_its_client_freely(world: World) -> None:
    made, other = await world.insertion(), await world.client()
    await world.changed(f"/plans/{world.plan_id}", {"client_id": other["id"], "owner": "jonas"})
    told = (await world.told_insertions(made["id"]))[-1]
    assert (str(told.client_id), str(told.shares[0].client_id), told.owner) == (other["id"], other["id"], "jonas")


def media_invoice(kind: type[Any], insertion_ids: list[str], *, apart: bool = False, **more: Any) -> Any:
    """A media supplier's invoice on insertions, its lines told apart if so."""
    zero = dict.fromkeys(("amount", "vat_amount", "total_amount"), "0")
    line = dict.fromkeys(("net_amount", "commission_amount", "net_net_amount"), "0")
    lines = [{"id": new_id(), "insertion_id": one, **line} for one in insertion_ids]
    dated = dict.fromkeys(("invoice_on", "accounting_on", "due_on"), "2026-10-20")
    fields = {
        "version": 1, "legal_entity_id": new_id(), "supplier_id": new_id(), "invoice_no": "M-1", "state": "saved",
        "currency": "SEK", "lines": [] if apart else lines, "line_count": len(lines),
    }  # fmt: skip
    told = kind.model_validate(fields | zero | dated | more)
    if not apart:
        return told
    of = {"media_invoice_id": told.id, "media_invoice_version": told.version}
    return told, MediaInvoiceLinesSaved.model_validate({"items": [one | of for one in lines]})


@pytest.mark.rule("MA-INS-13")
async def test_a_registered_media_invoice_asks_for_a_confirmation(world: World) -> None:
    made, other = await world.insertion(), await world.insertion()
    path, invoice_id = f"/insertions/{made['id']}", new_id()
    await world.hear(media_invoice(MediaInvoiceSaved, [made["id"]], id=invoice_id))
    for change in ({"insertion_on": "2026-10-13"}, {"price_rows": [{"unit_price": "2"}]}):
        refused = await world.change(path, change)
        assert (refused.status_code, refused.json()["code"]) == (409, "media_invoice_exists")
    assert (await world.changed(path, {"text": "Page 3"}))["text"] == "Page 3"
    confirmed = await world.changed(path, {"insertion_on": "2026-10-13", "confirm": True})
    assert (confirmed["insertion_on"], confirmed["warnings"][0]["code"]) == ("2026-10-13", "media_invoice_exists")
    await world.hear(media_invoice(MediaInvoiceMoved, [other["id"]], id=invoice_id, version=2))
    assert (await world.changed(path, {"insertion_on": "2026-10-14"}))["has_media_invoice"] is False
    assert (await world.get(f"/insertions/{other['id']}"))["has_media_invoice"] is True
    await world.hear(media_invoice(MediaInvoiceCancelled, [other["id"]], id=invoice_id, state="cancelled", version=3))
    assert (await world.get(f"/insertions/{other['id']}"))["has_media_invoice"] is False


@pytest.mark.rule("MA-INS-13")
@pytest.mark.parametrize("cancelled", [True, False])
@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_long_media_invoice_tells_its_lines_apart(
    world: World, cancelled: bool, order: tuple[int, ...]
) -> None:
    made, invoice_id = await world.insertion(), new_id()
    header, lines = media_invoice(MediaInvoiceSaved, [made["id"]], apart=True, id=invoice_id)
    gone = media_invoice(MediaInvoiceCancelled, [made["id"]], id=invoice_id, state="cancelled", version=2)
    news = [header, lines, gone if cancelled else header]
    await world.hear(*(news[index] for index in order))
    assert (await world.get(f"/insertions/{made['id']}"))["has_media_invoice"] is not cancelled


@pytest.mark.rule("MA-INS-13")
async def test_an_alteration_order_asks_for_a_confirmation_too(world: World) -> None:
    made = await world.insertion()
    await world.hear(media_invoice(MediaInvoiceSaved, [made["id"]], id=new_id()))
    path = f"/orders/{world.order_id}"
    refused = await world.change(path, {"alteration": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "media_invoice_exists")
    assert (await world.changed(path, {"alteration": True, "confirm": True}))["alteration"] is True
    assert await world.changed(path, {"alteration": True, "client_reference": "PO"}), "it is one already"


@pytest.mark.rule("MA-INS-18")
async def test_only_a_corrective_insertion_names_its_client(world: World) -> None:
    made, other = await world.insertion(row=EX_09), await world.client()
    refused = await world.change(f"/insertions/{made['id']}", {"client_id": other["id"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "not_a_correction")


@pytest.mark.rule("MA-INS-13")
async def test_other_terms_of_an_order_ask_for_a_confirmation_when_a_media_invoice_is_registered(world: World) -> None:
    made, terms = await world.insertion(), await world.register("agreements", received_percents=["15"])
    await world.hear(media_invoice(MediaInvoiceSaved, [made["id"]], id=new_id()))
    path, change = f"/orders/{world.order_id}", {"agreement_id": terms["id"]}
    refused = await world.change(path, change)
    assert (refused.status_code, refused.json()["code"]) == (409, "media_invoice_exists")
    assert (await world.get(f"/insertions/{made['id']}"))["net_net_amount"] == "100.00"
    await world.changed(path, {**change, "confirm": True})
    assert (await world.get(f"/insertions/{made['id']}"))["net_net_amount"] == "85.00"


@pytest.mark.rule("MA-INV-11")
@pytest.mark.parametrize(
    ("of_order", "of_plan", "told"), [("PO 1", "R", "PO 1"), ("", "R", "R"), ("  \u00a0", " R ", "R"), (" ", "\t", "")]
)
async def test_the_reference_is_the_orders_or_else_the_plans_and_blanks_are_none(
    world: World, of_order: str, of_plan: str, told: str
) -> None:
    plan = await world.plan(client_reference=of_plan)
    order = await world.order(plan_id=plan["id"], client_reference=of_order)
    made = await world.insertion(order_id=order["id"])
    assert (await world.told_insertions(made["id"]))[-1].client_reference == told
