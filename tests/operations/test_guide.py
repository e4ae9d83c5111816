"""What the operators' guide says is so: settings, commands, metrics, addresses, and the SQL it tells them to run."""

import re

import orjson
import pytest
import typer.main

from deploy.cli import app
from deploy.registry import SERVICES, settings_of
from shared.runtime.db import Database
from shared.runtime.outbox import record
from tests.database import MakeDatabase
from tests.operations.compose import ROOT, compose, example
from tests.operations.guide import SETTINGS, TEXT, expected, rows
from tests.shared.facts import ThingChanged, of_tenant
from tests.words import as_clerk

_GIVEN = {"database_url": "postgresql://nobody@127.0.0.1/none"}


@pytest.mark.parametrize("heading", SETTINGS)
def test_a_table_of_settings_is_that_of_the_code(heading: str) -> None:
    assert rows(heading) == expected(heading)


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_of_a_service_stands_in_a_table(service: str) -> None:
    told = {name for settings, _, _ in SETTINGS.values() for name in settings.model_fields}
    assert set(type(settings_of(service, **_GIVEN)).model_fields) - told == set()


def test_every_command_is_one_that_mb_understands() -> None:
    commands = re.findall(r"`mb ((?:[a-z]+ ?)+)`", TEXT)
    assert {command.split()[0] for command in commands} >= {"serve", "work", "provision", "migrate", "check", "replay"}
    group = typer.main.get_command(app)
    for words in {tuple(command.split()) for command in commands if command not in ("serve", "work")}:
        with group.make_context("mb", list(words)) as context:
            chosen, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])  # type: ignore[attr-defined]
            command.make_context(chosen, rest, parent=context)


def test_every_metric_of_the_code_stands_in_the_guide_and_no_other() -> None:
    made = re.compile(r"(?:Counter|Gauge|Histogram)\(\s*\"(mb_\w+)\"")
    sources = [path for folder in ("shared", "services", "deploy") for path in (ROOT / folder).rglob("*.py")]
    known = {name for path in sources for name in made.findall(path.read_text(encoding="utf-8"))}
    assert {row[0].strip("`") for row in rows("What to watch")} == known
    assert set(re.findall(r"mb_\w+", TEXT)) == known


def test_every_address_is_one_of_the_gateway() -> None:
    paths = orjson.loads((ROOT / "docs" / "openapi.json").read_bytes())["paths"]
    named = re.findall(r"`(GET|POST) (/v1/[^`?]*)(?:\?[^`]*)?`", TEXT)
    assert len(named) >= 8
    assert [(method, path) for method, path in named if method.lower() not in paths.get(path, {})] == []


def test_every_variable_is_known() -> None:
    written = {row[0].strip("`") for heading in SETTINGS for row in rows(heading)}
    composed = set(re.findall(r"\$\{(MB_\w+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    assert example().keys() <= composed
    known = written | composed | {name.replace("MB_<SERVICE>_", "MB_") for name in written} | {"MB_INVOICING_POOL_SIZE"}
    assert set(re.findall(r"MB_(?:<SERVICE>_)?[A-Z][A-Z_]*[A-Z](?!…)", TEXT)) - known <= {
        "MB_<SERVICE>_X",
        "MB_X",
        "MB_TEST",
    }


def test_compose_and_make_have_what_the_guide_names() -> None:
    services = compose(example("secret"))["services"]
    assert set(re.findall(r"--scale ([a-z-]+)=", TEXT)) <= set(services)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(
        re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE) for target in re.findall(r"`make (\S+)`", TEXT)
    )


def test_the_readme_and_compose_lead_to_the_guide() -> None:
    for name in ("README.md", "docker-compose.yml"):
        assert "docs/guides/operations.md" in (ROOT / name).read_text(encoding="utf-8")


async def test_telling_again_takes_what_was_told_back_into_the_outbox(fresh_database: MakeDatabase) -> None:
    (script,) = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
    database = Database((await fresh_database("plumbing")).app_url)
    context = as_clerk()
    async with database.transaction(of_tenant(context.tenant_id)) as session:
        await record(session, ThingChanged(id=context.correlation_id, note="told"))
    connection = await database.connect()
    await connection.execute("SELECT set_config('app.system', 'on', false)")
    await connection.execute("UPDATE outbox SET published_at = now(), position = 1")
    await connection.execute("RESET app.system")
    assert await connection.execute(script) == "UPDATE 1"
    assert await connection.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL AND position IS NULL") == 1
    await connection.close()
    await database.close()
