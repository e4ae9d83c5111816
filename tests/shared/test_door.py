"""The door: who may enter, what is sound, and that a command takes effect exactly once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
import pytest_asyncio

from shared.kernel.ids import new_id
from tests.database import MakeDatabase
from tests.shared.notes_service import notes_app
from tests.tokens import bearer, token

NOTE = {"amount": "1.50", "on": "2026-10-01"}
KEYED = "Idempotency-Key"


@pytest_asyncio.fixture(loop_scope="session")
async def api(provisioned: MakeDatabase, tenant_id: UUID) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the notes with every right, as a tenant of its own."""
    app = notes_app((await provisioned("plumbing")).app_url)
    headers = bearer("note:read", "note:write", tenant_id=tenant_id, aud=["notes"])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://notes", headers=headers) as client:
        yield client
    await app.state.doorway.database.close()


async def _count(api: httpx.AsyncClient) -> int:
    total: int = (await api.get("/v1/notes", params={"with_total": "true"})).json()["total"]["value"]
    return total


def _key() -> dict[str, str]:
    return {KEYED: str(new_id())}


def _problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    return answer.status_code, answer.json()["code"]


@pytest.mark.rule("MA-GEN-08")
async def test_a_repeat_with_the_same_key_gets_the_first_answer_and_does_nothing(api: httpx.AsyncClient) -> None:
    key = _key()
    first = await api.post("/v1/notes", json=NOTE, headers=key)
    again = await api.post("/v1/notes", json=dict(reversed(NOTE.items())), headers=key)
    assert (first.status_code, first.headers["ETag"]) == (201, '"1"')
    assert (again.status_code, again.content, again.headers["ETag"]) == (201, first.content, '"1"')
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    assert await _count(api) == 1


@pytest.mark.rule("MA-GEN-08")
async def test_a_key_used_with_another_body_is_a_conflict(api: httpx.AsyncClient) -> None:
    key = _key()
    await api.post("/v1/notes", json=NOTE, headers=key)
    other = await api.post("/v1/notes", json={**NOTE, "amount": "2.00"}, headers=key)
    assert _problem(other) == (422, "idempotency_conflict")
    assert await _count(api) == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/notes/1", 404), ("GET", "/v1/notes/01900000-0000-7000-8000-000000000000", 404),
     ("GET", "/v1/nothing", 404), ("POST", "/v1/notes", 400), ("DELETE", "/v1/notes", 405)],
)  # fmt: skip
async def test_a_refusal_names_its_path_as_the_gateway_knows_it(
    api: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await api.request(method, path, json=NOTE if method == "POST" else None)
    assert (answer.status_code, answer.json()["instance"]) == (status, path.replace("/v1/", "/v1/notes/", 1))


async def test_a_key_belongs_to_its_user(api: httpx.AsyncClient, tenant_id: UUID) -> None:
    key = _key()
    await api.post("/v1/notes", json=NOTE, headers=key)
    colleague = bearer("note:write", tenant_id=tenant_id, aud=["notes"], subject="colleague")
    answer = await api.post("/v1/notes", json={**NOTE, "amount": "2.00"}, headers={**key, **colleague})
    assert answer.status_code == 201


async def test_twins_at_once_take_effect_once(api: httpx.AsyncClient) -> None:
    key = _key()
    answers = await asyncio.gather(
        *(api.post("/v1/notes", json={**NOTE, "outcome": "slow"}, headers=key) for _ in range(5))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await _count(api) == 1


async def test_a_refusal_undoes_the_work_and_is_replayed(api: httpx.AsyncClient) -> None:
    key = _key()
    answers = [await api.post("/v1/notes", json={**NOTE, "outcome": "refused"}, headers=key) for _ in range(2)]
    assert [_problem(answer) for answer in answers] == [(409, "no_notes_now")] * 2
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert await _count(api) == 0


async def test_a_failure_of_ours_stores_nothing_so_that_a_repeat_tries_anew(api: httpx.AsyncClient) -> None:
    key = _key()
    assert _problem(await api.post("/v1/notes", json={**NOTE, "outcome": "broken"}, headers=key))[0] == 500
    assert (await api.post("/v1/notes", json=NOTE, headers=key)).status_code == 201
    assert await _count(api) == 1


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"amount": 1.5, "on": "2026-10-01"}, 422, "invalid_value", "/amount"),
        ({"amount": "1.50"}, 422, "invalid_value", "/on"),
        ({"amount": "1.50", "on": "10/01/2026"}, 422, "invalid_date", "/on"),
        ({**NOTE, "amuont": "2"}, 422, "unknown_field", "/amuont"),
        ({**NOTE, "outcome": "\u0000"}, 422, "invalid_value", "/outcome"),
        ({**NOTE, "outcome": "overflow"}, 422, "invalid_value", None),
        ([], 422, "invalid_value", ""),
    ],
)
async def test_bad_fields_are_refused_with_their_place(
    api: httpx.AsyncClient, body: Any, status: int, code: str, pointer: str | None
) -> None:
    answer = await api.post("/v1/notes", json=body, headers=_key())
    assert _problem(answer) == (status, code)
    assert [fault["pointer"] for fault in answer.json().get("errors", [])] == ([] if pointer is None else [pointer])
    assert await _count(api) == 0


@pytest.mark.parametrize(
    ("content", "media_type", "expected"),
    [
        (b"", "application/json", (400, "malformed_body")),
        (b'{"amount":', "application/json", (400, "malformed_body")),
        (b"[" * 100_000, "application/json", (400, "malformed_body")),
        (b'"' + b"a" * 10_000_000 + b'"', "application/json", (413, "body_too_large")),
        (b"amount=1", "application/x-www-form-urlencoded", (415, "media_type")),
        (b"{}", "text/plain", (415, "media_type")),
    ],
)
async def test_bad_bodies_are_refused_before_they_are_read(
    api: httpx.AsyncClient, content: bytes, media_type: str, expected: tuple[int, str]
) -> None:
    answer = await api.post("/v1/notes", content=content, headers={**_key(), "Content-Type": media_type})
    assert _problem(answer) == expected


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=-1", "invalid_value"),
        ("limit=0", "invalid_value"),
        ("limit=99999999", "invalid_value"),
        ("limit=1&limit=2", "invalid_value"),
        ("limit=x", "invalid_value"),
        ("cursor=broken", "invalid_value"),
        ("cursor=%00", "invalid_value"),
        ("action=%ff", "invalid_value"),
        ("action=fine&action=%00", "invalid_value"),
        ("on.gte=2026-13-01", "invalid_date"),
        ("actoin=a", "unknown_parameter"),
    ],
)
async def test_bad_queries_are_refused_by_the_name_of_the_parameter(
    api: httpx.AsyncClient, query: str, code: str
) -> None:
    answer = await api.get(f"/v1/notes?{query}")
    assert _problem(answer) == (422, code)
    assert {fault["field"] for fault in answer.json()["errors"]} == {query.partition("=")[0]}


async def test_pages_follow_each_other_and_a_cursor_stays_with_its_tenant(api: httpx.AsyncClient) -> None:
    for _ in range(5):
        await api.post("/v1/notes", json=NOTE, headers=_key())
    seen, cursor = [], None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await api.get("/v1/notes", params=query)).json()
        seen += [row["id"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    assert len(seen) == 5
    assert seen == sorted(set(seen))
    stranger = bearer("note:read", tenant_id=new_id(), aud=["notes"])
    foreign = await api.get("/v1/notes", params={"cursor": str(cursor)}, headers=stranger)
    assert _problem(foreign) == (422, "invalid_value")


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"iss": "somebody"},
        {"iss": None},
        {"aud": ["invoicing"]},
        {"aud": None},
        {"tenant_id": "none"},
    ],
)
async def test_a_token_with_a_wrong_or_missing_claim_is_no_token(
    api: httpx.AsyncClient, claims: dict[str, Any]
) -> None:
    signed = token("note:read", **{"aud": ["notes"], **claims})
    answer = await api.get("/v1/notes", headers={"Authorization": f"Bearer {signed}"})
    assert _problem(answer) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x.y.z", "Basic dTpw", "Bearer " + "a" * 10_000])
async def test_anything_but_a_bearer_token_is_refused(api: httpx.AsyncClient, authorization: str) -> None:
    assert _problem(await api.get("/v1/notes", headers={"Authorization": authorization})) == (401, "unauthenticated")


async def test_a_missing_permission_is_named(api: httpx.AsyncClient, tenant_id: UUID) -> None:
    reader = bearer("note:read", tenant_id=tenant_id, aud=["notes"])
    answer = await api.post("/v1/notes", json=NOTE, headers={**reader, **_key()})
    assert _problem(answer) == (403, "forbidden")
    assert "note:write" in answer.json()["detail"]


async def test_a_change_names_the_version_it_was_based_on(api: httpx.AsyncClient) -> None:
    path = f"/v1/notes/{new_id()}"
    assert _problem(await api.patch(path, json=NOTE)) == (428, "if_match_required")
    assert _problem(await api.patch(path, json=NOTE, headers={"If-Match": '"7"'})) == (412, "stale_version")
    assert _problem(await api.patch(path, json=NOTE, headers={"If-Match": "x"})) == (412, "stale_version")


async def test_unknown_things_are_not_found(api: httpx.AsyncClient) -> None:
    assert _problem(await api.get(f"/v1/notes/{new_id()}")) == (404, "not_found")
    assert _problem(await api.get("/v1/notes/not-an-id")) == (404, "not_found")
    assert _problem(await api.get("/v1/nothing")) == (404, "not_found")
    assert _problem(await api.delete("/v1/notes")) == (405, "method_not_allowed")


async def test_commands_need_a_key_where_repeating_would_hurt(api: httpx.AsyncClient) -> None:
    assert _problem(await api.post("/v1/notes", json=NOTE)) == (400, "idempotency_key_required")
    assert _problem(await api.post("/v1/notes", json=NOTE, headers={KEYED: "x" * 201}))[0] == 400


async def test_a_database_that_is_away_means_try_later(tenant_id: UUID) -> None:
    app = notes_app("postgresql://nobody:x@127.0.0.1:9/none")
    headers = bearer("note:read", tenant_id=tenant_id, aud=["notes"])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://notes", headers=headers) as client:
        answer = await client.get("/v1/notes")
        assert _problem(answer) == (503, "unavailable")
        assert answer.headers["Retry-After"] == "2"
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503


async def test_a_statement_that_took_too_long_means_try_later() -> None:
    app = notes_app("postgresql://nobody:x@127.0.0.1:9/none")

    @app.get("/v1/slow")
    async def take_too_long() -> None:
        raise asyncpg.QueryCanceledError("canceling statement due to statement timeout")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://notes") as client:
        assert _problem(await client.get("/v1/slow")) == (503, "unavailable")


async def test_the_reference_describes_the_door(api: httpx.AsyncClient) -> None:
    document = (await api.get("/openapi.json")).json()
    post = document["paths"]["/v1/notes"]["post"]
    assert [tag["name"] for tag in document["tags"]] == ["notes", "jobs", "parked"]
    assert post["x-permission"] == "note:write"
    assert post["security"] == [{"token": []}]
    assert [(one["name"], one["required"]) for one in post["parameters"]] == [(KEYED, True)]
    assert "application/problem+json" in post["responses"]["default"]["content"]
    patch = document["paths"]["/v1/notes/{note_id}"]["patch"]
    assert ("If-Match", True) in [(one["name"], one["required"]) for one in patch["parameters"]]
