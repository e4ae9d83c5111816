"""The sales desk, and the gateway in front of it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.contracts.sales import Public, Sales, opened_gateway
from tests.contracts.traffic import Traffic
from tests.database import MakeDatabase


@pytest_asyncio.fixture(loop_scope="session")
async def sales(traffic: Traffic) -> Sales:
    """The sales desk of a tenant of its own."""
    return await Sales(traffic).open()


@pytest_asyncio.fixture(loop_scope="session")
async def public(traffic: Traffic, provisioned: MakeDatabase) -> AsyncIterator[Public]:
    """The gateway over the same tenant."""
    async with opened_gateway(traffic, provisioned) as opened:
        yield opened
