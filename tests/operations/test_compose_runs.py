"""The processes of docker-compose.yml as they stand there, on this machine: its commands, variables, order and checks.

Only addresses are replaced: servers and ports are private ones, and secrets lie in a folder of the test.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from deploy.demo.api import Api
from deploy.embedded.postgres import PostgresServer
from deploy.embedded.process import free_port
from deploy.embedded.rabbitmq import RabbitServer
from shared.events.contracts import LegalEntityChanged
from tests.operations.compose import ROOT, compose, example, processes
from tests.tokens import TENANT

_START_SECONDS = 90
_ONCE = ("provision", "migrate")


class _Composed:
    """What `docker compose up` would run, started one after the other as `depends_on` demands."""

    def __init__(self, postgres: PostgresServer, rabbit: RabbitServer, folder: Path) -> None:
        self._folder = folder
        addresses = urlsplit(postgres.url), urlsplit(rabbit.url)
        environment = {
            **example("a private password"),
            "MB_POSTGRES_PASSWORD": addresses[0].password or "",
            "MB_BROKER_PASSWORD": addresses[1].password or "",
            "MB_GATEWAY_DEVELOPMENT_ISSUER": "true",
        }
        document = compose(environment)
        for name, source in document["secrets"].items():
            (folder / name).write_text(environment[source["environment"]])
        self._processes = processes(document)
        self._ports = {name: {"8000": free_port(), "9000": free_port()} for name in self._processes}
        self._servers = {"postgres:5432": addresses[0].netloc, "rabbitmq:5672": addresses[1].netloc}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self._ports['gateway']['8000']}"

    def up(self) -> None:
        """Start everything, each process once those it depends on are done or healthy."""
        done: set[str] = {"postgres", "rabbitmq"}
        while waiting := [name for name in self._processes if name not in done]:
            started = [name for name in waiting if self._needed(name) <= done]
            assert started, f"nothing can start any more: {waiting}"
            for name in started:
                self.start(name)
            for name in started:
                self._wait(name)
            done.update(started)

    def start(self, name: str) -> None:
        """One process, with the words and variables the file gives it."""
        process = self._processes[name]
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "deploy", *process["command"]],
                cwd=ROOT,
                env={key: self._here(name, value) for key, value in process["environment"].items()},
                stdout=log,
                stderr=log,
            )

    def exit_code(self, name: str) -> int:
        """How a process that ends by itself ended."""
        return self._running.pop(name).wait(_START_SECONDS)

    def down(self) -> list[int]:
        """Stop everything in the other order; the exit codes."""
        for process in reversed(self._running.values()):
            process.terminate()
        return [process.wait(40) for process in self._running.values()]

    def metrics(self, name: str) -> str:
        """What Prometheus would read."""
        return httpx.get(f"http://127.0.0.1:{self._ports[name]['9000']}/metrics", trust_env=False).text

    def log(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text(errors="replace")[-3000:]

    def _needed(self, name: str) -> set[str]:
        known = {*self._processes, "postgres", "rabbitmq"}
        return {*self._processes[name].get("depends_on", {})} & known

    def _here(self, name: str, value: Any) -> str:
        text = str(value).replace("/run/secrets", str(self._folder)).replace("0.0.0.0", "127.0.0.1")
        for server, netloc in self._servers.items():
            text = text.replace(server, netloc.rpartition("@")[2])
        for other, ports in self._ports.items():
            text = text.replace(f"http://{other}:8000", f"http://127.0.0.1:{ports['8000']}")
        return str(self._ports[name].get(text, text))

    def _wait(self, name: str) -> None:
        if name in _ONCE:
            assert self.exit_code(name) == 0, self.log(name)
            return
        code = self._processes[name]["healthcheck"]["test"][-1]
        for port, here in self._ports[name].items():
            code = code.replace(f"127.0.0.1:{port}", f"127.0.0.1:{here}")
        deadline = time.monotonic() + _START_SECONDS
        while subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode:
            assert self._running[name].poll() is None, self.log(name)
            assert time.monotonic() < deadline, f"{name} is not healthy: {self.log(name)}"
            time.sleep(0.5)


@pytest.fixture
def composed(tmp_path: Path) -> Iterator[_Composed]:
    with PostgresServer(durable=False) as postgres, RabbitServer() as rabbit:
        suite = _Composed(postgres, rabbit, tmp_path)
        try:
            yield suite
        finally:
            suite.down()


@pytest.mark.servers
def test_the_suite_comes_up_as_compose_says_and_a_fact_reaches_its_listener(composed: _Composed) -> None:
    composed.up()
    api = Api(composed.gateway_url, str(TENANT), "maria")
    firm = {"code": "AB", "name": "Alfa", "currency": "SEK", "country": "SE", "vat_percent": "25"}
    api.post("/v1/contracts/legal-entities", firm)
    # Told by the worker of contracts and heard by that of invoicing: both got into the broker with their password.
    heard = f'{{outcome="handled",service="invoicing",type="{LegalEntityChanged.TYPE}"}} 1.0'
    api.until(lambda: composed.metrics("invoicing-worker"), lambda metrics: heard in metrics, "the firm in invoicing")

    # `docker compose up` runs the one-shots again each time.
    for name in _ONCE:
        composed.start(name)
        assert composed.exit_code(name) == 0, composed.log(name)
    api.close()
    # uvicorn ends by the signal it was told to end by, after it has drained.
    assert set(composed.down()) <= {0, -signal.SIGTERM}
