"""Insertions told again when their medium changes what they say of it (MA-REG-10, MA-REG-12)."""

from unittest.mock import patch

import pytest

from services.contracts.application import retelling
from services.contracts.jobs import JOBS
from shared.runtime.db import driver
from shared.runtime.jobs import RunningJob
from tests.contracts.media.world import World
from tests.words import as_clerk


async def worked_off(world: World) -> list[dict[str, int]]:
    """What the queued jobs answer."""
    context, answers = as_clerk(world.tenant_id), []
    for row in await world.rows("SELECT id, kind, request FROM job WHERE state = 'queued' ORDER BY created_at"):
        async with world.database.transaction(context) as session:
            connection = await driver(session)
            epoch = await connection.fetchval(
                "UPDATE job SET state = 'running', lease_epoch = lease_epoch + 1 WHERE id = $1 RETURNING lease_epoch",
                row["id"],
            )
        job = RunningJob(
            id=row["id"], kind=row["kind"], request=row["request"], checkpoint={}, context=context,
            database=world.database, epoch=epoch,
        )  # fmt: skip
        answers.append(await JOBS[row["kind"]](job))
    return answers


@pytest.mark.rule("MA-REG-10", "MA-INS-14")
async def test_a_media_type_that_asks_for_ad_check_asks_it_of_open_insertions_too(world: World) -> None:
    kind = await world.register("media-types")
    await world.changed(f"/media/{world.media_id}", {"media_type_id": kind["id"]})
    invoiced = await world.insertion()
    await world.invoice(invoiced)
    still_open = [await world.insertion() for _ in range(3)]
    await world.changed(f"/media-types/{kind['id']}", {"look_ahead_days": 3})
    assert await worked_off(world) == [], "nothing that insertions tell"
    await world.changed(f"/media-types/{kind['id']}", {"ad_check_required": True})
    with patch.object(retelling, "BLOCK", 2):
        assert await worked_off(world) == [{"told": 3}]
    for one in still_open:
        told = await world.told_insertions(one["id"])
        assert [state.ad_check_required for state in told] == [False, True]
        assert told[-1].version == (await world.get(f"/insertions/{one['id']}"))["version"]
    assert len(await world.told_insertions(invoiced["id"])) == 2


@pytest.mark.rule("MA-REG-12")
async def test_a_new_supplier_of_a_medium_is_told_with_its_insertions(world: World) -> None:
    made = await world.insertion()
    supplier = await world.register("suppliers", currency="SEK")
    await world.changed(f"/media/{world.media_id}", {"supplier_id": supplier["id"]})
    assert await worked_off(world) == [{"told": 1}]
    assert str((await world.told_insertions(made["id"]))[-1].supplier_id) == supplier["id"]


@pytest.mark.rule("MA-INS-16")
async def test_an_agreement_that_invoices_allocations_otherwise_is_told_with_its_allocated_insertions(
    world: World,
) -> None:
    other = (await world.client())["id"]
    allocation = [{"client_id": world.client_id, "percent": "60"}, {"client_id": other, "percent": "40"}]
    shared, whole = await world.insertion(allocation=allocation), await world.insertion()
    elsewhere = await world.order(agreement_id=(await world.register("agreements"))["id"])
    foreign = await world.insertion(allocation=allocation, order_id=elsewhere["id"])
    for mode in ("head_only", "total"):
        await world.changed(f"/agreements/{world.agreement_id}", {"allocation_invoicing": mode})
        assert await worked_off(world) == [{"told": 1}]
        await world.rows("UPDATE job SET state = 'completed', ended_at = now()")
    told = await world.told_insertions(shared["id"])
    assert [state.allocation_invoicing for state in told] == ["per_client", "head_only", "total"]
    assert len(await world.told_insertions(whole["id"])) == len(await world.told_insertions(foreign["id"])) == 1
    await world.changed(f"/agreements/{world.agreement_id}", {"timing": "plan_last"})
    assert await worked_off(world) == [], "nothing that insertions tell"
