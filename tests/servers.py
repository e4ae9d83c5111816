"""The servers that tests talk to: those the MB_TEST_* variables name, else private ones of this test process."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from deploy.embedded.postgres import PostgresServer
from deploy.embedded.rabbitmq import RabbitServer


@dataclass(frozen=True, slots=True)
class Servers:
    """A PostgreSQL that may be administered and a RabbitMQ."""

    postgres_url: str
    broker_url: str


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The servers the MB_TEST_* variables name; what they do not name is started here and stopped at the end."""
    with ExitStack() as started:
        yield Servers(
            os.environ.get("MB_TEST_POSTGRES_URL") or started.enter_context(PostgresServer(durable=False)).url,
            os.environ.get("MB_TEST_BROKER_URL") or started.enter_context(RabbitServer()).url,
        )
