"""What keeps a run right when things go wrong around it: stale previews, races, cancellation, retries."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.invoicing import jobs
from services.invoicing.application import weigh_block
from services.invoicing.application.hear_registers import keep_records
from services.invoicing.ticks import end_abandoned_runs
from shared.events.contracts import ClientChanged
from shared.events.invoicing import InvoiceRunCompleted
from shared.kernel.ids import new_id
from shared.runtime.clock import now
from tests.invoicing.door import door
from tests.invoicing.working import errors_of, work_off
from tests.invoicing.world import World

_MAY = ("invoice_run:read", "invoice_run:write", "invoice:read", "job:read", "job:write", "document:read")


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block per client."""
    monkeypatch.setattr(weigh_block, "BLOCK_ITEMS", 1)


@asynccontextmanager
async def clerk(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who runs invoices."""
    async with door(world.database, world.context, *_MAY) as client:
        yield client


def asked(world: World, mode: str, digest: str = "") -> dict[str, Any]:
    """A run over the legal entity."""
    criteria = {"legal_entity_ids": [str(world.legal_entity_id)]}
    return {"mode": mode, "criteria": criteria, "invoice_on": "2026-10-31", "digest": digest}


async def billed(world: World) -> dict[UUID, int]:
    """How often each item stands on a live invoice."""
    rows = await world.rows(
        "SELECT l.billable_item_id AS id, count(*) AS times FROM invoice_line l "
        "JOIN invoice i ON i.id = l.invoice_id WHERE NOT l.reversed AND i.no IS NOT NULL GROUP BY 1"
    )
    return {row["id"]: row["times"] for row in rows}


async def told_runs(world: World) -> list[dict[str, Any]]:
    """What was told of runs that ended."""
    rows = await world.rows(
        "SELECT envelope -> 'data' AS data FROM outbox WHERE routing_key = $1 ORDER BY seq", InvoiceRunCompleted.TYPE
    )
    return [row["data"] for row in rows]


def before_issuing(monkeypatch: pytest.MonkeyPatch, act: Callable[[int], Any]) -> None:
    """Have something happen just before the n-th block is issued, counting from 1."""
    issue_block, count = jobs.issue_block, 0

    async def acted(*arguments: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        await act(count)
        return await issue_block(*arguments, **options)

    monkeypatch.setattr(jobs, "issue_block", acted)


# --- stale previews ----------------------------------------------------------------------------------------------


@pytest.mark.rule("MA-INV-05")
@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("several_blocks", [False, True])
@pytest.mark.parametrize("changed", [False, True])
async def test_a_live_run_bound_to_a_preview_issues_that_or_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, several_blocks: bool, changed: bool
) -> None:
    if not several_blocks:
        monkeypatch.setattr(weigh_block, "BLOCK_ITEMS", 100)
    first = world.insertion(await world.client("ALFA"))
    await world.tell(first, world.insertion(await world.client("BETA")))
    async with clerk(world) as api:
        preview = (await api.post("/v1/invoice-runs", json=asked(world, "test"))).json()
        await work_off(world, "invoice_run")
        preview = (await api.get(f"/v1/invoice-runs/{preview['id']}")).json()
        if changed:
            await world.tell(world.insertion(first.client_id, "90.00", id=first.id, version=2))
        started = await api.post("/v1/invoice-runs", json=asked(world, "live", preview["digest"]))
        if changed and not several_blocks:
            assert (started.status_code, started.json()["code"]) == (409, "stale_digest")
            assert await world.rows("SELECT id FROM invoice_run WHERE mode = 'live'") == []
        else:
            done = await work_off(world, "invoice_run")
            assert done["error_code"] == ("stale_digest" if changed else None)
            run = (await api.get(f"/v1/invoice-runs/{started.json()['id']}")).json()
            assert run["state"] == ("failed" if changed else "completed")
            assert changed or run["total_amounts"] == preview["total_amounts"]
    assert len(await billed(world)) == (0 if changed else 2)
    assert bool(await world.rows("SELECT id FROM series")) != changed
    assert await world.broken() == {}


@pytest.mark.rule("MA-INV-05")
async def test_a_live_run_bound_to_a_preview_of_nothing_issues_nothing(world: World) -> None:
    preview = await world.run("test")
    async with clerk(world) as api:
        empty = await api.post("/v1/invoice-runs", json=asked(world, "live", preview["digest"]))
        assert empty.status_code == 202
        assert (await work_off(world, "invoice_run"))["state"] == "completed"
        await world.tell(world.insertion(await world.client("ALFA")))
        stale = await api.post("/v1/invoice-runs", json=asked(world, "live", preview["digest"]))
        assert (stale.status_code, stale.json()["code"]) == (409, "stale_digest")
    assert await billed(world) == {}


@pytest.mark.rule("MA-INV-05", "MA-INV-25")
@pytest.mark.usefixtures("small_blocks")
async def test_what_changes_after_the_comparison_is_not_issued_either(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    insertions = [world.insertion(await world.client(code)) for code in ("ALFA", "BETA", "CETA")]
    insertions.sort(key=lambda one: one.client_id)
    await world.tell(*insertions)
    preview = await world.run("test")
    last = insertions[-1]

    async def change_the_last(block: int) -> None:
        if block == 1:
            await world.tell(world.insertion(last.client_id, "90.00", id=last.id, version=2))

    before_issuing(monkeypatch, change_the_last)
    run = await world.start("live", digest=preview["digest"])
    done = await work_off(world, "invoice_run")
    assert (done["state"], done["error_code"]) == ("failed", "stale_digest")
    assert await billed(world) == {one.id: 1 for one in insertions[:2]}
    (row,) = await world.rows("SELECT state, invoice_count FROM invoice_run WHERE id = $1", run.id)
    assert tuple(row.values()) == ("failed", 2)
    assert (await told_runs(world))[-1]["invoice_count"] == 2
    assert await world.broken() == {}


@pytest.mark.rule("MA-INV-05", "MA-INS-16")
@pytest.mark.usefixtures("small_blocks")
async def test_an_insertion_told_again_because_a_share_of_it_is_invoiced_leaves_the_others_as_approved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = sorted([await world.client(code) for code in ("ALFA", "BETA", "CETA")])
    shares = [world.insertion(client, "30.00").shares[0] for client in clients]
    insertion = world.insertion(clients[0], shares=shares)
    await world.tell(insertion)
    preview = await world.run("test")

    async def tell_again(block: int) -> None:
        billed_shares = [
            share.model_copy(update={"status": "invoiced"}) if number < block - 1 else share
            for number, share in enumerate(shares)
        ]
        await world.tell(insertion.model_copy(update={"version": 1 + block, "shares": billed_shares}))

    before_issuing(monkeypatch, tell_again)
    await world.start("live", digest=preview["digest"])
    done = await work_off(world, "invoice_run")
    assert (done["state"], done["error_code"]) == ("completed", None)
    assert sorted((await billed(world)).values()) == [1, 1, 1]
    assert await world.broken() == {}


# --- retries -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("MA-INV-25")
@pytest.mark.parametrize("bound", [False, True])
async def test_a_retry_issues_what_failed_and_nothing_else(world: World, bound: bool) -> None:
    good, unknown = await world.client("ALFA"), new_id()
    await world.tell(world.insertion(good), world.insertion(unknown, "50.00"))
    digest = (await world.run("test"))["digest"] if bound else ""
    async with clerk(world) as api:
        run = (await api.post("/v1/invoice-runs", json=asked(world, "live", digest))).json()
        done = await work_off(world, "invoice_run")
        assert done["state"] == "completed_with_errors"
        assert await errors_of(world, done["id"]) == {str(unknown): "unknown_reference"}
        early = await api.post(f"/v1/jobs/{run['id']}/retries")
        await world.client("BETA", id=unknown)
        later = world.insertion(good, "70.00")
        await world.tell(later)
        assert early.status_code == 202
        retried = await work_off(world, "invoice_run")
        assert (retried["state"], retried["retry_of"]) == ("completed", UUID(run["id"]))
        view = (await api.get(f"/v1/invoice-runs/{run['id']}")).json()
        assert (view["state"], view["invoice_count"], view["total_amounts"]) == ("completed", 2, {"EUR": "187.50"})
        again = await api.post(f"/v1/jobs/{retried['id']}/retries")
        assert (again.status_code, again.json()["code"]) == (409, "job_completed")
    assert later.id not in await billed(world)
    assert [one["invoice_count"] for one in await told_runs(world)][-2:] == [1, 2]
    assert await world.broken() == {}


@pytest.mark.rule("MA-INV-25", "MA-GEN-07")
async def test_one_client_that_cannot_be_posted_keeps_no_other_and_leaves_no_gap(world: World) -> None:
    clients = [await world.client(f"C{number}") for number in range(5)]
    other = new_id()
    for number, client in enumerate(clients):
        await world.tell(world.insertion(client, f"{number + 1}0.00"))
    bad = sorted(clients)[2]
    told = ClientChanged(
        id=bad, code="BAD", name="Bad", version=2, legal_entity_id=other, vat_percent=Decimal(25), currency="EUR",
        minimum_amount=Decimal(0),
    )  # fmt: skip
    async with world.database.transaction(world.context) as session:
        await keep_records(session, [told])
    done = await world.run()
    assert done["invoice_count"] == 4
    numbers = await world.rows("SELECT no FROM invoice WHERE no IS NOT NULL ORDER BY no")
    assert [row["no"] for row in numbers] == [1, 2, 3, 4]
    assert await world.broken() == {}


# --- two at once -------------------------------------------------------------------------------------------------


@pytest.mark.rule("MA-INV-26")
@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("aware", [True, False])
async def test_two_live_runs_at_once_bill_everything_once_and_both_series_are_gapless(
    world: World, monkeypatch: pytest.MonkeyPatch, aware: bool
) -> None:
    """`aware`: the later run leaves the earlier its items. Else the claim in the database alone keeps them apart."""
    if not aware:

        async def nobody(*_: Any) -> list[Any]:
            return []

        monkeypatch.setattr(weigh_block, "earlier_live_runs", nobody)
    told = []
    for number in range(6):
        client = await world.client(f"C{number}")
        told += [world.insertion(client, f"{number + 1}0.00") for _ in range(3)]
    await world.tell(*told)
    runs = [await world.start() for _ in range(2)]
    done = await asyncio.gather(*(world.work(run) for run in runs))
    assert await billed(world) == {one.id: 1 for one in told}
    assert sum(one["item_count"] for one in done) == len(told)
    assert await world.broken() == {}
    for run, one in zip(runs, done, strict=True):
        (count,) = await world.rows("SELECT count(*) AS n FROM invoice WHERE invoice_run_id = $1", run.id)
        assert count["n"] == one["invoice_count"]
    reasons = await world.rows("SELECT DISTINCT run_id, reason FROM invoice_run_left_out")
    if aware:
        assert [one["item_count"] for one in done] == [len(told), 0]
        assert [tuple(row.values()) for row in reasons] == [(runs[1].id, "in_another_run")]


@pytest.mark.rule("MA-INV-26")
async def test_a_run_that_loses_every_race_is_told_and_keeps_nothing_half_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other's items are claimed between weighing and issuing: weighed anew, there is nothing left to bill."""
    client = await world.client()
    await world.tell(world.insertion(client), world.insertion(client, "20.00"))
    first, second = await world.start(), await world.start()
    issue_block, raced = jobs.issue_block, []

    async def overtaken(*arguments: Any, **options: Any) -> Any:
        if not raced:
            raced.append(True)
            await world.work(first)
        return await issue_block(*arguments, **options)

    async def nobody(*_: Any) -> list[Any]:
        return []

    monkeypatch.setattr(weigh_block, "earlier_live_runs", nobody)
    monkeypatch.setattr(jobs, "issue_block", overtaken)
    done = await world.work(second)
    assert (done["invoice_count"], done["total_amounts"]) == (0, {})
    assert len(await world.rows("SELECT id FROM invoice")) == 1
    assert await world.broken() == {}


# --- cancellation ------------------------------------------------------------------------------------------------


@pytest.mark.rule("MA-INV-25")
@pytest.mark.usefixtures("small_blocks")
async def test_a_run_cancelled_in_the_middle_leaves_whole_invoices_and_the_rest_unbilled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    insertions = [world.insertion(await world.client(code)) for code in ("ALFA", "BETA", "CETA")]
    insertions.sort(key=lambda one: one.client_id)
    await world.tell(*insertions)
    async with clerk(world) as api:
        run = (await api.post("/v1/invoice-runs", json=asked(world, "live"))).json()
        advance = jobs._advance

        async def then_cancelled(*arguments: Any) -> None:
            await advance(*arguments)
            job = await api.get(f"/v1/jobs/{run['id']}")
            stop = {"to": "cancelled", "reason": "wrong month"}
            headers = {"If-Match": job.headers["etag"]}
            await api.post(f"/v1/jobs/{run['id']}/transitions", json=stop, headers=headers)

        monkeypatch.setattr(jobs, "_advance", then_cancelled)
        assert (await work_off(world, "invoice_run"))["state"] == "cancelled"
        await end_abandoned_runs(world.database, now())
        view = (await api.get(f"/v1/invoice-runs/{run['id']}")).json()
        assert (view["state"], view["invoice_count"], view["item_count"]) == ("cancelled", 1, 1)
        assert view["ended_at"] is not None
    assert await billed(world) == {insertions[0].id: 1}
    assert [(one["state"], one["invoice_count"]) for one in await told_runs(world)] == [("cancelled", 1)]
    assert await world.rows("SELECT id FROM invoice WHERE no IS NULL") == []
    assert await world.broken() == {}
    monkeypatch.setattr(jobs, "_advance", advance)
    await work_off(world, "print_documents")
    assert len(await world.rows("SELECT invoice_id FROM document")) == 1
    assert (await world.run())["invoice_count"] == 2
    assert await billed(world) == {one.id: 1 for one in insertions}


async def test_a_run_cancelled_before_it_began_ends_and_a_retry_of_it_goes_on(world: World) -> None:
    await world.tell(world.insertion(await world.client()))
    async with clerk(world) as api:
        run = (await api.post("/v1/invoice-runs", json=asked(world, "live"))).json()
        job = await api.get(f"/v1/jobs/{run['id']}")
        headers = {"If-Match": job.headers["etag"]}
        await api.post(f"/v1/jobs/{run['id']}/transitions", json={"to": "cancelled"}, headers=headers)
        listed = (await api.get("/v1/invoice-runs", params={"state": "cancelled"})).json()["items"]
        assert [one["id"] for one in listed] == [run["id"]]
        for _ in range(2):
            await end_abandoned_runs(world.database, now())
        assert [(one["state"], one["version"]) for one in await told_runs(world)] == [("cancelled", 2)]
        assert (await api.post(f"/v1/jobs/{run['id']}/retries")).status_code == 202
        await work_off(world, "invoice_run")
        view = (await api.get(f"/v1/invoice-runs/{run['id']}")).json()
        assert (view["state"], view["invoice_count"]) == ("completed", 1)


# --- reading meanwhile -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_blocks")
async def test_reads_are_answered_while_a_run_works_and_never_show_half_a_block(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("ALFA", "BETA"):
        await world.tell(world.insertion(await world.client(code)))
    issued, go_on = asyncio.Event(), asyncio.Event()
    issue_block = jobs.issue_block

    async def held_up(*arguments: Any, **options: Any) -> Any:
        done = await issue_block(*arguments, **options)
        issued.set()
        await go_on.wait()
        return done

    monkeypatch.setattr(jobs, "issue_block", held_up)
    async with clerk(world) as api:
        run = (await api.post("/v1/invoice-runs", json=asked(world, "live"))).json()
        working = asyncio.create_task(work_off(world, "invoice_run"))
        await asyncio.wait_for(issued.wait(), 10)
        async with asyncio.timeout(3):
            view = (await api.get(f"/v1/invoice-runs/{run['id']}")).json()
            assert (view["state"], view["ended_at"]) == ("running", None)
            assert (await api.get(f"/v1/jobs/{run['id']}")).json()["state"] == "running"
            assert (await api.get("/v1/invoices")).json()["items"] == []
            for path in ("left-out", "preview"):
                assert (await api.get(f"/v1/invoice-runs/{run['id']}/{path}")).status_code == 200
            await world.tell(world.insertion(await world.client("CETA")))
        go_on.set()
        await working
        invoices = (await api.get("/v1/invoices", params={"invoice_run_id": run["id"]})).json()["items"]
        assert [one["state"] for one in invoices][:2] == ["issued", "issued"]
    assert await world.broken() == {}


@pytest.mark.rule("MA-GEN-07")
async def test_a_run_into_a_closed_period_issues_nothing_and_leaves_all_for_an_open_one(world: World) -> None:
    await world.tell(world.insertion(await world.client()))
    async with world.database.transaction(world.context) as session:
        await world.parameters(session, closed_through=date(2026, 10, 31))
    assert (await world.run())["invoice_count"] == 0
    assert await world.rows("SELECT id FROM series") == []
    async with clerk(world) as api:
        answer = await api.post("/v1/invoice-runs", json={**asked(world, "live"), "accounting_on": "2026-11-02"})
        await work_off(world, "invoice_run")
        view = (await api.get(f"/v1/invoice-runs/{answer.json()['id']}")).json()
    assert (view["state"], view["invoice_count"]) == ("completed", 1)
