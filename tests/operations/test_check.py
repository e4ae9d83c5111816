"""`mb check`: every invariant of the books names the rows that break it, and sound books break none."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from deploy.agreements import AGREEMENTS
from deploy.check import Breach, check
from deploy.cli import app
from deploy.provision import Provisioned, discard, provision
from deploy.registry import DATABASE_SERVICES, invariants_of
from shared.events.contracts import ClientChanged
from shared.kernel.ids import new_id
from shared.runtime.invariants import PLUMBING
from shared.runtime.migrate import migrate
from tests.operations import breaches
from tests.operations.broken_books import Books
from tests.servers import Servers

_KEPT_APART = "every table of tenants"
_CASES = [
    *((service, words, service) for service, broken in breaches.OF.items() for words in broken),
    *((service, words, service) for service in DATABASE_SERVICES for words in breaches.PLUMBING),
    *((one.service, words, "") for words in breaches.BETWEEN for one in AGREEMENTS if one.invariant.startswith(words)),
]


class _Broken:
    """The databases, and for each case the id that it wrote."""

    def __init__(self, made: dict[str, Provisioned], postgres_url: str) -> None:
        self.urls = {service: one.app_url for service, one in made.items()}
        self._made = made
        self._postgres_url = postgres_url
        self.ids: dict[tuple[str, str], UUID] = {}
        self.untold = new_id()
        self.found: list[Breach] = []

    async def write(self) -> None:
        """Break every invariant, each for a tenant of its own; then look."""
        books = {service: await self._books(service) for service in DATABASE_SERVICES}
        for service, words, inside in _CASES:
            named, tenant_id = new_id(), new_id()
            self.ids[service, words] = named
            if inside:
                await books[service].write(tenant_id, {**breaches.PLUMBING, **breaches.OF[service]}[words](named))
                continue
            for each, rows in breaches.BETWEEN[words].items():
                await books[each].write(tenant_id, rows(named))
        untold = {"event_id": self.untold, "routing_key": ClientChanged.TYPE, "sequence": 1}
        await books["contracts"].write(new_id(), [("outbox", untold)])
        for one in books.values():
            await one.connection.execute("ALTER TABLE client NO FORCE ROW LEVEL SECURITY")
            await one.connection.close()
        self.found = await check(self.urls)

    def rows(self, service: str, words: str) -> str:
        """What is shown of a broken invariant."""
        return " ".join(
            str(one.rows) for one in self.found if one.service == service and one.invariant.startswith(words)
        )

    async def _books(self, service: str) -> Books:
        url = self._postgres_url.rpartition("/")[0] + "/" + self._made[service].database
        books = Books(await asyncpg.connect(url))
        await books.disarm()
        return books


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def broken(servers: Servers) -> AsyncIterator[_Broken]:
    """Books in which nothing holds."""
    made = {}
    for service in DATABASE_SERVICES:
        made[service] = await provision(servers.postgres_url, f"t{new_id().hex[-12:]}_{service}")
        await migrate(made[service].owner_url, service)
    assert await check({service: one.app_url for service, one in made.items()}) == []
    one = _Broken(made, servers.postgres_url)
    await one.write()
    yield one
    for database in made.values():
        await discard(servers.postgres_url, database.database)


def _invariants() -> Iterator[tuple[str, str]]:
    for service in DATABASE_SERVICES:
        yield from ((service, invariant) for invariant in (*invariants_of(service), *PLUMBING))
    yield from ((one.service, one.invariant) for one in AGREEMENTS)


def test_every_invariant_is_broken_by_a_case_of_its_own() -> None:
    for service, invariant in _invariants():
        if not invariant.startswith(_KEPT_APART):
            cases = [words for of, words, _ in _CASES if of == service and invariant.startswith(words)]
            assert len(cases) == 1, (service, invariant, cases)


@pytest.mark.rule("MA-GEN-05", "MA-PRE-26", "MA-PRE-14")
@pytest.mark.parametrize(("service", "words"), [case[:2] for case in _CASES])
async def test_a_broken_invariant_names_the_row_that_breaks_it(broken: _Broken, service: str, words: str) -> None:
    assert str(broken.ids[service, words]) in broken.rows(service, words)


@pytest.mark.parametrize("service", DATABASE_SERVICES)
async def test_a_table_that_is_not_kept_apart_is_named(broken: _Broken, service: str) -> None:
    assert "'client'" in broken.rows(service, _KEPT_APART)


async def test_an_event_that_did_not_arrive_is_named_for_each_of_its_listeners(broken: _Broken) -> None:
    for listener in ("preinvoice", "invoicing", "reconciliation"):
        assert str(broken.untold) in broken.rows(listener, "every event of contracts")


async def test_the_command_shows_them_and_fails(broken: _Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    for service, url in broken.urls.items():
        monkeypatch.setenv(f"MB_{service.upper()}_DATABASE_URL", url)
    done = await asyncio.to_thread(CliRunner().invoke, app, ["check"])
    assert done.exit_code == 1
    assert "preinvoice: not so: an advance invoice comes to its printed bills" in done.output
    assert str(broken.ids["preinvoice", "an advance invoice comes"]) in done.output
