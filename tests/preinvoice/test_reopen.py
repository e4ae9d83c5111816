"""Credit notes re-open what they reverse: EX-16, in any order and any number."""

import asyncio
from itertools import permutations
from uuid import UUID

import pytest

from services.preinvoice.domain.draft import Draft
from shared.events.invoicing import InvoiceIssued
from tests.preinvoice.world import World
from tests.words import cents


async def both_invoiced(world: World) -> tuple[UUID, list[InvoiceIssued]]:
    """EX-01 with both weeks on invoices."""
    campaign_id = await world.book()
    await world.generate(campaign_id)
    await world.run([one.id for one in await world.drafts(campaign_id)])
    invoices = [world.invoice(one) for one in await world.drafts(campaign_id)]
    await world.hear(*invoices)
    return campaign_id, invoices


def shown(drafts: list[Draft]) -> list[tuple[str, str, int, int]]:
    return [(str(one.key.accounting_on), one.status, one.sequence_no, one.total) for one in drafts]


FIRST = ("2019-12-01", "invoiced", 1, cents("7000.00"))
SECOND = ("2019-12-08", "cancelled", 1, cents("2000.00"))


@pytest.mark.rule("PI-CAN-05", "PI-GEN-17")
async def test_the_week_of_a_reversed_invoice_is_drafted_anew_in_ex_16(world: World) -> None:
    campaign_id, (_, second) = await both_invoiced(world)
    await world.hear(world.reversal(second))
    assert shown(await world.drafts(campaign_id)) == [FIRST, SECOND, ("2019-12-08", "created", 2, cents("2000.00"))]
    assert [one["status"] for one in await world.told("draft_pre_invoice.updated.v1")] == ["cancelled"]
    assert await world.broken() == {}


@pytest.mark.rule("PI-CAN-05", "PI-GEN-22")
async def test_an_amendment_meanwhile_is_adjusted_on_the_new_draft_in_ex_16(world: World) -> None:
    campaign_id, (_, second) = await both_invoiced(world)
    await world.book(world.item(amount="9450.00"), version=2)
    await world.hear(world.reversal(second))
    new = (await world.drafts(campaign_id))[-1]
    assert [line.figures.amount for line in new.lines] == [cents("2100.00"), cents("350.00")]
    assert await world.broken() == {}


@pytest.mark.rule("PI-CAN-06")
async def test_without_its_prerequisites_the_week_is_open_without_a_draft_and_the_errors_are_told(world: World) -> None:
    campaign_id, (_, second) = await both_invoiced(world)
    await world.book(version=2, bill_me=False)
    await world.hear(world.reversal(second))
    assert shown(await world.drafts(campaign_id)) == [FIRST, SECOND]
    (told,) = await world.told("draft_generation.rejected.v1")
    assert [fault["code"] for fault in told["faults"]] == ["pi_e_01"]
    await world.book(version=3)
    assert (await world.generate(campaign_id)).counts["created"] == 1
    assert await world.broken() == {}


@pytest.mark.rule("PI-CAN-05", "PI-GEN-26")
@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_invoices_and_credit_notes_end_alike_in_any_order(world: World, order: tuple[int, ...]) -> None:
    campaign_id = await world.book()
    await world.generate(campaign_id)
    await world.run([one.id for one in await world.drafts(campaign_id)])
    first, second = [world.invoice(one) for one in await world.drafts(campaign_id)]
    facts = [first, second, world.reversal(second), second]
    await world.hear(*(facts[index] for index in order))
    assert shown(await world.drafts(campaign_id)) == [FIRST, SECOND, ("2019-12-08", "created", 2, cents("2000.00"))]
    assert await world.broken() == {}


@pytest.mark.rule("PI-CAN-05")
async def test_an_invoice_and_its_credit_note_at_once_do_not_miss_each_other(world: World) -> None:
    campaign_id = await world.book()
    await world.generate(campaign_id)
    await world.run([one.id for one in await world.drafts(campaign_id)])
    first, second = [world.invoice(one) for one in await world.drafts(campaign_id)]
    await asyncio.gather(
        world.hear(first, second), world.hear(world.reversal(second)), world.hear(world.reversal(second))
    )
    assert shown(await world.drafts(campaign_id)) == [FIRST, SECOND, ("2019-12-08", "created", 2, cents("2000.00"))]
    assert await world.broken() == {}


@pytest.mark.rule("PI-CAN-05", "PI-RUN-13")
async def test_the_new_draft_is_invoiced_and_reversed_like_any_other(world: World) -> None:
    campaign_id, (_, second) = await both_invoiced(world)
    await world.hear(world.reversal(second))
    new = (await world.drafts(campaign_id))[-1]
    await world.run([new.id])
    again = world.invoice((await world.drafts(campaign_id))[-1])
    await world.hear(again)
    await world.hear(world.reversal(again))
    assert [one[1:3] for one in shown(await world.drafts(campaign_id))] == [
        ("invoiced", 1), ("cancelled", 1), ("cancelled", 2), ("created", 3),
    ]  # fmt: skip
    assert await world.broken() == {}
