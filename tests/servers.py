"""The servers that tests talk to, started when the first test asks: one set for all processes of a test run."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

import pytest

from tests.keeper import kept
from tests.ways import BROKER, POSTGRES, Kind


class Servers:
    """A PostgreSQL that may be administered and a RabbitMQ; each is found or started when it is first asked for."""

    def __init__(self, folder: Path, held: ExitStack) -> None:
        self._folder = folder
        self._held = held

    @cached_property
    def postgres_url(self) -> str:
        """The superuser's address of a PostgreSQL."""
        return self._url(POSTGRES)

    @cached_property
    def broker_url(self) -> str:
        """The address of a RabbitMQ's virtual host."""
        return self._url(BROKER)

    def _url(self, kind: Kind) -> str:
        return os.environ.get(kind.variable) or self._held.enter_context(kept(kind, self._folder / kind.name))


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The servers of this test run; what was started for it ends with its last process."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # what all workers of one run have in common
    with ExitStack() as held:
        yield Servers(folder / "servers", held)
