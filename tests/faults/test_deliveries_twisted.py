"""A month's events delivered once, ten times over, or backwards, through the broker into the real services."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.runtime.transport import Message
from tests.faults.agency import ITEMS, Agency
from tests.faults.stage import Clerk
from tests.faults.twins import Twin

_ONCE, _TWISTED = 0x5EED0001, 0x5EED0100
_RUN = {"mode": "live", "invoice_on": "2026-10-31"}


def _ten_times_over(messages: Sequence[Message]) -> list[Message]:
    return [message for _ in range(10) for message in messages]


def _backwards(messages: Sequence[Message]) -> list[Message]:
    return list(reversed(messages))


_TWISTS = (_ten_times_over, _backwards)


@pytest.fixture(scope="session")
def known() -> dict[str, Any]:
    """What the books are after one delivery in order, once a test has had it worked out."""
    return {}


@pytest.mark.rule("MA-GEN-05", "PI-GEN-26")
@pytest.mark.parametrize("twist", _TWISTS)
async def test_the_books_are_those_of_one_delivery_in_order(
    agency: Agency, known: dict[str, Any], twist: Callable[[Sequence[Message]], list[Message]]
) -> None:
    if not known:
        known["books"], known["billed"] = await _after(Twin(agency, _ONCE), list)
        assert len(known["books"]["invoicing.billable_item"]) == 2 * ITEMS
        assert sum("Another page" in row for row in known["books"]["invoicing.billable_item"]) > 0
        assert sum(map(len, known["billed"].values())) > ITEMS
    books, billed = await _after(Twin(agency, _TWISTED + _TWISTS.index(twist)), twist)
    assert {name for name in books if books[name] != known["books"][name]} == set()
    assert {name for name in billed if billed[name] != known["billed"][name]} == set()
    await agency.stage.settled()


async def _after(
    twin: Twin, twist: Callable[[Sequence[Message]], list[Message]]
) -> tuple[dict[str, list[str]], dict[str, list[Any]]]:
    """The books once the events were delivered so, and what a run then bills."""
    await twin.hear(twist(twin.messages()))
    books = await twin.books()
    stage = twin.stage
    clerk = stage.clerk(twin.tenant_id)
    await asyncio.to_thread(_bill, clerk, twin.entity("NORD"))
    clerk.close()
    await stage.settled()
    return books, await twin.billed()


def _bill(clerk: Clerk, legal_entity_id: str) -> None:
    criteria = {"from_on": "2026-10-01", "to_on": "2026-10-31", "legal_entity_ids": [legal_entity_id]}
    run = clerk.post("/v1/invoicing/invoice-runs", {**_RUN, "criteria": criteria})
    ended = clerk.finished(f"/v1/invoicing/invoice-runs/{run['id']}")
    assert (ended["state"], ended["item_count"]) == ("completed", ITEMS)
