"""Messages that no attempt gets through: they are put aside, hold nobody up, and one command brings them back."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aio_pika

from shared.events.topology import DELIVERY_LIMIT, inbox_queue
from tests.faults.firm import Firm
from tests.faults.stage import Stage, until
from tests.processes import ROOT

# What a mistake in a handler would do to the clients whose codes begin so.
_CAUSE = """
CREATE FUNCTION zz_test_poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF NEW.code IN ('DEADLY0', 'BAD0') THEN RAISE 'a mistake'; END IF; RETURN NEW; END $$;
CREATE TRIGGER zz_test_poison BEFORE INSERT ON client FOR EACH ROW EXECUTE FUNCTION zz_test_poison();
"""
_CURE = "DROP FUNCTION zz_test_poison CASCADE"
_BEHIND = 50


@asynccontextmanager
async def _a_mistake(stage: Stage) -> AsyncIterator[None]:
    """As long as the block lasts, invoicing cannot take these clients in."""
    await stage.execute("invoicing", _CAUSE)
    try:
        yield
    finally:
        await stage.execute("invoicing", _CURE)


async def test_poison_is_put_aside_and_one_command_brings_it_through(stage: Stage, firm: Firm, tmp_path: Path) -> None:
    await stage.drained()
    async with _a_mistake(stage):
        async with stage.only_forked("invoicing"):
            await firm.register(1, tmp_path, "DEADLY")
            await firm.all_published()
            await _crash_over_it(stage)
            await firm.register(1, tmp_path, "BAD")
            await firm.register(_BEHIND, tmp_path, "C")

        async def all_put_aside() -> bool:
            return await firm.parked("invoicing") == ["dead_letter", "error"]

        async def all_behind_passed() -> bool:
            return await firm.clients("invoicing") == _BEHIND

        await until(all_put_aside, "two parked messages")
        await until(all_behind_passed, "the messages behind them")
        await stage.drained()
        [breach] = await stage.suite.breaches()
        assert (breach.service, breach.invariant, len(breach.rows)) == ("invoicing", "no message is parked", 2)
    assert await _mb(stage, "replay", "invoicing") == "invoicing: 2 replayed"
    await firm.all_told_once()
    assert await firm.clients("invoicing") == _BEHIND + 2


async def _crash_over_it(stage: Stage) -> None:
    """Take the one message off the queue and give it back, as consumers that die over it do, until the broker stops."""
    async with await aio_pika.connect(stage.rabbit.url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(inbox_queue("invoicing"), passive=True)
        deliveries = 0
        while deliveries <= DELIVERY_LIMIT:
            if message := await queue.get(fail=False):
                await message.reject(requeue=True)
                deliveries += 1
            else:
                await asyncio.sleep(0.01)


async def _mb(stage: Stage, *words: str) -> str:
    """What an operator's command prints."""
    command = [sys.executable, "-m", "deploy", *words]
    done = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=stage.suite.environment, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await done.communicate()
    assert done.returncode == 0
    return printed.decode().strip()
