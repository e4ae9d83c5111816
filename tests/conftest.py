"""Fixtures every test may ask for; a test that needs a server carries the mark `servers` by itself."""

from collections import Counter
from typing import Any

import pytest
from _pytest.nodeid import NodeId
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["tests.servers", "tests.database", "tests.contracts.traffic"]
_ON_ONE_STAGE = "tests/faults/"


class _OneStage(LoadScopeScheduling):
    """Each test goes to whoever is free; the fault tests stay together, since they share a stage.

    By their folder: the marks of `--dist loadgroup` write into test ids, which pytest no longer reads from there.
    """

    def _split_scope(self, nodeid: str) -> str:
        return _ON_ONE_STAGE if nodeid.startswith(_ON_ONE_STAGE) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _OneStage:
    """How the tests of one run are dealt out to its processes."""
    return _OneStage(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is left without the mark is pure, and fast.

    Of tests with one id the scheduler would run one: schemathesis leaves the operation out of the ids of its tests.
    """
    for item in items:
        if not item.nodeid.endswith(item.name):
            assert item.parent is not None
            item._id = NodeId.parse(f"{item.parent.nodeid}::{item.name}")
        if "servers" in getattr(item, "fixturenames", ()):
            item.add_marker("servers")
    twice = [node_id for node_id, times in Counter(item.nodeid for item in items).items() if times > 1]
    if twice:
        raise pytest.UsageError(f"several tests share an id, and one of them would run: {twice[:5]}")
