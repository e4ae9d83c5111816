"""Runs the month end and an agency's month on an embedded suite, and stays when asked to."""

import asyncio
import shutil
import signal
import time
from contextlib import AbstractContextManager, closing
from pathlib import Path

from deploy.check import Breach, check
from deploy.demo.agency import AgencyMonth, made_month
from deploy.demo.api import Api
from deploy.demo.mailing import Mailing
from deploy.demo.month_end import EXAMPLES, MonthEnd
from deploy.demo.report import Report
from deploy.embedded.process import private_directory
from deploy.embedded.suite import Suite, embedded_suite
from shared.kernel.ids import new_id
from shared.runtime import log, telemetry

_STAYING = """
API reference  {gateway}/reference
Documents      {papers}

Sign in as a clerk of the example month, for ten minutes, and look at what was invoiced:
  TOKEN=$(curl -s {gateway}/v1/tokens --json '{{"tenant_id": "{tenant_id}", "user": "maria", "role": "operator"}}' |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')
  curl -s "{gateway}/v1/invoicing/invoices?state=issued&limit=3" -H "Authorization: Bearer $TOKEN"

Ctrl-C ends it.
"""


def month_end(papers: Path, insertions: int, *, stay: bool) -> int:
    """0 when every figure is what the input files add up to and every invariant holds, else 1.

    `insertions` is how many the agency's month has, which is made on the spot.
    """
    log.configure("error")
    telemetry.configure("embedded")
    return asyncio.run(_month_end(papers, insertions, stay))


async def _month_end(papers: Path, insertions: int, stay: bool) -> int:
    report, tenant_id = Report(), str(new_id())
    data = private_directory()
    started = time.perf_counter()
    try:
        async with embedded_suite(data) as suite:
            report.console.print(f"The suite is up at {suite.gateway_url} ({time.perf_counter() - started:.1f} s).\n")
            await asyncio.to_thread(_work, suite, report, tenant_id, papers, insertions)
            breaches = await _settled(suite)
            report.mistakes += [f"{one.service}: not so: {one.invariant}: {one.rows[0]}" for one in breaches]
            _conclude(report, time.perf_counter() - started)
            if stay:
                await _stay(suite, report, tenant_id, papers)
    finally:
        shutil.rmtree(data, ignore_errors=True)
    return 1 if report.mistakes else 0


def _work(suite: Suite, report: Report, tenant_id: str, papers: Path, insertions: int) -> None:
    """The example month end, then the agency's month in a tenant of its own."""
    with _signed_in(suite, tenant_id, "maria") as api:
        MonthEnd(api, report, papers).run()
        Mailing(api, report, EXAMPLES, suite.mail).send()
    with _signed_in(suite, str(new_id()), "eva") as api, made_month(insertions) as files:
        AgencyMonth(api, report, files, papers / "agency").run()


def _signed_in(suite: Suite, tenant_id: str, user: str) -> AbstractContextManager[Api]:
    """A clerk of a tenant."""
    return closing(Api(suite.gateway_url, tenant_id, user))


async def _settled(suite: Suite) -> list[Breach]:
    """The invariants, once the last events have arrived."""
    breaches = await check(suite.database_urls)
    for _ in range(20):
        if not breaches:
            break
        await asyncio.sleep(0.5)
        breaches = await check(suite.database_urls)
    return breaches


def _conclude(report: Report, seconds: float) -> None:
    if report.mistakes:
        report.console.print("[bold red]Not as the input files add up:[/bold red]")
        for mistake in report.mistakes:
            report.console.print(f"  {mistake}")
    else:
        report.console.print(
            f"[bold]Every figure is what the input files add up to, and every invariant holds.[/bold] ({seconds:.0f} s)"
        )


async def _stay(suite: Suite, report: Report, tenant_id: str, papers: Path) -> None:
    told = _STAYING.format(gateway=suite.gateway_url, tenant_id=tenant_id, papers=papers)
    report.console.print(told, markup=False, highlight=False, soft_wrap=True)
    stopping = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    await stopping.wait()
