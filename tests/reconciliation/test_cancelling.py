"""Saved media invoices taken back as a whole."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest

from services.reconciliation.application.cancel_invoice import cancel_invoice
from services.reconciliation.application.register_invoice import Keyed
from shared.kernel.errors import BillingError, Invalid, NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import new_id
from tests.reconciliation.words import amount, cents, october
from tests.reconciliation.world import World


async def cancel(world: World, invoice_id: UUID, version: int = 2, day: int = 31) -> None:
    """Take an invoice back."""
    async with world.database.transaction(world.context) as session:
        await cancel_invoice(session, invoice_id, version, on=october(day), reason="billed to the wrong agency")


@pytest.mark.rule("MA-MIN-21", "MA-MIN-05", "MA-MIN-23")
async def test_a_cancelled_invoice_is_mirrored_and_its_number_free_again(world: World) -> None:
    rate = Decimal("11.20")
    insertion = world.insertion("5 000.00", "800.00", currency="EUR", exchange_rate=rate)
    await world.bill((insertion, "5 000.00", "4 200.00"), currency="EUR", deduction="47 040.00")
    header = world.header("4 200.00", "0.00", currency="EUR", exchange_rate=Decimal("11.345"))
    first = await world.saved(header, Keyed(insertion.id, marked=True))
    await cancel(world, first)
    mirror = await world.postings(first, "media_invoice_cancelled")
    assert mirror == [(role, -posted) for role, posted in await world.postings(first)]
    assert await world.discrepancy(insertion) == (cents("56 000.00"), cents("47 040.00"))
    (row,) = await world.rows("SELECT billed_amount FROM discrepancy")
    assert row["billed_amount"] == 0
    (told,) = await world.told_of("reconciliation.media_invoice.cancelled.v1")
    assert (told["id"], told["state"], told["line_count"]) == (str(first), "cancelled", 1)
    second = await world.saved(header, Keyed(insertion.id, marked=True))
    assert await world.discrepancy(insertion) == (0, 0)
    assert second != first
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-21")
async def test_what_cannot_be_cancelled(world: World) -> None:
    insertion, untouched = world.insertion(), world.insertion(day=13)
    await world.bill((insertion, "20 000.00", "18 000.00"))
    await world.tell(untouched)
    pending = await world.register(world.header("0.00", "0.00"))
    for invoice_id, version, kind, code in (
        (new_id(), 1, NotFound, "not_found"),
        (pending, 1, NotAllowedNow, "not_saved"),
    ):
        with pytest.raises(kind) as refusal:
            await cancel(world, invoice_id, version)
        assert refusal.value.code == code
    saved = await world.saved(
        world.header("34 000.00", "8 500.00"), Keyed(insertion.id, marked=True), Keyed(untouched.id, marked=True)
    )
    with pytest.raises(StaleVersion):
        await cancel(world, saved, 1)
    with pytest.raises(Invalid) as early:
        await cancel(world, saved, day=30)
    assert early.value.code == "accounting_date"
    await world.write_off(insertion)
    with pytest.raises(NotAllowedNow) as used:
        await cancel(world, saved)
    assert (used.value.code, [fault.pointer for fault in used.value.faults]) == ("line_used", ["/lines/1"])
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-21")
async def test_cancelled_at_once_by_several_it_is_cancelled_once(world: World) -> None:
    insertion = world.insertion()
    await world.bill((insertion, "20 000.00", "17 000.00"))
    saved = await world.saved(world.header("17 000.00", "4 250.00"), Keyed(insertion.id, marked=True))
    ended = await asyncio.gather(*(cancel(world, saved) for _ in range(4)), return_exceptions=True)
    assert [one.code for one in ended if isinstance(one, BillingError)] == ["not_saved"] * 3
    assert await world.discrepancy(insertion) == (cents("20 000.00"), cents("17 000.00"))
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-21", "MA-REC-16")
async def test_a_write_off_and_a_cancellation_at_once_never_leave_a_used_line_cancelled(world: World) -> None:
    for attempt in range(4):
        insertion = world.insertion(day=attempt + 1)
        await world.bill((insertion, "20 000.00", "17 000.00"), invoice_no=f"N{attempt}")
        written = {"net_net_amount": amount("16 000.00")}
        header = world.header("16 000.00", "4 000.00", invoice_no=f"AP-{attempt}")
        saved = await world.saved(header, Keyed(insertion.id, written=written))
        ended = await asyncio.gather(
            cancel(world, saved), world.write_off(insertion, amount="500.00"), return_exceptions=True
        )
        (row,) = await world.rows("SELECT written_off_amount, billed_amount FROM discrepancy WHERE insertion_id = $1",
            insertion.id)  # fmt: skip
        if isinstance(ended[0], BillingError):
            assert (row["written_off_amount"], row["billed_amount"]) == (cents("500.00"), cents("16 000.00"))
        else:
            assert row["billed_amount"] == 0
    assert await world.broken() == {}
