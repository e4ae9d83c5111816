"""The worker of a service: relay, consumer, jobs and ticks in one process, stopped together."""

import asyncio
import signal
from importlib import import_module
from importlib.util import find_spec

from prometheus_client import start_http_server

from deploy.registry import DATABASE_SERVICES, handlers_of
from shared.events.topology import Topology, patterns_of, topology_of
from shared.kernel.ids import new_id
from shared.runtime import parked
from shared.runtime.consumer import Consumer
from shared.runtime.db import Context, Database
from shared.runtime.jobs import Jobs
from shared.runtime.jobs.worker import run_jobs
from shared.runtime.rabbit import RabbitTransport
from shared.runtime.relay import Relay
from shared.runtime.settings import ServiceSettings
from shared.runtime.ticks import Ticks, run_ticks
from shared.runtime.transport import Transport

_STOP_SECONDS = 30


def topology() -> Topology:
    """Exchanges, queues and bindings of the whole suite, from what each service listens to."""
    return topology_of({service: patterns_of(handlers_of(service)) for service in DATABASE_SERVICES})


async def run_worker(service: str, database: Database, transport: Transport, stopping: asyncio.Event) -> None:
    """Do a service's background work until `stopping` is set; whatever fails beyond repair ends the process."""
    async with asyncio.TaskGroup() as group:
        group.create_task(Relay(service, database, transport).run(stopping))
        group.create_task(Consumer(service, database, transport, handlers_of(service)).run(stopping))
        group.create_task(run_jobs(database, jobs_of(service), stopping=stopping))
        group.create_task(run_ticks(database, ticks_of(service), stopping))


async def work(service: str, settings: ServiceSettings) -> None:
    """The worker process: until SIGTERM or SIGINT, and for at most half a minute after it."""
    stopping = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    if settings.metrics_port:
        start_http_server(settings.metrics_port, addr=settings.host)
    database = Database(
        settings.database_url.get_secret_value(), pool_size=settings.pool_size, name=f"mb-{service}-worker"
    )
    transport = RabbitTransport(settings.broker_url.get_secret_value(), topology())
    try:
        running = asyncio.create_task(run_worker(service, database, transport, stopping))
        waiting = asyncio.create_task(stopping.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait_for(running, _STOP_SECONDS)
    finally:
        await database.close()


def jobs_of(service: str) -> Jobs:
    """The kinds of long work a service does."""
    jobs: Jobs = import_module(f"services.{service}.jobs").JOBS
    return jobs


def ticks_of(service: str) -> Ticks:
    """What a service does because time passes; most do nothing."""
    name = f"services.{service}.ticks"
    return import_module(name).TICKS if find_spec(name) else {}


async def replay(service: str, settings: ServiceSettings) -> int:
    """Make every parked event due at once, dead letters included; the running workers hand them to their handlers."""
    database = Database(settings.database_url.get_secret_value(), pool_size=1, name=f"mb-{service}-replay")
    try:
        async with database.transaction(Context(None, "mb replay", new_id())) as session:
            return await parked.replay_all(session)
    finally:
        await database.close()
