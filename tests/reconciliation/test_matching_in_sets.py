"""Matching on PostgreSQL gives what the pure function gives, whatever lines and insertions there are."""

import asyncio
from datetime import date
from random import Random
from uuid import UUID

import pytest

from services.reconciliation.application.match_invoices import match_again, match_invoices
from services.reconciliation.application.register_invoice import Keyed
from services.reconciliation.application.save_invoices import save_what_is_right
from services.reconciliation.domain.matching import Insertion, Line, match
from services.reconciliation.domain.media_invoice import Amounts
from services.reconciliation.repository.media_invoices import Invoice, add_invoices
from services.reconciliation.repository.media_invoices import Line as StoredLine
from shared.events.contracts import InsertionState
from shared.kernel.ids import new_id
from shared.runtime.clock import now
from tests.reconciliation.words import amount, cents, october
from tests.reconciliation.world import World

MATCHES = {"exact": 1, "near": 2, "same_day": 3, "again": 4}


async def pend(world: World, *lines: Line) -> UUID:
    """A pending invoice with lines as a supplier printed them."""
    invoice_id, moment = new_id(), now()
    stored = [
        StoredLine(
            new_id(), invoice_id, number, line.order_no, line.insertion_on, "", None, None, True, False,
            line.net_net_amount, line.net_net_amount, 0, 0, line.net_net_amount, 0,
        )
        for number, line in enumerate(lines, 1)
    ]  # fmt: skip
    total = sum(line.net_net_amount for line in lines)
    invoice = Invoice(
        invoice_id, 1, "pending", world.supplier_id, None, str(invoice_id), october(31), october(31), None, "SEK", None,
        Amounts(total, (), total), 0, len(lines), None, "", None, None, "clerk", moment,
    )  # fmt: skip
    async with world.database.transaction(world.context) as session:
        await add_invoices(session, [invoice], stored)
    return invoice_id


async def found(world: World, invoice_id: UUID) -> list[tuple[UUID, int] | None]:
    """Which insertion each line found, and how."""
    rows = await world.rows(
        "SELECT insertion_id, match FROM media_invoice_line WHERE media_invoice_id = $1 ORDER BY line_no", invoice_id
    )
    return [(row["insertion_id"], MATCHES[row["match"]]) if row["match"] else None for row in rows]


async def matched(world: World, *invoice_ids: UUID) -> None:
    """Match these invoices together."""
    async with world.database.transaction(world.context) as session:
        await match_invoices(session, invoice_ids)


def of(world: World, net_net: int, on: date, order_no: int) -> InsertionState:
    """An insertion without commission."""
    return world.insertion(f"{net_net / 100:.2f}", "0.00", insertion_on=on, order_no=order_no)


@pytest.mark.rule("MA-MIN-02", "MA-MIN-20")
@pytest.mark.parametrize("seed", range(12))
async def test_the_sets_agree_with_the_pure_function(world: World, seed: int) -> None:
    random = Random(seed)

    def somewhere() -> tuple[int, date, int]:
        sign = random.choice([1, 1, 1, -1])
        return (
            random.choice([501, 502]),
            october(random.randint(1, 8)),
            sign * random.choice([9800, 9950, 10000, 10150]),
        )

    insertions = [of(world, amount, on, order_no) for order_no, on, amount in (somewhere() for _ in range(40))]
    await world.tell(*insertions)
    lines = [Line(*somewhere()) for _ in range(40)] + [Line(599, october(1), 10000)]
    billed = insertions[:6]
    for number, one in enumerate(billed):
        net_net = one.shares[0].net_net_amount
        header = world.header(str(net_net), "0.00", invoice_no=f"AP-{number}")
        await world.saved(header, Keyed(one.id, marked=True))
    invoice_id = await pend(world, *lines)
    await matched(world, invoice_id)
    candidates = sorted(
        Insertion(one.id, one.order_no, one.insertion_on, cents(str(one.shares[0].net_net_amount)), one in billed)
        for one in insertions
    )
    assert await found(world, invoice_id) == [
        (pair[0], int(pair[1])) if pair else None for pair in match(lines, candidates)
    ]


@pytest.mark.rule("MA-MIN-02", "MA-MIN-20")
async def test_what_is_left_of_an_insertion_is_what_a_line_may_bill(world: World) -> None:
    insertion = world.insertion()
    await world.tell(insertion)
    written = {"net_net_amount": amount("6 000.00")}
    await world.saved(world.header("6 000.00", "0.00"), Keyed(insertion.id, written=written))
    invoice_id = await pend(world, Line(501, october(12), cents("11 000.00")))
    await matched(world, invoice_id)
    assert await found(world, invoice_id) == [(insertion.id, MATCHES["exact"])]


@pytest.mark.rule("MA-MIN-02", "MA-INS-11")
@pytest.mark.parametrize(
    ("status", "finds"),
    [
        ("definitive", True), ("invoiced", True), ("do_not_invoice", True), ("pre_inv", True), ("blocked", True),
        ("cancelled", False), ("preliminary", False),
    ],
)  # fmt: skip
async def test_which_statuses_a_medium_may_bill(world: World, status: str, finds: bool) -> None:
    insertion = world.insertion(status=status)
    await world.tell(insertion)
    invoice_id = await pend(world, Line(501, october(12), cents("17 000.00")))
    await matched(world, invoice_id)
    assert await found(world, invoice_id) == [(insertion.id, MATCHES["exact"]) if finds else None]


@pytest.mark.rule("MA-MIN-02", "MA-MIN-20")
async def test_matched_and_saved_at_once_equal_lines_take_different_insertions(world: World) -> None:
    twins = [world.insertion() for _ in range(6)]
    await world.tell(*twins)
    ids = [await pend(world, Line(501, october(12), cents("17 000.00"))) for _ in twins]

    async def take_in(invoice_id: UUID) -> None:
        async with world.database.transaction(world.context) as session:
            await match_invoices(session, [invoice_id])
            await save_what_is_right(session, [invoice_id])

    await asyncio.gather(*(take_in(invoice_id) for invoice_id in ids))
    rows = await world.rows("SELECT insertion_id, match FROM media_invoice_line")
    assert {row["insertion_id"] for row in rows} == {one.id for one in twins}
    assert {row["match"] for row in rows} == {"exact"}
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-18", "MA-MIN-02")
async def test_a_pending_invoice_is_matched_again_once_the_order_is_there(world: World) -> None:
    invoice_id = await pend(world, Line(501, october(12), cents("17 000.00")))
    await matched(world, invoice_id)
    assert await found(world, invoice_id) == [None]
    insertion = world.insertion()
    await world.tell(insertion)
    async with world.database.transaction(world.context) as session:
        await match_again(session, invoice_id, 1)
    assert await found(world, invoice_id) == [(insertion.id, MATCHES["exact"])]
    (line,) = await world.rows("SELECT ordered_net_net_amount, gross_amount FROM media_invoice_line")
    assert tuple(line.values()) == (cents("17 000.00"), cents("20 000.00"))
    await world.save(invoice_id, 2)
    assert await world.broken() == {}
