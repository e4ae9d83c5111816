"""The worker of a service: relay, consumer, jobs and ticks in one process, stopped together."""

from collections.abc import Collection, Mapping
from importlib import import_module
from importlib.util import find_spec

from prometheus_client import start_http_server

from deploy.registry import DATABASE_SERVICES, handlers_of
from shared.events.topology import Topology, patterns_of, topology_of
from shared.kernel.ids import new_id
from shared.runtime import parked
from shared.runtime.db import Context, Database
from shared.runtime.jobs import Jobs
from shared.runtime.rabbit import RabbitTransport
from shared.runtime.settings import ServiceSettings
from shared.runtime.ticks import Ticks
from shared.runtime.transport import Transport
from shared.runtime.worker import Worker

# Long work that nobody waits for: a month's documents hold up no run, a slow mail server neither of them.
APART: Mapping[str, Collection[str]] = {"invoicing": ("print_documents", "send_invoices")}


def topology() -> Topology:
    """Exchanges, queues and bindings of the whole suite, from what each service listens to."""
    return topology_of({service: patterns_of(handlers_of(service)) for service in DATABASE_SERVICES})


def worker_of(service: str, database: Database, transport: Transport) -> Worker:
    """A service's background work over this database and broker."""
    handlers, jobs, ticks = handlers_of(service), jobs_of(service), ticks_of(service)
    return Worker(service, database, transport, handlers, jobs, ticks, apart=APART.get(service, ()))


async def work(service: str, settings: ServiceSettings) -> None:
    """The worker process, until SIGTERM or SIGINT."""
    if settings.metrics_port:
        start_http_server(settings.metrics_port, addr=settings.host)
    database = Database(
        settings.database_url.get_secret_value(), pool_size=settings.pool_size, name=f"mb-{service}-worker"
    )
    transport = RabbitTransport(settings.broker_url.get_secret_value(), topology())
    await worker_of(service, database, transport).run_until_signalled()


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
