"""`mb`: one command for every process and every chore of an operator."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from deploy.check import check as find_breaches
from deploy.demo.run import month_end
from deploy.provision import provision_as_named
from deploy.registry import DATABASE_SERVICES, SERVICES, app_of, settings_of
from deploy.schemas import write as write_schemas
from deploy.settings import AdminSettings
from deploy.workers import replay as replay_parked
from deploy.workers import work as run_worker
from shared.runtime import log, telemetry
from shared.runtime.migrate import migrate as bring_up_to_date
from shared.runtime.serve import serve as serve_app

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
_console = Console()


def _one_of(names: Sequence[str]) -> Callable[[str | None], str | None]:
    def known(name: str | None) -> str | None:
        if name is not None and name not in names:
            raise typer.BadParameter(f"There is no such service; there are {', '.join(names)}.")
        return name

    return known


ServiceName = Annotated[str, typer.Argument(callback=_one_of(SERVICES), help=f"One of {', '.join(SERVICES)}.")]
StoreName = Annotated[
    str, typer.Argument(callback=_one_of(DATABASE_SERVICES), help=f"One of {', '.join(DATABASE_SERVICES)}.")
]
StoreNameOrAll = Annotated[
    str | None,
    typer.Argument(callback=_one_of(DATABASE_SERVICES), help="One service; all of them when left out."),
]

Papers = Annotated[Path, typer.Option(help="Where the documents are written.")]
_PAPERS = Path(".local") / "demo"
Insertions = Annotated[
    int, typer.Option(min=500, max=200_000, help="How many insertions the agency's month has.", show_default=True)
]
_INSERTIONS = 20_000


@app.command()
def serve(service: ServiceName) -> None:
    """Answer HTTP requests of one service until told to stop."""
    settings = _prepared(service, "api")
    serve_app(
        app_of(service, settings),
        host=settings.host,
        port=settings.port,
        metrics_port=settings.metrics_port,
        drain_seconds=settings.drain_seconds,
    )


@app.command()
def work(service: StoreName) -> None:
    """Consume events, relay the outbox and run jobs of one service; any number of replicas may run."""
    uvloop.run(run_worker(service, _prepared(service, "worker")))


@app.command()
def provision(service: StoreNameOrAll = None) -> None:
    """Make the databases and roles that the services' URLs name, where they are missing, and set the passwords."""
    admin_url = AdminSettings().admin_url.get_secret_value()
    for name in [service] if service else DATABASE_SERVICES:
        settings = settings_of(name)
        urls = settings.database_owner_url.get_secret_value(), settings.database_url.get_secret_value()
        try:
            database = asyncio.run(provision_as_named(admin_url, *urls))
        except ValueError as unfit:
            raise typer.BadParameter(str(unfit), param_hint=name) from None
        _console.print(f"{name}: {database} is there")


@app.command()
def migrate(service: StoreNameOrAll = None) -> None:
    """Bring databases to the newest schema, as their _owner roles."""
    for name in [service] if service else DATABASE_SERVICES:
        owner_url = settings_of(name).database_owner_url.get_secret_value()
        asyncio.run(bring_up_to_date(owner_url, name))
        _console.print(f"{name}: migrated")


@app.command()
def check() -> None:
    """Assert the books' invariants over every database; exit 1 with the offending rows when one is broken."""
    urls = {name: settings_of(name).database_url.get_secret_value() for name in DATABASE_SERVICES}
    breaches = asyncio.run(find_breaches(urls))
    for breach in breaches:
        table = Table(title=f"{breach.service}: not so: {breach.invariant}", title_justify="left")
        for column in breach.rows[0]:
            table.add_column(column)
        for row in breach.rows:
            table.add_row(*(str(value) for value in row.values()))
        _console.print(table)
    if breaches:
        raise typer.Exit(1)
    _console.print("All invariants hold.")


@app.command()
def replay(service: StoreName) -> None:
    """Hand a service's dead letters and parked events to their handlers once more."""
    replayed = asyncio.run(replay_parked(service, _prepared(service, "replay")))
    _console.print(f"{service}: {replayed} replayed")


@app.command()
def schemas() -> None:
    """Write the generated contracts: event schemas, AsyncAPI, OpenAPI."""
    for path in write_schemas():
        _console.print(str(path))


@app.command()
def demo(papers: Papers = _PAPERS, insertions: Insertions = _INSERTIONS) -> None:
    """Run a month end and an agency's month on servers of its own, print what happened, and stop."""
    raise typer.Exit(month_end(papers, insertions, stay=False))


@app.command()
def up(papers: Papers = _PAPERS, insertions: Insertions = _INSERTIONS) -> None:
    """Run the demo, then keep everything running and print the links."""
    raise typer.Exit(month_end(papers, insertions, stay=True))


def _prepared(service: str, role: str) -> Any:
    """The service's settings, after logs and traces are set up by them."""
    settings = settings_of(service)
    log.configure(settings.log_level)
    telemetry.configure(f"{service}-{role}")
    return settings
