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
from shared.runtime import log


def month_end(papers: Path, insertions: int, *, stay: bool) -> int:
    """0 when every figure is what the input files add up to and every invariant holds, else 1.

    `insertions` is how many the agency's month has, which is made on the spot.
    """
    log.configure("error")
    return asyncio.run(_month_end(papers, insertions, stay))


async def _month_end(papers: Path, insertions: int, stay: bool) -> int:
    report = Report()
    data = private_directory()
    started = time.perf_counter()
    try:
        async with embedded_suite(data) as suite:
            report.console.print(f"The suite is up at {suite.gateway_url} ({time.perf_counter() - started:.1f} s).\n")
            await asyncio.to_thread(_work, suite, report, papers, insertions)
            breaches = await _settled(suite)
            report.mistakes += [f"{one.service}: not so: {one.invariant}: {one.rows[0]}" for one in breaches]
            _conclude(report, time.perf_counter() - started)
            if stay:
                await _stay(suite, report, papers)
    finally:
        shutil.rmtree(data, ignore_errors=True)
    return 1 if report.mistakes else 0


def _work(suite: Suite, report: Report, papers: Path, insertions: int) -> None:
    """The example month end, then the agency's month in a tenant of its own."""
    with _signed_in(suite, "maria") as api:
        MonthEnd(api, report, papers).run()
        Mailing(api, report, EXAMPLES, suite.mail).send()
    with _signed_in(suite, "eva") as api, made_month(insertions) as files:
        AgencyMonth(api, report, files, papers / "agency").run()


def _signed_in(suite: Suite, user: str) -> AbstractContextManager[Api]:
    """A clerk of a new tenant."""
    return closing(Api(suite.gateway_url, str(new_id()), user))


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


async def _stay(suite: Suite, report: Report, papers: Path) -> None:
    report.console.print(f"\nAPI reference  {suite.gateway_url}/reference\nDocuments      {papers}\nCtrl-C ends it.")
    stopping = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    await stopping.wait()
