"""The gateway with signed-in callers, beside the same requests sent to the service directly."""

from typing import Any

from fastapi import FastAPI

from bench.load import Load, serving
from bench.measure import compare, verdict
from services.gateway.main import create_app
from services.gateway.settings import GatewaySettings
from tests.tokens import JWKS, token

_CALLERS = 200


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


async def gateway_overhead(count: int, runs: int) -> None:
    """G14 of docs/performance.md: throughput at 32 connections, and the time added at one.

    The goal allows twice what haproxy adds and half a millisecond; haproxy's part is taken as nothing here.
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
        added = []
        for _ in range(runs):
            medians = []
            for load in (direct, through):
                load.connections = 1
                await load.rate(count // 20)
                medians.append(load.median_ms())
            added.append(medians[1] - medians[0])
        added.sort()
        verdict(
            "G14 gateway, ms added at one connection", added[len(added) // 2], goal=0.5, at_most=True,
            remark=f"{added[0]:.2f}..{added[-1]:.2f} in {runs} turns",
        )  # fmt: skip
