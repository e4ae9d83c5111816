"""The whole suite in one process: embedded PostgreSQL, in-process transport, a mail sink, every API and worker."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from deploy.embedded.mail import MailSink
from deploy.embedded.postgres import PostgresServer
from deploy.embedded.process import free_port
from deploy.provision import provision
from deploy.registry import DATABASE_SERVICES, app_of, settings_of
from deploy.workers import topology, worker_of
from shared.runtime.db import Database
from shared.runtime.inprocess import InProcessTransport
from shared.runtime.migrate import migrate
from shared.runtime.serve import configured


@dataclass(frozen=True, slots=True)
class Suite:
    """Where the running suite is reached, its databases (service → URL of the _app role), and what it mailed."""

    gateway_url: str
    database_urls: dict[str, str]
    mail: MailSink


@asynccontextmanager
async def embedded_suite(directory: Path, *, port: int = 0) -> AsyncIterator[Suite]:
    """Run everything until the block ends; data stays in `directory`. `port` is the gateway's, 0 a free one."""
    with PostgresServer(directory) as postgres:
        urls = await _databases(postgres.url)
        gateway_port = port or free_port()
        gateway_url = f"http://127.0.0.1:{gateway_port}"
        ports = {service: free_port() for service in DATABASE_SERVICES}
        apps: dict[int, FastAPI] = {gateway_port: _gateway(ports)}
        for service in DATABASE_SERVICES:
            settings = settings_of(
                service, database_url=urls[service], jwks_url=f"{gateway_url}/.well-known/jwks.json", pool_size=5
            )
            apps[ports[service]] = app_of(service, settings)
        async with MailSink() as mail, _serving(apps), _working(urls):
            # Workers read their settings from the environment, also where they share a process.
            os.environ.update(mail.environment)
            yield Suite(gateway_url, urls, mail)


def _gateway(ports: dict[str, int]) -> FastAPI:
    addresses: dict[str, Any] = {f"{service}_url": f"http://127.0.0.1:{port}" for service, port in ports.items()}
    return app_of("gateway", settings_of("gateway", development_issuer=True, **addresses))


async def _databases(admin_url: str) -> dict[str, str]:
    urls = {}
    for service in DATABASE_SERVICES:
        made = await provision(admin_url, f"mb_{service}")
        await migrate(made.owner_url, service)
        urls[service] = made.app_url
    return urls


@asynccontextmanager
async def _serving(apps: dict[int, FastAPI]) -> AsyncIterator[None]:
    servers = [_QuietServer(configured(app, host="127.0.0.1", port=port)) for port, app in apps.items()]
    running = [asyncio.create_task(server.serve()) for server in servers]
    try:
        while not all(server.started for server in servers):
            for task in running:
                if task.done():
                    task.result()
            await asyncio.sleep(0.02)
        yield
    finally:
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*running)


class _QuietServer(uvicorn.Server):
    """Leaves the process' signals to whoever runs the suite."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Capture nothing."""
        yield


@asynccontextmanager
async def _working(urls: dict[str, str]) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    transport = InProcessTransport(topology())
    databases = {service: Database(url, pool_size=6, name=f"mb-{service}-worker") for service, url in urls.items()}
    try:
        async with asyncio.TaskGroup() as group:
            for service, database in databases.items():
                group.create_task(worker_of(service, database, transport).run(stopping))
            try:
                yield
            finally:
                stopping.set()
    finally:
        for database in databases.values():
            await database.close()
