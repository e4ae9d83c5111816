"""Requests made to be read differently by the gateway and the service behind it."""

import pytest

from tests.gateway.servers import Upstream, gateway, raw, serving
from tests.tokens import bearer


def request(path: str, *lines: str, method: str = "GET", body: bytes = b"") -> bytes:
    head = (f"{method} {path} HTTP/1.1", "host: gateway", *lines)
    signed = (*head, f"authorization: {bearer()['Authorization']}", "", "")
    return "\r\n".join(signed).encode("latin-1") + body


@pytest.mark.parametrize(
    "path",
    [
        "/v1/contracts/../invoicing/invoices",
        "/v1/contracts/%2e%2e/invoicing/invoices",
        "/v1/contracts/.%2E/invoicing/invoices",
        "/v1/contracts/..%2finvoicing",
        "/v1/contracts/..%5cinvoicing",
        "/v1/contracts/a%00b",
        "/v1/contracts/a%0d%0ax-tenant:%20b",
        "/v1/contracts//healthz",
        "/v1/contracts/./contracts",
        "/v1/contracts/a\\..\\b",
        "/v1/contracts/%zz",
        "/v1//contracts/x",
        "/v1/%63ontracts/x",
        "/contracts/../v1/contracts/x",
    ],
)
async def test_a_path_that_could_be_read_in_two_ways_reaches_nobody(path: str) -> None:
    upstream = Upstream()
    async with serving(upstream) as url, gateway(url, url) as door:
        answer = await raw(door, request(path, "connection: close"))

    assert answer.split(b" ")[1] in {b"404", b"400"}
    assert not upstream.seen


async def test_path_and_query_arrive_as_they_were_sent() -> None:
    upstream = Upstream()
    target = (
        "/v1/contracts/clients/by-external-id/a%20b:c?issued_on.gte=2026-01-01&q=a%2Bb%26c%3Dd+e%20%C3%A5&cursor=Zm9v=="
    )
    async with serving(upstream) as url, gateway(url) as door:
        await raw(door, request(target, "connection: close"))

    assert upstream.seen[0]["raw_path"] == b"/v1/clients/by-external-id/a%20b:c"
    sent = b"issued_on.gte=2026-01-01&q=a%2Bb%26c%3Dd+e%20%C3%A5&cursor=Zm9v=="
    assert upstream.seen[0]["query_string"] == sent


@pytest.mark.parametrize(
    "lines",
    [
        ("content-length: 2", "content-length: 3"),
        ("content-length: 2", "content-length: 2"),
        ("content-length: 2", "transfer-encoding: chunked"),
        ("transfer-encoding: chunked", "transfer-encoding: identity"),
        ("content-length: +2",),
        ("content-length: 2, 2",),
    ],
)
async def test_a_body_without_one_clear_length_reaches_nobody(lines: tuple[str, ...]) -> None:
    upstream = Upstream()
    async with serving(upstream) as url, gateway(url) as door:
        sent = request(
            "/v1/contracts/contracts", "connection: close", *lines, method="POST", body=b"0\r\n\r\nGET / HTTP/1.1"
        )
        answer = await raw(door, sent)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert not upstream.seen


async def test_headers_of_the_connection_stay_on_their_side() -> None:
    upstream = Upstream(headers={"keep-alive": "timeout=99", "proxy-authenticate": "Basic", "x-kept": "yes"})
    lines = (
        "connection: close, x-secret",
        "x-secret: 1",
        "te: trailers",
        "keep-alive: 5",
        "proxy-authorization: Basic abc",
        "upgrade: h2c",
        "cookie: session=1",
        "x-forwarded-for: 10.0.0.1",
        "x-forwarded-host: evil",
        "forwarded: for=10.0.0.1",
        "x-kept: yes",
    )
    async with serving(upstream) as url, gateway(url) as door:
        answer = await raw(door, request("/v1/contracts/x", *lines))

    names = {name.decode() for name, _ in upstream.seen[0]["headers"]}
    assert names == {"host", "authorization", "x-kept", "x-request-id", "x-deadline-ms"}
    assert upstream.header("host") == [url.removeprefix("http://")]
    head = answer.split(b"\r\n\r\n")[0].lower()
    assert b"x-kept: yes" in head
    assert b"keep-alive" not in head
    assert b"proxy-authenticate" not in head


async def test_no_cookie_of_one_caller_is_sent_for_another() -> None:
    upstream = Upstream(headers={"set-cookie": "session=anna; Path=/"})
    async with serving(upstream) as url, gateway(url) as door:
        await raw(door, request("/v1/contracts/x", "connection: close"))
        await raw(door, request("/v1/contracts/x", "connection: close"))

    assert len(upstream.seen) == 2
    assert upstream.header("cookie") == []


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PURGE"])
async def test_methods_nobody_serves_reach_nobody(method: str) -> None:
    upstream = Upstream()
    async with serving(upstream) as url, gateway(url) as door:
        await raw(door, request("/v1/contracts/x", "connection: close", method=method))

    assert not upstream.seen
