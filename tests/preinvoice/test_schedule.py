"""Bulk generation, and schedules of generations and billing runs."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.preinvoice.application.schedules import start_due
from services.preinvoice.domain.schedule import Times, next_time, times_faults
from services.preinvoice.jobs import JOBS
from services.preinvoice.repository.schedules import due_schedules
from services.preinvoice.ticks import schedules_due
from shared.kernel.ids import derived_id, new_id
from shared.runtime.db import Context, Database
from shared.runtime.jobs import RunningJob
from tests.preinvoice.test_api import at, key, problem
from tests.preinvoice.world import World
from tests.tokens import bearer

BERLIN = "Europe/Berlin"


def moment(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.rule("PI-RUN-17", "PI-GEN-20", "PI-INT-13")
@pytest.mark.parametrize(
    ("times", "after", "expected"),
    [
        (Times("day", 6 * 60), "2020-01-10 04:59", "2020-01-10 05:00"),
        (Times("day", 6 * 60), "2020-01-10 05:00", "2020-01-11 05:00"),
        (Times("day", 6 * 60), "2020-03-28 05:00", "2020-03-29 04:00"),
        (Times("day", 30), "2020-01-09 22:00", "2020-01-09 23:30"),
        (Times("week", 0, weekday=0), "2020-01-10 12:00", "2020-01-12 23:00"),
        (Times("month", 12 * 60, day_of_month=31), "2020-01-31 11:00", "2020-02-29 11:00"),
        (Times("month", 12 * 60, day_of_month=1), "2020-11-15 00:00", "2020-12-01 11:00"),
    ],
)
def test_the_next_time_is_local_and_after_now(times: Times, after: str, expected: str) -> None:
    assert next_time(times, moment(after), BERLIN) == moment(expected)


@pytest.mark.rule("PI-RUN-17", "PI-GEN-20")
@pytest.mark.parametrize(
    ("times", "fields"),
    [
        (Times("week", 0), ["weekday"]),
        (Times("month", 0), ["day_of_month"]),
        (Times("day", 0, weekday=1, day_of_month=1), ["weekday", "day_of_month"]),
        (Times("day", 1440), ["at"]),
        (Times("week", 0, weekday=6), []),
    ],
)
def test_an_invalid_schedule_names_its_faults(times: Times, fields: list[str]) -> None:
    assert [(one.code, one.field) for one in times_faults(times)] == [("pi_e_25", field) for field in fields]


async def two_campaigns(world: World) -> tuple[UUID, UUID]:
    """One campaign of December 2019 that is sound, one of January 2020 that is not."""
    good = await world.book()
    bad = derived_id(world.tenant, "other")
    item = world.item(7, "2020-01-01..2020-01-31", vat_percent=None)
    await world.book(item, period="2020-01-01..2020-01-31", id=bad, campaign_no=101, code="C-101", due_at=None)
    return good, bad


async def work(world: World, job_id: UUID, request: dict[str, Any]) -> dict[str, Any]:
    """Do a generation's job in this process."""
    await world.rows("UPDATE job SET state = 'running', lease_epoch = 1 WHERE id = $1", job_id)
    job = RunningJob(job_id, "draft_generation", request, {}, world.context, world.database, 1)
    return await JOBS["draft_generation"](job)


@pytest.mark.rule("PI-GEN-19")
async def test_each_campaign_of_a_bulk_generation_succeeds_or_fails_alone(api: httpx.AsyncClient, world: World) -> None:
    good, bad = await two_campaigns(world)
    body = {"client_ids": [str(world.client_id)], "runs_from": "2019-12-09", "runs_to": "2020-01-01"}
    started = await api.post("/v1/draft-generations", json=body, headers=key())
    assert (started.status_code, started.json()["campaign_count"]) == (202, 2)
    job_id = UUID(started.json()["id"])
    assert started.headers["Location"] == f"/v1/jobs/{job_id}"
    done = await work(world, job_id, body)
    assert done == {"processed_count": 2, "successful_count": 1}
    assert (len(await world.drafts(good)), len(await world.drafts(bad))) == (2, 0)
    (failed,) = (await api.get(f"/v1/jobs/{job_id}/errors")).json()["items"]
    assert (failed["item_id"], failed["code"]) == (str(bad), "pi_e_05")
    assert failed["message"] == "pi_e_05: Campaign 101: payment due position is missing."
    assert len(await world.told("draft_generation.completed.v1")) == 1
    assert len(await world.told("draft_generation.rejected.v1")) == 1


@pytest.mark.rule("PI-GEN-19")
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "pi_e_40"),
        ({"runs_from": "2020-02-01"}, 422, "pi_e_40"),
        ({"runs_to": "2019-11-30"}, 422, "pi_e_40"),
        ({"client_ids": [str(new_id())]}, 422, "pi_e_40"),
        ({"runs_from": "1.12.2019"}, 422, "invalid_date"),
    ],
)
async def test_an_empty_selection_is_refused(
    api: httpx.AsyncClient, world: World, body: Any, status: int, code: str
) -> None:
    await two_campaigns(world)
    assert problem(await api.post("/v1/draft-generations", json=body, headers=key())) == (status, code)


def nightly(world: World, **changes: Any) -> dict[str, Any]:
    """A schedule for three in the morning."""
    return {"legal_entity_id": str(world.legal_entity_id), "every": "day", "at": "03:00"} | changes


async def make_due(world: World, schedule_id: str, when: str) -> datetime:
    """Let a schedule's time have come at this moment."""
    due = moment(when)
    await world.rows("UPDATE billing_schedule SET next_at = $2 WHERE id = $1", UUID(schedule_id), due)
    return due


@pytest.mark.rule("PI-RUN-17")
async def test_a_run_that_falls_due_is_started_once_however_many_times_were_missed(
    api: httpx.AsyncClient, world: World
) -> None:
    campaign_id = await world.book()
    await world.generate(campaign_id)
    body = nightly(world, payment_intervals=["weekly"], days_after=0, documents=False)
    made = (await api.post("/v1/billing-run-schedules", json=body)).json()
    await make_due(world, made["id"], "2019-11-20 02:00")
    now = moment("2019-12-03 12:00")

    async def tick() -> None:
        async with world.database.transaction(world.context) as session:
            await start_due(session, UUID(made["id"]), now=now)

    await asyncio.gather(*(tick() for _ in range(5)))
    (run,) = (await api.get("/v1/billing-runs")).json()["items"]
    assert (run["draft_count"], run["documents"], run["created_by"]) == (1, False, "clerk")
    seen = (await api.get(f"/v1/billing-run-schedules/{made['id']}")).json()
    assert (seen["last_outcome"], seen["last_job_id"], seen["next_at"]) == ("queued", run["id"], "2019-12-04T02:00:00Z")
    await world.work(UUID(run["id"]))
    assert [one.locked for one in await world.drafts(campaign_id)] == [True, False]


@pytest.mark.rule("PI-RUN-17", "PI-GEN-20")
async def test_a_time_with_nothing_to_do_is_kept_as_failed_with_its_reason(
    api: httpx.AsyncClient, world: World, database: Database
) -> None:
    made = (await api.post("/v1/draft-generation-schedules", json=nightly(world, days_before=30))).json()
    now = await make_due(world, made["id"], "2019-12-03 02:00")
    async with database.transaction(Context(None, "tick", new_id()), read_only=True) as session:
        assert (world.tenant, UUID(made["id"])) in await due_schedules(session, now)
    await schedules_due(database, now)
    (seen,) = (await api.get("/v1/draft-generation-schedules")).json()["items"]
    assert (seen["last_outcome"], seen["last_code"], seen["last_job_id"]) == ("failed", "pi_e_40", None)
    assert seen["next_at"] == "2019-12-04T02:00:00Z"


@pytest.mark.rule("PI-GEN-20")
async def test_a_scheduled_generation_is_queued_for_the_campaigns_that_run_around_its_day(
    api: httpx.AsyncClient, world: World
) -> None:
    good, _ = await two_campaigns(world)
    made = (await api.post("/v1/draft-generation-schedules", json=nightly(world, days_before=2, days_after=2))).json()
    now = await make_due(world, made["id"], "2019-12-03 02:00")
    async with world.database.transaction(world.context) as session:
        await start_due(session, UUID(made["id"]), now=now)
    (job,) = await world.rows("SELECT id, request, total_count FROM job WHERE kind = 'draft_generation'")
    assert job["total_count"] == 1
    await work(world, job["id"], job["request"])
    assert len(await world.drafts(good)) == 2


@pytest.mark.rule("PI-RUN-17", "PI-GEN-20")
async def test_schedules_are_changed_switched_off_and_removed(
    api: httpx.AsyncClient, world: World, database: Database
) -> None:
    made = await api.post("/v1/billing-run-schedules", json=nightly(world))
    path = f"/v1/billing-run-schedules/{made.json()['id']}"
    weekly = nightly(world, every="week", weekday=4, at="18:30", active=False)
    changed = await api.put(path, json=weekly, headers=at(1))
    assert (changed.json()["every"], changed.json()["at"], changed.headers["ETag"]) == ("week", "18:30", '"2"')
    now = await make_due(world, made.json()["id"], "2019-12-03 02:00")
    await schedules_due(database, now)
    assert (await api.get(path)).json()["last_at"] is None
    assert problem(await api.put(path, json=weekly, headers=at(1))) == (412, "stale_version")
    assert problem(await api.get(path.replace("billing-run", "draft-generation"))) == (404, "not_found")
    assert problem(await api.delete(path, headers=at(1))) == (412, "stale_version")
    assert (await api.delete(path, headers=at(2))).status_code == 204
    assert problem(await api.get(path)) == (404, "not_found")


@pytest.mark.rule("PI-RUN-17", "PI-GEN-20")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"every": "week"}, "pi_e_25"),
        ({"at": "24:00"}, "pi_e_25"),
        ({"day_of_month": 3}, "pi_e_25"),
        ({"legal_entity_id": str(new_id())}, "unknown_reference"),
        ({"every": "hour"}, "invalid_value"),
        ({"weekday": 7, "every": "week"}, "invalid_value"),
    ],
)
async def test_invalid_schedules_are_refused(api: httpx.AsyncClient, world: World, changes: Any, code: str) -> None:
    for path in ("/v1/billing-run-schedules", "/v1/draft-generation-schedules"):
        assert problem(await api.post(path, json=nightly(world) | changes)) == (422, code)


@pytest.mark.rule("PI-GEN-24")
async def test_each_kind_of_schedule_is_under_its_own_right(
    api: httpx.AsyncClient, world: World, tenant_id: UUID
) -> None:
    biller = bearer("billing_run:write", tenant_id=tenant_id)
    refused = await api.post("/v1/draft-generation-schedules", json=nightly(world), headers=biller)
    assert problem(refused) == (403, "forbidden")
    assert (await api.post("/v1/billing-run-schedules", json=nightly(world), headers=biller)).status_code == 201
