"""Bodies pass through as they arrive, in both directions."""

import asyncio
from collections.abc import AsyncIterator

import httpx
from starlette.types import Receive, Scope, Send

from tests.gateway.servers import IMPATIENT, Upstream, answer, chunks, gateway, lifespan, serving
from tests.tokens import bearer


async def test_the_service_sees_the_first_chunk_before_the_caller_sends_the_last() -> None:
    arrived = asyncio.Event()
    received: list[bytes] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await lifespan(receive, send)
            return
        async for chunk in chunks(receive):
            received.append(chunk)
            arrived.set()
        await answer(send, b"{}")

    async def upload() -> AsyncIterator[bytes]:
        yield b"first"
        async with asyncio.timeout(3):
            await arrived.wait()
        yield b"last"

    async with serving(app) as url, gateway(url) as door, httpx.AsyncClient() as client:
        response = await client.post(f"{door}/v1/contracts/imports", content=upload(), headers=bearer())

    assert response.status_code == 200
    assert b"".join(received) == b"firstlast"


async def test_events_reach_the_caller_while_the_service_is_still_talking() -> None:
    heard = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await lifespan(receive, send)
            return
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"id: 1\n\n", "more_body": True})
        async with asyncio.timeout(3):
            await heard.wait()
        await send({"type": "http.response.body", "body": b"id: 2\n\n"})

    async with (
        serving(app) as url,
        gateway(url) as door,
        httpx.AsyncClient() as client,
        client.stream("GET", f"{door}/v1/contracts/jobs/1/events", headers=bearer()) as response,
    ):
        pieces = response.aiter_raw()
        assert await anext(pieces) == b"id: 1\n\n"
        heard.set()
        assert await anext(pieces) == b"id: 2\n\n"


async def test_a_service_may_be_silent_longer_on_an_event_stream_than_on_an_answer() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await lifespan(receive, send)
            return
        await asyncio.sleep(0.4)
        await answer(send, b"data: 1\n\n", headers=[(b"content-type", b"text/event-stream")])

    patience = type(IMPATIENT)(connect=0.5, answer=0.1, events=2)
    async with serving(app) as url, gateway(url, patience=patience) as door, httpx.AsyncClient() as client:
        events = await client.get(f"{door}/v1/contracts/events", headers=bearer() | {"Accept": "text/event-stream"})
        plain = await client.get(f"{door}/v1/contracts/events", headers=bearer())

    assert (events.status_code, plain.status_code) == (200, 503)


async def test_the_service_is_let_go_when_the_listener_leaves() -> None:
    left = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await lifespan(receive, send)
            return
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b": hello\n\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        left.set()

    async with serving(app) as url, gateway(url) as door:
        async with (
            httpx.AsyncClient() as client,
            client.stream("GET", f"{door}/v1/contracts/events", headers=bearer()) as response,
        ):
            await anext(response.aiter_raw())
        async with asyncio.timeout(3):
            await left.wait()


async def test_an_answer_that_breaks_off_is_cut_and_not_passed_off_as_whole() -> None:
    async def breaks_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(breaks_off, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, gateway(f"http://127.0.0.1:{port}") as door, httpx.AsyncClient() as client:
        try:
            response = await client.get(f"{door}/v1/contracts/contracts", headers=bearer())
        except httpx.RemoteProtocolError:
            return
    raise AssertionError(f"passed off as whole: {response.status_code} {response.content!r}")


async def test_compressed_bytes_stay_as_they_are() -> None:
    upstream = Upstream(headers={"content-encoding": "br"}, body=b"not really brotli")
    async with (
        serving(upstream) as url,
        gateway(url) as door,
        httpx.AsyncClient() as client,
        client.stream(
            "GET", f"{door}/v1/contracts/contracts", headers=bearer() | {"Accept-Encoding": "br"}
        ) as response,
    ):
        content = b"".join([piece async for piece in response.aiter_raw()])

    assert content == b"not really brotli"
    assert response.headers["content-encoding"] == "br"
    assert upstream.header("accept-encoding") == ["br"]
