"""Jobs: each is done once however workers die, stops when asked, and tells what it could not do."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from deploy.provision import Provisioned
from shared.kernel.errors import Invalid
from shared.runtime.db import Database, driver
from shared.runtime.jobs import JobCancelled, JobLater, Jobs, LeaseLost, RunningJob, api, enqueue, lease, run_jobs
from shared.runtime.jobs import events as job_events
from tests.servers import Servers
from tests.shared.counting_worker import count
from tests.shared.plumbing import client_of, plumbing
from tests.tokens import OTHER_TENANT, bearer
from tests.words import as_clerk

CALLER = bearer("job:read", "job:write")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def provisioned_plumbing(servers: Servers) -> AsyncIterator[Provisioned]:
    async with plumbing(servers) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def database(provisioned_plumbing: Provisioned) -> AsyncIterator[Database]:
    opened = Database(provisioned_plumbing.app_url)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(database, api.router) as opened:
        yield opened


async def queued(database: Database, kind: str, request: dict[str, Any] | None = None, total: int = 0) -> UUID:
    async with database.transaction(as_clerk()) as session:
        return await enqueue(session, kind, request or {}, total=total)


async def row_of(database: Database, job_id: UUID) -> Any:
    async with database.transaction(as_clerk()) as session:
        return await (await driver(session)).fetchrow("SELECT * FROM job WHERE id = $1", job_id)


async def expire_lease(database: Database, job_id: UUID) -> None:
    async with database.transaction(as_clerk()) as session:
        await (await driver(session)).execute("UPDATE job SET lease_until = now() WHERE id = $1", job_id)


async def until_state(database: Database, job_id: UUID, *states: str) -> Any:
    async with asyncio.timeout(20):
        while (row := await row_of(database, job_id))["state"] not in states:
            await asyncio.sleep(0.02)
    return row


@asynccontextmanager
async def working(database: Database, jobs: Jobs) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    worker = asyncio.create_task(run_jobs(database, jobs, stopping=stopping))
    try:
        yield
    finally:
        stopping.set()
        await worker


async def test_a_kind_apart_holds_up_none_of_the_others(database: Database) -> None:
    """A month's printing is queued before a run, and waits longer than anybody would."""
    go_on = asyncio.Event()

    async def endless(job: RunningJob) -> dict[str, Any]:
        await go_on.wait()
        return {}

    first, second = await queued(database, "endless"), await queued(database, "endless")
    waited_for = await queued(database, "count", {"to": 1})
    stopping = asyncio.Event()
    jobs = {"endless": endless, "count": count}
    worker = asyncio.create_task(run_jobs(database, jobs, stopping=stopping, apart=["endless"]))
    await until_state(database, waited_for, "completed")
    assert [(await row_of(database, one))["state"] for one in (first, second)] == ["running", "queued"]
    go_on.set()
    await until_state(database, second, "completed")
    stopping.set()
    await worker


async def claimed(database: Database, kind: str) -> RunningJob:
    job = await lease.claim(database, [kind], "test", asyncio.Event())
    assert job is not None
    return job


async def odd_ones(job: RunningJob) -> dict[str, Any]:
    """Does the odd items; refuses the even ones while the request says so."""
    items = [item for item in ("1", "2", "3", "4") if job.only is None or item in job.only]
    for item in items:
        async with job.step() as session:
            if int(item) % 2 == 0 and job.only is None:
                await job.refuse(session, item, "even_number", "Even numbers are refused.")
            await job.advance(session, done=1)
    return {"items": items}


async def test_a_job_runs_to_its_end_and_shows_progress_and_result(
    database: Database, client: httpx.AsyncClient
) -> None:
    job_id = await queued(database, "count", {"to": 3}, total=3)
    async with working(database, {"count": count}):
        await until_state(database, job_id, "completed")
    answer = await client.get(f"/v1/jobs/{job_id}", headers=CALLER)
    shown = answer.json()
    assert answer.headers["etag"] == f'"{shown["version"]}"'
    assert shown["state"] == "completed"
    assert shown["progress"] == {"done": 3, "total": 3}
    assert shown["result"]["reached"] == 3
    assert shown["errors_url"] == f"/v1/contracts/jobs/{job_id}/errors"
    assert shown["failure"] is None


async def test_a_job_is_queued_only_if_its_transaction_commits_and_once_per_id(database: Database) -> None:
    job_id = await queued(database, "unclaimed")
    with pytest.raises(RuntimeError):
        async with database.transaction(as_clerk()) as session:
            rolled_back = await enqueue(session, "unclaimed", {})
            raise RuntimeError
    assert await row_of(database, rolled_back) is None
    async with database.transaction(as_clerk()) as session:
        assert await enqueue(session, "other", {}, job_id=job_id) == job_id
    assert (await row_of(database, job_id))["kind"] == "unclaimed"


@pytest.mark.fault
async def test_a_killed_worker_is_followed_by_another_from_the_checkpoint(
    database: Database, provisioned_plumbing: Provisioned
) -> None:
    job_id = await queued(database, "count", {"to": 40, "pause": 0.05}, total=40)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.shared.counting_worker", provisioned_plumbing.app_url
    )
    async with asyncio.timeout(20):
        while (await row_of(database, job_id))["done_count"] < 5:
            await asyncio.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL
    left = await row_of(database, job_id)
    assert left["state"] == "running"
    assert left["done_count"] < 40
    await expire_lease(database, job_id)
    async with working(database, {"count": count}):
        done = await until_state(database, job_id, "completed")
    assert done["done_count"] == 40
    assert done["lease_epoch"] == left["lease_epoch"] + 1


async def test_a_worker_that_was_taken_over_can_commit_nothing_more(database: Database) -> None:
    job_id = await queued(database, "fenced")
    first = await claimed(database, "fenced")
    assert await lease.claim(database, ["fenced"], "test", asyncio.Event()) is None
    await expire_lease(database, job_id)
    second = await claimed(database, "fenced")
    with pytest.raises(LeaseLost):
        async with first.step() as session:
            await first.advance(session, done=100, checkpoint={"by": "first"})
    with pytest.raises(LeaseLost):
        await lease.renew(first)
    with pytest.raises(LeaseLost):
        await lease.end(first, "completed", {}, None)
    async with second.step() as session:
        await second.advance(session, done=1, checkpoint={"by": "second"})
    row = await row_of(database, job_id)
    assert (row["done_count"], row["checkpoint"], row["state"]) == (1, {"by": "second"}, "running")


async def test_a_job_that_waits_holds_no_worker_up_and_loses_no_attempt(database: Database) -> None:
    seen: list[int] = []

    async def patient(job: RunningJob) -> dict[str, Any]:
        seen.append(job.attempts)
        if len(seen) < 8:
            raise JobLater(0.05)
        return {"rounds": len(seen)}

    async def quick(_job: RunningJob) -> dict[str, Any]:
        return {}

    async with working(database, {"patient": patient, "quick": quick}):
        waiting = await queued(database, "patient")
        other = await queued(database, "quick")
        await until_state(database, other, "completed")
        row = await until_state(database, waiting, "completed", "failed")
    assert (row["state"], row["result"], set(seen)) == ("completed", {"rounds": 8}, {1})


async def test_a_step_that_fails_leaves_no_trace_and_no_checkpoint(database: Database) -> None:
    job_id = await queued(database, "undone")
    job = await claimed(database, "undone")
    with pytest.raises(RuntimeError):
        async with job.step() as session:
            await job.advance(session, done=1, checkpoint={"reached": 1})
            raise RuntimeError
    assert job.checkpoint == {}
    assert (await row_of(database, job_id))["done_count"] == 0


async def test_cancelling_stops_a_running_job_between_steps_and_a_queued_one_at_once(
    database: Database, client: httpx.AsyncClient
) -> None:
    waiting = await queued(database, "cancelled_before")
    path = f"/v1/jobs/{waiting}/transitions"
    assert (await client.post(path, json={"to": "cancelled"}, headers=CALLER)).status_code == 428
    stale = await client.post(path, json={"to": "cancelled"}, headers={**CALLER, "If-Match": '"9"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    answer = await client.post(path, json={"to": "cancelled"}, headers={**CALLER, "If-Match": '"1"'})
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    again = await client.post(path, json={"to": "cancelled"}, headers={**CALLER, "If-Match": '"2"'})
    assert (again.status_code, again.json()["code"]) == (409, "job_ended")

    running = await queued(database, "cancelled_during")
    job = await claimed(database, "cancelled_during")
    async with job.step() as session:
        await job.advance(session, done=1)
    path = f"/v1/jobs/{running}/transitions"
    answer = await client.post(path, json={"to": "cancelled"}, headers={**CALLER, "If-Match": '"2"'})
    assert (answer.json()["state"], answer.json()["cancel_requested"]) == ("running", True)
    with pytest.raises(JobCancelled):
        async with job.step():
            pytest.fail("a cancelled job takes no further step")
    await expire_lease(database, running)
    async with working(database, {"cancelled_during": count_forever}):
        assert (await until_state(database, running, "cancelled"))["done_count"] == 1


async def count_forever(job: RunningJob) -> dict[str, Any]:
    while True:
        async with job.step() as session:
            await job.advance(session, done=1)


async def test_a_retry_repeats_only_the_refused_items_and_only_once(
    database: Database, client: httpx.AsyncClient
) -> None:
    job_id = await queued(database, "odd_ones", total=4)
    async with working(database, {"odd_ones": odd_ones}):
        await until_state(database, job_id, "completed_with_errors")
        errors = (await client.get(f"/v1/jobs/{job_id}/errors", headers=CALLER)).json()["items"]
        assert [(error["item_id"], error["code"]) for error in errors] == [("2", "even_number"), ("4", "even_number")]
        keyed = {**CALLER, "Idempotency-Key": f"retry-{job_id}"}
        answer = await client.post(f"/v1/jobs/{job_id}/retries", headers=keyed)
        retry = answer.json()
        assert (answer.status_code, answer.headers["location"]) == (202, f"/v1/jobs/{retry['id']}")
        assert (retry["retry_of"], retry["progress"]["total"]) == (str(job_id), 2)
        done = await until_state(database, UUID(retry["id"]), "completed")
    assert done["result"] == {"items": ["2", "4"]}
    other = await client.post(f"/v1/jobs/{job_id}/retries", headers={**CALLER, "Idempotency-Key": f"other-{job_id}"})
    assert (other.status_code, other.json()["code"]) == (409, "job_retried")
    assert other.json()["blockers"][0]["link"] == f"/v1/contracts/jobs/{retry['id']}"


async def test_failures_carry_a_code_and_never_the_traceback(database: Database, client: httpx.AsyncClient) -> None:
    async def refuses(_job: RunningJob) -> dict[str, Any]:
        raise Invalid("rate_missing", "A rate is missing.")

    async def breaks(_job: RunningJob) -> dict[str, Any]:
        raise ZeroDivisionError("secret detail")

    refused, broken = await queued(database, "refuses"), await queued(database, "breaks")
    async with working(database, {"refuses": refuses, "breaks": breaks}):
        await until_state(database, refused, "failed")
        await until_state(database, broken, "failed")
    first = (await client.get(f"/v1/jobs/{refused}", headers=CALLER)).json()
    assert first["failure"] == {"code": "rate_missing", "message": "A rate is missing."}
    second = await client.get(f"/v1/jobs/{broken}", headers=CALLER)
    assert second.json()["failure"]["code"] == "internal_error"
    assert "secret" not in second.text


async def test_a_job_that_never_gets_on_is_given_up_after_five_attempts(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.runtime.jobs.worker._MAX_DELAY", 0.01)
    attempts = []

    async def interrupted(job: RunningJob) -> dict[str, Any]:
        attempts.append(job.attempts)
        raise ConnectionResetError

    job_id = await queued(database, "interrupted")
    async with working(database, {"interrupted": interrupted}):
        row = await until_state(database, job_id, "failed")
    assert attempts == [1, 2, 3, 4, 5]
    assert row["error_code"] == "attempts_exhausted"


async def test_a_stopping_worker_gives_its_job_back_at_the_next_step(database: Database) -> None:
    job_id = await queued(database, "count", {"to": 10_000, "pause": 0.01}, total=10_000)
    async with working(database, {"count": count}):
        async with asyncio.timeout(20):
            while (await row_of(database, job_id))["done_count"] < 2:
                await asyncio.sleep(0.01)
    row = await row_of(database, job_id)
    assert row["state"] == "running"
    again = await claimed(database, "count")
    assert again.id == job_id
    assert again.checkpoint == {"reached": row["done_count"]}
    await lease.end(again, "cancelled", None, None)


async def test_another_tenant_sees_no_job(database: Database, client: httpx.AsyncClient) -> None:
    job_id = await queued(database, "unseen")
    foreign = bearer("job:read", "job:write", tenant_id=OTHER_TENANT)
    for path in (f"/v1/jobs/{job_id}", f"/v1/jobs/{job_id}/errors", f"/v1/jobs/{job_id}/events"):
        assert (await client.get(path, headers=foreign)).status_code == 404
        assert (await client.get(path, headers=bearer("nothing:read"))).status_code == 403
    listed = await client.get("/v1/jobs", headers=foreign)
    assert listed.json()["items"] == []
    mine = await client.get("/v1/jobs", params={"kind": "unseen", "state": "queued"}, headers=CALLER)
    assert [job["id"] for job in mine.json()["items"]] == [str(job_id)]


async def test_events_tell_changes_resume_after_the_last_id_and_end_with_the_job(
    database: Database, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_events, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(job_events, "_HEARTBEAT_SECONDS", 0.05)
    job_id = await queued(database, "followed", total=2)
    stream = job_events.progress_events(database, as_clerk(), job_id, None)
    first = (await anext(stream)).decode()
    assert '"state":"queued"' in first
    last_id = next(line for line in first.splitlines() if line.startswith("id: ")).removeprefix("id: ")
    await stream.aclose()

    resumed = job_events.progress_events(database, as_clerk(), job_id, last_id)
    assert await anext(resumed) == b": ping\n\n"
    job = await claimed(database, "followed")
    changed = await anext(resumed)
    while changed.startswith(b":"):
        changed = await anext(resumed)
    assert b'"state":"running"' in changed
    await resumed.aclose()
    await lease.end(job, "completed", {}, None)

    answer = await client.get(f"/v1/jobs/{job_id}/events", headers={**CALLER, "Last-Event-ID": last_id})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.count("event: job") == 1
    assert '"state":"completed"' in answer.text
