"""Servers in processes of their own, and a client that costs next to nothing beside them."""

import asyncio
import multiprocessing
import socket
import statistics
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp

_START_SECONDS = 30


@asynccontextmanager
async def serving(make: Callable[..., ASGIApp], *arguments: Any) -> AsyncIterator[int]:
    """The port on which the application is served, by a process of its own, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(make, arguments, port), daemon=True)
    process.start()
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not await _answers(port):
            if time.monotonic() > deadline or not process.is_alive():
                raise RuntimeError(f"{make.__name__} is not served")
            await asyncio.sleep(0.05)
        yield port
    finally:
        process.terminate()
        await asyncio.to_thread(process.join)


def _serve(make: Callable[..., ASGIApp], arguments: Sequence[Any], port: int) -> None:
    """As `mb serve` does it, with MB_LOG_LEVEL=warning: a line per request is written on neither side."""
    from shared.runtime import log, telemetry
    from shared.runtime.serve import serve

    log.configure("warning")
    telemetry.configure("bench")
    app: Any = make(*arguments)
    app.state.draining = False
    serve(app, host="127.0.0.1", port=port, metrics_port=0, drain_seconds=0)


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@dataclass
class Load:
    """Requests over so many connections at a time, one after the other on each; every answer must be a 200.

    `pause_seconds` lie between an answer and the next request of its connection.

    The token of each request is another one in turn, so that no caller asks more than a caller may.
    """

    port: int
    path: str
    tokens: Sequence[str]
    connections: int
    pause_seconds: float = 0
    sent: int = 0
    seconds: list[float] = field(default_factory=list)

    async def rate(self, count: int) -> float:
        """Answers a second."""
        self.sent, self.seconds, started = 0, [], time.perf_counter()
        loop = asyncio.get_running_loop()
        ended = [loop.create_future() for _ in range(self.connections)]
        for one in ended:
            await loop.create_connection(lambda one=one: _Connection(self, count, one), "127.0.0.1", self.port)
        await asyncio.gather(*ended)
        return count / (time.perf_counter() - started)

    def median_ms(self) -> float:
        """The median time of an answer in the last measurement, in milliseconds."""
        return statistics.median(self.seconds) * 1000

    def p95_ms(self) -> float:
        """The time in which 95 of 100 answers of the last measurement had come, in milliseconds."""
        return statistics.quantiles(self.seconds, n=20)[-1] * 1000

    def next_request(self) -> bytes:
        """One more request."""
        token = self.tokens[self.sent % len(self.tokens)]
        self.sent += 1
        return f"GET {self.path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


class _Connection(asyncio.Protocol):
    """Sends the next request when the answer to the last one is complete."""

    def __init__(self, load: Load, count: int, ended: "asyncio.Future[None]") -> None:
        self._load, self._count, self._ended = load, count, ended
        self._answer = bytearray()
        self._transport: Any = None
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not _complete(self._answer):
            return
        self._load.seconds.append(time.perf_counter() - self._sent_at)
        if not self._answer.startswith(b"HTTP/1.1 200"):
            self._end(RuntimeError(bytes(self._answer[:500]).decode(errors="replace")))
            return
        self._answer.clear()
        if self._load.pause_seconds:
            asyncio.get_running_loop().call_later(self._load.pause_seconds, self._next)
        else:
            self._next()

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error or RuntimeError("the server closed the connection"))

    def _next(self) -> None:
        if self._load.sent >= self._count:
            self._end(None)
            return
        self._sent_at = time.perf_counter()
        self._transport.write(self._load.next_request())

    def _end(self, error: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_exception(error) if error else self._ended.set_result(None)
            self._transport.close()


def _complete(answer: bytearray) -> bool:
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(answer[:end]).lower()
    if b"transfer-encoding: chunked" in head:
        return answer.endswith(b"0\r\n\r\n")
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return len(answer) >= end + 4 + length
