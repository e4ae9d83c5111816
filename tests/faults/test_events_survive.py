"""Workers that die between their database and the broker: no event is lost, and none takes effect twice."""

from pathlib import Path

from tests.faults.firm import Firm
from tests.faults.stage import Stage

_BATCH = 100
# Some confirms of a batch come before this one dies, and others after.
_IN_THE_MIDDLE = 0.1
_SEEDS = (1, 2, 3)


async def test_a_relay_killed_inside_its_batches_loses_and_doubles_no_event(
    stage: Stage, firm: Firm, tmp_path: Path
) -> None:
    async with stage.only_forked("contracts"):
        await firm.register(4 * _BATCH, tmp_path)
        backlog = await firm.unpublished()
        assert backlog >= 4 * _BATCH
        for seed in _SEEDS:
            await stage.dies_at("contracts", "relay.before_publish", 1, seed)
            await stage.dies_at("contracts", "publisher.after_confirm", _IN_THE_MIDDLE, seed)
            await stage.dies_at("contracts", "relay.after_publish", 1, seed)
        assert await firm.unpublished() == backlog, "what was confirmed to a dead relay counts as unpublished"
        for seed in _SEEDS:
            await stage.dies_at("contracts", "relay.after_mark", 1, seed)
        assert 0 < await firm.unpublished() < backlog
    await firm.all_told_once()


async def test_a_consumer_killed_around_its_commit_takes_every_event_in_once(
    stage: Stage, firm: Firm, tmp_path: Path
) -> None:
    await stage.drained()  # of what other tests had delivered twice
    async with stage.only_forked("invoicing"):
        await firm.register(4 * _BATCH, tmp_path)
        await firm.all_published()
        first = await firm.noted("invoicing")
        for seed in _SEEDS:
            before = await firm.noted("invoicing")
            await stage.dies_at("invoicing", "consumer.before_commit", 1, seed)
            assert await firm.noted("invoicing") == before
            # The next one gets first what this one had committed, since the broker never heard of it.
            await stage.dies_at("invoicing", "consumer.after_commit", 0.5, seed)
        assert await firm.noted("invoicing") > first
    await firm.all_told_once()
