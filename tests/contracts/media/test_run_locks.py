"""Insertions in an invoice run stay as they are until it has ended (MA-INV-26)."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from services.contracts.application.run_locks import HELD_FOR, let_go
from services.contracts.ticks import runs_let_go
from shared.events.envelope import Fact
from shared.events.invoicing import InvoiceRunCompleted, InvoiceRunLinesTaken, InvoiceRunStarted
from shared.kernel.ids import new_id
from tests.contracts.media.world import World
from tests.words import as_clerk


def run_over(*insertions: dict[str, Any], apart: bool = False, mode: str = "live") -> list[Fact]:
    """What a run tells: its start, its items in a batch of their own if so, its end."""
    run = {"id": new_id(), "run_no": 7, "mode": mode}
    items = [{"insertion_id": one["id"], "version": one["version"]} for one in insertions]
    told = [] if apart else items
    batch = [InvoiceRunLinesTaken(items=[{**one, "invoice_run_id": run["id"]} for one in items])] if apart else []
    return [
        InvoiceRunStarted(version=1, state="queued", items=told, line_count=len(items), **run),
        *batch,
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
@pytest.mark.parametrize("apart", [False, True])
async def test_what_a_run_takes_is_not_changed_until_it_ends(world: World, apart: bool) -> None:
    made, other = await world.insertion(), await world.insertion(order_id=(await world.order())["id"])
    *begun, ended = run_over(made, apart=apart)
    await world.hear(*begun)
    assert set(await refusals(world, made["id"])) == {(409, "in_invoice_run")}
    refused = await world.move(made["id"], "cancelled")
    (blocker,) = refused.json()["blockers"]
    assert blocker["link"].startswith("/v1/invoicing/invoice-runs/")
    assert (await world.changed(f"/insertions/{other['id']}", {"ad_checked": True}))["ad_checked"] is True
    await world.hear(ended)
    assert (await world.changed(f"/insertions/{made['id']}", {"ad_checked": True}))["ad_checked"] is True
    assert await world.rows("SELECT * FROM run_lock") == []


@pytest.mark.rule("MA-INV-26")
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_an_ended_run_takes_nothing_in_whatever_order_its_news_arrive(
    world: World, apart: bool, order: tuple[int, ...]
) -> None:
    made = await world.insertion()
    news = run_over(made, apart=apart)
    await world.hear(*(news[index] for index in order if index < len(news)))
    await world.hear(*reversed(news))
    assert (await world.move(made["id"], "cancelled")).status_code == 200


@pytest.mark.rule("MA-INV-26", "MA-INV-05")
async def test_a_test_run_takes_nothing(world: World) -> None:
    made = await world.insertion()
    await world.hear(*run_over(made, mode="test")[:-1])
    assert (await world.move(made["id"], "cancelled")).status_code == 200


@pytest.mark.rule("MA-INV-26")
async def test_a_run_that_never_tells_its_end_lets_go(world: World) -> None:
    made = await world.insertion()
    await world.hear(run_over(made)[0])
    heard = datetime(2026, 11, 1, tzinfo=UTC)
    for hours, status in ((timedelta(0), 409), (timedelta(seconds=1), 200)):
        async with world.database.transaction(as_clerk(world.tenant_id)) as session:
            await let_go(session, heard + HELD_FOR + hours)
        assert (await world.move(made["id"], "do_not_invoice")).status_code == status


@pytest.mark.rule("MA-INV-26")
async def test_the_tick_lets_go_for_every_tenant_that_heard_of_a_run(world: World) -> None:
    made = await world.insertion()
    (started, _) = run_over(made)
    await world.hear(started)
    await world.rows(
        "INSERT INTO applied (tenant_id, aggregate_type, aggregate_id, sequence) "
        "VALUES ($1, 'invoicing.invoice_run', $2, 1)",
        world.tenant_id,
        new_id(),
    )
    await runs_let_go(world.database, datetime(2026, 11, 2, tzinfo=UTC))
    assert (await world.move(made["id"], "do_not_invoice")).status_code == 200
