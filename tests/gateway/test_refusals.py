"""What the gateway refuses itself, and that it leaves a service's own refusals alone."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import orjson
import pytest

from services.gateway.breaker import FAILURES, OPEN_SECONDS, Breaker
from tests.gateway.servers import IMPATIENT, NOBODY, Upstream, gateway, raw, serving
from tests.tokens import bearer

MEBIBYTE = 1024 * 1024


async def test_a_refusal_of_a_service_arrives_unchanged() -> None:
    body = b'{"code":"stale_version","status":412}'
    sent = {
        "content-type": "application/problem+json",
        "etag": '"7"',
        "idempotency-replayed": "true",
        "retry-after": "3",
        "location": "/v1/jobs/1",
    }
    upstream = Upstream(412, sent, body)
    async with serving(upstream) as url, gateway(url) as door, httpx.AsyncClient() as client:
        response = await client.post(f"{door}/v1/contracts/contracts", headers=bearer(), content=b"{}")

    assert (response.status_code, response.content) == (412, body)
    assert {name: response.headers[name] for name in sent} == sent | {"location": "/v1/contracts/jobs/1"}
    assert response.headers.get_list("date") == [response.headers["date"]]


async def test_a_location_with_the_address_of_the_service_becomes_public() -> None:
    upstream = Upstream(307)
    async with serving(upstream) as url, gateway(url) as door, httpx.AsyncClient() as client:
        upstream.headers = {"location": f"{url}/v1/contracts/5"}
        response = await client.get(f"{door}/v1/contracts/contracts/5", headers=bearer())

    assert (response.status_code, response.headers["location"]) == (307, "/v1/contracts/contracts/5")


@pytest.mark.parametrize("path", ["/v1/billing/x", "/v1/contracts", "/v2/contracts/x", "/v1/"])
async def test_an_unknown_path_is_not_found(path: str) -> None:
    async with gateway() as door, httpx.AsyncClient() as client:
        response = await client.get(f"{door}{path}", headers=bearer())

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"


async def test_a_service_that_is_down_is_unavailable_and_disturbs_no_other() -> None:
    upstream = Upstream()
    async with (
        serving(upstream) as url,
        gateway(contracts=NOBODY, invoicing=url) as door,
        httpx.AsyncClient() as client,
    ):
        for _ in range(FAILURES + 2):
            dead = await client.post(f"{door}/v1/contracts/contracts", headers=bearer())
            alive = await client.get(f"{door}/v1/invoicing/invoices", headers=bearer())
            assert (dead.status_code, dead.json()["code"]) == (503, "unavailable")
            assert alive.status_code == 200
    assert dead.headers["retry-after"] == str(int(OPEN_SECONDS))
    assert len(upstream.seen) == FAILURES + 2


def test_a_breaker_opens_after_five_failures_in_a_row_tries_one_and_closes_on_success() -> None:
    now = 100.0
    breaker = Breaker(lambda: now)
    for _ in range(FAILURES - 1):
        breaker.failed()
    breaker.succeeded()
    for _ in range(FAILURES - 1):
        breaker.failed()
    assert breaker.seconds_to_wait() == 0
    breaker.failed()
    assert breaker.seconds_to_wait() == OPEN_SECONDS
    now += OPEN_SECONDS
    assert breaker.seconds_to_wait() == 0
    assert breaker.seconds_to_wait() == OPEN_SECONDS, "one trial at a time"
    breaker.succeeded()
    assert breaker.seconds_to_wait() == 0


async def test_a_service_that_does_not_answer_in_time_is_unavailable() -> None:
    calls = 0

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        await asyncio.sleep(2)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with gateway(url, patience=IMPATIENT) as door, httpx.AsyncClient() as client:
        response = await client.get(f"{door}/v1/contracts/contracts", headers=bearer())
    server.close()

    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert "retry-after" in response.headers
    assert calls == 1, "a time-out is not tried again"


async def test_a_service_that_stops_reading_is_unavailable() -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3)
        writer.close()

    server = await asyncio.start_server(deaf, "127.0.0.1", 0, limit=1024)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with gateway(url, patience=IMPATIENT) as door, httpx.AsyncClient() as client:
        response = await client.post(f"{door}/v1/contracts/imports", headers=bearer(), content=bytes(19 * MEBIBYTE))
    server.close()

    assert response.status_code == 503


@pytest.mark.parametrize(
    ("method", "key", "calls"),
    [("GET", {}, 3), ("POST", {"Idempotency-Key": "k"}, 3), ("POST", {}, 1), ("DELETE", {}, 1)],
)
async def test_only_reads_and_keyed_requests_are_tried_again(method: str, key: dict[str, str], calls: int) -> None:
    seen = 0

    async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hangs_up, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with gateway(url) as door, httpx.AsyncClient() as client:
        response = await client.request(method, f"{door}/v1/contracts/contracts", headers=bearer() | key)
    server.close()

    assert response.status_code == 503
    assert seen == calls


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("contracts", MEBIBYTE, 200),
        ("contracts", MEBIBYTE + 1, 413),
        ("imports", MEBIBYTE + 1, 200),
        ("imports", 20 * MEBIBYTE + 1, 413),
    ],
)
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "counted"])
async def test_a_body_over_the_limit_is_refused(path: str, size: int, status: int, announced: bool) -> None:
    async def counted() -> AsyncIterator[bytes]:
        for start in range(0, size, MEBIBYTE):
            yield bytes(min(MEBIBYTE, size - start))

    content = bytes(size) if announced else counted()
    upstream = Upstream()
    async with serving(upstream) as url, gateway(url) as door, httpx.AsyncClient() as client:
        response = await client.post(f"{door}/v1/contracts/{path}", content=content, headers=bearer())

    assert response.status_code == status
    if status == 200:
        assert len(upstream.bodies[0]) == size
    else:
        assert response.json()["code"] == "body_too_large"
        assert not upstream.seen or not announced


async def test_too_many_requests_are_refused_per_principal() -> None:
    upstream = Upstream()
    async with (
        serving(upstream) as url,
        gateway(url, requests_per_second=1, requests_burst=2) as door,
        httpx.AsyncClient() as client,
    ):
        answers = [await client.get(f"{door}/v1/contracts/x", headers=bearer(subject="anna")) for _ in range(3)]
        other = await client.get(f"{door}/v1/contracts/x", headers=bearer(subject="bert"))

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert other.status_code == 200
    refused = answers[2]
    assert refused.json()["code"] == "rate_limited"
    assert 1 <= int(refused.headers["retry-after"]) <= 2
    assert refused.headers["ratelimit-policy"] == '"principal";q=2;w=2'
    assert answers[0].headers["ratelimit"].startswith('"principal";r=1;')


async def test_too_many_requests_at_once_are_refused_and_leave_room_afterwards() -> None:
    go_on = asyncio.Event()
    upstream = Upstream()

    async def slow(scope, receive, send):  # type: ignore[no-untyped-def]
        if scope["type"] == "http":
            await go_on.wait()
        await upstream(scope, receive, send)

    async with serving(slow) as url, gateway(url, requests_in_flight=1) as door, httpx.AsyncClient() as client:
        first = asyncio.create_task(client.get(f"{door}/v1/contracts/x", headers=bearer()))
        await asyncio.sleep(0.2)
        second = await client.get(f"{door}/v1/contracts/x", headers=bearer())
        go_on.set()
        assert (await first).status_code == 200
        third = await client.get(f"{door}/v1/contracts/x", headers=bearer())

    assert (second.status_code, second.json()["code"]) == (429, "rate_limited")
    assert third.status_code == 200


async def test_a_request_carries_one_valid_id_all_the_way() -> None:
    given = "01990000-0000-7000-8000-000000000001"
    upstream = Upstream()
    async with serving(upstream) as url, gateway(url) as door, httpx.AsyncClient() as client:
        kept = await client.get(f"{door}/v1/contracts/x", headers=bearer() | {"X-Request-Id": given})
        kept_above = upstream.header("x-request-id")
        made = await client.get(f"{door}/v1/contracts/x", headers=bearer() | {"X-Request-Id": "<script>"})
        made_above = upstream.header("x-request-id")

    assert (kept.headers["x-request-id"], kept_above) == (given, [given])
    assert made_above == [made.headers["x-request-id"]]
    assert UUID(made.headers["x-request-id"])


async def test_trace_and_deadline_reach_the_service() -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    upstream = Upstream()
    async with serving(upstream) as url, gateway(url) as door:
        await raw(
            door,
            b"GET /v1/contracts/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-deadline-ms: 999999\r\n"
            + f"traceparent: {trace}\r\nauthorization: {bearer()['Authorization']}\r\n\r\n".encode(),
        )

    assert upstream.header("traceparent")[0].split("-")[1] == trace.split("-")[1]
    assert upstream.header("x-deadline-ms") == ["10000"]


async def test_what_cannot_be_read_as_http_is_refused_with_a_problem() -> None:
    async with gateway() as door:
        answer = await raw(door, b"GET /v1/contracts/x?" + b"q" * 70_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n")

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"content-type: application/problem+json" in head
    assert orjson.loads(body)["code"] == "malformed_request"
