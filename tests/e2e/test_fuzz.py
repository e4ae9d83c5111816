"""The merged OpenAPI, fuzzed through the gateway: no answer is a server error, and each is one the document states."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from deploy.registry import SERVICES
from services.gateway.roles import PERMISSIONS
from tests.processes import RunningSuite, provisioned_suite
from tests.servers import Servers
from tests.tokens import token

_ROOT = Path(__file__).resolve().parents[2]
_CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
_document: dict[str, Any] = orjson.loads((_ROOT / "docs" / "openapi.json").read_bytes())
schema = schemathesis.openapi.from_dict(_document).exclude(
    path_regex=r"^/v1/tokens|/events$|^/\.well-known|^/$|^/ref|^/open"
)


@pytest.fixture(scope="module")
def gateway_url(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A suite of APIs without workers, on a loop of its own."""
    ready: threading.Event = threading.Event()
    stop: threading.Event = threading.Event()
    suites: list[RunningSuite] = []

    async def run() -> None:
        async with provisioned_suite(
            servers.postgres_url, servers.broker_url, tmp_path_factory.mktemp("fuzz")
        ) as suite:
            for service in SERVICES:
                suite.start(
                    f"serve {service}", MB_GATEWAY_REQUESTS_PER_SECOND="10000", MB_GATEWAY_REQUESTS_BURST="10000"
                )
            for service in SERVICES:
                suite.wait_ready(service)
            suites.append(suite)
            ready.set()
            while not stop.is_set():
                await asyncio.sleep(0.1)

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    try:
        assert ready.wait(60)
        yield suites[0].gateway_url
    finally:
        stop.set()
        thread.join()


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
def test_no_answer_is_a_server_error_and_each_is_as_documented(case: Any, gateway_url: str) -> None:
    headers = {"Authorization": f"Bearer {token(*PERMISSIONS['operator'])}"}
    case.call_and_validate(base_url=gateway_url, headers=headers, checks=_CHECKS)
