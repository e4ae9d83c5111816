"""One stage for all fault tests: they belong to one process, and each works for a tenant of its own."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.agency import ITEMS, Agency
from tests.faults.firm import Firm
from tests.faults.stage import Stage, running_stage


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """The suite on servers of its own; a second one in the same run would mean that tests were dealt out wrongly."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        (tmp_path_factory.getbasetemp().parent / "stage").mkdir()
    async with running_stage(tmp_path_factory.mktemp("stage")) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def agency(stage: Stage) -> AsyncIterator[Agency]:
    """The month of an agency that waits to be billed: NORD's by one test, RHEIN's by another."""
    booked = Agency(stage)
    await asyncio.to_thread(booked.book)
    for entity in ("NORD", "RHEIN"):
        await booked.heard(entity, ITEMS)
    await booked.note_told()
    yield booked
    booked.api.close()


@pytest_asyncio.fixture(loop_scope="session")
async def firm(stage: Stage) -> AsyncIterator[Firm]:
    """A tenant of the test's own, whose clients are counted wherever they are written."""
    opened = await Firm(stage).open()
    yield opened
    await opened.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever works on the stage is slow."""
    for item in items:
        if "stage" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.fault)
