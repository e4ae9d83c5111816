"""Invoices that come after their run gave up, when the drafts have changed meanwhile."""

from typing import Any
from uuid import UUID

import pytest

from services.preinvoice.application.edit_drafts import delete_draft, edit_draft
from services.preinvoice.domain.draft import Draft
from services.preinvoice.domain.late import restore
from shared.events.invoicing import InvoiceIssued
from tests.preinvoice.world import World
from tests.words import cents


async def given_up(world: World) -> tuple[UUID, UUID, Draft, InvoiceIssued]:
    """EX-01 with the first week handed over and given up: campaign, run, the draft now, and the invoice to come."""
    campaign_id = await world.book()
    await world.generate(campaign_id)
    first, _ = await world.drafts(campaign_id)
    run = await world.run([first.id])
    invoice = world.invoice((await world.drafts(campaign_id))[0])
    await world.time_out(run.id)
    return campaign_id, run.id, (await world.drafts(campaign_id))[0], invoice


async def delete(world: World, draft: Draft) -> None:
    async with world.database.transaction(world.context) as session:
        await delete_draft(session, draft.id, draft.version)


def shown(drafts: list[Draft]) -> list[tuple[str, str, int, int]]:
    return [(str(one.key.accounting_on), one.status, one.sequence_no, one.total) for one in drafts]


async def item_of(world: World, run_id: UUID) -> dict[str, Any]:
    (item,) = await world.rows("SELECT outcome, late, code FROM billing_run_draft WHERE run_id = $1", run_id)
    return item


@pytest.mark.rule("PI-RUN-07", "PI-RUN-13")
async def test_a_draft_deleted_meanwhile_is_back_as_it_was_billed(world: World) -> None:
    campaign_id, run_id, draft, invoice = await given_up(world)
    await delete(world, draft)
    await world.hear(invoice)
    first, _ = await world.drafts(campaign_id)
    assert shown([first]) == [("2019-12-01", "invoiced", 1, cents("7000.00"))]
    assert (first.id, first.draft_no, first.lines, first.invoice_no) == (
        draft.id, draft.draft_no, draft.lines, "2019-0001",
    )  # fmt: skip
    assert await item_of(world, run_id) == {"outcome": "invoiced", "late": True, "code": ""}
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-07", "PI-RUN-13")
async def test_a_draft_made_in_its_place_gives_way(world: World) -> None:
    campaign_id, _, draft, invoice = await given_up(world)
    await delete(world, draft)
    await world.generate(campaign_id)
    await world.hear(invoice)
    assert shown(await world.drafts(campaign_id)) == [
        ("2019-12-01", "invoiced", 1, cents("7000.00")),
        ("2019-12-08", "created", 1, cents("2000.00")),
    ]
    assert [one["draft_no"] for one in await world.told("draft_pre_invoice.deleted.v1")] == [1, 3]
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-07", "PI-GEN-22")
async def test_a_draft_recalculated_meanwhile_says_what_was_billed_and_the_rest_is_adjusted(world: World) -> None:
    campaign_id, _, draft, invoice = await given_up(world)
    await world.book(world.item(amount="9900.00"), version=2)
    await world.generate(campaign_id)
    assert (await world.drafts(campaign_id))[0].total == cents("7700.00")
    await world.hear(invoice)
    first, second = await world.drafts(campaign_id)
    assert (first.id, first.status, first.total) == (draft.id, "invoiced", cents("7000.00"))
    assert [line.figures.amount for line in second.lines] == [cents("2200.00"), cents("700.00")]
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-07")
async def test_what_was_typed_meanwhile_does_not_matter(world: World) -> None:
    campaign_id, _, draft, invoice = await given_up(world)
    async with world.database.transaction(world.context) as session:
        await edit_draft(session, draft.id, draft.version, {"text": "meanwhile"})
    await world.hear(invoice, invoice)
    first, _ = await world.drafts(campaign_id)
    assert (first.status, first.manual.text, first.total) == ("invoiced", "meanwhile", cents("7000.00"))
    assert len(await world.told("draft_pre_invoice.invoiced.v1")) == 1
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-13")
async def test_what_was_billed_twice_is_named_and_settled_by_a_credit_note(world: World) -> None:
    campaign_id, run_id, draft, invoice = await given_up(world)
    await delete(world, draft)
    await world.generate(campaign_id)
    again = (await world.drafts(campaign_id))[0]
    await world.run([again.id])
    await world.hear(world.invoice((await world.drafts(campaign_id))[0]))
    await world.hear(invoice)
    drafts = await world.drafts(campaign_id)
    assert [one[1:] for one in shown(drafts)] == [
        ("invoiced", 2, cents("7000.00")), ("invoiced", 1, cents("7000.00")), ("created", 1, cents("2000.00")),
    ]  # fmt: skip
    assert await item_of(world, run_id) == {"outcome": "invoiced", "late": True, "code": "billed_twice"}
    assert await world.broken() == {}
    await world.hear(world.reversal(invoice))
    assert [one[1] for one in shown(await world.drafts(campaign_id))] == ["cancelled", "invoiced", "created"]
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-13")
async def test_a_line_that_moved_to_a_longer_draft_is_taken_off_it(world: World) -> None:
    items = [world.item(1, "2019-12-01..2019-12-07", "70.00"), world.item(2, "2019-12-01..2019-12-07", "30.00")]
    campaign_id = await world.book(items[0])
    await world.generate(campaign_id)
    (handed_over,) = await world.drafts(campaign_id)
    async with world.database.transaction(world.context) as session:
        await delete_draft(session, handed_over.id, handed_over.version)
    await world.book(*items, version=2)
    await world.generate(campaign_id)
    done = restore(handed_over, await world.drafts(campaign_id))
    assert [line.figures.amount for one in done.trimmed for line in one.lines] == [cents("30.00")]
    assert (done.is_new, done.draft.sequence_no, done.emptied, done.billed_twice) == (True, 2, (), ())
