"""Fixtures every test may ask for; a test that needs a server carries the mark `servers` by itself."""

import pytest

pytest_plugins = ["tests.servers", "tests.database", "tests.contracts.traffic"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is left without the mark is pure, and fast."""
    for item in items:
        if "servers" in getattr(item, "fixturenames", ()):
            item.add_marker("servers")
