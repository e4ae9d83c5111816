"""The stage of the fault tests: the suite as operators run it, over servers of its own that may die as well."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from deploy.demo.api import Api
from deploy.embedded.postgres import PostgresServer
from deploy.embedded.rabbitmq import RabbitServer
from services.gateway.roles import PERMISSIONS
from shared.kernel.ids import new_id
from tests.faults.forked import ForkedWorker
from tests.processes import RunningSuite, provisioned_suite
from tests.tokens import token

_PATIENCE_SECONDS = 90


class Clerk(Api):
    """Signed in by the tests' own issuer, for a tenant of its own."""

    def __init__(self, gateway_url: str) -> None:
        self.tenant_id = new_id()
        super().__init__(gateway_url, str(self.tenant_id), "maria")

    def _signed_in(self) -> str:
        return token(*PERMISSIONS["operator"], tenant_id=self.tenant_id)


@dataclass
class Stage:
    """Servers, processes, and what a test does to them."""

    postgres: PostgresServer
    rabbit: RabbitServer
    suite: RunningSuite
    logs: Path
    forked: list[ForkedWorker] = field(default_factory=list)
    _connections: dict[str, asyncpg.Connection] = field(default_factory=dict)

    def clerk(self) -> Clerk:
        """A new tenant's clerk, at the gateway."""
        return Clerk(self.suite.gateway_url)

    def database_url(self, service: str) -> str:
        """A service's database as the superuser reaches it, whom no row security binds."""
        return self.postgres.url.rpartition("/")[0] + "/" + self.suite.urls[service].rpartition("/")[2]

    async def sql(self, service: str, query: str, *values: Any) -> list[Any]:
        """Rows of a service's database, tuples where a row has several columns."""
        connection = self._connections.get(service)
        if connection is None or connection.is_closed():
            connection = self._connections[service] = await asyncpg.connect(self.database_url(service))
        rows = await connection.fetch(query, *values)
        return [row[0] if len(row) == 1 else tuple(row) for row in rows]

    async def settled(self) -> None:
        """Every invariant holds, inside the databases and between them, once the last event has arrived."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while breaches := await self.suite.breaches():
            assert time.monotonic() < deadline, breaches
            await asyncio.sleep(0.2)

    def fork(self, service: str) -> ForkedWorker:
        """One more worker of a service."""
        worker = ForkedWorker(service, self.suite.environment, self.logs / f"forked-{service}.log")
        self.forked.append(worker)
        return worker

    def kill(self, pid: int) -> None:
        """SIGKILL for the forked worker that has this process id."""
        worker = next(one for one in self.forked if one.pid == pid)
        self.forked.remove(worker)
        worker.kill()

    @asynccontextmanager
    async def only_forked(self, service: str, replicas: int) -> AsyncIterator[None]:
        """The service's worker is replaced by forked ones until the block ends."""
        assert self.suite.stop(f"work {service}") == 0
        for _ in range(replicas):
            self.fork(service)
        try:
            yield
        finally:
            while self.forked:
                self.forked.pop().kill()
            self.suite.start(f"work {service}")


async def until(enough: Callable[[], Awaitable[bool]], what: str) -> None:
    """Look again and again until it is enough."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not await enough():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        await asyncio.sleep(0.05)


@asynccontextmanager
async def running_stage(logs: Path) -> AsyncIterator[Stage]:
    """Servers and every process, until the block ends."""
    with PostgresServer() as postgres, RabbitServer() as rabbit:
        async with provisioned_suite(postgres.url, rabbit.url, logs) as suite:
            await asyncio.to_thread(suite.start_all)
            stage = Stage(postgres, rabbit, suite, logs)
            try:
                yield stage
            finally:
                for connection in stage._connections.values():
                    await connection.close()
