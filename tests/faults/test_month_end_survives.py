"""The month end on real processes and servers that die under it: nothing is lost, doubled or out of balance."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from deploy.demo.api import Api
from deploy.demo.month_end import MonthEnd
from deploy.demo.report import Report
from tests.faults.stage import Clerk, Stage

_PATIENCE_SECONDS = 90
_AGAIN = "UPDATE outbox SET published_at = NULL, position = NULL RETURNING seq"


def _until(enough: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            if enough():
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.2)


def _live_run(api: Api) -> str:
    asked = {"mode": "live", "criteria": {"from_on": "2026-10-01", "to_on": "2026-10-31"}, "invoice_on": "2026-10-31"}
    started: str = api.post("/v1/invoicing/invoice-runs", asked)["id"]
    return started


def _change_plans(api: Clerk, gateway_url: str) -> None:
    """Commands are accepted while the broker is away; their events wait in the outbox."""
    for plan in list(api.all("/v1/contracts/plans")):
        headers = {"If-Match": f'"{plan["version"]}"', "Authorization": f"Bearer {api._signed_in()}"}
        url = f"{gateway_url}/v1/contracts/plans/{plan['id']}"
        assert httpx.patch(url, json={"owner": "otto"}, headers=headers, trust_env=False).status_code == 200


def _issued(api: Api) -> list[dict[str, Any]]:
    return list(api.all("/v1/invoicing/invoices", state="issued"))


async def _told_again(stage: Stage) -> int:
    """Have every relay send everything once more."""
    told = [await stage.sql(service, _AGAIN) for service in stage.suite.urls]
    return sum(map(len, told))


@pytest.mark.rule("MA-INV-25", "MA-INV-26", "MA-INV-29", "PI-GEN-26")
async def test_the_month_end_survives_kills_restarts_and_repeats(stage: Stage, tmp_path: Path) -> None:
    suite, api = stage.suite, stage.clerk()
    month = MonthEnd(api, Report(Console(quiet=True)), tmp_path)
    await asyncio.to_thread(month.until_definitive)

    # A worker dies at the start of a run; another goes on from its checkpoint.
    run_id = await asyncio.to_thread(_live_run, api)
    suite.kill("work invoicing")
    suite.start("work invoicing")
    suite.start("work invoicing 2")
    run = await asyncio.to_thread(api.finished, f"/v1/invoicing/invoice-runs/{run_id}")
    assert (run["state"], run["invoice_count"], run["item_count"]) == ("completed", 10, 2480)
    assert await asyncio.to_thread(_issued, api)
    await stage.settled()

    # The broker stops and comes back, then dies and comes back; the relay dies with a backlog.
    await asyncio.to_thread(stage.rabbit.stop)
    await asyncio.to_thread(_change_plans, api, suite.gateway_url)
    suite.kill("work contracts")
    suite.start("work contracts")
    await asyncio.to_thread(stage.rabbit.start)
    await stage.settled()
    await asyncio.to_thread(stage.rabbit.kill)
    await asyncio.to_thread(stage.rabbit.start)

    # PostgreSQL dies; the APIs answer again by themselves.
    issued = len(await asyncio.to_thread(_issued, api))
    stage.postgres.kill()
    await asyncio.to_thread(stage.postgres.start)
    await asyncio.to_thread(_until, lambda: len(_issued(api)) == issued, "the services to reach their database")

    # Everything is told once more: no consumer does anything twice.
    before = await asyncio.to_thread(_issued, api)
    assert await _told_again(stage) > 0
    await stage.settled()
    again = await asyncio.to_thread(api.finished, f"/v1/invoicing/invoice-runs/{_live_run(api)}")
    assert (again["state"], again["invoice_count"]) == ("completed", 0)
    assert await asyncio.to_thread(_issued, api) == before
    assert suite.stop("work invoicing 2") == 0
    api.close()
