"""Billing runs on PostgreSQL: locks, answers in any order and any number, time-outs, races."""

import asyncio
from itertools import permutations
from uuid import UUID

import pytest

from services.preinvoice.application.edit_drafts import edit_draft, move_draft
from services.preinvoice.application.start_run import retry_run
from services.preinvoice.domain.draft import Draft
from shared.kernel.errors import Invalid, NotAllowedNow
from shared.kernel.ids import new_id
from tests.preinvoice.world import NOW, World
from tests.words import cents


async def two_drafts(world: World) -> tuple[UUID, list[Draft]]:
    campaign_id = await world.book()
    await world.generate(campaign_id)
    return campaign_id, await world.drafts(campaign_id)


@pytest.mark.rule("PI-RUN-05", "PI-RUN-07", "PI-RUN-14", "PI-RUN-01")
async def test_a_run_locks_hands_over_and_marks_what_invoicing_issued(world: World) -> None:
    campaign_id, drafts = await two_drafts(world)
    run = await world.run([one.id for one in drafts], invoice_on=NOW.date())
    assert (run.state, run.run_no, run.draft_count) == ("running", 1, 2)
    locked = await world.drafts(campaign_id)
    assert [(one.billing_run_id, one.status, one.version) for one in locked] == [(run.id, "created", 2)] * 2
    told = await world.told("draft_pre_invoice.locked.v1")
    assert [(one["draft_no"], one["total_amount"], one["invoice_on"], one["version"]) for one in told] == [
        (1, "7000.00", "2019-11-20", 2),
        (2, "2000.00", "2019-11-20", 2),
    ]
    assert [line["amount"] for line in told[0]["lines"]] == ["7000.00"]
    assert await world.broken() == {}
    await world.hear(*(world.invoice(one) for one in locked))
    invoiced = await world.drafts(campaign_id)
    assert [(one.status, one.invoice_no, one.billing_run_id) for one in invoiced] == [
        ("invoiced", "2019-0001", run.id),
        ("invoiced", "2019-0002", run.id),
    ]
    ended = await world.found(run.id)
    assert (ended.state, ended.invoiced_count, ended.completed_at is not None) == ("completed", 2, True)
    assert [one["state"] for one in await world.told("billing_run.completed.v1")] == ["completed"]
    assert [one["invoice_no"] for one in await world.told("draft_pre_invoice.invoiced.v1")] == [
        "2019-0001",
        "2019-0002",
    ]
    assert await world.rows("SELECT * FROM billing_run_deadline WHERE tenant_id = $1", world.tenant) == []
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-11", "PI-RUN-14", "PI-RUN-02")
async def test_what_cannot_be_invoiced_is_listed_and_the_others_go_on(world: World) -> None:
    campaign_id, (first, second) = await two_drafts(world)
    async with world.database.transaction(world.context) as session:
        await move_draft(session, first.id, 1, "draft")
    run = await world.run([first.id, second.id])
    assert await world.outcomes(run.id) == {1: ("refused", "pi_e_41"), 2: ("locked", "")}
    _, locked = await world.drafts(campaign_id)
    await world.hear(world.refusal(locked, "series_blocked"))
    ended = await world.found(run.id)
    assert (ended.state, ended.failed_count) == ("completed_with_errors", 2)
    assert await world.outcomes(run.id) == {1: ("refused", "pi_e_41"), 2: ("refused", "series_blocked")}
    released = await world.drafts(campaign_id)
    assert [(one.status, one.billing_run_id) for one in released] == [("draft", None), ("created", None)]
    assert [one["refusal_code"] for one in await world.told("draft_pre_invoice.released.v1")] == ["series_blocked"]
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-11")
async def test_only_what_failed_is_retried(world: World) -> None:
    campaign_id, drafts = await two_drafts(world)
    run = await world.run([one.id for one in drafts])
    first, second = await world.drafts(campaign_id)
    await world.hear(world.invoice(first), world.refusal(second, "series_blocked"))
    async with world.database.transaction(world.context) as session:
        again = await retry_run(session, run.id, by="clerk", now=NOW)
    assert (again.draft_count, again.retry_of) == (1, run.id)
    await world.work(again.id)
    _, locked = await world.drafts(campaign_id)
    await world.hear(world.invoice(locked))
    assert (await world.found(again.id)).state == "completed"
    async with world.database.transaction(world.context) as session:
        with pytest.raises(Invalid, match="pi_e_40"):
            await retry_run(session, again.id, by="clerk", now=NOW)
    assert await world.broken() == {}


@pytest.mark.rule("PI-REQ-10", "PI-RUN-05")
async def test_a_draft_whose_item_lost_its_vat_rate_is_refused_alone(world: World) -> None:
    items = [world.item(1, "2019-12-01..2019-12-07", "70.00"), world.item(2, "2019-12-08..2019-12-09", "20.00")]
    campaign_id = await world.book(*items)
    await world.generate(campaign_id)
    drafts = await world.drafts(campaign_id)
    await world.book(items[0] | {"vat_percent": None}, items[1], version=2)
    run = await world.run([one.id for one in drafts])
    assert await world.outcomes(run.id) == {1: ("refused", "pi_e_09"), 2: ("locked", "")}


@pytest.mark.rule("PI-RUN-05")
async def test_a_run_bills_what_the_data_says_now_but_leaves_reviewed_drafts(world: World) -> None:
    campaign_id, (first, second) = await two_drafts(world)
    async with world.database.transaction(world.context) as session:
        await move_draft(session, first.id, 1, "reviewed")
    await world.book(world.item(amount="18000.00"), version=2)
    await world.run([first.id, second.id])
    assert [one.total for one in await world.drafts(campaign_id)] == [cents("7000.00"), cents("4000.00")]
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-05")
async def test_a_draft_that_no_longer_follows_from_the_data_is_refused(world: World) -> None:
    campaign_id, drafts = await two_drafts(world)
    await world.book(version=2, payment_interval="total", payment_start="after")
    run = await world.run([one.id for one in drafts])
    assert await world.outcomes(run.id) == {1: ("refused", "pi_e_41"), 2: ("refused", "pi_e_41")}
    assert (await world.found(run.id)).state == "completed_with_errors"
    assert [one.total for one in await world.drafts(campaign_id)] == [cents("9000.00")]
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-15")
@pytest.mark.parametrize(("asked", "outcome"), [(False, "skipped_zero"), (True, "locked")])
async def test_a_draft_of_zero_is_skipped_unless_the_run_asks_for_it(world: World, asked: bool, outcome: str) -> None:
    campaign_id = await world.book(world.item(amount="0.00"), payment_interval="total")
    await world.generate(campaign_id)
    (draft,) = await world.drafts(campaign_id)
    run = await world.run([draft.id], zero_invoices=asked)
    assert await world.outcomes(run.id) == {1: (outcome, "")}
    assert run.state == ("running" if asked else "completed")


@pytest.mark.rule("PI-RUN-13", "PI-GEN-26")
@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_answers_may_come_in_any_order_and_repeatedly(world: World, order: tuple[int, ...]) -> None:
    campaign_id, drafts = await two_drafts(world)
    run = await world.run([one.id for one in drafts])
    first, second = await world.drafts(campaign_id)
    answers = [world.invoice(first, invoice_no="A"), world.invoice(second, invoice_no="B")]
    answers.append(answers[0])
    await world.hear(*(answers[index] for index in order))
    assert [one.invoice_no for one in await world.drafts(campaign_id)] == ["A", "B"]
    assert (await world.found(run.id)).state == "completed"
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-13")
async def test_two_runs_at_once_hand_a_draft_over_once(world: World) -> None:
    campaign_id, drafts = await two_drafts(world)
    runs = [await world.start([one.id for one in drafts]) for _ in range(3)]
    await asyncio.gather(*(world.work(run.id) for run in runs))
    outcomes = sorted([sorted((await world.outcomes(run.id)).values()) for run in runs])
    assert outcomes == [[("locked", "")] * 2, [("refused", "pi_e_45")] * 2, [("refused", "pi_e_45")] * 2]
    assert len(await world.told("draft_pre_invoice.locked.v1")) == 2
    await world.hear(*(world.invoice(one) for one in await world.drafts(campaign_id)))
    assert sorted([(await world.found(run.id)).state for run in runs]) == [
        "completed",
        "completed_with_errors",
        "completed_with_errors",
    ]
    assert await world.broken() == {}


@pytest.mark.rule("PI-GEN-12", "PI-GEN-09")
async def test_a_draft_in_a_run_is_neither_edited_nor_recalculated(world: World) -> None:
    campaign_id, drafts = await two_drafts(world)
    await world.run([drafts[0].id])
    locked, _ = await world.drafts(campaign_id)
    async with world.database.transaction(world.context) as session:
        with pytest.raises(NotAllowedNow, match="pi_e_45"):
            await edit_draft(session, locked.id, locked.version, {"text": "late"})
    await world.book(world.item(amount="18000.00"), version=2)
    done = await world.generate(campaign_id)
    assert (done.counts["skipped"], done.counts["updated"]) == (1, 1)
    assert (await world.drafts(campaign_id))[0] == locked
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-11")
async def test_without_an_answer_in_time_the_draft_is_free_and_a_late_invoice_still_counts(world: World) -> None:
    campaign_id, drafts = await two_drafts(world)
    run = await world.run([drafts[0].id])
    locked, _ = await world.drafts(campaign_id)
    await world.time_out(run.id)
    await world.time_out(run.id)
    assert await world.outcomes(run.id) == {1: ("timed_out", "answer_overdue")}
    assert (await world.found(run.id)).state == "completed_with_errors"
    assert (await world.drafts(campaign_id))[0].billing_run_id is None
    assert len(await world.told("draft_pre_invoice.released.v1")) == 1
    assert await world.broken() == {}
    await world.hear(world.invoice(locked))
    first, _ = await world.drafts(campaign_id)
    assert (first.status, first.billing_run_id) == ("invoiced", run.id)
    (item,) = await world.rows("SELECT outcome, late, invoice_no FROM billing_run_draft WHERE run_id = $1", run.id)
    assert item == {"outcome": "invoiced", "late": True, "invoice_no": "2019-0001"}
    assert (await world.found(run.id)).state == "completed"
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-13", "PI-RUN-11")
async def test_a_late_invoice_takes_the_draft_from_the_run_that_has_it_now(world: World) -> None:
    campaign_id, drafts = await two_drafts(world)
    early = await world.run([drafts[0].id])
    locked, _ = await world.drafts(campaign_id)
    await world.time_out(early.id)
    later = await world.run([drafts[0].id])
    await world.hear(world.invoice(locked))
    assert await world.outcomes(early.id) == {1: ("invoiced", "")}
    assert await world.outcomes(later.id) == {1: ("refused", "pi_e_41")}
    assert (await world.found(later.id)).state == "completed_with_errors"
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-11")
async def test_a_late_refusal_of_an_earlier_run_does_not_free_the_draft_of_a_later_one(world: World) -> None:
    campaign_id, drafts = await two_drafts(world)
    early = await world.run([drafts[0].id])
    locked, _ = await world.drafts(campaign_id)
    await world.time_out(early.id)
    later = await world.run([drafts[0].id])
    await world.hear(world.refusal(locked, "series_blocked"))
    assert await world.outcomes(later.id) == {1: ("locked", "")}
    assert (await world.drafts(campaign_id))[0].billing_run_id == later.id
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-14")
async def test_a_run_whose_job_was_stopped_fails_in_the_end(world: World) -> None:
    _, drafts = await two_drafts(world)
    run = await world.start([one.id for one in drafts])
    await world.time_out(run.id)
    assert (await world.found(run.id)).completed_at is None
    await world.rows("UPDATE job SET state = 'cancelled', ended_at = now() WHERE id = $1", run.id)
    await world.time_out(run.id)
    assert await world.outcomes(run.id) == {1: ("not_run", "run_stopped"), 2: ("not_run", "run_stopped")}
    assert (await world.found(run.id)).state == "failed"
    assert await world.broken() == {}


@pytest.mark.rule("PI-RUN-01")
async def test_a_draft_that_does_not_exist_cannot_be_chosen(world: World) -> None:
    with pytest.raises(Invalid, match="unknown_reference"):
        await world.start([new_id()])
