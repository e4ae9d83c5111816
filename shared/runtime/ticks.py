"""Work that time itself brings about: due dates, time-outs, tidying up."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from shared.runtime import clock
from shared.runtime.db import Database

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tick:
    """Run every so many seconds, in each replica: `run` claims what it does, so that two at once do it once."""

    every_seconds: float
    run: Callable[[Database, datetime], Awaitable[None]]


Ticks = Mapping[str, Tick]


async def run_ticks(database: Database, ticks: Ticks, stopping: asyncio.Event) -> None:
    """Run every tick at its pace until told to stop; one that fails is logged and tried again at its next turn."""
    async with asyncio.TaskGroup() as group:
        for name, tick in ticks.items():
            group.create_task(_keep_ticking(database, name, tick, stopping))


async def _keep_ticking(database: Database, name: str, tick: Tick, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        try:
            await tick.run(database, clock.now())
        except Exception as error:
            _log.warning("tick_failed", tick=name, error=type(error).__name__, exc_info=error)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), tick.every_seconds)
