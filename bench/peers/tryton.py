"""Tryton on the same PostgreSQL, in its own process and environment."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy.engine import make_url

from bench.peers.environment import ADMIN, PYTHON
from shared.kernel.ids import new_id

# The invoices of a turn: per client the text of each line and its price in cents.
Invoices = Sequence[Sequence[tuple[str, int]]]
_POSTING = Path(__file__).with_name("posting.py")
_LONGEST_ANSWER = 1 << 20


class Posted(NamedTuple):
    """What one turn left in the books; amounts in cents."""

    invoices: int
    lines: int
    net: int
    vat: int
    total: int


@dataclass(frozen=True, slots=True)
class Tryton:
    """A company that is set up and waits for invoices."""

    process: asyncio.subprocess.Process

    async def post(self, invoices: Invoices) -> tuple[Posted, float]:
        """Post them; what was posted, and the seconds it took."""
        found = await self.ask(invoices)
        return Posted(**{name: found[name] for name in Posted._fields}), found["seconds"]

    async def ask(self, document: object) -> Any:
        """The answer to one line; a process that ended has said why."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(document).encode() + b"\n")
        await self.process.stdin.drain()
        if not (answer := await self.process.stdout.readline()):
            raise SystemExit("Tryton ended before it answered")
        return json.loads(answer)


@asynccontextmanager
async def running_tryton(admin_url: str, clients: int, invoice_on: date) -> AsyncIterator[Tryton]:
    """A company with so many clients in a database of its own, dropped again."""
    database = f"bench_{new_id().hex[-12:]}"
    await _in(admin_url, f"CREATE DATABASE {database}")
    try:
        with TemporaryDirectory() as folder:
            configuration = _configured(Path(folder), admin_url)
            await asyncio.to_thread(_activate, Path(folder), configuration, database)
            process = await asyncio.create_subprocess_exec(
                PYTHON,
                *(_POSTING, database),
                env={**os.environ, "TRYTOND_CONFIG": str(configuration), "PYTHONWARNINGS": "ignore"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                limit=_LONGEST_ANSWER,
            )
            try:
                tryton = Tryton(process)
                await tryton.ask([clients, str(invoice_on)])
                yield tryton
            finally:
                process.terminate()
                await process.wait()
    finally:
        await _in(admin_url, f"DROP DATABASE {database} WITH (FORCE)")


def _configured(folder: Path, admin_url: str) -> Path:
    server = make_url(admin_url).set(database="").render_as_string(hide_password=False)
    configuration = folder / "trytond.conf"
    configuration.write_text(f"[database]\nuri = {server}\npath = {folder}\n", encoding="utf-8")
    return configuration


def _activate(folder: Path, configuration: Path, database: str) -> None:
    """Its tables, and the modules that invoicing needs."""
    password = folder / "password"
    password.write_text(new_id().hex, encoding="utf-8")
    wanted = ["--update", "account_invoice", "--activate-dependencies", "--email", "bench@example.com"]
    command = [ADMIN, "--config", configuration, "--database", database, *wanted]
    done = subprocess.run(
        command, env={**os.environ, "TRYTONPASSFILE": str(password)}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"Tryton's database could not be made:\n{done.stderr[-2000:]}")


async def _in(admin_url: str, statement: str) -> None:
    connection = await asyncpg.connect(admin_url)
    await connection.execute(statement)
    await connection.close()
