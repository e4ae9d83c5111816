"""Waiting between attempts: doubling, jittered, and cut short when the process stops."""

import asyncio
import random


class Backoff:
    """Delays from 0.1 s that double up to 30 s; each is jittered, so that many who wait do not return together."""

    def __init__(self, first_seconds: float = 0.1, longest_seconds: float = 30.0) -> None:
        self._first = first_seconds
        self._longest = longest_seconds
        self._ceiling = first_seconds

    def next_seconds(self) -> float:
        """How long to wait now."""
        seconds = random.uniform(self._ceiling / 2, self._ceiling)  # noqa: S311  no secret
        self._ceiling = min(self._ceiling * 2, self._longest)
        return seconds

    def reset(self) -> None:
        """It worked: the next delay is the shortest again."""
        self._ceiling = self._first


async def sleep_unless(stopping: asyncio.Event, seconds: float) -> None:
    """Sleep, but no longer than until `stopping` is set."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
