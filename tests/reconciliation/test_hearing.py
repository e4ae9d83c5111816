"""What reconciliation makes of what it hears: in any order, however often, at the same time."""

import asyncio
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from services.reconciliation.inbox import HANDLERS
from shared.events.contracts import InsertionChanged, InsertionDefinitive
from shared.events.envelope import Fact
from shared.events.invoicing import InvoiceLineOf, InvoiceLinesIssued
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from tests.reconciliation.words import amount, cents
from tests.reconciliation.world import World, credited, received, share

STATE = (
    "SELECT insertion_id, legal_entity_id, currency, client_net_amount, client_net_net_amount, media_net_amount, "
    "discrepancy_net_net_amount, reconciliation_code FROM discrepancy ORDER BY insertion_id"
)


@pytest.mark.rule("MA-REC-01", "MA-CRD-06", "PI-GEN-26")
@pytest.mark.parametrize("order", list(permutations(range(4))), ids=lambda order: "".join(map(str, order)))
async def test_any_order_of_news_ends_in_the_same_books(
    database: Database, context: Context, order: tuple[int, ...]
) -> None:
    world = World(database, context)
    rate = Decimal("11.20")
    insertion = world.insertion("5 000.00", "800.00", currency="EUR", exchange_rate=rate)
    invoice = world.invoice((insertion, "5 000.00", "4 200.00"), currency="EUR", deduction="47 040.00")
    facts: list[Fact] = [
        world.entity(),
        InsertionDefinitive(items=[insertion]),
        invoice,
        credited(world.invoice((insertion, "1 000.00", "840.00"), currency="EUR", deduction="9 408.00")),
    ]
    await world.hear(*(facts[number] for number in order))
    (row,) = await world.rows(STATE)
    assert (row["client_net_amount"], row["client_net_net_amount"]) == (cents("44 800.00"), cents("37 632.00"))
    assert (row["currency"], row["reconciliation_code"]) == ("SEK", 3)
    assert await world.rows("SELECT 1 FROM waiting_line") == []
    assert await world.broken() == {}


async def test_the_books_are_checked_to_the_cent_and_not_in_floats(world: World) -> None:
    """As floats, 34 651.52 times a hundred is 3465151.9999999995 cents."""
    await world.bill((world.insertion(), "40 000.00", "34 651.52"))
    assert await world.broken() == {}


@pytest.mark.rule("MA-REC-01", "MA-GEN-08")
async def test_news_told_again_changes_nothing(world: World) -> None:
    insertion = world.insertion()
    invoice = await world.bill((insertion, "20 000.00", "17 000.00"))
    before = await world.rows(STATE)
    told = await world.told_of("reconciliation.discrepancy.changed.v1")
    await world.hear(invoice, InsertionDefinitive(items=[insertion]), world.entity(), invoice)
    assert await world.rows(STATE) == before
    assert await world.told_of("reconciliation.discrepancy.changed.v1") == told
    assert await world.broken() == {}


@pytest.mark.rule("MA-REC-01")
async def test_an_older_version_of_an_insertion_replaces_nothing(world: World) -> None:
    old = world.insertion()
    new = old.model_copy(update={"version": 2, "owner": "jonas", "text": "Full page"})
    await world.hear(InsertionChanged(items=[new]), InsertionDefinitive(items=[old]))
    (row,) = await world.rows("SELECT version, owner, text FROM insertion")
    assert tuple(row.values()) == (2, "jonas", "Full page")


@pytest.mark.rule("MA-REC-01", "MA-INV-24")
async def test_lines_of_a_long_invoice_may_come_before_it(world: World) -> None:
    insertions = [world.insertion(day=day) for day in (1, 2, 3)]
    invoice = world.invoice(*((one, "20 000.00", "17 000.00") for one in insertions), line_count=501)
    lines = [
        InvoiceLineOf(**dict(line), invoice_id=invoice.id, invoice_version=1, client_id=world.client_id)
        for line in invoice.lines
    ]
    header = invoice.model_copy(update={"lines": []})
    await world.hear(InvoiceLinesIssued(items=lines[:2]))
    await world.tell(*insertions)
    assert await world.rows(STATE) == []
    await world.hear(header, InvoiceLinesIssued(items=lines[2:]), InvoiceLinesIssued(items=lines[:2]))
    assert [row["client_net_net_amount"] for row in await world.rows(STATE)] == [cents("17 000.00")] * 3
    assert await world.broken() == {}


@pytest.mark.rule("MA-REC-01", "MA-INS-15", "CB-SEP-29")
async def test_shares_of_an_allocation_meet_on_one_insertion(world: World) -> None:
    other = new_id()
    shares = [
        share(world.client_id, amount("3 400.01"), amount("510.00"), "34"),
        share(other, amount("6 600.00"), amount("990.00"), "66"),
    ]
    insertion = world.insertion(shares=shares)
    await world.bill((insertion, "3 400.01", "2 890.01"))
    await world.hear(world.invoice((insertion, "6 600.00", "5 610.00"), client_id=other, invoice_no="N2026-00002"))
    (ordered,) = await world.rows("SELECT net_amount, net_net_amount FROM insertion")
    assert tuple(ordered.values()) == (cents("10 000.01"), cents("8 500.01"))
    assert await world.discrepancy(insertion) == (cents("10 000.01"), cents("8 500.01"))


@pytest.mark.rule("MA-CRD-13", "MA-REC-13")
async def test_credits_and_corrections_count_on_their_original(world: World) -> None:
    original = world.insertion()
    await world.bill((original, "20 000.00", "17 000.00"))
    correction = world.insertion("600.00", "0.00", original_id=original.id, correction_kind="external")
    await world.bill((correction, "600.00", "600.00"), invoice_no="N2026-00002")
    assert await world.discrepancy(original) == (cents("20 600.00"), cents("17 600.00"))
    credit = world.insertion("-20 000.00", "-3 000.00", original_id=original.id, credit=True)
    await world.bill((credit, "-20 000.00", "-17 000.00"), invoice_no="N2026-00003")
    assert await world.discrepancy(original) == (cents("600.00"), cents("600.00"))
    assert len(await world.rows(STATE)) == 1
    assert await world.broken() == {}


@pytest.mark.rule("MA-CRD-06", "MA-REC-09")
async def test_a_reversal_leaves_the_medias_side_open_until_it_is_invoiced_again_as_in_ex_09(world: World) -> None:
    from services.reconciliation.application.register_invoice import Keyed

    first, second = world.insertion(), world.insertion("10 000.00", "1 500.00", day=13)
    lines = (first, "20 000.00", "17 000.00"), (second, "10 000.00", "8 500.00")
    invoice = await world.bill(*lines)
    await world.saved(
        world.header("25 500.00", "6 375.00"), Keyed(first.id, marked=True), Keyed(second.id, marked=True)
    )
    assert (await world.discrepancy(first), await world.discrepancy(second)) == ((0, 0), (0, 0))
    await world.hear(credited(invoice))
    assert (await world.discrepancy(first))[1] == cents("-17 000.00")
    assert (await world.discrepancy(second))[1] == cents("-8 500.00")
    assert {row["reconciliation_code"] for row in await world.rows(STATE)} == {4}
    await world.hear(world.invoice(*lines, invoice_no="N2026-00003"))
    assert (await world.discrepancy(first), await world.discrepancy(second)) == ((0, 0), (0, 0))
    assert {row["reconciliation_code"] for row in await world.rows(STATE)} == {1}
    assert await world.broken() == {}


@pytest.mark.rule("MA-REC-01")
async def test_what_bills_no_insertion_leaves_no_trace(world: World) -> None:
    radio = world.invoice(deduction="0.00", kind="contract")
    await world.hear(radio)
    assert await world.rows("SELECT 1 FROM client_invoice") == []


@pytest.mark.rule("MA-REC-01", "PI-GEN-26")
async def test_an_invoice_and_its_insertions_heard_at_once_overlook_nothing(world: World) -> None:
    async def hear(fact: Fact) -> None:
        async with world.database.transaction(world.context) as session:
            await HANDLERS[type(fact)](session, [received(fact, world.context)])

    facts: list[Any] = []
    for _ in range(15):
        insertion = world.insertion()
        facts += [world.invoice((insertion, "20 000.00", "17 000.00")), InsertionDefinitive(items=[insertion])]
    for start in range(0, len(facts), 10):
        await asyncio.gather(*(hear(fact) for fact in facts[start : start + 10]))
    rows = await world.rows("SELECT client_net_net_amount FROM discrepancy")
    assert [row["client_net_net_amount"] for row in rows] == [cents("17 000.00")] * 15
    assert await world.broken() == {}
