"""Invoicing as operators run it: gateway, API and worker in processes of their own, with a broker of their own."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from sqlalchemy.engine import make_url

from bench.invoice_run import RUN_DAY, seed
from bench.measure import Stopwatch
from deploy.embedded.rabbitmq import RabbitServer
from services.gateway.roles import PERMISSIONS
from shared.kernel.ids import new_id
from tests.processes import RunningSuite, provisioned_suite
from tests.tokens import token

POSTGRES = "MB_TEST_POSTGRES_URL"
_PROCESSES = ("serve gateway", "serve invoicing", "work invoicing")
_LOOK_SECONDS, _PATIENCE_SECONDS = 0.05, 600


@dataclass(frozen=True, slots=True)
class Invoicing:
    """The running processes, and their database as its superuser reaches it."""

    suite: RunningSuite
    url: str

    @property
    def port(self) -> int:
        """Where invoicing itself answers."""
        return int(self.suite.environment["MB_INVOICING_PORT"])

    async def seeded(self, count: int, per_client: int) -> UUID:
        """A new tenant with so many definitive insertions; statistics are fresh, nothing waits to be written."""
        tenant_id, legal_entity_id = new_id(), new_id()
        await seed(self.url, tenant_id, legal_entity_id, count, per_client)
        connection = await asyncpg.connect(self.url)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
        await connection.close()
        return tenant_id

    async def bill(self, tenant_id: UUID, count: int) -> float:
        """Insertions a second of a live run, from the request at the gateway to its answer that all is issued."""
        signed = {"Authorization": f"Bearer {token(*PERMISSIONS['operator'], tenant_id=tenant_id)}"}
        asked = {"mode": "live", "criteria": {"to_on": str(RUN_DAY)}, "invoice_on": str(RUN_DAY)}
        async with httpx.AsyncClient(base_url=self.suite.gateway_url, headers=signed, trust_env=False) as client:
            watch = Stopwatch()
            key = {"Idempotency-Key": str(new_id())}
            started = await client.post("/v1/invoicing/invoice-runs", json=asked, headers=key)
            run = await self._ended(client, started.raise_for_status().json()["id"])
        rate = watch.rate(count)
        if run["state"] != "completed" or run["item_count"] != count:
            raise SystemExit(f"the run billed {run['item_count']} of {count} and is {run['state']}")
        return rate

    async def _ended(self, client: httpx.AsyncClient, run_id: str) -> dict[str, Any]:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                run: dict[str, Any] = (await client.get(f"/v1/invoicing/invoice-runs/{run_id}")).json()
                if run["ended_at"] is not None:
                    return run
                await asyncio.sleep(_LOOK_SECONDS)


@asynccontextmanager
async def running_invoicing() -> AsyncIterator[Invoicing]:
    """Started and gone again."""
    postgres_url = os.environ[POSTGRES]
    with RabbitServer() as broker, TemporaryDirectory() as logs:
        async with provisioned_suite(postgres_url, broker.url, Path(logs)) as suite:
            for process in _PROCESSES:
                suite.start(process, MB_LOG_LEVEL="warning")
            for service in ("invoicing", "gateway"):
                suite.wait_ready(service)
            database = make_url(suite.urls["invoicing"]).database
            yield Invoicing(suite, f"{postgres_url.rsplit('/', 1)[0]}/{database}")
