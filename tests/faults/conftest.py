"""One stage for all fault tests: they belong to one process, and each works for a tenant of its own."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.agency import ITEMS, Agency
from tests.faults.stage import Stage, running_stage


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """The suite on servers of its own."""
    async with running_stage(tmp_path_factory.mktemp("stage")) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def agency(stage: Stage) -> AsyncIterator[Agency]:
    """The month of an agency that waits to be billed: NORD's by one test, RHEIN's by another."""
    booked = Agency(stage)
    await asyncio.to_thread(booked.book)
    for entity in ("NORD", "RHEIN"):
        await booked.heard(entity, ITEMS)
    yield booked
    booked.api.close()


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them in one group."""
    for item in items:
        if "stage" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.fault)
            item.add_marker(pytest.mark.xdist_group("faults"))
