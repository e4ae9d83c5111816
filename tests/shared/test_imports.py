"""Imports: a report per line before anything changes, then all sound lines; the same file again changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from deploy.demo.api import Api, ImportFailed
from services.gateway.roles import PERMISSIONS
from shared.events.fields import Amount, Code, Day, Name, Shape
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession, Database, context_of, driver
from shared.runtime.imports import ImportKind, Outcome, import_jobs
from shared.runtime.imports.api import imports_router
from shared.runtime.jobs import api as jobs_api
from tests.gateway.servers import gateway, serving
from tests.servers import Servers
from tests.shared.plumbing import app_of, client_of, plumbing
from tests.shared.test_jobs import claimed, expire_lease, until_state, working
from tests.tokens import TENANT, bearer, token
from tests.words import as_clerk

CALLER = bearer("import:read", "import:write", "job:read", "job:write")
CITY = """
CREATE TABLE city (tenant_id uuid, code text, name text, written_count int DEFAULT 1, PRIMARY KEY (tenant_id, code));
SELECT mb_protect('city');
"""


class CityRow(Shape):
    code: Code
    name: Name
    founded_on: Day | None = None
    budget: Amount | None = None


async def compare(session: AsyncSession, rows: Sequence[CityRow]) -> list[Outcome]:
    found = await (await driver(session)).fetch(
        "SELECT code, name FROM city WHERE code = ANY($1)", [r.code for r in rows]
    )
    known = {row["code"]: row["name"] for row in found}
    return [_outcome(row, known) for row in rows]


def _outcome(row: CityRow, known: dict[str, str]) -> Outcome:
    if row.name == "Atlantis" or row.name in Sunk.names:
        return Outcome.refused("unknown_city", "There is no such city.", "name")
    if row.code not in known:
        return Outcome("create")
    return Outcome("unchanged" if known[row.code] == row.name else "update")


class Sunk:
    """Names that became wrong after their file was validated."""

    names: ClassVar[set[str]] = set()


async def apply(session: AsyncSession, rows: Sequence[CityRow], _now: datetime) -> None:
    await (await driver(session)).execute(
        "INSERT INTO city (tenant_id, code, name) SELECT $1, * FROM unnest($2::text[], $3::text[]) "
        "ON CONFLICT (tenant_id, code) DO UPDATE SET name = excluded.name, written_count = city.written_count + 1",
        context_of(session).tenant_id,
        [row.code for row in rows],
        [row.name for row in rows],
    )


KINDS = {"cities": ImportKind("cities", CityRow, ("code",), compare, apply)}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(servers: Servers) -> AsyncIterator[Database]:
    async with plumbing(servers, CITY) as made:
        opened = Database(made.app_url)
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with database.transaction(as_clerk()) as session:
        await (await driver(session)).execute("DELETE FROM city")
    async with client_of(database, imports_router(KINDS), jobs_api.router) as opened:
        yield opened


async def upload(client: httpx.AsyncClient, body: bytes | str, **headers: str) -> httpx.Response:
    stated = {"Content-Type": "text/csv", "Idempotency-Key": str(new_id()), **CALLER, **headers}
    content = body.encode() if isinstance(body, str) else body
    return await client.post("/v1/imports", params={"kind": "cities"}, content=content, headers=stated)


async def move(client: httpx.AsyncClient, shown: dict[str, object], **body: object) -> httpx.Response:
    headers = {**CALLER, "If-Match": f'"{shown["version"]}"'}
    return await client.post(f"/v1/imports/{shown['id']}/transitions", json=body, headers=headers)


async def cities(database: Database) -> dict[str, tuple[str, int]]:
    async with database.transaction(as_clerk()) as session:
        rows = await (await driver(session)).fetch("SELECT * FROM city")
    return {row["code"]: (row["name"], row["written_count"]) for row in rows}


async def test_a_file_is_validated_then_applied_and_again_changes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    body = "\ufeffname; code ;founded_on\n Malmö ;MMX;1275-01-01\n".replace("1275", "1995") + '"Lund; old";LND;\n'
    answer = await upload(client, body)
    assert answer.status_code == 201
    shown = answer.json()
    assert shown["state"] == "validated"
    assert shown["counts"] == {"create": 2, "update": 0, "unchanged": 0, "error": 0}
    assert await cities(database) == {}
    applied = await move(client, shown, to="applied")
    assert (applied.status_code, applied.json()["state"]) == (200, "applied")
    assert await cities(database) == {"MMX": ("Malmö", 1), "LND": ("Lund; old", 1)}
    assert (await move(client, applied.json(), to="applied")).json()["code"] == "import_closed"
    again = (await upload(client, body)).json()
    assert again["counts"] == {"create": 0, "update": 0, "unchanged": 2, "error": 0}
    await move(client, again, to="applied")
    assert await cities(database) == {"MMX": ("Malmö", 1), "LND": ("Lund; old", 1)}


async def test_each_bad_line_has_its_reason_and_only_skipping_lets_the_others_in(
    client: httpx.AsyncClient, database: Database
) -> None:
    lines = [
        "code,name,budget",
        "A,Aachen,1.50",
        "B,,1",
        "C,Celle,1e5",
        "D,Dachau",
        "E,Ede,",
        "E,Emden,",
        "F,Atlantis,",
    ]
    shown = (await upload(client, "\n".join(lines))).json()
    assert shown["counts"] == {"create": 1, "update": 0, "unchanged": 0, "error": 6}
    assert [(fault["line"], fault["column"], fault["code"]) for fault in shown["faults"]] == [
        (3, "name", "invalid_value"),
        (4, "budget", "invalid_value"),
        (5, None, "column_count"),
        (6, None, "duplicate_key"),
        (7, None, "duplicate_key"),
        (8, "name", "unknown_city"),
    ]
    refused = await move(client, shown, to="applied")
    assert (refused.status_code, refused.json()["code"]) == (409, "import_has_errors")
    assert await cities(database) == {}
    listed = await client.get(f"/v1/imports/{shown['id']}/lines", params={"limit": 3}, headers=CALLER)
    assert [line["line_no"] for line in listed.json()["items"]] == [2, 3, 4]
    assert (await move(client, shown, to="applied", skip_errors=True)).status_code == 200
    assert await cities(database) == {"A": ("Aachen", 1)}


async def test_a_large_file_is_applied_by_a_job(client: httpx.AsyncClient, database: Database) -> None:
    body = "code,name\n" + "".join(f"C{number},City {number}\n" for number in range(2500))
    shown = (await upload(client, body)).json()
    answer = await move(client, shown, to="applied")
    assert answer.status_code == 202
    job_id = answer.headers["location"].removeprefix("/v1/jobs/")
    assert (await move(client, answer.json(), to="discarded")).json()["code"] == "import_running"
    async with working(database, import_jobs(KINDS)):
        job = await until_state(database, UUID(job_id), "completed", "failed")
    assert (job["state"], job["done_count"], len(await cities(database))) == ("completed", 2500, 2500)
    done = (await client.get(f"/v1/imports/{shown['id']}", headers=CALLER)).json()
    assert (done["state"], done["counts"]["create"]) == ("applied", 2500)


LARGE = "code,name\n" + "".join(f"C{number},City {number}\n" for number in range(2500))


async def begun(client: httpx.AsyncClient) -> tuple[dict[str, Any], UUID]:
    """A large import whose job waits, and the job."""
    answer = await move(client, (await upload(client, LARGE)).json(), to="applied")
    assert (answer.status_code, answer.json()["state"]) == (202, "applying")
    return answer.json(), UUID(answer.json()["job_id"])


async def show(client: httpx.AsyncClient, import_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = (await client.get(f"/v1/imports/{import_id}", headers=CALLER)).json()
    return shown


@pytest.fixture
def sunk() -> Iterator[set[str]]:
    yield Sunk.names
    Sunk.names.clear()


async def test_a_failed_job_fails_its_import_says_why_and_leaves_it_to_be_applied_again(
    client: httpx.AsyncClient, database: Database, sunk: set[str]
) -> None:
    started, job_id = await begun(client)
    sunk |= {"City 7", "City 1700"}
    async with working(database, import_jobs(KINDS)):
        await until_state(database, job_id, "failed")
        failed = await show(client, started["id"])
        assert (failed["state"], failed["failure"]["code"]) == ("failed", "stale_plan")
        assert "line 9: There is no such city." in failed["failure"]["message"]
        errors = await client.get(f"/v1/jobs/{job_id}/errors", headers=CALLER)
        assert [error["item_id"] for error in errors.json()["items"]] == ["9"]
        assert await cities(database) == {}
        for state, found in (("failed", [started["id"]]), ("applying", [])):
            listed = await client.get("/v1/imports", params={"state": state}, headers=CALLER)
            assert [one["id"] for one in listed.json()["items"]] == found
        again = await move(client, failed, to="applied", skip_errors=True)
        assert (again.status_code, again.json()["state"], again.json()["failure"]) == (202, "applying", None)
        await until_state(database, UUID(again.json()["job_id"]), "completed_with_errors")
    done = await show(client, started["id"])
    assert (done["state"], done["counts"]["create"], done["counts"]["error"]) == ("applied", 2498, 2)


async def test_an_import_follows_the_retry_of_its_job_and_no_other(
    client: httpx.AsyncClient, database: Database, sunk: set[str]
) -> None:
    started, job_id = await begun(client)
    sunk.add("City 7")
    async with working(database, import_jobs(KINDS)):
        await until_state(database, job_id, "failed")
    sunk.clear()
    headers = {**CALLER, "Idempotency-Key": str(new_id())}
    retry = (await client.post(f"/v1/jobs/{job_id}/retries", headers=headers)).json()
    async with working(database, import_jobs(KINDS)):
        await until_state(database, UUID(retry["id"]), "completed")
    done = await show(client, started["id"])
    assert (done["state"], done["job_id"], done["failure"]) == ("applied", retry["id"], None)
    # A job that began anew once all was written ends the same; one that is retried beside another apply does nothing.
    other, other_id = await begun(client)
    cancelled = await cancel(client, other_id)
    assert (cancelled["state"], (await show(client, other["id"]))["state"]) == ("cancelled", "failed")
    assert (await show(client, other["id"]))["failure"]["code"] == "job_cancelled"
    retried = (await client.post(f"/v1/jobs/{other_id}/retries", headers=headers | {"Idempotency-Key": "r"})).json()
    applied = (await move(client, await show(client, other["id"]), to="applied")).json()
    async with working(database, import_jobs(KINDS)):
        ended = await until_state(database, UUID(retried["id"]), "failed", "completed")
        assert (ended["state"], ended["error_code"]) == ("failed", "import_running")
        await until_state(database, UUID(applied["job_id"]), "completed")
    assert (await show(client, other["id"]))["state"] == "applied"


async def test_a_job_killed_after_its_last_step_still_completes(client: httpx.AsyncClient, database: Database) -> None:
    started, job_id = await begun(client)
    job = await claimed(database, "import")
    await import_jobs(KINDS)["import"](job)
    await expire_lease(database, job_id)
    async with working(database, import_jobs(KINDS)):
        row = await until_state(database, job_id, "failed", "completed")
    assert (row["state"], (await show(client, started["id"]))["state"]) == ("completed", "applied")


async def test_the_demo_learns_at_once_that_an_import_failed(
    database: Database, tmp_path: Path, sunk: set[str]
) -> None:
    (tmp_path / "cities.csv").write_text(LARGE)

    class SinkingApi(Api):
        def _signed_in(self) -> str:
            return token(*PERMISSIONS["operator"])

        def move(self, path: str, to: str, **more: Any) -> dict[str, Any]:
            sunk.add("City 7")
            return super().move(path, to, **more)

    app = app_of(database, imports_router(KINDS), jobs_api.router)
    async with serving(app) as upstream, gateway(upstream) as url, working(database, import_jobs(KINDS)):
        api = SinkingApi(url, str(TENANT), "maria")
        async with asyncio.timeout(20):
            with pytest.raises(ImportFailed, match=r"cities.csv: failed: stale_plan: .*line 9"):
                await asyncio.to_thread(api.imported, "/v1/contracts/imports", tmp_path / "cities.csv", "cities")
        # What an import links to is found where its caller is: at the gateway.
        [lines, errors] = await asyncio.to_thread(linked, api)
        assert ([line["line_no"] for line in lines], [error["item_id"] for error in errors]) == ([2, 3], ["9"])
        api.close()


def linked(api: Api) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Lines of the newest import and errors of its job, by following the links."""
    newest = api.get("/v1/contracts/imports")["items"][0]
    job = api.get(f"/v1/contracts/jobs/{newest['job_id']}")
    return api.get(newest["lines_url"], limit=2)["items"], api.get(job["errors_url"])["items"]


async def cancel(client: httpx.AsyncClient, job_id: UUID) -> dict[str, Any]:
    headers = {**CALLER, "If-Match": '"1"'}
    answer = await client.post(f"/v1/jobs/{job_id}/transitions", json={"to": "cancelled"}, headers=headers)
    cancelled: dict[str, Any] = answer.json()
    return cancelled


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "empty_file"),
        (b"code,name\n", 422, "empty_file"),
        (b"code,name,mayor\nA,B,C\n", 422, "unknown_column"),
        (b"code\nA\n", 422, "missing_column"),
        (b"code,name,code\nA,B,A\n", 422, "duplicate_column"),
        (b"code,name\nA,\xff\n", 400, "malformed_body"),
        (b"code,name\nA,\x00\n", 400, "malformed_body"),
        (b'code,name\nA,"open\n', 400, "malformed_body"),
        (b'code,name\nA,"' + b"x" * 200_000 + b'"\n', 400, "malformed_body"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_whole(
    client: httpx.AsyncClient, body: bytes, status: int, code: str
) -> None:
    answer = await upload(client, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_key_media_type_and_version_are_asked_for(client: httpx.AsyncClient) -> None:
    wrong = await upload(client, "code,name\nA,B\n", **{"Content-Type": "application/json"})
    assert (wrong.status_code, wrong.json()["code"]) in [(415, "media_type"), (400, "malformed_body")]
    headers = {"Content-Type": "text/csv", **CALLER}
    keyless = await client.post("/v1/imports", params={"kind": "cities"}, content=b"code,name\nA,B\n", headers=headers)
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_required")
    shown = (await upload(client, "code,name\nA,B\n")).json()
    stale = await move(client, {**shown, "version": 9}, to="discarded")
    assert stale.status_code == 412
    assert (await move(client, shown, to="discarded")).json()["state"] == "discarded"
