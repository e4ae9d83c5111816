"""Rates that are too old to invoice with, and minimum amounts in another currency (MA-GEN-10, MA-REG-03)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shared.events.contracts import ExchangeRateChanged, InsertionState
from shared.kernel.ids import new_id
from tests.invoicing.ahead import hear
from tests.invoicing.results import totals
from tests.invoicing.working import errors_of
from tests.invoicing.world import RUN_DAY, World


async def rate(world: World, code: str, rate: str, on: date, **changes: Any) -> ExchangeRateChanged:
    """Tell of a rate."""
    told = ExchangeRateChanged(
        **{
            "id": new_id(), "version": 1, "legal_entity_id": world.legal_entity_id, "currency": code, "rate_on": on,
            "rate": Decimal(rate),
        }
        | changes
    )  # fmt: skip
    await hear(world, told)
    return told


async def in_crowns(world: World, price: str, **client: Any) -> InsertionState:
    """An insertion of an order in crowns, at 0.09 euro."""
    buyer = await world.client("NORGE", **client)
    booked = world.insertion(buyer, price, currency="SEK", exchange_rate=Decimal("0.09"))
    await world.tell(booked)
    return booked


@pytest.mark.rule("MA-REG-03", "MA-INV-21")
@pytest.mark.parametrize(
    ("code", "minimum", "price", "made"),
    [
        # 1 000.00 crowns are 90.00 euro, whichever figure is the larger.
        ("EUR", "90.00", "1000.00", True),
        ("EUR", "90.01", "1000.00", False),
        ("EUR", "90.01", "-1000.00", False),
        ("SEK", "1000.00", "1000.00", True),
        ("SEK", "1000.01", "1000.00", False),
        # At 0.006 euro a yen they are 15 000 yen.
        ("JPY", "15000", "1000.00", True),
        ("JPY", "15001", "1000.00", False),
    ],
)
async def test_a_minimum_is_compared_in_the_clients_own_currency(
    world: World, code: str, minimum: str, price: str, made: bool
) -> None:
    await rate(world, "JPY", "0.006", date(2026, 10, 1))
    await rate(world, "JPY", "0.5", date(2026, 11, 1))
    await in_crowns(world, price, currency=code, minimum_amount=Decimal(minimum))
    done = await world.run()
    assert (done["invoice_count"], done["left_out_count"]) == ((1, 0) if made else (0, 1))
    if not made:
        assert [row["reason"] for row in await world.rows("SELECT reason FROM invoice_run_left_out")] == [
            "below_minimum"
        ]


@pytest.mark.rule("MA-GEN-10")
async def test_a_minimum_without_a_rate_is_told_and_holds_up_nobody_else(world: World) -> None:
    await in_crowns(world, "1000.00", currency="KWD", minimum_amount=Decimal("0.001"))
    other = await world.client("BETA")
    await world.tell(world.insertion(other))
    run = await world.start()
    done = await world.work(run)
    assert done["invoice_count"] == 1
    assert set((await errors_of(world, run.id)).values()) == {"rate_missing"}


@pytest.mark.rule("MA-GEN-10")
@pytest.mark.parametrize(
    ("days_max", "newest", "made"),
    [
        (None, None, True), (None, date(2020, 1, 1), True), (5, None, False), (5, date(2026, 10, 26), True),
        (5, date(2026, 10, 25), False), (0, RUN_DAY, True), (0, date(2026, 11, 1), False),
    ],
)  # fmt: skip
async def test_parameters_can_demand_rates_that_are_up_to_date(
    world: World, days_max: int | None, newest: date | None, made: bool
) -> None:
    async with world.database.transaction(world.context) as session:
        await world.parameters(session, rate_days_max=days_max)
    if newest:
        old = await rate(world, "SEK", "0.09", newest)
        await rate(world, "SEK", "0.07", newest, id=old.id, version=0)
    await rate(world, "NOK", "0.09", RUN_DAY)
    await in_crowns(world, "1000.00")
    at_home = await world.client("BETA")
    await world.tell(world.insertion(at_home))
    run = await world.start()
    await world.work(run)
    assert {total for _, _, _, total in await totals(world)} == ({"1250.00", "125.00"} if made else {"125.00"})
    assert list((await errors_of(world, run.id)).values()) == ([] if made else ["rate_missing"])
    assert await world.rows("SELECT no FROM invoice WHERE no > 2") == []
