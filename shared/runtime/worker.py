"""A worker process: relay, consumer, jobs and ticks of one service until told to stop (reliability.md section 7)."""

import asyncio
import signal
from collections.abc import Collection
from dataclasses import dataclass, field

from shared.runtime.consumer import Consumer
from shared.runtime.db import Database
from shared.runtime.garbage import collect_rarely
from shared.runtime.handlers import Handlers
from shared.runtime.jobs import Jobs, run_jobs
from shared.runtime.relay import Relay
from shared.runtime.ticks import Ticks, run_ticks
from shared.runtime.transport import Transport


@dataclass(frozen=True, slots=True)
class Worker:
    """What a service's worker runs with; the transport's topology is that of all services.

    `apart` are the kinds of jobs that hold up none of the others.
    """

    service: str
    database: Database
    transport: Transport
    handlers: Handlers
    jobs: Jobs
    ticks: Ticks = field(default_factory=dict)
    apart: Collection[str] = ()

    async def run(self, stopping: asyncio.Event) -> None:
        """Relay, consume, run jobs and tick until `stopping` is set; what runs is finished first.

        An error that no restart can heal, such as a queue with other arguments, ends them all and is raised.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Relay(self.service, self.database, self.transport).run(stopping))
            tasks.create_task(Consumer(self.service, self.database, self.transport, self.handlers).run(stopping))
            tasks.create_task(run_ticks(self.database, self.ticks, stopping))
            if self.jobs:
                tasks.create_task(run_jobs(self.database, self.jobs, stopping=stopping, apart=self.apart))

    async def run_until_signalled(self) -> None:
        """`run` for a process of its own: SIGTERM and SIGINT stop it gently."""
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        collect_rarely()
        try:
            await self.run(stopping)
        finally:
            await self.database.close()
