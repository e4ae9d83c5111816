"""Which dates fall in a run's period: timing of the agreement, look-ahead of the media (MA-INV-10)."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.invoicing.application.hear_registers import keep_records
from services.invoicing.domain.criteria import Switches
from shared.events.contracts import AgreementChanged, MediaChanged
from shared.kernel.ids import new_id
from tests.invoicing.world import World

pytestmark = pytest.mark.rule("MA-INV-10")


async def agreement(world: World, timing: str, *, current_invoicing: bool = True) -> UUID:
    """Tell of an agreement."""
    told = AgreementChanged(
        id=new_id(), code=timing.upper(), name=timing, version=1, timing=timing, current_invoicing=current_invoicing
    )
    async with world.database.transaction(world.context) as session:
        await keep_records(session, [told])
    return told.id


async def medium(world: World, look_ahead_days: int) -> UUID:
    """Tell of a medium."""
    told = MediaChanged(id=new_id(), code="M", name="M", version=1, currency="EUR", look_ahead_days=look_ahead_days)
    async with world.database.transaction(world.context) as session:
        await keep_records(session, [told])
    return told.id


def days(first: int, last: int) -> dict[str, date]:
    """A period of October."""
    return {"from_on": date(2026, 10, first), "to_on": date(2026, 10, last)}


async def outcome(world: World, names: dict[UUID, str], mode: str = "test", **chosen: Any) -> tuple[str, str]:
    """What a run takes and what it leaves as not due, by the insertions' names."""
    run = await world.start(mode, **chosen)
    await world.work(run)
    taken = await world.rows(
        "SELECT unnest(billable_item_ids) AS id FROM invoice_run_preview WHERE run_id = $1", run.id
    )
    if mode == "live":
        taken = await world.rows(
            "SELECT l.billable_item_id AS id FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id "
            "WHERE i.invoice_run_id = $1",
            run.id,
        )
    left = await world.rows("SELECT billable_item_id AS id, reason FROM invoice_run_left_out WHERE run_id = $1", run.id)
    assert {row["reason"] for row in left} <= {"not_due"}
    told = [sorted(names[row["id"]] for row in rows) for rows in (taken, left)]
    return "".join(told[0]), "".join(told[1])


# Plan p: order 1 has insertions a (5th) and b (12th), order 2 has c (20th).
@pytest.mark.rule("MA-REG-07")
@pytest.mark.parametrize("mode", ["test", "live"])
@pytest.mark.parametrize(
    ("timing", "first", "last", "taken", "not_due"),
    [
        ("insertion", 1, 10, "a", ""),
        ("insertion", 10, 31, "bc", ""),
        ("plan_first", 1, 10, "abc", ""),
        ("plan_first", 6, 31, "", "bc"),
        ("plan_first", 1, 4, "", ""),
        ("plan_last", 1, 12, "", "ab"),
        ("plan_last", 20, 31, "abc", ""),
        ("plan_last", 21, 31, "", ""),
        ("order_last", 1, 12, "ab", ""),
        ("order_last", 1, 11, "", "a"),
        ("order_last", 12, 20, "abc", ""),
        ("order_last", 13, 31, "c", ""),
    ],
)
async def test_the_agreements_timing_decides_which_insertions_are_due(
    world: World, mode: str, timing: str, first: int, last: int, taken: str, not_due: str
) -> None:
    client, of = await world.client(), await agreement(world, timing)
    order_1, order_2 = new_id(), new_id()
    told = [
        world.insertion(client, agreement_id=of, order_id=order, insertion_on=date(2026, 10, day))
        for order, day in ((order_1, 5), (order_1, 12), (order_2, 20))
    ]
    await world.tell(*told)
    names = {one.id: name for one, name in zip(told, "abc", strict=True)}
    assert await outcome(world, names, mode, **days(first, last)) == (taken, not_due)
    assert await world.broken() == {}


async def test_what_is_cancelled_neither_begins_nor_ends_a_plan_and_what_is_not_definitive_does(world: World) -> None:
    client, of = await world.client(), await agreement(world, "plan_last")
    told = [
        world.insertion(client, agreement_id=of, insertion_on=date(2026, 10, day), status=status)
        for day, status in ((5, "definitive"), (12, "do_not_invoice"), (20, "cancelled"))
    ]
    await world.tell(*told)
    names = {one.id: name for one, name in zip(told, "abc", strict=True)}
    run = await world.run("test", **days(1, 11))
    assert run["invoice_count"] == 0
    reasons = await world.rows("SELECT billable_item_id, reason FROM invoice_run_left_out")
    assert {names[row["billable_item_id"]]: row["reason"] for row in reasons} == {"a": "not_due"}
    done = await world.run("test", **days(1, 12))
    assert (done["invoice_count"], done["item_count"], done["left_out_count"]) == (1, 1, 1)


async def test_plans_of_other_clients_and_agreements_go_by_their_own_dates(world: World) -> None:
    client, timed = await world.client(), await agreement(world, "plan_last")
    told = [
        world.insertion(client, agreement_id=timed, plan_id=new_id(), insertion_on=date(2026, 10, 5)),
        world.insertion(client, agreement_id=timed, plan_id=world.plan_id, insertion_on=date(2026, 10, 5)),
        world.insertion(client, plan_id=world.plan_id, insertion_on=date(2026, 10, 25)),
    ]
    await world.tell(*told)
    names = {one.id: name for one, name in zip(told, "abc", strict=True)}
    assert await outcome(world, names, **days(1, 10)) == ("a", "b")
    assert await outcome(world, names, **days(20, 31)) == ("bc", "")
    assert await outcome(world, names) == ("abc", ""), "without a period everything is in it"


@pytest.mark.rule("MA-REG-10")
@pytest.mark.parametrize(
    ("current_invoicing", "look_ahead", "taken"),
    [(True, 5, "abd"), (None, 5, "a"), (False, 5, ""), (True, 0, "a"), (True, 4, "ad")],
)
async def test_current_invoicing_looks_ahead_as_far_as_the_media_type_says(
    world: World, current_invoicing: bool | None, look_ahead: int, taken: str
) -> None:
    client, of = await world.client(), await agreement(world, "insertion")
    far, near = await medium(world, look_ahead), await medium(world, 0)
    told = [
        world.insertion(client, agreement_id=of, media_id=media, insertion_on=date(2026, 4, day))
        for media, day in ((near, 20), (far, 25), (near, 21), (far, 24), (far, 26))
    ]
    await world.tell(*told)
    names = {one.id: name for one, name in zip(told, "abcde", strict=True)}
    switches = Switches(current_invoicing=current_invoicing)
    run = await world.start("test", switches=switches, from_on=date(2026, 4, 1), to_on=date(2026, 4, 20))
    await world.work(run)
    rows = await world.rows("SELECT unnest(billable_item_ids) AS id FROM invoice_run_preview")
    assert "".join(sorted(names[row["id"]] for row in rows)) == taken


async def test_a_plan_looks_ahead_as_its_insertions_media_do(world: World) -> None:
    client, of = await world.client(), await agreement(world, "plan_last")
    far = await medium(world, 5)
    told = [world.insertion(client, agreement_id=of, media_id=far, insertion_on=date(2026, 10, day)) for day in (5, 25)]
    await world.tell(*told)
    names = {one.id: name for one, name in zip(told, "ab", strict=True)}
    switches = Switches(current_invoicing=True)
    assert await outcome(world, names, switches=switches, **days(1, 19)) == ("", "a")
    assert await outcome(world, names, switches=switches, **days(1, 20)) == ("ab", "")
