"""The suite as operators run it: processes of `mb serve` and `mb work` over real servers, to be stopped or killed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from deploy.check import Breach, check
from deploy.embedded.process import free_port
from deploy.provision import discard, provision
from deploy.registry import DATABASE_SERVICES, SERVICES
from shared.kernel.ids import new_id
from shared.runtime.migrate import migrate
from tests.tokens import JWKS

ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 120
_STOP_SECONDS = 40


class RunningSuite:
    """Processes by name, such as "serve gateway" or "work invoicing 2", and the databases behind them."""

    def __init__(self, urls: dict[str, str], broker_url: str, logs: Path) -> None:
        self.urls = urls
        self._logs = logs
        self._ports = {service: free_port() for service in SERVICES}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MB_")},
            "MB_BROKER_URL": broker_url,
            "MB_JWKS": JWKS,
            "MB_DRAIN_SECONDS": "0",
            **{f"MB_{service.upper()}_DATABASE_URL": url for service, url in urls.items()},
            **{f"MB_{service.upper()}_PORT": str(port) for service, port in self._ports.items()},
            **{f"MB_GATEWAY_{service.upper()}_URL": f"http://127.0.0.1:{self._ports[service]}" for service in urls},
        }

    @property
    def gateway_url(self) -> str:
        """The one public address."""
        return f"http://127.0.0.1:{self._ports['gateway']}"

    def start(self, name: str, **environment: str) -> None:
        """Start one process; its words are the `mb` command, a third one tells replicas apart."""
        with (self._logs / f"{name.replace(' ', '-')}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "deploy", *name.split()[:2]],
                cwd=ROOT,
                env={**self.environment, **environment},
                stdout=log,
                stderr=log,
            )

    def start_all(self) -> None:
        """An API and a worker per service, and the gateway; returns when every API is ready."""
        for service in SERVICES:
            self.start(f"serve {service}")
        for service in DATABASE_SERVICES:
            self.start(f"work {service}")
        for service in SERVICES:
            self.wait_ready(service)

    def wait_ready(self, service: str) -> None:
        """Wait until an API says it is ready."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{self._ports[service]}/readyz", trust_env=False).status_code == 200:
                    return
            time.sleep(0.1)
        raise TimeoutError(f"{service} is not ready; see {self._logs}")

    def kill(self, name: str) -> None:
        """SIGKILL: the process gets to finish nothing."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def died(self, name: str) -> int:
        """The exit code of a process that was to end by itself."""
        return self._running.pop(name).wait(_STOP_SECONDS)

    def stop(self, name: str) -> int:
        """SIGTERM, and its exit code."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(_STOP_SECONDS)

    def alive(self, name: str) -> bool:
        """Whether a process still runs."""
        return self._running[name].poll() is None

    def stop_all(self) -> None:
        """Ask every process to end, and wait for it."""
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._running.clear()

    async def breaches(self) -> list[Breach]:
        """What `mb check` finds."""
        return await check(self.urls)


@asynccontextmanager
async def provisioned_suite(postgres_url: str, broker_url: str, logs: Path) -> AsyncIterator[RunningSuite]:
    """Databases for a suite and the suite itself, with no process started yet; all of it is gone afterwards."""
    prefix = f"t{new_id().hex[-12:]}"
    urls = {}
    for service in DATABASE_SERVICES:
        made = await provision(postgres_url, f"{prefix}_{service}")
        await migrate(made.owner_url, service)
        urls[service] = made.app_url
    suite = RunningSuite(urls, broker_url, logs)
    try:
        yield suite
    finally:
        suite.stop_all()
        for service in DATABASE_SERVICES:
            await discard(postgres_url, f"{prefix}_{service}")
