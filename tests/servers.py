"""The servers that tests talk to."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True)
class Servers:
    """A PostgreSQL that may be administered and a RabbitMQ."""

    postgres_url: str
    broker_url: str


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The servers the MB_TEST_* variables name."""
    yield Servers(os.environ["MB_TEST_POSTGRES_URL"], os.environ["MB_TEST_BROKER_URL"])
