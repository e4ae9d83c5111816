"""A request body on its way to a service: passed on as it arrives, counted, and never waited for without end."""

import asyncio
from collections.abc import AsyncIterator

import httpx
from starlette.types import Receive

from shared.runtime.body import BODY_BYTES_MAX, UPLOAD_BYTES_MAX
from shared.runtime.problem import ProtocolFault


class PassingBody(httpx.AsyncByteStream):
    """Streams what the caller sends.

    `touched` tells whether a byte may have left, so that the request cannot be repeated; `fault` is the refusal when
    the body itself was the reason that the request failed. `patience` is the time limit around the request while its
    answer is awaited: each chunk restarts it, because the transport knows no limit for writing.
    """

    def __init__(self, receive: Receive, *, bytes_max: int, stall_seconds: float) -> None:
        self._receive = receive
        self._bytes_max = bytes_max
        self._stall_seconds = stall_seconds
        self.patience: asyncio.Timeout | None = None
        self.touched = False
        self.fault: ProtocolFault | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.touched = True
        size = 0
        more = True
        while more:
            chunk, more = await self._next()
            size += len(chunk)
            if size > self._bytes_max:
                self.fault = too_large(self._bytes_max)
                raise self.fault
            if chunk:
                self._wait_for_service(asyncio.get_running_loop().time() + self._stall_seconds)
                yield chunk
                self._wait_for_service(None)

    def _wait_for_service(self, until: float | None) -> None:
        if self.patience:
            self.patience.reschedule(until)

    async def _next(self) -> tuple[bytes, bool]:
        try:
            async with asyncio.timeout(self._stall_seconds):
                message = await self._receive()
        except TimeoutError:
            self.fault = ProtocolFault(400, "malformed_body", "The body stopped arriving.")
            raise self.fault from None
        if message["type"] == "http.disconnect":
            self.fault = ProtocolFault(400, "malformed_body", "The body broke off.")
            raise self.fault
        return message.get("body", b""), message.get("more_body", False)


def bytes_max(path: str) -> int:
    """How large a body may be at a path: 1 MiB, and 20 MiB for imports."""
    return UPLOAD_BYTES_MAX if path.endswith("/imports") else BODY_BYTES_MAX


def too_large(limit: int) -> ProtocolFault:
    """413 `body_too_large`."""
    return ProtocolFault(413, "body_too_large", f"At most {limit} bytes.")
