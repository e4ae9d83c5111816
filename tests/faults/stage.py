"""The stage of the fault tests: the suite as operators run it, over servers of its own that may die as well."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

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

    def __init__(self, gateway_url: str, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
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

    def clerk(self, tenant_id: UUID | None = None) -> Clerk:
        """A clerk of a tenant, by default a new one, at the gateway."""
        return Clerk(self.suite.gateway_url, tenant_id or new_id())

    def database_url(self, service: str) -> str:
        """A service's database as the superuser reaches it, whom no row security binds."""
        return self.postgres.url.rpartition("/")[0] + "/" + self.suite.urls[service].rpartition("/")[2]

    async def sql(self, service: str, query: str, *values: Any) -> list[Any]:
        """Rows of a service's database, tuples where a row has several columns."""
        rows = await (await self._connection(service)).fetch(query, *values)
        return [row[0] if len(row) == 1 else tuple(row) for row in rows]

    async def execute(self, service: str, script: str) -> None:
        """Statements in a service's database."""
        await (await self._connection(service)).execute(script)

    async def _connection(self, service: str) -> asyncpg.Connection:
        connection = self._connections.get(service)
        if connection is None or connection.is_closed():
            connection = self._connections[service] = await asyncpg.connect(self.database_url(service))
        return connection

    async def settled(self) -> None:
        """Every invariant holds, inside the databases and between them, once the last event has arrived."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while breaches := await self.suite.breaches():
            assert time.monotonic() < deadline, breaches
            await asyncio.sleep(0.2)

    def fork(self, service: str, failpoints: str = "") -> ForkedWorker:
        """One more worker of a service, that may die at these points of its own accord."""
        environment = {**self.suite.environment, "MB_TEST_FAILPOINTS": failpoints}
        worker = ForkedWorker(service, environment, self.logs / f"forked-{service}.log")
        self.forked.append(worker)
        return worker

    async def dies_at(self, service: str, point: str, chance: float, seed: int) -> None:
        """Let a forked worker of a service work until it is killed at this point."""
        worker = self.fork(service, f"seed={seed} {point}={chance}")
        assert await asyncio.to_thread(worker.died, _PATIENCE_SECONDS), f"{service} never came to {point}"
        self.forked.remove(worker)

    async def drained(self) -> None:
        """No queue holds a message any more, not even one that waits for its acknowledgement."""

        async def empty() -> bool:
            listed = await asyncio.to_thread(self.rabbit.control, "list_queues", "--no-table-headers", "messages")
            return {line.strip() for line in listed.splitlines()} <= {"0", ""}

        await until(empty, "empty queues")

    def kill(self, pid: int) -> None:
        """SIGKILL for the forked worker that has this process id."""
        worker = next(one for one in self.forked if one.pid == pid)
        self.forked.remove(worker)
        worker.kill()

    @asynccontextmanager
    async def only_forked(self, service: str, replicas: int = 0) -> AsyncIterator[None]:
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
