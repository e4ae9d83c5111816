"""Generation on PostgreSQL: what it writes and tells, again and again, and two at once."""

import asyncio
from uuid import UUID

import pytest

from services.preinvoice.application.edit_drafts import delete_draft, edit_draft
from services.preinvoice.domain.draft import Draft
from shared.kernel.errors import NotFound
from shared.kernel.ids import new_id
from tests.preinvoice.world import World
from tests.words import cents


def shown(drafts: list[Draft]) -> list[tuple[str, str, int]]:
    return [(str(one.key.accounting_on), one.status, one.total) for one in drafts]


@pytest.mark.rule("PI-GEN-01", "PI-GEN-05", "PI-DST-05", "PI-GEN-26")
async def test_ex_01_is_stored_and_told(world: World) -> None:
    campaign_id = await world.book()
    done = await world.generate(campaign_id)
    drafts = await world.drafts(campaign_id)
    assert shown(drafts) == [
        ("2019-12-01", "created", cents("7000.00")),
        ("2019-12-08", "created", cents("2000.00")),
    ]
    assert [one.draft_no for one in drafts] == [1, 2]
    assert [(one.invoice_no, one.billing_run_id) for one in drafts] == [("", None), ("", None)]
    assert done.counts == {"created": 2, "updated": 0, "deleted": 0, "unchanged": 0, "skipped": 0}
    told = await world.told("draft_pre_invoice.created.v1")
    assert [(one["draft_no"], one["total_amount"], one["version"]) for one in told] == [
        (1, "7000.00", 1),
        (2, "2000.00", 1),
    ]
    assert [one["created_count"] for one in await world.told("draft_generation.completed.v1")] == [2]
    assert await world.broken() == {}


@pytest.mark.rule("PI-GEN-08", "PI-GEN-07")
async def test_a_run_without_change_leaves_everything_and_tells_nothing_of_drafts(world: World) -> None:
    campaign_id = await world.book()
    await world.generate(campaign_id)
    before = await world.drafts(campaign_id)
    done = await world.generate(campaign_id)
    assert await world.drafts(campaign_id) == before
    assert done.counts == {"created": 0, "updated": 0, "deleted": 0, "unchanged": 2, "skipped": 0}
    assert len(await world.told("draft_pre_invoice.updated.v1")) == 0
    assert len(await world.told("draft_pre_invoice.created.v1")) == 2


@pytest.mark.rule("PI-GEN-07", "PI-GEN-11", "PI-GEN-23")
async def test_what_was_typed_survives_and_what_is_calculated_follows(world: World) -> None:
    campaign_id = await world.book()
    await world.generate(campaign_id)
    first, _ = await world.drafts(campaign_id)
    async with world.database.transaction(world.context) as session:
        await edit_draft(session, first.id, 1, {"text": "Thank you", "payment_days": 14})
    await world.book(world.item(amount="9900.00"), version=2, client_reference="PO 7")
    await world.generate(campaign_id)
    again, second = await world.drafts(campaign_id)
    assert (again.id, again.lines[0].id, again.version) == (first.id, first.lines[0].id, 3)
    assert (again.manual.text, again.manual.payment_days) == ("Thank you", 14)
    assert (again.total, second.total) == (cents("7700.00"), cents("2200.00"))
    assert again.header.client_reference == "PO 7"
    assert await world.broken() == {}


@pytest.mark.rule("PI-GEN-10", "PI-INT-11")
async def test_another_interval_recuts_the_drafts(world: World) -> None:
    campaign_id = await world.book()
    await world.generate(campaign_id)
    await world.book(version=2, payment_interval="total")
    done = await world.generate(campaign_id)
    assert shown(await world.drafts(campaign_id)) == [("2019-12-01", "created", cents("9000.00"))]
    assert (done.counts["updated"], done.counts["deleted"]) == (1, 1)
    assert [one["draft_no"] for one in await world.told("draft_pre_invoice.deleted.v1")] == [2]
    assert await world.broken() == {}


@pytest.mark.rule("PI-REQ-01", "PI-GEN-06", "PI-GEN-10")
async def test_a_failed_prerequisite_changes_nothing_and_is_told(world: World) -> None:
    campaign_id = await world.book()
    await world.generate(campaign_id)
    before = await world.drafts(campaign_id)
    await world.book(world.item(amount="500.00", vat_percent=None), version=2, bill_me=False)
    done = await world.generate(campaign_id)
    assert [fault.code for fault in done.faults] == ["pi_e_01", "pi_e_09"]
    assert await world.drafts(campaign_id) == before
    (told,) = await world.told("draft_generation.rejected.v1")
    assert [fault["code"] for fault in told["faults"]] == ["pi_e_01", "pi_e_09"]
    await world.book(version=3)
    assert (await world.generate(campaign_id)).counts["unchanged"] == 2


@pytest.mark.rule("PI-GEN-14")
async def test_a_deleted_draft_comes_back_with_the_next_generation(world: World) -> None:
    campaign_id = await world.book()
    await world.generate(campaign_id)
    first, second = await world.drafts(campaign_id)
    async with world.database.transaction(world.context) as session:
        await delete_draft(session, first.id, first.version)
    assert await world.drafts(campaign_id) == [second]
    assert await world.broken() == {}
    assert (await world.generate(campaign_id)).counts["created"] == 1
    again, _ = await world.drafts(campaign_id)
    assert (again.key, again.total, again.draft_no) == (first.key, first.total, 3)


@pytest.mark.rule("PI-GEN-18", "PI-GEN-03")
async def test_two_generations_at_once_make_each_draft_once(world: World) -> None:
    campaign_id = await world.book()
    done = await asyncio.gather(*(world.generate(campaign_id) for _ in range(6)))
    assert sorted(one.counts["created"] for one in done) == [0, 0, 0, 0, 0, 2]
    assert sorted(one.counts["unchanged"] for one in done) == [0, 2, 2, 2, 2, 2]
    assert len(await world.drafts(campaign_id)) == 2
    assert await world.broken() == {}


@pytest.mark.rule("PI-GEN-01")
async def test_an_unknown_campaign_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        await world.generate(new_id())


@pytest.mark.rule("PI-GEN-26")
@pytest.mark.parametrize("order", [(1, 2), (2, 1), (1, 2, 1), (2, 2, 1)])
async def test_the_newest_campaign_counts_in_whatever_order_it_was_told(world: World, order: tuple[int, ...]) -> None:
    versions = {
        1: world.campaign(world.item(1), world.item(2, amount="100.00")),
        2: world.campaign(world.item(1, amount="90.00"), version=2),
    }
    for version in order:
        await world.hear(versions[version])
    campaign_id: UUID = versions[1].id
    await world.generate(campaign_id)
    assert shown(await world.drafts(campaign_id)) == [
        ("2019-12-01", "created", cents("70.00")),
        ("2019-12-08", "created", cents("20.00")),
    ]
