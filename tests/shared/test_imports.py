"""Imports: a report per line before anything changes, then all sound lines; the same file again changes nothing."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from shared.events.fields import Amount, Code, Day, Name, Shape
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession, Database, context_of, driver
from shared.runtime.imports import ImportKind, Outcome, import_jobs
from shared.runtime.imports.api import imports_router
from shared.runtime.jobs import api as jobs_api
from tests.servers import Servers
from tests.shared.plumbing import client_of, plumbing
from tests.shared.test_jobs import until_state, working
from tests.tokens import bearer
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
    if row.name == "Atlantis":
        return Outcome.refused("unknown_city", "There is no such city.", "name")
    if row.code not in known:
        return Outcome("create")
    return Outcome("unchanged" if known[row.code] == row.name else "update")


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
