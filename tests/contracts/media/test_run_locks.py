"""Insertions in an invoice run stay as they are until it has ended (MA-INV-26)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.contracts.application.run_locks import HELD_FOR, let_go
from services.contracts.ticks import runs_let_go
from shared.events.envelope import Fact
from shared.events.invoicing import InvoiceRunCompleted, InvoiceRunStarted
from shared.kernel.ids import new_id
from tests.contracts.media.world import World
from tests.words import as_clerk

OCTOBER = {"from_on": date(2026, 10, 1), "to_on": date(2026, 10, 31)}


def run_over(*, mode: str = "live", looks_ahead: bool = False, **criteria: Any) -> list[Fact]:
    """What a run tells: its start and its end; it chooses October unless said otherwise."""
    run = {"id": new_id(), "run_no": 7, "mode": mode, "looks_ahead": looks_ahead, "criteria": OCTOBER | criteria}
    return [
        InvoiceRunStarted(version=1, state="queued", **run),
        InvoiceRunCompleted(version=2, state="completed", **run),
    ]


async def refusals(world: World, insertion_id: str) -> list[tuple[int, str]]:
    """What comes of every way to change an insertion."""
    path = f"/insertions/{insertion_id}"
    answers = [
        await world.change(path, {"price_rows": [{"unit_price": "2"}]}),
        await world.change(path, {"ad_checked": True}),
        await world.move(insertion_id, "do_not_invoice"),
        await world.move(insertion_id, "cancelled"),
        await world.change(f"/orders/{world.order_id}", {"client_reference": "PO"}),
        await world.change(f"/plans/{world.plan_id}", {"campaign": "Autumn"}),
    ]
    return [(answer.status_code, answer.json().get("code", "")) for answer in answers]


@pytest.mark.rule("MA-INV-26")
async def test_what_a_run_chooses_is_not_changed_until_it_ends(world: World) -> None:
    made, other = await world.insertion(), await world.insertion(order_id=(await world.order())["id"])
    begun, ended = run_over(order_ids=[made["order_id"]])
    await world.hear(begun)
    assert set(await refusals(world, made["id"])) == {(409, "in_invoice_run")}
    refused = await world.move(made["id"], "cancelled")
    (blocker,) = refused.json()["blockers"]
    assert blocker["link"].startswith("/v1/invoicing/invoice-runs/")
    assert (await world.changed(f"/insertions/{other['id']}", {"ad_checked": True}))["ad_checked"] is True
    await world.hear(ended)
    assert (await world.changed(f"/insertions/{made['id']}", {"ad_checked": True}))["ad_checked"] is True


@pytest.mark.rule("MA-INV-26", "MA-INV-02")
@pytest.mark.parametrize("fits", [True, False])
@pytest.mark.parametrize(
    "criterion",
    ["legal_entity_ids", "client_ids", "client_categories", "plan_ids", "order_ids", "campaigns", "media_ids",
     "media_type_ids", "products", "agreement_ids", "owners", "currencies"],
)  # fmt: skip
async def test_every_criterion_of_a_run_is_understood(world: World, criterion: str, fits: bool) -> None:
    client = await world.client(category="retail")
    plan = await world.plan(client_id=client["id"], campaign="Autumn", product="Bread", owner="maria")
    press = await world.register("media-types")
    daily = await world.register("media", currency="SEK", media_type_id=press["id"])
    order = await world.order(plan_id=plan["id"], media_id=daily["id"])
    made = await world.insertion(order_id=order["id"])
    named = {
        "legal_entity_ids": world.entity_id, "client_ids": client["id"], "client_categories": "retail",
        "plan_ids": plan["id"], "order_ids": made["order_id"], "campaigns": "Autumn", "media_ids": daily["id"],
        "media_type_ids": press["id"],
        "products": "Bread", "agreement_ids": world.agreement_id, "owners": "maria", "currencies": "SEK",
    }  # fmt: skip
    other = str(new_id()) if criterion.endswith("_ids") else "ELSE"
    await world.hear(run_over(**{criterion: [other, named[criterion]] if fits else [other]})[0])
    assert (await world.move(made["id"], "do_not_invoice")).status_code == (409 if fits else 200)


@pytest.mark.rule("MA-INV-26", "MA-INS-15")
async def test_a_run_over_one_client_of_an_allocation_takes_the_insertion(world: World) -> None:
    other = await world.client()
    allocation = [{"client_id": world.client_id, "percent": "60"}, {"client_id": other["id"], "percent": "40"}]
    made = await world.insertion(allocation=allocation)
    await world.hear(run_over(client_ids=[other["id"]])[0])
    assert (await world.move(made["id"], "do_not_invoice")).status_code == 409


@pytest.mark.rule("MA-INV-26", "MA-INV-10", "MA-REG-07", "MA-REG-10")
@pytest.mark.parametrize(
    ("on", "looks_ahead", "timing", "status"),
    [
        ("2026-09-30", True, "insertion", 200),
        ("2026-10-01", False, "insertion", 409),
        ("2026-10-31", False, "insertion", 409),
        ("2026-11-05", False, "insertion", 200),
        ("2026-11-05", True, "insertion", 409),
        ("2026-11-06", True, "insertion", 200),
        ("2026-12-24", False, "plan_first", 409),
    ],
)
async def test_a_run_takes_what_its_period_reaches(
    world: World, on: str, looks_ahead: bool, timing: str, status: int
) -> None:
    kind = await world.register("media-types", look_ahead_days=5)
    media = await world.register("media", currency="SEK", media_type_id=kind["id"])
    agreement = await world.register("agreements", timing=timing)
    order = await world.order(media_id=media["id"], agreement_id=agreement["id"])
    made = await world.insertion(order_id=order["id"], insertion_on=on)
    await world.hear(run_over(looks_ahead=looks_ahead)[0])
    assert (await world.move(made["id"], "do_not_invoice")).status_code == status


@pytest.mark.rule("MA-INV-26")
async def test_what_no_run_bills_may_be_changed_meanwhile(world: World) -> None:
    made = await world.insertion(definitive=False)
    await world.hear(run_over()[0])
    assert (await world.changed(f"/insertions/{made['id']}", {"text": "Back page"}))["text"] == "Back page"


@pytest.mark.rule("MA-INV-26")
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_an_ended_run_takes_nothing_in_whatever_order_its_news_arrive(
    world: World, order: tuple[int, ...]
) -> None:
    made = await world.insertion()
    news = run_over()
    await world.hear(*(news[index] for index in order))
    await world.hear(*reversed(news))
    assert (await world.move(made["id"], "cancelled")).status_code == 200


@pytest.mark.rule("MA-INV-26", "MA-INV-05")
async def test_a_test_run_takes_nothing(world: World) -> None:
    made = await world.insertion()
    await world.hear(run_over(mode="test")[0])
    assert (await world.move(made["id"], "cancelled")).status_code == 200


@pytest.mark.rule("MA-INV-26")
async def test_a_run_that_never_tells_its_end_lets_go(world: World) -> None:
    made = await world.insertion()
    await world.hear(run_over()[0])
    heard = datetime(2026, 11, 1, tzinfo=UTC)
    for hours, status in ((timedelta(0), 409), (timedelta(seconds=1), 200)):
        async with world.database.transaction(as_clerk(world.tenant_id)) as session:
            await let_go(session, heard + HELD_FOR + hours)
        assert (await world.move(made["id"], "do_not_invoice")).status_code == status


@pytest.mark.rule("MA-INV-26")
async def test_the_tick_lets_go_for_every_tenant_that_heard_of_a_run(world: World) -> None:
    made = await world.insertion()
    (started, _) = run_over()
    await world.hear(started)
    await world.rows(
        "INSERT INTO applied (tenant_id, aggregate_type, aggregate_id, sequence) "
        "VALUES ($1, 'invoicing.invoice_run', $2, 1)",
        world.tenant_id,
        new_id(),
    )
    await runs_let_go(world.database, datetime(2026, 11, 2, tzinfo=UTC))
    assert (await world.move(made["id"], "do_not_invoice")).status_code == 200
