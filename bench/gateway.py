"""The gateway with signed-in callers, beside the same requests sent to the service directly, and through haproxy."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import FastAPI

from bench.load import Load, serving
from bench.measure import compare, verdict
from deploy.embedded.process import free_port
from services.gateway.main import create_app
from services.gateway.settings import GatewaySettings
from tests.tokens import JWKS, token

_CALLERS = 200
_START_SECONDS = 5
_HAPROXY = """
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
listen front
  bind 127.0.0.1:{port}
  server service 127.0.0.1:{upstream}
"""


def service() -> FastAPI:
    """A service that answers two kilobytes of JSON."""
    app = FastAPI()
    rows = [
        {
            "id": n,
            "number": f"INV-{n:06d}",
            "client": f"client {n}",
            "net": 100_000 + n,
            "vat": 20_000,
            "state": "issued",
        }
        for n in range(22)
    ]

    @app.get("/v1/rows")
    async def answer() -> list[dict[str, Any]]:
        return rows

    return app


def gateway(upstream: int, jwks: str) -> FastAPI:
    """The gateway as it runs, in front of the service."""
    return create_app(GatewaySettings(contracts_url=f"http://127.0.0.1:{upstream}", jwks=jwks))


@contextmanager
def haproxy(upstream: int) -> Iterator[int]:
    """The port of a haproxy in front of the service, in a directory of its own."""
    port = free_port()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "haproxy.cfg"
        file.write_text(_HAPROXY.format(port=port, upstream=upstream), encoding="ascii")
        process = subprocess.Popen(["haproxy", "-db", "-f", file])
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


async def gateway_overhead(count: int, runs: int) -> None:
    """G14 of docs/performance.md: throughput at 32 connections, and the time added at one.

    The goal allows twice what haproxy adds and half a millisecond; where it is not installed, its part is nothing.
    """
    tokens = [token(subject=f"caller {n}") for n in range(_CALLERS)]
    async with serving(service) as upstream, serving(gateway, upstream, JWKS) as front:
        direct, through = (
            Load(port, path, tokens, 32) for port, path in ((upstream, "/v1/rows"), (front, "/v1/contracts/rows"))
        )
        for warm_up in (direct, through):
            await warm_up.rate(_CALLERS)
        await compare(
            "G14 gateway, 32 connections", lambda: direct.rate(count), lambda: through.rate(count), runs=runs, goal=0.7
        )
        with ExitStack() as started:
            loads = [direct, through]
            if shutil.which("haproxy"):
                loads.append(Load(started.enter_context(haproxy(upstream)), "/v1/rows", tokens, 1))
            turns = [await _medians_ms(loads, count // 20) for _ in range(runs)]
        ours, plain = ([of[at] - of[0] if at < len(of) else 0.0 for of in turns] for at in (1, 2))
        verdict(
            "G14 gateway, ms added at one connection", median(ours), goal=2 * median(plain) + 0.5, at_most=True,
            remark=f"{min(ours):.2f}..{max(ours):.2f} in {runs} turns, haproxy {median(plain):.2f}",
        )  # fmt: skip


async def _medians_ms(loads: Sequence[Load], count: int) -> list[float]:
    """The median time of an answer at one connection, each way in turn."""
    medians = []
    for load in loads:
        load.connections = 1
        await load.rate(count)
        medians.append(load.median_ms())
    return medians
