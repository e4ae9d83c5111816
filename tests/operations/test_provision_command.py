"""`mb provision`: what the services' URLs name comes into being, once, with the passwords they hold."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from deploy.cli import app
from deploy.provision import discard
from shared.kernel.ids import new_id
from tests.servers import Servers


def _run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


def _address(servers: Servers) -> str:
    return servers.postgres_url.rpartition("@")[2].rpartition("/")[0]


@pytest.fixture
def named(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment of contracts on a database that does not exist yet; its name."""
    database = f"t{new_id().hex[-12:]}_contracts"
    for role, setting in (("owner", "DATABASE_OWNER"), ("app", "DATABASE")):
        monkeypatch.setenv(
            f"MB_CONTRACTS_{setting}_URL", f"postgresql://{database}_{role}@{_address(servers)}/{database}"
        )
        monkeypatch.setenv(f"MB_CONTRACTS_{setting}_PASSWORD", f"{role}'s @first/password")
    monkeypatch.setenv("MB_ADMIN_URL", servers.postgres_url)
    return database


@pytest_asyncio.fixture
async def dropped(servers: Servers, named: str) -> AsyncIterator[str]:
    """The same, and gone afterwards."""
    yield named
    await discard(servers.postgres_url, named)


async def _state(servers: Servers, database: str) -> list[object]:
    admin = await asyncpg.connect(servers.postgres_url)
    try:
        return [
            await admin.fetchval("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = $1", database),
            *await admin.fetch(
                "SELECT rolname, rolcanlogin, rolsuper, rolpassword FROM pg_authid WHERE rolname LIKE $1 ORDER BY 1",
                f"{database}_%",
            ),
        ]
    finally:
        await admin.close()


def test_provision_and_migrate_make_a_database_the_service_can_use(dropped: str) -> None:
    assert _run("provision", "contracts") == (0, f"contracts: {dropped} is there\n")
    assert _run("migrate", "contracts") == (0, "contracts: migrated\n")
    assert _run("provision", "contracts")[0] == 0
    assert _run("migrate", "contracts")[0] == 0


async def test_a_second_run_sets_passwords_and_nothing_else(
    servers: Servers, dropped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await asyncio.to_thread(_run, "provision", "contracts"))[0] == 0
    owner, app_role, owner_role, reader = await _state(servers, dropped)
    assert owner == f"{dropped}_owner"
    assert [role["rolsuper"] for role in (app_role, owner_role, reader)] == [False] * 3
    assert reader["rolpassword"] is None
    admin = await asyncpg.connect(servers.postgres_url)
    await admin.execute(f"ALTER ROLE {dropped}_ro PASSWORD 'given by hand'")
    await admin.close()
    before = await _state(servers, dropped)
    monkeypatch.setenv("MB_CONTRACTS_DATABASE_PASSWORD", "second")
    assert (await asyncio.to_thread(_run, "provision", "contracts"))[0] == 0
    after = await _state(servers, dropped)
    assert after[3] == before[3]
    assert after[1]["rolpassword"] != before[1]["rolpassword"]


def test_urls_that_do_not_fit_together_are_refused(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MB_CONTRACTS_DATABASE_URL", f"postgresql://somebody:secret@127.0.0.1/{named}")
    code, output = _run("provision", "contracts")
    assert code == 2
    assert "<database>_app" in output
    assert "secret" not in output


def test_a_missing_setting_is_named_and_no_value_is_shown(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MB_CONTRACTS_DATABASE_URL")
    done = CliRunner().invoke(app, ["provision", "contracts"])
    assert done.exit_code == 1
    assert "database_url" in str(done.exception)
    assert "password" not in str(done.exception)
