"""An invoice run whose worker dies at every step of its transactions, and at any moment between them."""

import asyncio
import random
from itertools import pairwise
from typing import Any

import pytest

from tests.faults.agency import ITEMS, Agency
from tests.faults.pausing import Pauses
from tests.faults.stage import Stage

_RUN_JOB = "FOR EACH ROW WHEN (NEW.kind = 'invoice_run' AND"
_DEFERRED = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
# In the order in which a run comes to them. A job that is begun six times without progress fails, so that every few
# kills one falls where the block is committed, though its worker died before it heard.
_STEPS = {
    "weighed, nothing written": "BEFORE INSERT ON invoice FOR EACH STATEMENT",
    "headers without lines": "BEFORE INSERT ON invoice_line FOR EACH STATEMENT",
    "lines, no number drawn": "BEFORE UPDATE ON series FOR EACH STATEMENT",
    "first block committed": f"AFTER INSERT ON invoice_line {_DEFERRED}",
    "drawn, not numbered": "BEFORE UPDATE OF no ON invoice FOR EACH STATEMENT",
    "numbered, not posted": "BEFORE INSERT ON voucher FOR EACH STATEMENT",
    "vouchers without lines": "BEFORE INSERT ON voucher_line FOR EACH STATEMENT",
    "second block committed": f"AFTER INSERT ON voucher {_DEFERRED}",
    "posted, not told": "BEFORE INSERT ON outbox FOR EACH STATEMENT",
    "told, progress not kept": f"AFTER UPDATE ON job {_RUN_JOB} NEW.checkpoint <> OLD.checkpoint)",
    "third block committed": f"AFTER INSERT ON voucher_line {_DEFERRED}",
    "run closed, not committed": "AFTER UPDATE OF ended_at ON invoice_run FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL)",
    "run closed and committed": f"AFTER UPDATE ON invoice_run {_DEFERRED}",
    "job not ended": f"AFTER UPDATE ON job {_RUN_JOB} NEW.state = 'completed')",
}
_COMMITTED = {"first block committed", "second block committed", "third block committed"}
_HOLDER = "SELECT split_part(lease_owner, ':', 2)::int FROM job WHERE id = $1"
_EXPIRE = "UPDATE job SET lease_until = now() WHERE id = $1 RETURNING state"
_REPLICAS = 2
_SEED = 20261031
_LONGEST_LIFE_SECONDS = 0.5
_KILLS = 10
_OPEN = "SELECT id FROM job WHERE id = $1 AND ended_at IS NULL"
_HELD = f"{_HOLDER} AND state = 'running' AND lease_until > now()"


async def _kill_holder(stage: Stage, run_id: str) -> None:
    """SIGKILL for the worker that has the run; there is another, and a new one."""
    stage.kill((await stage.sql("invoicing", _HOLDER, run_id))[0])
    stage.fork("invoicing")


@pytest.mark.rule("MA-INV-26", "MA-INV-29", "MA-GEN-05")
async def test_a_worker_killed_at_every_step_of_a_run_bills_each_insertion_once(stage: Stage, agency: Agency) -> None:
    async with stage.only_forked("invoicing", _REPLICAS), Pauses(stage.database_url("invoicing"), _STEPS) as pauses:
        await pauses.at(next(iter(_STEPS)))
        run_id = await asyncio.to_thread(agency.start_run, "NORD")
        for step, following in pairwise([*_STEPS, None]):
            await pauses.caught()
            before = await agency.issued_count()
            await _kill_holder(stage, run_id)
            await pauses.at(following)
            await stage.sql("invoicing", _EXPIRE, run_id)  # as if the lease had run out
            assert (await agency.issued_count() > before) == (step in _COMMITTED), step
        run = await agency.ended(run_id)
    assert (run["state"], run["item_count"]) == ("completed", ITEMS)
    await agency.billed_once("NORD")


@pytest.mark.rule("MA-INV-26", "MA-CRD-01", "MA-CRD-13", "MA-INS-15")
async def test_workers_killed_at_random_moments_of_runs_over_credits_and_shares(stage: Stage, agency: Agency) -> None:
    """After the first run a whole invoice and some insertions are credited; a second bills what that opened again."""
    dice = random.Random(_SEED)
    async with stage.only_forked("invoicing", _REPLICAS):
        kills = await _bill_under_fire(agency, ITEMS, dice, current_invoicing=True, sign="separate")
        await agency.billed_once("RHEIN")
        reopened = await asyncio.to_thread(agency.credit_some, "RHEIN")
        await agency.heard("RHEIN", reopened)
        kills += await _bill_under_fire(agency, reopened, dice, corrections="separate", one_invoice_per_client=True)
    assert kills > 0, f"seed {_SEED}"
    await agency.billed_once("RHEIN")


async def _bill_under_fire(agency: Agency, items: int, dice: random.Random, **switches: Any) -> int:
    """Bill so many items while workers die; a run that was begun too often fails, and another one bills the rest.

    How many were killed: a short run may end before any was.
    """
    runs: list[dict[str, Any]] = []
    kills = 0
    while not runs or runs[-1]["state"] == "failed":
        run_id = await asyncio.to_thread(agency.start_run, "RHEIN", **switches)
        while kills < _KILLS and await _killed_later(agency.stage, run_id, dice.uniform(0, _LONGEST_LIFE_SECONDS)):
            kills += 1
        runs.append(await agency.ended(run_id))
    assert sum(run["item_count"] for run in runs) == items, f"seed {_SEED}"
    return kills


async def _killed_later(stage: Stage, run_id: str, seconds: float) -> bool:
    """Let a worker have the run for a while and kill it; whether the run had not ended by then."""
    while await stage.sql("invoicing", _OPEN, run_id):
        await asyncio.sleep(seconds)
        if await stage.sql("invoicing", _HELD, run_id):
            await _kill_holder(stage, run_id)
            await stage.sql("invoicing", _EXPIRE, run_id)
            return True
    return False
